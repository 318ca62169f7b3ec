package resync

import (
	"maps"
	"slices"

	"portolan/internal/report"
	"portolan/internal/resync/cell"
)

// table returns what was read of each kind in each account, for the report.
func (l *ledger) table(kinds []report.Kind) report.Coverage {
	lines := l.coverage()
	accounts := make(map[string]bool)
	for o := range lines {
		accounts[o.Account] = true
	}
	var table report.Coverage
	for _, kind := range kinds {
		table.Kinds = append(table.Kinds, kind.Kind)
	}
	for _, account := range slices.Sorted(maps.Keys(accounts)) {
		row := report.CoverageRow{Account: account, Cells: make([]report.CoverageCell, len(kinds))}
		for i, kind := range kinds {
			row.Cells[i] = lines[cell.Coverage{Account: account, Kind: kind.Kind}].cell()
		}
		table.Accounts = append(table.Accounts, row)
	}
	return table
}

func (l coverageLine) cell() report.CoverageCell {
	cell := report.CoverageCell{Outcome: l.Worst, Resources: l.resources, Refused: l.refused}
	if l.Worst != report.Complete {
		cell.Read, cell.Cells = l.Read, l.Cells
	}
	return cell
}
