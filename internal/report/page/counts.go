package page

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
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

// manyChanges is more changes than are shown before somebody asks for them.
const manyChanges = 20

func (p *page) wouldChange() g.Node {
	if len(p.changes) == 0 {
		return nil
	}
	return section("changes", "What a resync would change", g.Map(p.changes, func(of group) g.Node {
		return h.Details(h.Class("card"), g.If(of.Count <= manyChanges, g.Attr("open")),
			h.Summary(g.Text(of.Title+" "+counted(of.Count, "entity", "entities"))),
			h.Ul(h.Class("lines"), g.Map(of.Changes, change)),
			more(of.Count-len(of.Changes)))
	}))
}

func change(c report.Change) g.Node {
	place := strings.TrimSuffix(c.Account+", "+c.Region, ", ")
	var fields g.Node
	if len(c.Fields) > 0 {
		fields = h.Ul(g.Map(c.Fields, func(f report.FieldChange) g.Node {
			return h.Li(code(f.Name), g.Text(": "+report.ValueText(f.Old, 80)+" → "+report.ValueText(f.New, 80)))
		}))
	}
	return h.Li(words(code(c.Blueprint+"/"+c.Identifier), optional(place, softly), optional(c.Cause, softly)), fields)
}

func softly(content ...g.Node) g.Node { return h.Span(h.Class("soft"), g.Group(content)) }

// heads are the columns of counts, and values what stands in them.
var heads = []string{"Resources", "Filtered", "Dropped", "Created", "Updated", "Unchanged", "Failed"}

func values(c report.Counts) g.Node {
	return numbers(c.Fetched, c.Filtered, c.Dropped, c.Created, c.Updated, c.Unchanged, c.Failed)
}

func (p *page) kinds() g.Node {
	if len(p.Kinds) == 0 {
		return nil
	}
	row := func(name g.Node, c report.Counts) g.Node {
		return h.Tr(h.Th(h.Scope("row"), name), values(c), numbers(c.Deleted))
	}
	return section("kinds", p.either("What would change, by kind", "What changed, by kind"), scroll("", "Counts by kind", h.Table(h.Class("counts"),
		h.THead(h.Tr(columns("Kind"), numeric(heads...), numeric("Deleted"))),
		h.TBody(g.Map(p.Kinds, func(k report.Kind) g.Node {
			since := ""
			if !k.Since.IsZero() {
				since = "since " + k.Since.UTC().Format(time.DateOnly)
			}
			return row(words(g.Text(k.Kind), optional(since, h.Small)), k.Counts)
		})),
		h.TFoot(row(g.Text("All"), p.Total)),
	)))
}

func (p *page) accounts() g.Node {
	if len(p.Accounts) == 0 {
		return nil
	}
	return section("accounts", "Accounts",
		scroll("tall", "Counts by account", h.Table(h.Class("counts"),
			h.THead(h.Tr(columns("Account"), numeric("Regions"), numeric(heads...))),
			h.TBody(g.Map(p.Accounts, func(a report.Account) g.Node {
				return h.Tr(h.Th(h.Scope("row"), words(g.Text(a.Name), h.Small(g.Text(a.ID)))), numbers(a.Regions), values(a.Counts))
			})),
		)),
		p.skipped())
}

func (p *page) skipped() g.Node {
	if len(p.AccountsSkipped) == 0 {
		return nil
	}
	return folded(counted(len(p.AccountsSkipped), "account is", "accounts are")+" not to be read",
		h.Ul(h.Class("lines"), g.Map(p.AccountsSkipped, func(a report.SkippedAccount) g.Node {
			return h.Li(words(g.Text(a.Name), code(a.ID), soft(a.Reason)))
		})))
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
	bar := func(share float64) g.Node {
		return h.SVG(h.Width("100%"), h.Height("10"), h.Aria("hidden", "true"),
			g.El("rect", h.Width(fmt.Sprintf("%.1f%%", 100*share)), h.Height("10"), g.Attr("rx", "3")))
	}
	return section("time", "Where the time went",
		h.P(h.Class("soft"), g.Text("The reading of each kind in all accounts and regions, added up. Many are read at a time, so that the sum is longer than the run.")),
		scroll("", "Time by kind", h.Table(h.Class("times"),
			h.THead(h.Tr(columns("Kind"), numeric("Reading"), h.Td(), numeric("Resources"))),
			h.TBody(g.Map(timed, func(k report.Kind) g.Node {
				return h.Tr(h.Th(h.Scope("row"), g.Text(k.Kind)), h.Td(h.Class("num"), g.Text(seconds(k.Seconds))),
					h.Td(h.Class("bar"), bar(k.Seconds/timed[0].Seconds)), h.Td(h.Class("num"), g.Text(report.Thousands(k.Counts.Fetched))))
			})),
		)))
}

func (p *page) calls() g.Node {
	return section("calls", "Calls", h.Div(h.Class("pair"), calls("AWS", p.AWS), calls("Port", p.Port)))
}

// calls counts the calls to AWS or Port by service, the most called first.
func calls(of string, services map[string]report.Calls) g.Node {
	names := slices.SortedFunc(maps.Keys(services), func(a, b string) int {
		return cmp.Or(cmp.Compare(services[b].Calls, services[a].Calls), cmp.Compare(a, b))
	})
	row := func(name string, c report.Calls) g.Node {
		return h.Tr(h.Th(h.Scope("row"), g.Text(name)), numbers(c.Calls, c.Retries, c.Throttled))
	}
	var total report.Calls
	for _, c := range services {
		total.Add(c)
	}
	return scroll("", "Calls to "+of, h.Table(
		h.THead(h.Tr(columns(of), numeric("Calls", "Retries", "Throttled"))),
		h.TBody(g.Map(names, func(name string) g.Node { return row(name, services[name]) })),
		h.TFoot(row("All", total)),
	))
}
