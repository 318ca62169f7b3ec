package doctor

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// column is a set of accounts with the same cells.
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

// row is a set of kinds with the same cells in all columns of a table.
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

// shown returns what the table says of a cell.
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
