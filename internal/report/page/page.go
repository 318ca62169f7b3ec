// Package page makes of a run's report one HTML file that a person opens in a browser:
// what was read in which account, what changed, what was not read or not taken and what
// fixes it, what stays in Port and why, and where the time went.
//
// The file is whole. It has its style and its script inside, loads nothing, and its
// content security policy lets it do nothing else. Everything that comes from the report
// is text: names, errors and identifiers are escaped, whatever they hold. Without its
// script the page shows the same; the script only folds, filters, sorts and copies. What
// needs a person comes first. The package decides what is shown first and nothing about the
// run, and the same report gives the same bytes. A page has a bounded number of rows, however
// large the estate is, and says what it leaves out.
package page

import (
	"bufio"
	"cmp"
	"crypto/sha256"
	_ "embed" // the page's style and script
	"encoding/base64"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"portolan/internal/diag"
	"portolan/internal/report"
)

var (
	//go:embed page.css
	style string
	//go:embed page.js
	script string
)

// styles is the page's style with that of its tables.
var styles = style + sheets()

// security lets the page use its own style, script and icon, and nothing else.
var security = fmt.Sprintf("default-src 'none'; style-src '%s'; script-src '%s'; img-src data:; base-uri 'none'; form-action 'none'",
	digest(styles), digest(script))

func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// Write writes the page of a report. Its error is that of the writer.
func Write(w io.Writer, r *report.Report) error {
	buffered := bufio.NewWriter(w)
	if err := newPage(r).document().Render(buffered); err != nil {
		return err
	}
	return buffered.Flush()
}

// page is a report and what several parts of its page need.
type page struct {
	*report.Report
	plan     bool
	names    map[string]string // of accounts, by id
	heat     heatMap
	left     left
	broken   []report.MappingDiagnostic // of the mapping
	nulls    []report.MappingDiagnostic // fields that were null for every document
	changes  []group                    // of a plan
	withheld int                        // stale entities that stay, as far as they were counted
	needs    []diag.Diagnostic          // a person, the most urgent first
	notes    []diag.Diagnostic
	open     []report.Gap // what was not read and should have been
	meant    []report.Gap // what was not read, and is not a gap
	codes    []diag.Entry
	remedy   string // of what ended the run
}

func newPage(r *report.Report) *page {
	r, left := fit(r)
	r = r.Shown()
	p := &page{Report: r, left: left, plan: r.Action == "plan", names: make(map[string]string, len(r.Accounts))}
	for _, a := range r.Accounts {
		p.names[a.ID] = a.Name
	}
	p.heat = mapOf(r, left, p.names)
	for _, m := range r.Mapping {
		switch {
		case !m.Null:
			p.broken = append(p.broken, m)
		case m.Count >= m.Of:
			p.nulls = append(p.nulls, m)
		}
	}
	for _, w := range r.Deletes.Withheld {
		p.withheld += max(0, w.Count)
	}
	if p.plan {
		p.changes = changesOf(r)
	}
	for _, d := range r.Diagnostics {
		if d.Severity == diag.Note {
			p.notes = append(p.notes, d)
		} else {
			p.needs = append(p.needs, d)
		}
	}
	slices.SortStableFunc(p.needs, func(a, b diag.Diagnostic) int { return weight(a) - weight(b) })
	for _, gap := range r.Gaps {
		if gap.Severity == diag.Note {
			p.meant = append(p.meant, gap)
		} else {
			p.open = append(p.open, gap)
		}
	}
	p.meant = append(p.meant, r.Unavailable...)
	p.codes, p.remedy = entriesOf(r), remedyOf(r)
	return p
}

// either returns the first text for a plan, and the second for a run.
func (p *page) either(plan, run string) string {
	if p.plan {
		return plan
	}
	return run
}

