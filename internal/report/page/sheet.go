package page

import (
	_ "embed" // how a table looks where it does not fit
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"portolan/internal/report"
)

// sheet is a sort of table. Where it does not fit, each row is a card, and the names of the columns
// stand beside the values: the stylesheet has the names, so that a row does not repeat them.
type sheet struct {
	class   string
	texts   []string // columns of texts; the first names the row
	numbers []string // columns of numbers, behind them
}

// heads are the columns of counts, and values what stands in them.
var heads = []string{"Resources", "Filtered", "Dropped", "Created", "Updated", "Unchanged", "Failed"}

func values(c report.Counts) g.Node {
	return numbers(c.Fetched, c.Filtered, c.Dropped, c.Created, c.Updated, c.Unchanged, c.Failed)
}

var (
	kindSheet    = sheet{"by-kind", []string{"Kind"}, slices.Concat(heads, []string{"Deleted"})}
	accountSheet = sheet{"by-account", []string{"Account"}, slices.Concat([]string{"Regions"}, heads)}
	timeSheet    = sheet{"times", []string{"Kind"}, []string{"Reading", "Resources"}}
	callSheet    = sheet{"calls", []string{"Service"}, []string{"Calls", "Retries", "Throttled"}}
	detailSheet  = sheet{"missing", []string{"Kind", "Action"}, []string{"Resources"}}
	nullSheet    = sheet{"nulls", []string{"Kind", "Field", "Expression"}, []string{"Documents"}}
	otherSheet   = sheet{"others", []string{"Written by", "For example"}, []string{"Entities"}}
	fieldSheet   = sheet{"fields", []string{"Field", "In Port now", "After a resync"}, nil}
)

//go:embed cards.css
var cards string

// The widths under which tables are cards, those with many columns and the others.
const wide, slim = "54rem", "30rem"

// sheets is the style of tables that do not fit. Each sheet is asked how wide it is itself, since two
// may be side by side.
func sheets() string {
	var b strings.Builder
	for _, of := range []struct{ class, width string }{{".wide", wide}, {".slim", slim}} {
		fmt.Fprintf(&b, "@container (max-width: %s) {\n%s}\n", of.width, strings.ReplaceAll(cards, ".sheet", of.class))
	}
	for _, s := range []sheet{kindSheet, accountSheet, timeSheet, callSheet, detailSheet, nullSheet, otherSheet, fieldSheet} {
		for i, name := range slices.Concat(s.texts[1:], s.numbers) {
			fmt.Fprintf(&b, ".%s td:nth-child(%d) { --name: %q; }\n", s.class, i+2, name+" ")
		}
	}
	return b.String()
}

func (s sheet) width() string {
	if len(s.texts)+len(s.numbers) > 5 {
		return "wide"
	}
	return "slim"
}

// longest is how many rows of a table the page has at most, and unfolded how many of them are shown
// before somebody asks for all.
const (
	longest  = 2000
	unfolded = 40
)

// rowsOf is a table with a row for each of some things, and then the footing rows. A long one is folded.
func rowsOf[T any](s sheet, label string, all []T, row func(T) g.Node, foot ...g.Node) g.Node {
	shown := all[:min(len(all), longest)]
	var fold, unfold g.Node
	if len(shown) > unfolded {
		fold, unfold = h.Class("fold"), unfolds("Show all "+report.Thousands(len(shown)))
	}
	if len(foot) > 0 {
		foot = []g.Node{h.TFoot(h.Tr(foot...))}
	}
	return g.Group{
		h.Div(h.Class("sheet "+s.width()), h.Table(h.Class(s.class), h.Caption(h.Class("hidden"), g.Text(label)),
			h.THead(h.Tr(
				g.Map(s.texts, func(name string) g.Node { return h.Th(h.Scope("col"), g.Text(name)) }),
				g.Map(s.numbers, func(name string) g.Node { return h.Th(h.Scope("col"), h.Class("num"), g.Text(name)) }),
			)),
			h.TBody(fold, g.Map(shown, func(of T) g.Node {
				// The row is made when it is written, so that one is in memory at a time.
				return g.NodeFunc(func(w io.Writer) error { return h.Tr(row(of)).Render(w) })
			})),
			g.Group(foot),
		)),
		unfold, elsewhere(len(all)-len(shown), "rows"),
	}
}

// unfolds is a button that shows the folded rows of the table before it.
func unfolds(label string) g.Node {
	return h.Button(h.Type("button"), h.Class("script"), g.Attr("data-unfold"), g.Text(label))
}

// firstCards is how many cards of a sort are shown before somebody asks for more, firstDiagnostics
// how many diagnostics, and mostCards how many the page has.
const (
	firstCards       = 10
	firstDiagnostics = 30
	mostCards        = 200
)

// firsts shows the first of some things, and folds the others.
func firsts[T any](all []T, most int, names string, show func(T) g.Node) g.Node {
	shown := all[:min(len(all), mostCards)]
	if len(shown) <= most+2 { // it is not worth to fold two
		return g.Map(shown, show)
	}
	return g.Group{
		g.Map(shown[:most], show),
		h.Details(h.Class("rest"), h.Summary(g.Text(strconv.Itoa(len(shown)-most)+" more "+names)), g.Map(shown[most:], show)),
		elsewhere(len(all)-len(shown), names),
	}
}

// elsewhere counts what is left out for the size of the page, nil if nothing is.
func elsewhere(n int, what string) g.Node {
	if n <= 0 {
		return nil
	}
	return h.P(h.Class("soft"), g.Textf("%s more %s are not on this page; the report in JSON has them.", report.Thousands(n), what))
}
