package report

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"portolan/internal/console"
	"portolan/internal/diag"
	"portolan/internal/plain"
)

// Write prints the report for people.
func (r *Report) Write(w io.Writer) error {
	p := printer{Report: r.Shown(), look: console.Of(w)}
	p.writeHead()
	if p.Action == planAction {
		p.line("Nothing was written. Below, created, updated, unchanged and failed are what a resync would do.")
	}
	if len(p.Kinds) > 0 && (len(p.Cells) > 0 || p.Status != Failed) { // before the accounts were known, there are no figures
		p.say("\n" + p.kindTable())
		p.line("%s", p.look.Faint(p.cellsMeant()))
		p.writeHistory()
	}
	if len(p.Accounts) > 0 {
		p.say("\n" + p.accountTable())
	}
	for _, a := range p.AccountsSkipped {
		p.line("Account %s (%s) is not read: %s", a.ID, a.Name, a.Reason)
	}
	p.writeDiagnostics()
	p.writeGaps()
	p.writeRefused()
	p.writeDetails()
	p.writeMapping()
	p.writePlan()
	p.writeDeletes()
	p.writeNotes()
	p.writeCalls()
	_, err := io.WriteString(w, p.b.String())
	return err
}

// printer writes a report as text.
type printer struct {
	*Report
	look console.Look
	b    strings.Builder
}

func (p *printer) say(text string) { p.b.WriteString(text) }

// line writes a line, which is folded with an indent: only the program begins a line at the edge.
func (p *printer) line(format string, values ...any) {
	p.say(p.look.Fold(fmt.Sprintf(format, values...), 2) + "\n")
}

// beneath writes an indented line.
func (p *printer) beneath(text string) { p.say(p.look.Fold("  "+text, 2) + "\n") }

// fix says what to do, and where more is said of it.
func (p *printer) fix(fix string, code diag.Code) {
	if fix != "" {
		p.say(p.look.Fold("  → "+fix, 4) + "\n")
	}
	if code != "" {
		p.say("  " + p.look.Faint(code.See()) + "\n")
	}
}

func (p *printer) writeHead() {
	status := strings.ToUpper(string(p.Status))
	switch p.Status {
	case Completed:
		status = p.look.Good(status)
	case Incomplete:
		status = p.look.Warn(status)
	case Failed:
		status = p.look.Bad(status)
	}
	head := fmt.Sprintf("Run %s of %s: %s", p.Run, p.Integration, status)
	if p.Reason != "" {
		head += " — " + p.Reason
	}
	p.line("%s", head)
	if p.Code != "" {
		p.beneath(p.Code.See())
	}
	p.line("%s in %s", plain.Count(p.Total.Fetched, "resource", "resources"), time.Duration(p.Seconds*float64(time.Second)).Round(10*time.Millisecond))
	would, deleted := "Entities:", p.Total.Deleted
	if p.Action == planAction {
		would, deleted = "What a resync would change:", p.Deletes.Planned
	}
	p.line("%s %s created, %s updated, %s unchanged, %s deleted, %s failed", would, Thousands(p.Total.Created), Thousands(p.Total.Updated),
		Thousands(p.Total.Unchanged), Thousands(deleted), Thousands(p.Total.Failed))
	if p.Total.Unsent > 0 {
		p.line("%s neither taken nor refused: the run ended first", plain.Count(p.Total.Unsent, "entity was", "entities were"))
	}
}

// countColumns are those of [Counts]. What is 0 everywhere is left out.
var countColumns = []console.Column{
	number("fetched", false), number("filtered", true), number("dropped", true), number("created", true),
	number("updated", true), number("unchanged", true), number("failed", true),
}

func number(title string, spare bool) console.Column {
	return console.Column{Title: title, Number: true, Spare: spare}
}

func (c Counts) row() (row []string) {
	for _, n := range []int{c.Fetched, c.Filtered, c.Dropped, c.Created, c.Updated, c.Unchanged, c.Failed} {
		row = append(row, Thousands(n))
	}
	return row
}