func (p *page) document() g.Node {
	return h.Doctype(h.HTML(h.Lang("en"), p.head(), h.Body(
		h.A(h.Class("skip"), h.Href("#main"), g.Text("To the report")),
		p.header(),
		p.contents(),
		h.Main(h.ID("main"), h.Class("in"), h.TabIndex("-1"),
			p.needsYou(), p.gaps(), p.notTaken(), p.kept(), p.wouldChange(),
			p.figures(), p.coverage(), p.unavailable(), p.refused(), p.kinds(), p.accounts(), p.time(), p.calls(),
			p.worthKnowing(), p.codesExplained(),
		),
		p.footer(),
		h.Script(g.Raw(script)),
	)))
}

func (p *page) head() g.Node {
	meta := func(name, content string) g.Node { return h.Meta(h.Name(name), h.Content(content)) }
	return h.Head(
		h.Meta(h.Charset("utf-8")),
		h.Meta(g.Attr("http-equiv", "Content-Security-Policy"), h.Content(security)),
		meta("viewport", "width=device-width, initial-scale=1"),
		meta("color-scheme", "light dark"),
		meta("referrer", "no-referrer"),
		h.TitleEl(g.Textf("%s: %s %s", p.Integration, p.either("plan", "run"), p.Status)),
		h.Link(h.Rel("icon"), h.Href("data:,")),
		h.StyleEl(g.Raw(styles)),
	)
}

func (p *page) header() g.Node {
	fact := func(name string, value g.Node) g.Node { return h.Div(h.Dt(g.Text(name)), h.Dd(value)) }
	var trigger, version g.Node
	if p.Trigger != "" {
		trigger = fact("Trigger", g.Text(p.Trigger))
	}
	if p.Version != "" {
		version = fact("Version", code(p.Version))
	}
	return h.Header(h.Div(h.Class("in"),
		h.P(h.Class("kicker"), g.Text("Portolan · "+p.either("plan: nothing was written", cmp.Or(p.Action, "run")))),
		h.H1(words(g.Text(p.Integration), h.Span(h.Class("status "+string(p.Status)), g.Text(string(p.Status))))),
		p.reason(),
		h.Dl(h.Class("facts"), fact("Began", moment(p.Started)), trigger, fact("Run", code(p.Run)), version),
	))
}

// reason says why the run ended as it did, and what fixes it.
func (p *page) reason() g.Node {
	if p.Reason == "" && p.well() {
		return h.P(h.Class("reason"), g.Text("All that was to be read was read, and nothing needs you."))
	}
	if p.Reason == "" {
		return nil
	}
	reason := strings.TrimRight(strings.ReplaceAll(p.Reason, p.remedy, ""), ". ")
	return g.Group{h.P(h.Class("reason"), words(g.Text(sentence(reason)), codeLink(p.Code))), fix(p.remedy)}
}

// well says that the run left nothing to look at.
func (p *page) well() bool {
	return p.Status == report.Completed && len(p.needs)+len(p.open)+len(p.broken)+len(p.Entities)+len(p.Deletes.Withheld)+len(p.meant)+len(p.Refused) == 0
}

// contents links to the parts that the page has.
func (p *page) contents() g.Node {
	item := func(there bool, id, name, count string) g.Node {
		if !there {
			return nil
		}
		return h.Li(h.A(h.Href("#"+id), words(g.Text(name), optional(count, h.B))))
	}
	gaps := count(len(p.open))
	if p.MoreGaps > 0 {
		gaps += "+"
	}
	return h.Nav(h.Aria("label", "Parts of the report"), h.Ul(h.Class("in"),
		item(len(p.needs) > 0, "needs", "Needs you", count(len(p.needs))),
		item(len(p.open) > 0, "gaps", "Not read", gaps),
		item(len(p.broken)+len(p.Entities) > 0, "not-taken", "Not taken", count(len(p.broken)+len(p.Entities))),
		item(len(p.Deletes.Withheld) > 0 || p.Ownership != nil, "withheld", "Withheld", count(p.withheld)),
		item(len(p.changes) > 0, "changes", "Changes", ""),
		item(p.ran(), "figures", "Totals", ""),
		item(len(p.heat.Groups) > 0, "coverage", "Coverage", ""),
		item(len(p.meant) > 0, "unavailable", "Unavailable", count(len(p.meant))),
		item(len(p.Refused)+len(p.Details) > 0, "refused", "Refused", count(p.Total.Refused)),
		item(len(p.Kinds) > 0, "kinds", "Kinds", ""),
		item(len(p.Accounts) > 0, "accounts", "Accounts", ""),
		item(len(slowest(p.Kinds)) > 0, "time", "Time", ""),
		item(len(p.AWS)+len(p.Port) > 0, "calls", "Calls", ""),
		item(len(p.notes)+len(p.nulls) > 0, "notes", "Notes", count(len(p.notes))),
		item(len(p.codes) > 0, "codes", "Codes", ""),
	))
}

