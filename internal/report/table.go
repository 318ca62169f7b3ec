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

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// Write prints the report for people.
func (r *Report) Write(w io.Writer) error {
	r = r.Shown()
	var b strings.Builder
	r.writeHead(&b)
	if r.Action == planAction {
		b.WriteString("Nothing was written. Below, created, updated, unchanged and failed are what a resync would do.\n")
	}
	if len(r.Kinds) > 0 {
		b.WriteString("\n" + r.kindTable() + "\n")
		r.writeHistory(&b)
	}
	if len(r.Accounts) > 0 {
		b.WriteString("\n" + r.accountTable() + "\n")
	}
	for _, a := range r.AccountsSkipped {
		fmt.Fprintf(&b, "Account %s (%s) is not read: %s\n", a.ID, a.Name, a.Reason)
	}
	r.writeDiagnostics(&b)
	r.writeGaps(&b)
	r.writeRefused(&b)
	r.writeDetails(&b)
	r.writeMapping(&b)
	r.writePlan(&b)
	r.writeDeletes(&b)
	r.writeCalls(&b)
	_, err := io.WriteString(w, b.String())
	return err
}

func (r *Report) writeHead(b *strings.Builder) {
	fmt.Fprintf(b, "Run %s of %s: %s", r.Run, r.Integration, strings.ToUpper(string(r.Status)))
	if r.Reason != "" {
		fmt.Fprintf(b, " — %s", r.Reason)
	}
	if r.Code != "" {
		fmt.Fprintf(b, "\n%s", see(r.Code))
	}
	would, deleted := "entities:", r.Total.Deleted
	if r.Action == planAction {
		would, deleted = "entities, were it a resync:", r.Deletes.Planned
	}
	fmt.Fprintf(b, "\n%s resources in %s; %s %s created, %s updated, %s unchanged, %s deleted, %s failed\n",
		Thousands(r.Total.Fetched), time.Duration(r.Seconds*float64(time.Second)).Round(10*time.Millisecond), would,
		Thousands(r.Total.Created), Thousands(r.Total.Updated), Thousands(r.Total.Unchanged), Thousands(deleted), Thousands(r.Total.Failed))
	if r.Total.Unsent > 0 {
		fmt.Fprintf(b, "%s entities were neither taken nor refused: the run ended first\n", Thousands(r.Total.Unsent))
	}
}

var countColumns = table.Row{"fetched", "filtered", "dropped", "created", "updated", "unchanged", "failed"}

func (c Counts) row() table.Row {
	row := table.Row{}
	for _, n := range []int{c.Fetched, c.Filtered, c.Dropped, c.Created, c.Updated, c.Unchanged, c.Failed} {
		row = append(row, Thousands(n))
	}
	return row
}

func (r *Report) kindTable() string {
	t := newTable(1, len(countColumns)+1)
	t.AppendHeader(slices.Concat(table.Row{"kind"}, countColumns, table.Row{"deleted", "cells"}))
	for _, k := range r.Kinds {
		t.AppendRow(slices.Concat(table.Row{k.Kind}, k.Counts.row(), table.Row{Thousands(k.Counts.Deleted), cells(k.Cells)}))
	}
	t.AppendFooter(slices.Concat(table.Row{"all"}, r.Total.row(), table.Row{Thousands(r.Total.Deleted), cells(r.Cells)}))
	return t.Render()
}

// writeHistory says which kinds were read from some time on only.
func (r *Report) writeHistory(b *strings.Builder) {
	var kinds []string
	var since time.Time
	for _, k := range r.Kinds {
		if !k.Since.IsZero() {
			kinds, since = append(kinds, k.Kind), k.Since
		}
	}
	if len(kinds) > 0 {
		fmt.Fprintf(b, "Read since %s only (PORTOLAN_HISTORY_DAYS): %s\n", since.Format(time.DateOnly), strings.Join(kinds, ", "))
	}
}

func (r *Report) accountTable() string {
	t := newTable(3, len(countColumns))
	t.AppendHeader(slices.Concat(table.Row{"account", "name", "regions"}, countColumns, table.Row{"cells"}))
	for _, a := range r.Accounts {
		t.AppendRow(slices.Concat(table.Row{a.ID, a.Name, a.Regions}, a.Counts.row(), table.Row{cells(a.Cells)}))
	}
	return t.Render()
}

func newTable(labels, numbers int) table.Writer {
	t := table.NewWriter()
	t.SetStyle(table.StyleLight)
	t.Style().Format = table.FormatOptions{Header: text.FormatDefault, Footer: text.FormatDefault}
	t.Style().Options = table.Options{SeparateHeader: true, SeparateFooter: true}
	var configs []table.ColumnConfig
	for i := range numbers {
		configs = append(configs, table.ColumnConfig{Number: labels + 1 + i, Align: text.AlignRight, AlignFooter: text.AlignRight, AlignHeader: text.AlignRight})
	}
	t.SetColumnConfigs(configs)
	return t
}

