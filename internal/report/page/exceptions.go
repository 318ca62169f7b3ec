package page

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"portolan/internal/aws/awserr"
	"portolan/internal/aws/policy"
	"portolan/internal/diag"
	"portolan/internal/plain"
	"portolan/internal/report"
)

// told are diagnostics, a card for each.
func (p *page) told(all []diag.Diagnostic) g.Node {
	return firsts(all, firstDiagnostics, "diagnostics", func(d diag.Diagnostic) g.Node {
		title := cmp.Or(d.Title, d.Code.Entry().Title)
		if title == "" {
			title = "Diagnostic"
		}
		return h.Article(h.Class(strings.TrimSpace("card "+tones[d.Severity])), h.H3(words(g.Text(title), codeLink(d.Code))), said(sentence(d.Cause)), p.fixOf(d))
	})
}

func (p *page) needsYou() g.Node {
	if len(p.needs) == 0 {
		return nil
	}
	return section("needs", "What needs you", p.told(p.needs))
}

// worthKnowing is what nobody has to act on.
func (p *page) worthKnowing() g.Node {
	if len(p.notes)+len(p.nulls) == 0 {
		return nil
	}
	return section("notes", "Notes", p.told(p.notes), p.alwaysNull())
}

// tones are the classes of cards by how much their diagnostic matters.
var tones = map[diag.Severity]string{diag.Error: "grave", diag.Warning: "warned"}

// weight orders diagnostics, the first of which needs a person most.
func weight(d diag.Diagnostic) int {
	weight := 2 * slices.Index([]diag.Severity{diag.Error, diag.Warning, diag.Note}, d.Severity)
	if d.Fix == "" || strings.HasPrefix(strings.ToLower(d.Fix), "nothing") {
		weight++
	}
	return weight
}

func (p *page) gaps() g.Node {
	if len(p.open) == 0 {
		return nil
	}
	return section("gaps", "What was not read", p.lacking(), firsts(p.open, firstCards, "groups of cells", p.gap), more(p.MoreGaps))
}

// lacking is one statement for all that the reading role was denied for want of a permission.
func (p *page) lacking() g.Node {
	var actions []string
	for _, gap := range p.open {
		if action := awserr.Allowed(gap.Fix); action != "" {
			actions = append(actions, action)
		}
	}
	slices.Sort(actions)
	actions = slices.Compact(actions)
	if len(actions) < 2 {
		return nil
	}
	statement, err := json.MarshalIndent(policy.Statement{Sid: "PortolanLacks", Effect: "Allow", Action: actions, Resource: "*"}, "", "  ")
	if err != nil {
		return nil // it always has a form
	}
	return h.Article(h.Class("card grave"), h.H3(g.Text("Permissions that the reading role lacks")),
		h.Div(h.Class("fix"), h.B(g.Text("Fix")), h.Div(h.Class("what"),
			h.P(g.Text("Add this statement to the role that reads the accounts. It allows all that the fixes below say one by one:")), block(string(statement)))))
}

func (p *page) unavailable() g.Node {
	if len(p.meant) == 0 {
		return nil
	}
	return section("unavailable", "What was not read, and is not a gap", firsts(p.meant, firstCards, "groups of cells", p.gap))
}

// manyKinds is more kinds than are read at a glance.
const manyKinds = 6

func (p *page) gap(of report.Gap) g.Node {
	account := g.Text("every account")
	if of.Account != "" {
		account = p.account(of.Account)
	}
	kinds := codes(of.Kinds, manyNames)
	if len(of.Kinds) == 0 {
		kinds = g.Text("every kind")
	}
	where := h.P(h.Class("soft"), kinds, g.Text(in(of.Regions)))
	if len(of.Kinds) > manyKinds {
		where = h.Details(h.Class("soft"), h.Summary(g.Text(plain.Count(len(of.Kinds), "kind", "kinds")+in(of.Regions))), h.P(kinds))
	}
	return card([]g.Node{h.Span(h.Class("badge "+looks(of.Outcome).Class), g.Text(string(of.Outcome))), account,
		h.Small(g.Text(counted(of.Cells, "cell", "cells"))), codeLink(of.Code)},
		where, said(of.Cause), p.fixOf(of.Diagnostic))
}

// fixOf says what can be done, unless the top of the page does.
func (p *page) fixOf(d diag.Diagnostic) g.Node {
	if d.Fix != "" && d.Fix == p.remedy {
		return h.P(h.Class("soft"), g.Text("The fix is at the top of this page."))
	}
	return fix(d.Fix)
}

