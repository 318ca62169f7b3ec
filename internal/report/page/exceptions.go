package page

import (
	"fmt"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"portolan/internal/diag"
	"portolan/internal/report"
)

func (p *page) diagnostics() g.Node {
	if len(p.Diagnostics) == 0 {
		return nil
	}
	return section("diagnostics", "Diagnostics", g.Map(p.Diagnostics, func(d diag.Diagnostic) g.Node {
		class := "card"
		if d.Fix != "" {
			class = "card fixable"
		}
		return h.Article(h.Class(class), h.H3(g.Text(d.Title)), h.P(h.Class("said"), g.Text(d.Cause)), fix(d.Fix))
	}))
}

func (p *page) gaps() g.Node {
	if len(p.Gaps) == 0 {
		return nil
	}
	return section("gaps", "What was not read", g.Map(p.Gaps, p.gap), more(p.MoreGaps))
}

func (p *page) unavailable() g.Node {
	if len(p.Unavailable) == 0 {
		return nil
	}
	return section("unavailable", "What was not read, and is not a gap", g.Map(p.Unavailable, p.gap))
}

// manyKinds is more kinds than are read at a glance.
const manyKinds = 6

func (p *page) gap(of report.Gap) g.Node {
	account := g.Text("every account")
	if of.Account != "" {
		account = p.account(of.Account)
	}
	kinds := codes(of.Kinds)
	if len(of.Kinds) == 0 {
		kinds = g.Text("every kind")
	}
	where := h.P(h.Class("soft"), kinds, g.Text(in(of.Regions)))
	if len(of.Kinds) > manyKinds {
		where = h.Details(h.Class("soft"), h.Summary(g.Textf("%d kinds%s", len(of.Kinds), in(of.Regions))), kinds)
	}
	return card([]g.Node{badge(string(of.Outcome)), account, h.Small(g.Text(counted(of.Cells, "cell", "cells")))},
		where, h.P(h.Class("said"), g.Text(of.Cause)), fix(of.Fix))
}

// account shows an account's name and id.
func (p *page) account(id string) g.Node { return words(text(p.names[id]), code(id)) }

func (p *page) refused() g.Node {
	if len(p.Refused)+len(p.Details) == 0 {
		return nil
	}
	return section("refused", "What AWS refuses for good, or did not find",
		g.Map(p.Refused, p.refusedResources), more(p.MoreRefused), p.details())
}

func (p *page) refusedResources(of report.RefusedResources) g.Node {
	what, then := "refused", ", not read, and their entities stay; for example "
	if of.Detail {
		what, then = "detail", ", read without it; for example "
	}
	return card([]g.Node{badge(what), p.account(of.Account), h.Small(g.Text(counted(of.Count, "resource", "resources")))},
		h.P(h.Class("soft"), code(of.Kind()), g.Text(in(of.Regions)+": "), code(of.Action), g.Text(then), codes(of.Samples)),
		h.P(h.Class("said"), g.Text(of.Cause)), fix(of.Fix))
}

// details counts what AWS did not find of resources.
func (p *page) details() g.Node {
	if len(p.Details) == 0 {
		return nil
	}
	return folded(counted(p.Total.DetailsNotFound, "detail was", "details were")+" not found",
		h.P(h.Class("soft"), g.Text("The resources were read without them: AWS says that there are none.")),
		scroll("", "Details that were not found", h.Table(
			h.THead(h.Tr(columns("Kind", "Action"), numeric("Resources"))),
			h.TBody(g.Map(p.Details, func(d report.Detail) g.Node {
				return h.Tr(h.Td(g.Text(d.Kind)), h.Td(code(d.Action)), h.Td(h.Class("num"), g.Text(report.Thousands(d.NotFound))))
			})),
		)))
}

// notTaken is what the mapping did not make and what Port refused.
func (p *page) notTaken() g.Node {
	if len(p.broken)+len(p.Entities)+len(p.nulls) == 0 {
		return nil
	}
	return section("not-taken", "What the mapping or Port "+p.either("would not take", "did not take"),
		g.Map(p.Entities, func(of report.RefusedEntities) g.Node {
			return card([]g.Node{badge("not taken"), g.Text(of.Blueprint), h.Small(g.Text(counted(of.Count, "entity", "entities")))},
				h.P(h.Class("said"), g.Text(of.Cause)), examples(of.Samples))
		}),
		g.Map(p.broken, mappingCard),
		p.alwaysNull())
}

func mappingCard(m report.MappingDiagnostic) g.Node {
	field, expression := g.Text(m.Kind()), optional(m.Expression, h.Code)
	if m.Field != "" {
		field = g.Group{g.Text(m.Kind() + ", "), code(m.Field)}
	}
	if expression != nil {
		expression = h.P(expression)
	}
	entry, sample := fmt.Sprintf("resources[%d]", m.Index()), []string(nil)
	if m.Count > 0 {
		entry += fmt.Sprintf(", %s of %s", report.Thousands(m.Count), report.Thousands(m.Of))
	}
	if m.Sample != "" {
		sample = []string{m.Sample}
	}
	return card([]g.Node{badge("mapping"), field, h.Small(g.Text(entry))},
		expression, h.P(h.Class("said"), g.Text(m.Cause)), examples(sample), fix(m.Fix))
}

func (p *page) alwaysNull() g.Node {
	if len(p.nulls) == 0 {
		return nil
	}
	return folded(counted(len(p.nulls), "field was", "fields were")+" null for every document",
		h.P(h.Class("soft"), g.Text("That is right where AWS never answers a property, and otherwise a misspelling.")),
		scroll("", "Fields that were always null", h.Table(
			h.THead(h.Tr(columns("Kind", "Field", "Expression"), numeric("Documents"))),
			h.TBody(g.Map(p.nulls, func(m report.MappingDiagnostic) g.Node {
				return h.Tr(h.Td(g.Text(m.Kind())), h.Td(code(m.Field)), h.Td(code(m.Expression)), h.Td(h.Class("num"), g.Text(report.Thousands(m.Of))))
			})),
		)))
}

// kept is what was not deleted.
func (p *page) kept() g.Node {
	if len(p.Deletes.Withheld) == 0 {
		return nil
	}
	return section("withheld", "What stays in Port, and why", g.Map(p.Deletes.Withheld, func(w report.Withheld) g.Node {
		what := "Nothing was deleted"
		if w.Count >= 0 {
			what = counted(w.Count, "stale entity stays", "stale entities stay")
		}
		return card([]g.Node{g.Text(what)}, h.P(h.Class("said"), g.Text(w.Cause)), examples(w.Samples))
	}))
}
