package uninstall

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"portolan/internal/plain"
	"portolan/internal/report"
)

// longestText is how many characters of a text of the result people see.
const longestText = 1000

// Write prints the result for people. Each text is one line that controls nothing.
func (r *Result) Write(w io.Writer) error {
	r = plain.Each(r, func(_, text string) string { return plain.Line(text, longestText) })
	var b strings.Builder
	r.writeHead(&b)
	if r.Entities != nil {
		r.Entities.write(&b, r.Status == Planned)
	}
	if r.DataSource != nil {
		r.DataSource.write(&b, r.Integration, r.Status == Planned)
	}
	for _, notice := range r.Notices {
		fmt.Fprintf(&b, "\n! %s\n", notice)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (r *Result) writeHead(b *strings.Builder) {
	switch r.Status {
	case Planned:
		fmt.Fprintf(b, "What would be deleted of %s. Nothing has been deleted yet.\n", r.Integration)
	case report.Completed:
		fmt.Fprintf(b, "Uninstalled %s from Port.\n", r.Integration)
	default:
		fmt.Fprintf(b, "Uninstalled %s from Port, but not all of it: %s\n", r.Integration, r.Reason)
	}
}

func (e *Entities) write(b *strings.Builder, planned bool) {
	if planned {
		fmt.Fprintf(b, "\n%d entities are its own, those that it was the last to write", e.Owned)
	} else {
		fmt.Fprintf(b, "\n%d of %d entities were deleted", e.Deleted, e.Owned)
	}
	if e.Snapshots > 0 {
		fmt.Fprintf(b, ", and %d snapshots of the state", e.Snapshots)
	}
	b.WriteString(".\n")
	if len(e.Blueprints) == 0 {
		return
	}
	b.WriteString("\n")
	table := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	if planned {
		_, _ = fmt.Fprintln(table, "BLUEPRINT\tENTITIES\tFOR EXAMPLE")
	} else {
		_, _ = fmt.Fprintln(table, "BLUEPRINT\tENTITIES\tDELETED\tLEFT, FOR EXAMPLE")
	}
	for _, p := range e.Blueprints {
		count := fmt.Sprint(p.Owned)
		if !planned {
			count = fmt.Sprintf("%d\t%d", p.Owned, p.Deleted)
		}
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s\n", p.Blueprint, count, strings.Join(p.Samples, ", "))
	}
	_ = table.Flush() // into memory
	for _, p := range e.Blueprints {
		if p.Reason != "" {
			fmt.Fprintf(b, "- %s: %s\n", p.Blueprint, p.Reason)
		}
	}
}

func (s *DataSource) write(b *strings.Builder, integration string, planned bool) {
	b.WriteString("\n")
	switch {
	case !s.Present:
		fmt.Fprintf(b, "There is no data source %s in Port.\n", integration)
	case s.Kept != "":
		fmt.Fprintf(b, "The data source %s stays: %s\n", integration, s.Kept)
	case planned:
		fmt.Fprintf(b, "The data source %s and its mapping would be deleted.\n", integration)
	case s.Deleted:
		fmt.Fprintf(b, "The data source %s and its mapping were deleted.\n", integration)
	}
}
