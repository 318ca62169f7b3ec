package page

import (
	"fmt"
	"io"
	"strconv"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"portolan/internal/report"
)

// few is how many columns of the map fit in every window, and how many rows need no filter.
const few = 5

// coverage shows the heat map.
func (p *page) coverage() g.Node {
	if len(p.heat.Groups) == 0 {
		return nil
	}
	var left g.Node
	if p.heat.More > 0 {
		left = h.P(h.Class("soft"), g.Text(report.Thousands(p.heat.More)+" more accounts are not in this report; the one in the state has all."))
	}
	var filter g.Node
	if len(p.Coverage.Accounts) > few {
		filter = h.P(h.Class("script"), words(
			h.Label(h.For("filter"), g.Text("Account")),
			h.Input(h.ID("filter"), h.Type("search"), h.Placeholder("name or id"), h.AutoComplete("off"), g.Attr("spellcheck", "false")),
			g.El("output", h.ID("found"), h.For("filter"), h.Aria("live", "polite")),
		))
	}
	goesOn := ""
	if n := len(p.heat.Kinds); n > few {
		goesOn = fmt.Sprintf("%s kinds, one in each column. Where they do not fit, the table goes on to the right. ", report.Thousands(n))
	}
	return section("coverage", "What was read, by account and kind",
		h.Div(h.Class("tools"), filter, p.heat.legend()),
		h.P(h.Class("soft hint"), g.Text(goesOn),
			h.Span(h.Class("script"), g.Text("Touch or point at a field, or use the arrow keys, to see what it means."))),
		h.Div(h.Class("frame"),
			h.Div(h.Class("map"), h.Role("region"), h.Aria("label", "Coverage, accounts by kinds"), h.TabIndex("0"), p.heat.table())),
		g.El("output", h.ID("field"), h.Class("script"), h.Aria("live", "polite")),
		elsewhere(p.left.Gaps+p.left.Whole, "accounts"), left)
}

func (m heatMap) legend() g.Node {
	item := func(class, mark, means string) g.Node {
		return h.Li(words(h.I(h.Class(class), h.Aria("hidden", "true"), g.Text(mark)), h.Span(g.Text(means))))
	}
	some := func(there bool, class, mark, means string) g.Node {
		if !there {
			return nil
		}
		return item(class, mark, means)
	}
	return h.Ul(h.Class("legend"), h.Aria("label", "What the colours and signs mean"),
		item("whole", "12", "all was read, with so many resources"),
		some(m.has.zero, "zero", "0", "all was read, and there is none"),
		some(m.has.refused, "whole", "12*", "read, and AWS refuses further resources for good"),
		g.Map(m.Legend, func(o outcome) g.Node { return item(o.Class, o.Mark, string(o.Outcome)+": "+o.Means) }),
		some(m.has.part, "denied part", "D", "half green: some regions were read"),
		some(m.has.void, "void", "", "not to be read"),
		item("share", "87%", "all accounts: the share of the cells that was read"))
}

func (m heatMap) table() g.Node {
	return h.Table(
		h.Caption(h.Class("hidden"), g.Text("Each row is an account, each column a kind. A number says that all was read, and how many resources there are.")),
		h.ColGroup(),
		g.Map(m.Services, func(s column) g.Node { return h.ColGroup(g.Attr("span", strconv.Itoa(s.Span))) }),
		h.THead(
			h.Tr(h.Td(), g.Map(m.Services, func(s column) g.Node {
				if s.Span == 1 {
					return h.Td()
				}
				return h.Th(h.Scope("colgroup"), h.ColSpan(strconv.Itoa(s.Span)), g.Text(s.Name))
			})),
			h.Tr(h.Class("kinds"), h.Td(), g.Map(m.Kinds, func(k column) g.Node {
				return h.Th(h.Scope("col"), h.Title(k.Full), h.Span(words(optional(k.Alone, h.I), g.Text(k.Name))))
			})),
			h.Tr(h.Class("all"), h.Th(h.Scope("row"), g.Text("All accounts")), g.Map(m.All, share.cell)),
		),
		g.Map(m.Groups, func(r rows) g.Node { return r.body(len(m.All) + 1) }),
	)
}

// body is the part of the table for a group of accounts, under a title over all columns.
func (r rows) body(columns int) g.Node {
	var unfold g.Node
	if r.Folds() {
		unfold = unfolds("Show all")
	}
	title := g.Text(r.Title + ": " + counted(len(r.Accounts)+r.Left, "account", "accounts"))
	return h.TBody(g.If(r.Folds(), h.Class("fold")),
		h.Tr(h.Class("group"), h.Th(h.Scope("rowgroup"), h.ColSpan(strconv.Itoa(columns)), h.Span(words(title, unfold)))),
		g.Map(r.Accounts, row.line))
}

// line is made when it is written, so that one account's nodes are in memory at a time.
func (r row) line() g.Node {
	return g.NodeFunc(func(w io.Writer) error {
		return h.Tr(g.Attr("data-account"), h.Th(h.Scope("row"), words(g.Text(r.Name), h.Small(g.Text(r.ID)))),
			g.Map(r.Cells, func(c report.CoverageCell) g.Node { return squareOf(c).cell() })).Render(w)
	})
}

func (s square) cell() g.Node {
	if s.Says == "" {
		return h.Td(h.Class(s.Class), g.Text(s.Mark))
	}
	return h.Td(h.Class(s.Class),
		h.Span(h.Aria("hidden", "true"), g.Text(s.Mark)), h.Span(h.Class("hidden"), g.Text(s.Says)))
}

// cell shows a share as a number and a length; its colour says whether all was read.
func (s share) cell() g.Node {
	if s.Percent < 0 {
		return h.Td(h.Class("void"), h.Span(h.Class("hidden"), g.Text(s.Says)))
	}
	class := "share"
	if s.Percent == 100 {
		class = "share full"
	}
	return h.Td(h.Class(class), h.Span(h.Aria("hidden", "true"), g.Textf("%d%%", s.Percent)),
		h.Span(h.Class("hidden"), g.Text(s.Says)), bar(float64(s.Percent)/100))
}