// narrowest is how narrow a column of names or outcomes may become.
const narrowest = 12

func (p *printer) kindTable() string {
	columns := slices.Concat([]console.Column{{Title: "kind", Least: 2 * narrowest}}, countColumns, []console.Column{number("deleted", true)}, p.cellColumns())
	row := func(name string, c Counts, outcomes map[Outcome]int) []string {
		return slices.Concat([]string{name}, c.row(), []string{Thousands(c.Deleted)}, p.cells(outcomes))
	}
	var rows [][]string
	for _, k := range p.Kinds {
		rows = append(rows, row(k.Kind, k.Counts, k.Cells))
	}
	return p.look.Table(columns, rows, row("all", p.Total, p.Cells))
}

// writeHistory says which kinds were read from some time on only.
func (p *printer) writeHistory() {
	var kinds []string
	var since time.Time
	for _, k := range p.Kinds {
		if !k.Since.IsZero() {
			kinds, since = append(kinds, k.Kind), k.Since
		}
	}
	if len(kinds) > 0 {
		p.line("Read since %s only (PORTOLAN_HISTORY_DAYS): %s", since.Format(time.DateOnly), strings.Join(kinds, ", "))
	}
}

func (p *printer) accountTable() string {
	columns := slices.Concat([]console.Column{{Title: "account"}, {Title: "name", Least: narrowest}, number("regions", false)}, countColumns,
		p.cellColumns())
	var rows [][]string
	for _, a := range p.Accounts {
		rows = append(rows, slices.Concat([]string{a.ID, a.Name, Thousands(a.Regions)}, a.Counts.row(), p.cells(a.Cells)))
	}
	return p.look.Table(columns, rows, nil)
}

// outcomes are those that cells of the run have: complete first, then the others.
func (p *printer) outcomes() []Outcome {
	others := slices.Sorted(maps.Keys(p.Cells))
	return append([]Outcome{Complete}, slices.DeleteFunc(others, func(o Outcome) bool { return o == Complete })...)
}

func (p *printer) cellColumns() (columns []console.Column) {
	for _, outcome := range p.outcomes() {
		columns = append(columns, number(string(outcome), outcome != Complete))
	}
	return columns
}

// cells counts the cells with each outcome.
func (p *printer) cells(of map[Outcome]int) (row []string) {
	for _, outcome := range p.outcomes() {
		text := Thousands(of[outcome])
		switch {
		case of[outcome] == 0:
		case outcome == Complete:
			text = p.look.Good(text)
		case outcome.IsGap():
			text = p.look.Bad(text)
		}
		row = append(row, text)
	}
	return row
}

// cellsMeant says what the columns of outcomes count.
func (p *printer) cellsMeant() string {
	names := []string{}
	for _, outcome := range p.outcomes() {
		names = append(names, string(outcome))
	}
	if last := len(names) - 1; last > 0 {
		return "The columns " + strings.Join(names[:last], ", ") + " and " + names[last] + " count cells: one kind in one region of one account."
	}
	return "The column " + names[0] + " counts cells: one kind in one region of one account."
}

// writeDiagnostics prints what somebody should know first.
func (p *printer) writeDiagnostics() {
	for _, n := range p.Diagnostics {
		if n.Severity != diag.Note {
			p.say("\n")
			p.line("! %s", p.look.Strong(n.Title))
			p.beneath(n.Cause)
			p.fix(n.Fix, n.Code)
		}
	}
}

// writeNotes prints what is worth knowing, after all that is more.
func (p *printer) writeNotes() {
	title := "\n" + p.look.Strong("Notes:") + "\n"
	for _, n := range p.Diagnostics {
		if n.Severity == diag.Note {
			p.say(title)
			title = ""
			p.line("- %s: %s", n.Title, n.Cause)
			p.fix(n.Fix, n.Code)
		}
	}
}

func (p *printer) writeGaps() {
	p.listGaps("Not read", p.Gaps)
	if p.MoreGaps > 0 {
		p.line("  … and %s more", Thousands(p.MoreGaps))
	}
	p.listGaps("Not read, and not a gap", p.Unavailable)
}

