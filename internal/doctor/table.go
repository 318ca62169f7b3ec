package doctor

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/mitchellh/go-wordwrap"

	"portolan/internal/report"
)

// width is how wide the table is made for, in columns.
const width = 100

// signs stand before checks.
var signs = map[Level]string{OK: "ok", Note: "ok", Warning: "WARNING", Fault: "FAULT", Unknown: "-"}

var verdicts = map[Verdict]string{
	Healthy:  "a run would read everything",
	Impaired: "a run would work, but for what is below",
	Hopeless: "a run could do nothing",
	Unusable: "nothing can be started with these settings",
}

// Write prints the diagnosis for people.
func (d *Diagnosis) Write(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "Portolan's doctor: %s\n\n", verdicts[d.Verdict])
	for _, c := range d.Checks {
		fmt.Fprintf(&b, "%-8s%-10s%s\n", signs[c.Level], c.Name, indent(fold(c.Said, width-18), 18))
	}
	d.writeMatrix(&b)
	d.writeUntried(&b)
	d.writeFindings(&b)
	d.writeEstimate(&b)
	fmt.Fprintf(&b, "\nLooked for %s, with %d AWS calls; nothing was changed.\n", seconds(d.Seconds), total(d.AWS))
	_, err := io.WriteString(w, b.String())
	return err
}

// writeFindings prints the gravest first.
func (d *Diagnosis) writeFindings(b *strings.Builder) {
	for _, level := range []Level{Fault, Warning, Note} {
		for _, c := range d.Checks {
			for _, f := range c.Findings {
				if f.Level == level {
					f.write(b, c.Name)
				}
			}
		}
	}
}

func (f Finding) write(b *strings.Builder, check string) {
	fmt.Fprintf(b, "\n%s %s, %s: %s\n", f.Level, f.Code, check, f.Title)
	if len(f.Accounts) > 0 {
		fmt.Fprintf(b, "  %s\n", indent(fold("in "+some(f.Accounts), width-2), 2))
	}
	fmt.Fprintf(b, "  %s\n", indent(fold(f.Cause, width-2), 2))
	if f.Mend != "" {
		fmt.Fprintf(b, "  → %s\n", indent(fold(f.Mend, width-4), 4))
	}
	fmt.Fprintf(b, "  %s\n", f.Code.Link())
}

// manyAccounts is how many accounts a line names.
const manyAccounts = 5

func some(accounts []string) string {
	if len(accounts) == 1 {
		return "account " + accounts[0]
	}
	list := strings.Join(accounts[:min(len(accounts), manyAccounts)], ", ")
	if more := len(accounts) - manyAccounts; more > 0 {
		list += fmt.Sprintf(" and %d more", more)
	}
	return fmt.Sprintf("%d accounts: %s", len(accounts), list)
}

// column is accounts whose cells are alike.
type column struct {
	accounts []*Account
	outcomes map[string]Outcome
}

// columns groups the accounts by their cells, the most frequent first.
func (d *Diagnosis) columns() []*column {
	var all []*column
	for _, a := range d.Accounts {
		outcomes := make(map[string]Outcome)
		for _, cell := range a.Cells {
			outcomes[cell.Kind] = cell.Outcome
		}
		at := slices.IndexFunc(all, func(c *column) bool {
			return c.accounts[0].Entered == a.Entered && alike(c.outcomes, outcomes)
		})
		if at < 0 {
			all = append(all, &column{outcomes: outcomes})
			at = len(all) - 1
		}
		all[at].accounts = append(all[at].accounts, a)
		maps.Copy(all[at].outcomes, outcomes)
	}
	slices.SortStableFunc(all, func(a, b *column) int { return len(b.accounts) - len(a.accounts) })
	return all
}

// alike says whether cells that both accounts have came out the same. One account alone
// has those that exist once in an Organization.
func alike(a, b map[string]Outcome) bool {
	for kind, outcome := range b {
		if other, both := a[kind]; both && other != outcome {
			return false
		}
	}
	for kind, outcome := range a {
		if other, both := b[kind]; both && other != outcome {
			return false
		}
	}
	return true
}

const (
	kindWidth    = 38
	columnWidth  = 15
	tableColumns = (width - kindWidth) / columnWidth
)

// writeMatrix prints kinds against accounts. Accounts that are alike share a column,
// and kinds that are alike a row.
func (d *Diagnosis) writeMatrix(b *strings.Builder) {
	columns := d.columns()
	if len(columns) == 0 {
		return
	}
	b.WriteString("\n")
	for start := 0; start < len(columns); start += tableColumns {
		part := columns[start:min(start+tableColumns, len(columns))]
		b.WriteString(matrixOf(d.kindNames(), part, start) + "\n")
	}
	for i, c := range columns {
		names := make([]string, len(c.accounts))
		for j, a := range c.accounts {
			names[j] = a.ID + " " + a.Name
		}
		list := strings.Join(names[:min(len(names), manyAccounts)], ", ")
		if more := len(names) - manyAccounts; more > 0 {
			list += fmt.Sprintf(" and %d more", more)
		}
		fmt.Fprintf(b, "%s  %s\n", letter(i), indent(fold(list, width-3), 3))
	}
}

