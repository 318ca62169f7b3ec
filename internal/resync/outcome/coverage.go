package outcome

import (
	"cmp"
	"maps"
	"slices"

	"portolan/internal/report"
	"portolan/internal/resync/cell"
)

// covered is what was read of a kind in an account.
type covered struct {
	Cells   int            `json:"cells"`
	Read    int            `json:"read"`
	Outcome report.Outcome `json:"outcome,omitempty"` // of the first cell that was not read
	Cause   string         `json:"cause,omitempty"`
	Fix     string         `json:"fix,omitempty"`
	Worst   report.Outcome `json:"worst,omitempty"` // of all cells
}

// count notes a cell, and why it was not read if none was missing before.
func (c *covered) count(e *End) {
	c.Cells++
	c.Worst = report.Worse(cmp.Or(c.Worst, e.Outcome), e.Outcome)
	switch {
	case e.Outcome == report.Complete || e.Outcome == report.NotOffered:
		c.Read++
	case c.Outcome == "":
		c.Outcome, c.Cause, c.Fix = e.Outcome, e.Cause, e.Fix
	}
}

// merge adds what another invocation read of the same kind in the same account.
func (c *covered) merge(other *covered) {
	c.Cells += other.Cells
	c.Read += other.Read
	c.Worst = report.Worse(cmp.Or(c.Worst, other.Worst), cmp.Or(other.Worst, c.Worst))
	if other.Outcome != "" && c.Outcome == "" {
		c.Outcome, c.Cause, c.Fix = other.Outcome, other.Cause, other.Fix
	}
}

// Coverage is what was read of a kind in an account, for people.
type Coverage struct {
	AccountName string
	// Cells were to be read, and Read of them were.
	Cells, Read int
	// Outcome is that of the first cell that was not read, with its cause and fix;
	// report.Complete if all were.
	Outcome    report.Outcome
	Cause, Fix string
	// Resources were found, and Refused are those that AWS refuses for good.
	Resources, Refused int
	worst              report.Outcome
}

// Coverage returns what was read of each kind in each account.
func (b *Book) Coverage() map[cell.Coverage]Coverage {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.tallies.coverage()
}

func (t *tallies) coverage() map[cell.Coverage]Coverage {
	lines := make(map[cell.Coverage]Coverage, len(t.Covered))
	for of, c := range t.Covered {
		counts := t.of(of)
		line := Coverage{
			Cells: c.Cells, Read: c.Read, Outcome: cmp.Or(c.Outcome, report.Complete), Cause: c.Cause, Fix: c.Fix,
			Resources: counts.Fetched, Refused: counts.Refused, worst: c.Worst,
		}
		if account := t.Accounts[string(of.Account)]; account != nil {
			line.AccountName = account.Name
		}
		lines[of] = line
	}
	return lines
}

// table returns the coverage for the report.
func (t *tallies) table(kinds []report.Kind) report.Coverage {
	lines := t.coverage()
	accounts := make(map[string]bool)
	for of := range lines {
		accounts[string(of.Account)] = true
	}
	var table report.Coverage
	for _, kind := range kinds {
		table.Kinds = append(table.Kinds, kind.Kind)
	}
	for _, account := range slices.Sorted(maps.Keys(accounts)) {
		row := report.CoverageRow{Account: account, Cells: make([]report.CoverageCell, len(kinds))}
		for i, kind := range kinds {
			row.Cells[i] = lines[cell.Coverage{Account: cell.Account(account), Kind: cell.Kind(kind.Kind)}].cell()
		}
		table.Accounts = append(table.Accounts, row)
	}
	return table
}

func (c Coverage) cell() report.CoverageCell {
	of := report.CoverageCell{Outcome: c.worst, Resources: c.Resources, Refused: c.Refused}
	if c.worst != report.Complete {
		of.Read, of.Cells = c.Read, c.Cells
	}
	return of
}