func (p *printer) listGaps(title string, gaps []Gap) {
	if len(gaps) == 0 {
		return
	}
	p.say("\n" + p.look.Strong(title+":") + "\n")
	alike := map[string][]string{}
	for _, g := range gaps {
		alike[g.likeness()] = append(alike[g.likeness()], g.Account)
	}
	for _, g := range gaps {
		accounts := alike[g.likeness()]
		if accounts == nil {
			continue // an earlier one names it
		}
		alike[g.likeness()] = nil
		p.line("- %s: %s", g.Outcome, g.where())
		p.beneath(g.Cause)
		p.fix(g.Fix, g.Code)
		if others := accounts[1:]; len(others) > 0 {
			more := ""
			if len(others) > manyAccounts {
				more = fmt.Sprintf(" and %s more", Thousands(len(others)-manyAccounts))
				others = others[:manyAccounts]
			}
			p.beneath("The same in " + plain.Count(len(accounts)-1, "other account", "other accounts") + ": " + strings.Join(others, ", ") + more)
		}
	}
}

// manyAccounts is more accounts than the table names of those with the same gap; the JSON has them.
const manyAccounts = 10

// likeness is the same for gaps that differ only in the id of their account.
func (g Gap) likeness() string {
	text := fmt.Sprintf("%s\x00%v\x00%v\x00%s\x00%s\x00%s", g.Outcome, g.Kinds, g.Regions, g.Code, g.Cause, g.Fix)
	if g.Account == "" {
		return text
	}
	return strings.ReplaceAll(text, g.Account, "")
}

// manyKinds is more kinds than the table names one by one; the JSON has them.
const manyKinds = 8

func (g Gap) where() string {
	parts := []string{"every kind"}
	switch {
	case len(g.Kinds) > manyKinds:
		parts[0] = plain.Count(len(g.Kinds), "kind", "kinds")
	case len(g.Kinds) > 0:
		parts[0] = strings.Join(g.Kinds, ", ")
	}
	if g.Account != "" {
		parts = append(parts, "in account "+g.Account)
	}
	if len(g.Regions) > 0 {
		parts = append(parts, "("+strings.Join(g.Regions, ", ")+")")
	}
	if g.Cells > 1 {
		parts = append(parts, "— "+plain.Count(g.Cells, "cell", "cells"))
	}
	return strings.Join(parts, " ")
}

// writeRefused lists what AWS refuses for good.
func (p *printer) writeRefused() {
	if len(p.Refused) == 0 {
		return
	}
	p.say("\n")
	p.line("%s", p.look.Strong("Refused for good, which is not a gap; the entities stay:"))
	for _, g := range p.Refused {
		where, what := "", "not read"
		if len(g.Regions) > 0 {
			where = " (" + strings.Join(g.Regions, ", ") + ")"
		}
		if g.Detail {
			what = "read without it"
		}
		p.line("- %s of %s in account %s%s: %s, %s; for example %s", Thousands(g.Count), g.Kind(), g.Account, where, g.Action, what, strings.Join(g.Samples, ", "))
		p.beneath(g.Cause)
		p.fix(g.Fix, g.Code)
	}
	if p.MoreRefused > 0 {
		p.line("  … and %s more", Thousands(p.MoreRefused))
	}
}

// writeDetails counts what AWS did not find of resources.
func (p *printer) writeDetails() {
	if len(p.Details) == 0 {
		return
	}
	p.say("\n")
	p.line("Details not found, without which the resources were read (%s):", Thousands(p.Total.DetailsNotFound))
	for _, d := range p.Details {
		p.line("- %s of %s: %s", Thousands(d.NotFound), d.Kind, d.Action)
	}
}