func matrixOf(kinds []string, columns []*column, start int) string {
	t := table.NewWriter()
	t.SetStyle(table.StyleLight)
	t.Style().Format = table.FormatOptions{Header: text.FormatDefault}
	t.Style().Options = table.Options{SeparateHeader: true}
	header := table.Row{"kind"}
	for i, c := range columns {
		header = append(header, fmt.Sprintf("%s (%d)", letter(start+i), len(c.accounts)))
	}
	t.AppendHeader(header)
	for _, row := range rowsOf(kinds, columns) {
		line := table.Row{strings.Join(row.names, "\n")}
		for _, outcome := range row.outcomes {
			line = append(line, outcome)
		}
		t.AppendRow(line)
	}
	return t.Render()
}

// row is kinds whose cells are alike in all columns of a table.
type row struct {
	names    []string
	outcomes []string
}

// manyKinds is how many kinds a row names at most, if it is the last.
const manyKinds = 3

// rowsOf groups the kinds, the rarest case first. The commonest row stands for all
// kinds that no other names.
func rowsOf(kinds []string, columns []*column) []*row {
	var rows []*row
	for _, kind := range kinds {
		outcomes := make([]string, len(columns))
		for i, c := range columns {
			outcomes[i] = c.shown(kind)
		}
		at := slices.IndexFunc(rows, func(r *row) bool { return slices.Equal(r.outcomes, outcomes) })
		if at < 0 {
			rows = append(rows, &row{outcomes: outcomes})
			at = len(rows) - 1
		}
		rows[at].names = append(rows[at].names, kind)
	}
	slices.SortStableFunc(rows, func(a, b *row) int { return len(a.names) - len(b.names) })
	if last := rows[len(rows)-1]; len(last.names) > manyKinds {
		which := "every other kind"
		if len(rows) == 1 {
			which = "every kind"
		}
		last.names = []string{fmt.Sprintf("%s (%d)", which, len(last.names))}
	}
	return rows
}

// shown gives what the table says of a cell.
func (c *column) shown(kind string) string {
	if !c.accounts[0].Entered {
		return "not entered"
	}
	if outcome, there := c.outcomes[kind]; there {
		return string(outcome)
	}
	return ""
}

// letter names a column: A to Z, then A1.
func letter(i int) string {
	name := string(rune('A' + i%26))
	if i >= 26 {
		name += fmt.Sprint(i / 26)
	}
	return name
}

// kindNames lists the kinds that were looked at somewhere, in their order.
func (d *Diagnosis) kindNames() []string {
	var names []string
	for _, a := range d.Accounts {
		for _, cell := range a.Cells {
			if !slices.Contains(names, cell.Kind) {
				names = append(names, cell.Kind)
			}
		}
	}
	slices.Sort(names)
	return names
}

// writeUntried tells the actions that no account had a resource for.
func (d *Diagnosis) writeUntried(b *strings.Builder) {
	tried, untried := map[string]bool{}, map[string]bool{}
	for _, a := range d.Accounts {
		for _, cell := range a.Cells {
			for _, action := range cell.Untried {
				untried[cell.Kind+" "+action] = true
			}
			if cell.answered() && len(cell.Untried) == 0 {
				tried[cell.Kind] = true
			}
		}
	}
	var left []string
	for _, key := range sorted(untried) {
		kind, action, _ := strings.Cut(key, " ")
		if !tried[kind] && !slices.Contains(left, action) {
			left = append(left, action)
		}
	}
	if len(left) > 0 {
		slices.Sort(left)
		fmt.Fprintf(b, "\n%s\n", fold("Not tried anywhere, for there was no resource at hand: "+strings.Join(left, ", "), width))
	}
}

func (d *Diagnosis) writeEstimate(b *strings.Builder) {
	s := d.Estimate
	if s == nil {
		return
	}
	fits := "fits into one invocation"
	if !s.Fits {
		fits = "may not fit into one invocation"
	}
	fmt.Fprintf(b, "\nA run: %d accounts, %d cells, about %d AWS calls and %s; that %s of %s\n", s.Accounts, s.Cells, s.Calls,
		seconds(s.Seconds), fits, seconds(s.Limit))
	fmt.Fprintf(b, "  (%s)\n", s.Basis)
}

func total(byService map[string]report.Calls) int {
	n := 0
	for _, calls := range byService {
		n += calls.Calls
	}
	return n
}

// fold breaks lines at spaces. Those that begin with a brace, a bracket, a quote or a
// space are JSON, and stay whole to be pasted.
func fold(s string, columns uint) string {
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		if line != "" && !strings.ContainsAny(line[:1], "{}[] \"") {
			lines[i] = wordwrap.WrapString(line, columns)
		}
	}
	return strings.Join(lines, "\n")
}

func indent(s string, columns int) string {
	return strings.ReplaceAll(s, "\n", "\n"+strings.Repeat(" ", columns))
}
