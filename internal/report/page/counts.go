package page

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"portolan/internal/report"
)

// group is some entities under a heading; Count may be more than are listed.
type group struct {
	Title   string
	Count   int
	Changes []report.Change
}

// changesOf groups what a plan found by what a resync would do.
func changesOf(r *report.Report) []group {
	of := func(sorts ...string) (list []report.Change) {
		for _, c := range r.Changes {
			if slices.Contains(sorts, c.Sort) {
				list = append(list, c)
			}
		}
		return list
	}
	deleted := group{Title: "Would delete", Count: r.Deletes.Planned}
	for _, sample := range r.Deletes.Samples {
		blueprint, identifier, _ := strings.Cut(sample, "/")
		deleted.Changes = append(deleted.Changes, report.Change{Blueprint: blueprint, Identifier: identifier})
	}
	groups := []group{
		{"Would create", r.Total.Created, of(report.Created)}, {"Would update", r.Total.Updated, of(report.Updated, report.Retained)},
		{"Would fail", r.Total.Failed, of(report.Fails)}, deleted,
	}
	return slices.DeleteFunc(groups, func(g group) bool { return g.Count == 0 })
}

// What a plan shows: manyChanges is more changes than are shown before somebody asks for them,
// mostFields how many fields of one, and longestValue how many characters of a value.
const (
	manyChanges  = 10
	mostFields   = 40
	longestValue = 200
)

func (p *page) wouldChange() g.Node {
	if len(p.changes) == 0 {
		return nil
	}
	return section("changes", "What a resync would change",
		h.P(h.Class("soft"), g.Text("Each field is shown with the value that Port has now and the value after a resync. Secrets are masked. A text in brackets stands for what is not shown.")), g.Map(p.changes, func(of group) g.Node {
			shown := of.Changes[:min(len(of.Changes), mostCards)]
			first := shown[:min(len(shown), manyChanges)]
			var rest g.Node
			if len(first) < len(shown) {
				rest = h.Details(h.Summary(g.Textf("%d more", len(shown)-len(first))), h.Ul(h.Class("lines"), g.Map(shown[len(first):], change)))
			}
			return h.Article(h.Class("card"), h.H3(g.Text(of.Title+" "+counted(of.Count, "entity", "entities"))),
				h.Ul(h.Class("lines"), g.Map(first, change)), rest, more(of.Count-len(shown)))
		}))
}

func change(c report.Change) g.Node {
	place := strings.TrimSuffix(c.Account+", "+c.Region, ", ")
	var fields g.Node
	if len(c.Fields) > 0 {
		fields = g.Group{rowsOf(fieldSheet, "Fields of "+c.Identifier, c.Fields[:min(len(c.Fields), mostFields)], func(f report.FieldChange) g.Node {
			return g.Group{h.Th(h.Scope("row"), code(f.Name)),
				h.Td(h.Del(g.Text(report.ValueText(f.Old, longestValue)))), h.Td(h.Ins(g.Text(report.ValueText(f.New, longestValue))))}
		}), more(len(c.Fields) - mostFields)}
	}
	return h.Li(h.P(words(code(c.Blueprint+"/"+c.Identifier), optional(place, softly), codeLink(c.Code))), said(c.Cause), fields)
}

func softly(content ...g.Node) g.Node { return h.Span(h.Class("soft"), g.Group(content)) }

func (p *page) kinds() g.Node {
	if len(p.Kinds) == 0 {
		return nil
	}
	row := func(name g.Node, c report.Counts) g.Node {
		return g.Group{h.Th(h.Scope("row"), name), values(c), numbers(c.Deleted)}
	}
	return section("kinds", p.either("What would change, by kind", "What changed, by kind"),
		rowsOf(kindSheet, "Counts by kind", p.Kinds, func(k report.Kind) g.Node {
			since := ""
			if !k.Since.IsZero() {
				since = "since " + k.Since.UTC().Format(time.DateOnly)
			}
			return row(words(kindName(k.Kind), optional(since, h.Small)), k.Counts)
		}, row(g.Text("All"), p.Total)))
}