// said is what somebody or something said of what went wrong.
func said(cause string) g.Node { return paragraph("said", cause) }

// account shows an account's name and id.
func (p *page) account(id string) g.Node { return words(text(p.names[id]), code(id)) }

func (p *page) refused() g.Node {
	if len(p.Refused)+len(p.Details) == 0 {
		return nil
	}
	return section("refused", "What AWS refuses for good, or did not find",
		firsts(p.Refused, firstCards, "groups of resources", p.refusedResources), more(p.MoreRefused), p.details())
}

func (p *page) refusedResources(of report.RefusedResources) g.Node {
	what, then := "refused", ", not read, and their entities stay; for example "
	if of.Detail {
		what, then = "detail", ", read without it; for example "
	}
	return card([]g.Node{badge(what), p.account(of.Account), h.Small(g.Text(counted(of.Count, "resource", "resources"))), codeLink(of.Code)},
		h.P(h.Class("soft"), code(of.Kind()), g.Text(in(of.Regions)+": "), code(of.Action), g.Text(then), codes(of.Samples, fewNames)),
		said(of.Cause), fix(of.Fix))
}

// details counts what AWS did not find of resources.
func (p *page) details() g.Node {
	if len(p.Details) == 0 {
		return nil
	}
	return folded(counted(p.Total.DetailsNotFound, "detail was", "details were")+" not found",
		h.P(h.Class("soft"), g.Text("The resources were read without them: AWS says that there are none.")),
		rowsOf(detailSheet, "Details that were not found", p.Details, func(d report.Detail) g.Node {
			return g.Group{h.Th(h.Scope("row"), kindName(d.Kind)), h.Td(code(d.Action)), numbers(d.NotFound)}
		}))
}

// notTaken is what the mapping did not make and what Port refused.
func (p *page) notTaken() g.Node {
	if len(p.broken)+len(p.Entities) == 0 {
		return nil
	}
	return section("not-taken", "What the mapping or Port "+p.either("would not take", "did not take"),
		firsts(p.Entities, firstCards, "groups of entities", func(of report.RefusedEntities) g.Node {
			return card([]g.Node{badge("not taken"), g.Text(of.Blueprint), h.Small(g.Text(counted(of.Count, "entity", "entities"))), codeLink(of.Code)},
				said(of.Cause), examples(of.Samples), fix(of.Fix))
		}),
		firsts(p.broken, firstCards, "lines about the mapping", mappingCard))
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
	return card([]g.Node{badge("mapping"), field, h.Small(g.Text(entry)), codeLink(m.Code)},
		expression, said(m.Cause), examples(sample), fix(m.Fix))
}

func (p *page) alwaysNull() g.Node {
	if len(p.nulls) == 0 {
		return nil
	}
	return folded(counted(len(p.nulls), "field was", "fields were")+" null for every document",
		h.P(h.Class("soft"), g.Text("That is right where AWS never answers a property, and otherwise a misspelling.")),
		rowsOf(nullSheet, "Fields that were always null", p.nulls, func(m report.MappingDiagnostic) g.Node {
			return g.Group{h.Th(h.Scope("row"), kindName(m.Kind())), h.Td(code(m.Field)), h.Td(code(m.Expression)), numbers(m.Of)}
		}))
}

// kept is what was not deleted, or not written.
func (p *page) kept() g.Node {
	if len(p.Deletes.Withheld) == 0 && p.Ownership == nil {
		return nil
	}
	return section("withheld", "What stays in Port, and why", firsts(p.Deletes.Withheld, firstCards, "groups of entities", func(w report.Withheld) g.Node {
		what := "Nothing was deleted"
		if w.Count >= 0 {
			what = counted(w.Count, "stale entity stays", "stale entities stay")
		}
		return card([]g.Node{g.Text(what), codeLink(w.Code)}, said(sentence(w.Cause)), examples(w.Samples), fix(w.Fix))
	}), p.others())
}

// others are those who wrote entities that the run met.
func (p *page) others() g.Node {
	if p.Ownership == nil {
		return nil
	}
	total := 0
	for _, other := range p.Ownership.Others {
		total += other.Entities
	}
	return folded(counted(total, "entity was", "entities were")+" last written by others",
		rowsOf(otherSheet, "Who wrote entities last", p.Ownership.Others, func(o report.Other) g.Node {
			return g.Group{h.Th(h.Scope("row"), g.Text(o.By)), h.Td(codes(o.Samples, fewNames)), numbers(o.Entities)}
		}))
}