// count is a number of things in the contents, "" if there are none.
func count(n int) string {
	if n == 0 {
		return ""
	}
	return report.Thousands(n)
}

// ran says whether the run came so far that there is something to count.
func (p *page) ran() bool {
	return p.Total != (report.Counts{}) || p.Status != report.Failed && len(p.Cells)+len(p.Kinds) > 0
}

func (p *page) footer() g.Node {
	end := ""
	if p.PeakMemoryBytes > 0 {
		end = fmt.Sprintf("At most %s MB of memory. ", report.Thousands(int(p.PeakMemoryBytes>>20)))
	}
	if p.Strategy != "" {
		end += "Accounts: " + p.Strategy + ". "
	}
	return h.Footer(h.Class("in"),
		g.Map(p.Trimmed, func(what string) g.Node {
			return h.P(g.Text("Not in this report, and in the one that the state has: " + what + "."))
		}),
		h.P(g.Text(end+"Ended "), moment(p.Finished), g.Text(".")),
	)
}

// figures are the numbers that stand for the run.
func (p *page) figures() g.Node {
	if !p.ran() {
		return nil
	}
	figure := func(value, name, note string, alarm bool) g.Node {
		return h.Li(g.If(alarm, h.Class("alarm")), words(h.B(g.Text(value)), h.Span(words(g.Text(name), optional(note, h.Small)))))
	}
	entities := func(n int, what string) g.Node {
		return figure(report.Thousands(n), p.either("would be ", "")+what, "", false)
	}
	read, all := cellsOf(p.Cells)
	deleted, limit := p.Total.Deleted, ""
	if p.plan {
		deleted = p.Deletes.Planned
	}
	if p.TimeLimit > 0 {
		limit = "of " + seconds(p.TimeLimit)
	}
	return section("figures", "Totals", h.Ul(h.Class("figures"),
		figure(report.Thousands(p.Total.Fetched), "resources read", "", false),
		figure(report.Thousands(read), "cells read", "of "+report.Thousands(all), read < all),
		entities(p.Total.Created, "created"), entities(p.Total.Updated, "updated"), entities(p.Total.Unchanged, "unchanged"),
		entities(deleted, "deleted"),
		figure(report.Thousands(p.Total.Failed), p.either("would fail", "not taken by Port"), "", p.Total.Failed > 0),
		figure(report.Thousands(p.withheld), "deletes withheld", "", p.Deletes.Tripped),
		figure(seconds(p.Seconds), "from start to end", limit, false),
	))
}

// cellsOf counts the cells that were read, and with them those that should have been.
func cellsOf(outcomes map[report.Outcome]int) (read, all int) {
	for outcome, n := range outcomes {
		if outcome == report.Complete || outcome.IsGap() {
			all += n
		}
	}
	return outcomes[report.Complete], all
}

// moment is a time, for people and for programs.
func moment(t time.Time) g.Node {
	return h.Time(h.DateTime(t.UTC().Format(time.RFC3339)), g.Text(t.UTC().Format("2 January 2006, 15:04:05 UTC")))
}