func (p *page) accounts() g.Node {
	if len(p.Accounts) == 0 {
		return nil
	}
	return section("accounts", "Accounts",
		rowsOf(accountSheet, "Counts by account", p.Accounts, func(a report.Account) g.Node {
			return g.Group{h.Th(h.Scope("row"), words(g.Text(a.Name), h.Small(g.Text(a.ID)))), numbers(a.Regions), values(a.Counts)}
		}),
		p.skipped())
}

func (p *page) skipped() g.Node {
	if len(p.AccountsSkipped) == 0 {
		return nil
	}
	shown := p.AccountsSkipped[:min(len(p.AccountsSkipped), longest)]
	return folded(counted(len(p.AccountsSkipped), "account is", "accounts are")+" not to be read",
		h.Ul(h.Class("lines"), g.Map(shown, func(a report.SkippedAccount) g.Node {
			return h.Li(words(g.Text(a.Name), code(a.ID), soft(a.Reason)))
		})), more(len(p.AccountsSkipped)-len(shown)))
}

// slowest returns the kinds that took any time, the longest first.
func slowest(kinds []report.Kind) []report.Kind {
	timed := slices.DeleteFunc(slices.Clone(kinds), func(k report.Kind) bool { return k.Seconds <= 0 })
	slices.SortFunc(timed, func(a, b report.Kind) int {
		return cmp.Or(cmp.Compare(b.Seconds, a.Seconds), cmp.Compare(a.Kind, b.Kind))
	})
	return timed
}

func (p *page) time() g.Node {
	timed := slowest(p.Kinds)
	if len(timed) == 0 {
		return nil
	}
	return section("time", "Where the time went",
		h.P(h.Class("soft"), g.Text("The reading of each kind in all accounts and regions, added up. Many are read at a time, so that the sum is longer than the run.")),
		rowsOf(timeSheet, "Time by kind", timed, func(k report.Kind) g.Node {
			return g.Group{h.Th(h.Scope("row"), kindName(k.Kind), bar(k.Seconds/timed[0].Seconds)),
				h.Td(h.Class("num"), g.Attr("data-value", strconv.FormatFloat(k.Seconds, 'f', 3, 64)), g.Text(seconds(k.Seconds))), numbers(k.Counts.Fetched)}
		}))
}

// bar shows a share of something as a length.
func bar(share float64) g.Node {
	return h.SVG(h.Class("bar"), h.Width("100%"), h.Height("5"), h.Aria("hidden", "true"),
		g.El("rect", h.Width("100%"), h.Height("5"), g.Attr("rx", "2.5"), h.Class("rest")),
		g.El("rect", h.Width(fmt.Sprintf("%.1f%%", 100*share)), h.Height("5"), g.Attr("rx", "2.5")))
}

func (p *page) calls() g.Node {
	if len(p.AWS)+len(p.Port) == 0 {
		return nil
	}
	return section("calls", "Calls", h.Div(h.Class("pair"), calls("AWS", p.AWS), calls("Port", p.Port)))
}

// calls counts the calls to AWS or Port by service, the most called first.
func calls(of string, services map[string]report.Calls) g.Node {
	if len(services) == 0 {
		return nil
	}
	names := slices.SortedFunc(maps.Keys(services), func(a, b string) int {
		return cmp.Or(cmp.Compare(services[b].Calls, services[a].Calls), cmp.Compare(a, b))
	})
	row := func(name string, c report.Calls) g.Node {
		return g.Group{h.Th(h.Scope("row"), kindName(name)), numbers(c.Calls, c.Retries, c.Throttled)}
	}
	var total report.Calls
	for _, c := range services {
		total.Add(c)
	}
	return h.Div(h.H3(g.Text(of)),
		rowsOf(callSheet, "Calls to "+of, names, func(name string) g.Node { return row(name, services[name]) }, row("All", total)))
}