func (p *printer) writeMapping() {
	title := "\n" + p.look.Strong("Mapping:") + "\n"
	for _, m := range p.Mapping {
		if m.Null {
			continue
		}
		p.say(title)
		title = ""
		p.writeEntry(m)
	}
	p.writeNulls()
	if len(p.Entities) > 0 {
		title := "Not taken by Port"
		if p.Action == planAction {
			title = "Port would not take"
		}
		p.say("\n" + p.look.Strong(title+":") + "\n")
	}
	for _, e := range p.Entities {
		p.line("- %s of %s: %s, for example %s", Thousands(e.Count), e.Blueprint, e.Cause, strings.Join(e.Samples, ", "))
		p.fix("", e.Code)
	}
}

func (p *printer) writeEntry(m MappingDiagnostic) {
	text := "- " + m.Place()
	if m.Expression != "" {
		text += " (" + m.Expression + ")"
	}
	text += ": " + m.Cause
	if m.Count > 0 {
		text += fmt.Sprintf(" for %s of %s", Thousands(m.Count), Thousands(m.Of))
	}
	if m.Sample != "" {
		text += ", for example " + m.Sample
	}
	p.line("%s", text)
	p.fix(m.Fix, m.Code)
}

// nullLines is how many resources of the mapping the table shows with fields that
// are always null; the JSON form has all.
const nullLines = 8

// writeNulls lists the fields that were null for every document, a line for each entry of
// the mapping. It is normal that AWS returns a property for some documents only.
func (p *printer) writeNulls() {
	var lines []string
	last := -1
	for _, m := range p.Mapping {
		switch {
		case !m.Null || m.Count < m.Of:
		case m.Index() == last:
			lines[len(lines)-1] += ", " + m.Field
		default:
			last = m.Index()
			lines = append(lines, fmt.Sprintf("- resources[%d] %s (%s): %s", m.Index(), m.Kind(), Thousands(m.Of), m.Field))
		}
	}
	if len(lines) == 0 {
		return
	}
	p.say("\n")
	p.line("Null for every document, which is right where AWS never answers it, and otherwise a misspelling:")
	for _, line := range lines[:min(len(lines), nullLines)] {
		p.line("%s", line)
	}
	if more := len(lines) - nullLines; more > 0 {
		p.line("  … and %s of the mapping; --output json shows all", plain.Count(more, "more resource", "more resources"))
	}
}

// planLines is how many changes of a plan the table shows; the JSON form has more.
const planLines = 20

// writePlan lists what a resync would change.
func (p *printer) writePlan() {
	list := func(title string, lines []string, count int) {
		if count == 0 {
			return
		}
		p.say("\n" + p.look.Strong(fmt.Sprintf("%s (%s):", title, Thousands(count))) + "\n")
		for _, line := range lines[:min(len(lines), planLines)] {
			p.say(p.look.Fold("- "+line, 4) + "\n")
		}
		if more := count - min(len(lines), planLines); more > 0 {
			p.line("  … and %s more", Thousands(more))
		}
	}
	sorts := map[string][]string{}
	for _, c := range p.Changes {
		sorts[c.Sort] = append(sorts[c.Sort], c.text())
	}
	if p.Action == planAction {
		list("Would create", sorts[Created], p.Total.Created)
		list("Would update", sorts[Updated], p.Total.Updated)
		list("Would fail", sorts[Fails], p.Total.Failed)
		list("Would delete", p.Deletes.Samples, p.Deletes.Planned)
	}
}

// fieldLines is how many fields of an entity the table shows, shownValue how many
// characters of a value, so that a usual line fits into 80 columns.
const (
	fieldLines = 6
	shownValue = 22
)

// text is a change, each field on a line of its own.
func (c Change) text() string {
	lines := []string{c.Blueprint + "/" + c.Identifier}
	if c.Account != "" {
		lines[0] += "\nin " + strings.TrimSuffix(c.Account+", "+c.Region, ", ")
	}
	if c.Cause != "" {
		lines = append(lines, string(c.Code)+": "+c.Cause)
	}
	for _, f := range c.Fields[:min(len(c.Fields), fieldLines)] {
		lines = append(lines, f.Name+": "+ValueText(f.Old, shownValue)+" → "+ValueText(f.New, shownValue))
	}
	if more := len(c.Fields) - fieldLines; more > 0 {
		lines = append(lines, "… and "+plain.Count(more, "more field", "more fields"))
	}
	return strings.Join(lines, "\n")
}