// cells names the outcomes of cells: complete ones first, then the others.
func cells(outcomes map[Outcome]int) string {
	var parts []string
	if n := outcomes[Complete]; n > 0 {
		parts = append(parts, fmt.Sprintf("%s complete", Thousands(n)))
	}
	for _, outcome := range slices.Sorted(maps.Keys(outcomes)) {
		if outcome != Complete {
			parts = append(parts, fmt.Sprintf("%s %s", Thousands(outcomes[outcome]), outcome))
		}
	}
	return strings.Join(parts, ", ")
}

func (r *Report) writeDiagnostics(b *strings.Builder) {
	for _, n := range r.Diagnostics {
		fmt.Fprintf(b, "\n! %s\n  %s\n", n.Title, n.Cause)
		writeFix(b, n.Fix, n.Code)
	}
}

func (r *Report) writeGaps(b *strings.Builder) {
	writeGaps(b, "Not read", r.Gaps)
	if r.MoreGaps > 0 {
		fmt.Fprintf(b, "  … and %s more\n", Thousands(r.MoreGaps))
	}
	writeGaps(b, "Not read, and not a gap", r.Unavailable)
}

func writeGaps(b *strings.Builder, title string, gaps []Gap) {
	if len(gaps) == 0 {
		return
	}
	fmt.Fprintf(b, "\n%s:\n", title)
	for _, g := range gaps {
		fmt.Fprintf(b, "- %s: %s", g.Outcome, g.where())
		fmt.Fprintf(b, "\n  %s\n", g.Cause)
		writeFix(b, g.Fix, g.Code)
	}
}

// manyKinds is more kinds than the table names one by one; the JSON has them.
const manyKinds = 8

func (g Gap) where() string {
	parts := []string{"every kind"}
	switch {
	case len(g.Kinds) > manyKinds:
		parts[0] = fmt.Sprintf("%d kinds", len(g.Kinds))
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
		parts = append(parts, fmt.Sprintf("— %s cells", Thousands(g.Cells)))
	}
	return strings.Join(parts, " ")
}

// writeRefused lists what AWS refuses for good.
func (r *Report) writeRefused(b *strings.Builder) {
	if len(r.Refused) == 0 {
		return
	}
	b.WriteString("\nRefused for good, which is not a gap; the entities stay:\n")
	for _, g := range r.Refused {
		fmt.Fprintf(b, "- %s of %s in account %s", Thousands(g.Count), g.Kind(), g.Account)
		if len(g.Regions) > 0 {
			fmt.Fprintf(b, " (%s)", strings.Join(g.Regions, ", "))
		}
		what := "not read"
		if g.Detail {
			what = "read without it"
		}
		fmt.Fprintf(b, ": %s, %s; for example %s\n  %s\n", g.Action, what, strings.Join(g.Samples, ", "), g.Cause)
		writeFix(b, g.Fix, g.Code)
	}
	if r.MoreRefused > 0 {
		fmt.Fprintf(b, "  … and %s more\n", Thousands(r.MoreRefused))
	}
}

// writeDetails counts what AWS did not find of resources.
func (r *Report) writeDetails(b *strings.Builder) {
	if len(r.Details) == 0 {
		return
	}
	fmt.Fprintf(b, "\nDetails not found, without which the resources were read (%s):\n", Thousands(r.Total.DetailsNotFound))
	for _, d := range r.Details {
		fmt.Fprintf(b, "- %s of %s: %s\n", Thousands(d.NotFound), d.Kind, d.Action)
	}
}

func (r *Report) writeMapping(b *strings.Builder) {
	title := "\nMapping:\n"
	for _, m := range r.Mapping {
		if m.Null {
			continue
		}
		b.WriteString(title)
		title = ""
		m.write(b)
	}
	r.writeNulls(b)
	if len(r.Entities) > 0 {
		title := "Not taken by Port"
		if r.Action == planAction {
			title = "Port would not take"
		}
		b.WriteString("\n" + title + ":\n")
	}
	for _, e := range r.Entities {
		fmt.Fprintf(b, "- %s of %s: %s, for example %s\n", Thousands(e.Count), e.Blueprint, e.Cause, strings.Join(e.Samples, ", "))
		writeFix(b, "", e.Code)
	}
}

