package review

import (
	"fmt"
	"io"
	"strings"

	"portolan/internal/aws/cloudcontrol"
	"portolan/internal/console"
	"portolan/internal/plain"
)

// longest is how many characters of what others wrote are shown.
const longest = 400

// Write prints the result as text.
func (r *Result) Write(w io.Writer) error {
	b := text{look: console.Of(w)}
	faulty := 0
	for _, e := range r.Entries {
		if e.faulty() {
			faulty++
		}
		e.write(&b)
	}
	for _, problem := range r.Problems {
		b.line("mapping", problem)
	}
	fmt.Fprintf(&b, "%s, %d of them with problems\n", plain.Count(len(r.Entries), "entry", "entries"), faulty)
	if len(r.Policy) > 0 {
		b.WriteString("\n" + b.look.Fold("Beyond the permissions of the native kinds, the read role needs those that this prints:", 0) + "\n\n" +
			"  portolan policy --cloud-control --kinds '" + strings.Join(r.Policy, " ") + "'\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (e *Entry) write(b *text) {
	verdict := b.look.Good("works")
	switch {
	case !e.Works:
		verdict = b.look.Bad("does not work")
	case e.faulty():
		verdict = b.look.Warn("works in part")
	}
	fmt.Fprintf(b, "resources[%d] %s: %s\n", e.Resource, plain.Line(e.Kind, longest), verdict)
	b.line("read", e.reading())
	for _, problem := range e.Problems {
		b.line("problem", problem)
	}
	for _, path := range e.Never {
		b.line("never", path.Path+": "+path.Why)
	}
	if len(e.Unchecked) > 0 {
		b.line("unchecked", strings.Join(e.Unchecked, ", "))
	}
	for _, note := range e.Notes {
		b.line("note", note)
	}
	for _, call := range e.Calls {
		b.line("calls", call)
	}
	for _, source := range e.Beneath {
		b.line("beneath", source)
	}
	b.WriteString("\n")
}

// reading says how the kind of an entry is read.
func (e *Entry) reading() string {
	switch {
	case e.Source == cloudcontrol.Generic:
		return "through Cloud Control"
	case e.Source == cloudcontrol.Special && e.Form == cloudcontrol.Special:
		return "as in Ocean's older aws integration"
	case e.Form == cloudcontrol.Generic:
		return "natively listed, in the form of Cloud Control"
	case e.Form == cloudcontrol.Special:
		return "natively, in the form of Ocean's older aws integration"
	case e.Source == cloudcontrol.Native:
		return "natively"
	}
	return ""
}

// text is a result that is being written.
type text struct {
	strings.Builder
	look console.Look
}

// line writes a labelled line, folded.
func (b *text) line(label, said string) {
	if said != "" {
		b.WriteString(b.look.List(fmt.Sprintf("  %-11s", label), plain.Line(said, longest)))
	}
}
