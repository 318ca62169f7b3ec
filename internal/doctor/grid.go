package doctor

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"portolan/internal/console"
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

// How many columns the names of kinds and an outcome take in a table of usual names.
const (
	kindWidth    = 28
	outcomeWidth = 13
)

// elsewhere stands for a cell that no run reads there.
const elsewhere = "–"

// writeMatrix prints kinds against accounts. Accounts that are alike share a column,
// and kinds that are alike a row.
func (d *Diagnosis) writeMatrix(b *strings.Builder, look console.Look) {
	columns := d.columns()
	if len(columns) == 0 {
		return
	}
	b.WriteString("\n")
	missing, most := false, max((look.Width-kindWidth)/outcomeWidth, 1)
	for start := 0; start < len(columns); start += most {
		table, lacks := d.matrixOf(columns[start:min(start+most, len(columns))], start, look)
		missing = missing || lacks
		b.WriteString(table + "\n")
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
		b.WriteString(look.List(letter(i)+"  ", list))
	}
	if missing {
		b.WriteString(look.List(elsewhere+"  ", "no run reads the kind there: it is read in another account, or the mapping or the settings leave its regions out"))
	}
}

func (d *Diagnosis) matrixOf(columns []*column, start int, look console.Look) (table string, lacks bool) {
	titles := []console.Column{{Title: "kind", Least: kindWidth - 8}}
	for i, c := range columns {
		titles = append(titles, console.Column{Title: fmt.Sprintf("%s (%d)", letter(start+i), len(c.accounts))})
	}
	var rows [][]string
	for _, row := range rowsOf(d.kindNames(), columns) {
		line := []string{strings.Join(row.names, "\n")}
		for _, outcome := range row.outcomes {
			switch lacks = lacks || outcome == elsewhere; outcome {
			case string(OK):
				outcome = look.Good(outcome)
			case elsewhere, string(notOfferedCell):
			default:
				outcome = look.Bad(outcome)
			}
			line = append(line, outcome)
		}
		rows = append(rows, line)
	}
	return look.Table(titles, rows, nil), lacks
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
	return elsewhere
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
