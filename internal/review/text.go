package review

import (
	"fmt"
	"io"
	"strings"

	"github.com/mitchellh/go-wordwrap"

	"portolan/internal/aws/cloudcontrol"
	"portolan/internal/plain"
)

// width is how wide the text is made, in columns.
const width = 80

// longest is how many characters of what others wrote are shown.
const longest = 400

// Write prints the result as text.
func (r *Result) Write(w io.Writer) error {
	var b strings.Builder
	faulty := 0
	for _, e := range r.Entries {
		if e.faulty() {
			faulty++
		}
		e.write(&b)
	}
	for _, problem := range r.Problems {
		line(&b, "mapping", problem)
	}
	fmt.Fprintf(&b, "%d entries, %d of them with problems\n", len(r.Entries), faulty)
	if len(r.Policy) > 0 {
		b.WriteString("\nBeyond the permissions of the native kinds, the read role needs those that this\nprints:\n\n" +
			"  portolan policy --cloud-control --kinds '" + strings.Join(r.Policy, " ") + "'\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (e *Entry) write(b *strings.Builder) {
	verdict := "works"
	switch {
	case !e.Works:
		verdict = "does not work"
	case e.faulty():
		verdict = "works in part"
	}
	fmt.Fprintf(b, "resources[%d] %s: %s\n", e.Resource, plain.Line(e.Kind, longest), verdict)
	line(b, "read", e.reading())
	for _, problem := range e.Problems {
		line(b, "problem", problem)
	}
	for _, path := range e.Never {
		line(b, "never", path.Path+": "+path.Why)
	}
	if len(e.Unchecked) > 0 {
		line(b, "unchecked", strings.Join(e.Unchecked, ", "))
	}
	for _, note := range e.Notes {
		line(b, "note", note)
	}
	for _, call := range e.Calls {
		line(b, "calls", call)
	}
	for _, source := range e.Beneath {
		line(b, "beneath", source)
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

// line writes a labelled line, folded.
func line(b *strings.Builder, label, text string) {
	if text == "" {
		return
	}
	const column = 13
	folded := wordwrap.WrapString(plain.Line(text, longest), width-column)
	fmt.Fprintf(b, "  %-*s%s\n", column-2, label, strings.ReplaceAll(folded, "\n", "\n"+strings.Repeat(" ", column)))
}