// ValueText writes the value of a field on one line, in at most that many characters and
// an ellipsis. Texts are quoted, unless they stand for something that is not shown.
func ValueText(value any, most int) string {
	written := fmt.Sprint(value)
	switch value := value.(type) {
	case nil:
		written = "null"
	case string:
		if written = strconv.Quote(value); strings.HasPrefix(value, "(") && strings.HasSuffix(value, ")") {
			written = strings.Trim(written, `"`)
		}
	case float64:
		written = strconv.FormatFloat(value, 'f', -1, 64)
	}
	if runes := []rune(written); len(runes) > most+2 {
		return string(runes[:most]) + "…"
	}
	return written
}

func (p *printer) writeDeletes() {
	for _, w := range p.Deletes.Withheld {
		p.say("\n")
		if w.Count < 0 {
			p.line("Deletes withheld: %s", w.Cause)
			p.fix("", w.Code)
			continue
		}
		samples := ""
		if len(w.Samples) > 0 {
			samples = "; for example " + strings.Join(w.Samples, ", ")
		}
		p.line("Deletes withheld: %s, because %s%s", plain.Count(w.Count, "stale entity stays", "stale entities stay"), w.Cause, samples)
		p.fix("", w.Code)
	}
}

func (p *printer) writeCalls() {
	services, types := byService(p.AWS)
	p.say("\n")
	p.line("AWS calls: %s", calls(services))
	if len(types) > 0 {
		p.line("Cloud Control calls: %s", mostCalls(types))
	}
	p.line("Port calls: %s", calls(p.Port))
	if p.PeakMemoryBytes > 0 {
		p.line("Peak memory: %d MB", p.PeakMemoryBytes>>20)
	}
}

func calls(byName map[string]Calls) string {
	if len(byName) == 0 {
		return "none"
	}
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		parts = append(parts, fmt.Sprintf("%s %s", name, Thousands(byName[name].Calls)))
	}
	total := sum(byName)
	line := fmt.Sprintf("%s (%s)", Thousands(total.Calls), strings.Join(parts, ", "))
	if total.Retries > 0 {
		line += fmt.Sprintf(", %s, %s throttled", plain.Count(total.Retries, "retry", "retries"), Thousands(total.Throttled))
	}
	return line
}

// byService adds up the calls to each service, and returns those that were about one resource type by the
// type. Names are a service's, or with a type, "CloudControl AWS::IAM::Role".
func byService(byName map[string]Calls) (services, types map[string]Calls) {
	services, types = map[string]Calls{}, map[string]Calls{}
	for name, of := range byName {
		service, kind, found := strings.Cut(name, " AWS::")
		if found {
			types["AWS::"+kind] = of
		}
		all := services[service]
		services[service] = Calls{Calls: all.Calls + of.Calls, Retries: all.Retries + of.Retries, Throttled: all.Throttled + of.Throttled}
	}
	return services, types
}

// shownTypes is how many resource types the table names.
const shownTypes = 10

// mostCalls names the types with the most calls.
func mostCalls(types map[string]Calls) string {
	names := slices.SortedFunc(maps.Keys(types), func(a, b string) int {
		return cmp.Or(cmp.Compare(types[b].Calls, types[a].Calls), cmp.Compare(a, b))
	})
	var parts []string
	for _, name := range names[:min(len(names), shownTypes)] {
		parts = append(parts, fmt.Sprintf("%s %s", name, Thousands(types[name].Calls)))
	}
	if more := len(names) - shownTypes; more > 0 {
		parts = append(parts, plain.Count(more, "more type", "more types"))
	}
	return strings.Join(parts, ", ")
}

// Thousands writes a number with a comma before every three digits: "12,345".
func Thousands(n int) string { return plain.Thousands(n) }