func (m MappingDiagnostic) write(b *strings.Builder) {
	b.WriteString("- " + m.Place())
	if m.Expression != "" {
		fmt.Fprintf(b, " (%s)", m.Expression)
	}
	fmt.Fprintf(b, ": %s", m.Cause)
	if m.Count > 0 {
		fmt.Fprintf(b, " for %s of %s", Thousands(m.Count), Thousands(m.Of))
	}
	if m.Sample != "" {
		fmt.Fprintf(b, ", for example %s", m.Sample)
	}
	b.WriteString("\n")
	writeFix(b, m.Fix, m.Code)
}

// nullLines is how many resources of the mapping the table shows with fields that
// are always null; the JSON form has all.
const nullLines = 8

// writeNulls lists the fields that were null for every document, a line for each entry of
// the mapping. It is normal that AWS returns a property for some documents only.
func (r *Report) writeNulls(b *strings.Builder) {
	var lines []string
	last := -1
	for _, m := range r.Mapping {
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
	b.WriteString("\nNull for every document, which is right where AWS never answers it, and otherwise a misspelling:\n")
	for _, line := range lines[:min(len(lines), nullLines)] {
		b.WriteString(line + "\n")
	}
	if more := len(lines) - nullLines; more > 0 {
		fmt.Fprintf(b, "  … and %d more resources of the mapping; --output json shows all\n", more)
	}
}

// planLines is how many changes of a plan the table shows; the JSON form has more.
const planLines = 20

// writePlan lists what a resync would change.
func (r *Report) writePlan(b *strings.Builder) {
	list := func(title string, lines []string, count int) {
		if count == 0 {
			return
		}
		fmt.Fprintf(b, "\n%s (%s):\n", title, Thousands(count))
		for _, line := range lines[:min(len(lines), planLines)] {
			b.WriteString("- " + line + "\n")
		}
		if more := count - min(len(lines), planLines); more > 0 {
			fmt.Fprintf(b, "  … and %s more\n", Thousands(more))
		}
	}
	sorts := map[string][]string{}
	for _, c := range r.Changes {
		sorts[c.Sort] = append(sorts[c.Sort], c.text())
	}
	if r.Action == planAction {
		list("Would create", sorts[Created], r.Total.Created)
		list("Would update", sorts[Updated], r.Total.Updated)
		list("Would fail", sorts[Fails], r.Total.Failed)
		list("Would delete", r.Deletes.Samples, r.Deletes.Planned)
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
		lines[0] += "\n    in " + strings.TrimSuffix(c.Account+", "+c.Region, ", ")
	}
	if c.Cause != "" {
		lines = append(lines, string(c.Code)+": "+c.Cause)
	}
	for _, f := range c.Fields[:min(len(c.Fields), fieldLines)] {
		lines = append(lines, f.Name+": "+ValueText(f.Old, shownValue)+" → "+ValueText(f.New, shownValue))
	}
	if more := len(c.Fields) - fieldLines; more > 0 {
		lines = append(lines, fmt.Sprintf("… and %d more fields", more))
	}
	return strings.Join(lines, "\n    ")
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

func (r *Report) writeDeletes(b *strings.Builder) {
	for _, w := range r.Deletes.Withheld {
		if w.Count < 0 {
			fmt.Fprintf(b, "\nDeletes withheld: %s\n", w.Cause)
			writeFix(b, "", w.Code)
			continue
		}
		fmt.Fprintf(b, "\nDeletes withheld: %s stale entities stay, because %s", Thousands(w.Count), w.Cause)
		if len(w.Samples) > 0 {
			fmt.Fprintf(b, "; for example %s", strings.Join(w.Samples, ", "))
		}
		b.WriteString("\n")
		writeFix(b, "", w.Code)
	}
}

func (r *Report) writeCalls(b *strings.Builder) {
	services, types := byService(r.AWS)
	fmt.Fprintf(b, "\nAWS calls: %s\n", calls(services))
	if len(types) > 0 {
		fmt.Fprintf(b, "Cloud Control calls: %s\n", mostCalls(types))
	}
	fmt.Fprintf(b, "Port calls: %s\n", calls(r.Port))
	if r.PeakMemoryBytes > 0 {
		fmt.Fprintf(b, "Peak memory: %d MB\n", r.PeakMemoryBytes>>20)
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
		line += fmt.Sprintf(", %s retries, %s throttled", Thousands(total.Retries), Thousands(total.Throttled))
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
		parts = append(parts, fmt.Sprintf("%d more types", more))
	}
	return strings.Join(parts, ", ")
}

// Thousands writes a number with a comma before every three digits: "12,345".
func Thousands(n int) string {
	s := fmt.Sprint(n)
	start := 0
	if n < 0 {
		start = 1
	}
	for i := len(s) - 3; i > start; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
