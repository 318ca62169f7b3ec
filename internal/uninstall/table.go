package uninstall

import (
	"fmt"
	"io"
	"strings"

	"portolan/internal/console"
	"portolan/internal/plain"
	"portolan/internal/report"
)

// longestText is how many characters of a text of the result people see.
const longestText = 1000

// Write prints the result for people. Each text is one line that controls nothing.
func (r *Result) Write(w io.Writer) error {
	r = plain.Each(r, func(_, text string) string { return plain.Line(text, longestText) })
	b := printer{look: console.Of(w)}
	b.head(r)
	if r.Entities != nil {
		b.entities(r.Entities, r.Status == Planned)
	}
	if r.DataSource != nil {
		b.dataSource(r.DataSource, r.Integration, r.Status == Planned)
	}
	for _, notice := range r.Notices {
		b.WriteString("\n" + b.look.List("! ", notice))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// printer writes a result as text.
type printer struct {
	strings.Builder
	look console.Look
}

func (b *printer) line(format string, values ...any) {
	b.WriteString(b.look.Fold(fmt.Sprintf(format, values...), 2) + "\n")
}

func (b *printer) head(r *Result) {
	switch r.Status {
	case Planned:
		b.line("What would be deleted of %s. Nothing has been deleted yet.", r.Integration)
	case report.Completed:
		b.line("Uninstalled %s from Port.", r.Integration)
	default:
		b.line("Uninstalled %s from Port, but not all of it: %s", r.Integration, r.Reason)
	}
}

func (b *printer) entities(e *Entities, planned bool) {
	b.WriteString("\n")
	text := fmt.Sprintf("%d of %s deleted", e.Deleted, plain.Count(e.Owned, "entity was", "entities were"))
	if planned {
		text = plain.Count(e.Owned, "entity is its own: it was the last to write it", "entities are its own: it was the last to write them")
	}
	if e.Snapshots > 0 {
		text += ", and " + plain.Count(e.Snapshots, "snapshot of the state", "snapshots of the state")
	}
	b.line("%s.", text)
	if len(e.Blueprints) == 0 {
		return
	}
	columns := []console.Column{{Title: "blueprint", Least: 16}, {Title: "entities", Number: true}, {Title: "for example", Least: 24}}
	if !planned {
		columns = []console.Column{columns[0], columns[1], {Title: "deleted", Number: true}, {Title: "left, for example", Least: 24}}
	}
	var rows [][]string
	for _, p := range e.Blueprints {
		row := []string{p.Blueprint, plain.Thousands(p.Owned)}
		if !planned {
			row = append(row, plain.Thousands(p.Deleted))
		}
		rows = append(rows, append(row, strings.Join(p.Samples, ", ")))
	}
	b.WriteString("\n" + b.look.Table(columns, rows, nil))
	for _, p := range e.Blueprints {
		if p.Reason != "" {
			b.line("- %s: %s", p.Blueprint, p.Reason)
		}
	}
}

func (b *printer) dataSource(s *DataSource, integration string, planned bool) {
	b.WriteString("\n")
	switch {
	case !s.Present:
		b.line("There is no data source %s in Port.", integration)
	case s.Kept != "":
		b.line("The data source %s stays: %s", integration, s.Kept)
	case planned:
		b.line("The data source %s and its mapping would be deleted.", integration)
	case s.Deleted:
		b.line("The data source %s and its mapping were deleted.", integration)
	}
}
