package outcome

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"portolan/internal/mapping"
	"portolan/internal/report"
	"portolan/internal/resync/cell"
)

// tallies count cells, resources and entities.
type tallies struct {
	Accounts map[string]*report.Account       `json:"accounts"`
	Kinds    map[string]*report.Kind          `json:"kinds"`
	Entries  map[int]*report.Resource         `json:"entries"` // of the mapping, by index
	Counts   map[cell.Coverage]*report.Counts `json:"counts"`
	Covered  map[cell.Coverage]*covered       `json:"covered"`
}

func newTallies() tallies {
	return tallies{
		Accounts: map[string]*report.Account{}, Kinds: map[string]*report.Kind{}, Entries: map[int]*report.Resource{},
		Counts: map[cell.Coverage]*report.Counts{}, Covered: map[cell.Coverage]*covered{},
	}
}

// AddAccount opens the line of an account. Regions is how many of them are read.
func (b *Book) AddAccount(id, name string, regions int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tallies.Accounts[id] = &report.Account{ID: id, Name: name, Regions: regions, Cells: map[report.Outcome]int{}}
}

// AddKind opens the lines of a kind and of its entries in the mapping, so that one without
// any cell shows too. Since is from when on its resources are read; zero: all of them.
func (b *Book) AddKind(kind string, since time.Time, entries []*mapping.Resource) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.tallies.Kinds[kind] == nil {
		b.tallies.Kinds[kind] = &report.Kind{Kind: kind, Since: since, Cells: map[report.Outcome]int{}}
	}
	for _, e := range entries {
		b.tallies.Entries[e.Index] = &report.Resource{Index: e.Index, Kind: e.Kind, Blueprint: e.Blueprint}
	}
}

// Count adds to the counts of a coverage.
func (b *Book) Count(of cell.Coverage, counts report.Counts) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tallies.count(of, func(c *report.Counts) { c.Add(counts) })
}

// CountMapped adds what an entry of the mapping made of a document: its counts, how many
// entities, and how many it could not make.
func (b *Book) CountMapped(entry int, counts report.Counts, mapped, unmapped int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	line := b.tallies.Entries[entry]
	line.Counts.Add(counts)
	line.Mapped += mapped
	line.Unmapped += unmapped
}

// Entries returns the lines of the mapping's entries as they stand, by index.
func (b *Book) Entries() map[int]report.Resource {
	b.mu.Lock()
	defer b.mu.Unlock()
	lines := make(map[int]report.Resource, len(b.tallies.Entries))
	for index, line := range b.tallies.Entries {
		lines[index] = *line
	}
	return lines
}

// SecondsOf returns how long the cells of a kind took in all.
func (b *Book) SecondsOf(kind string) float64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	if k := b.tallies.Kinds[kind]; k != nil {
		return seconds(time.Duration(k.Seconds * float64(time.Second)))
	}
	return 0
}

// Unsent counts the entities that the run ended too early to send.
func (b *Book) Unsent() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := 0
	for _, counts := range b.tallies.Counts {
		n += counts.Unsent
	}
	return n
}

// OnlySkipped says whether no cell was read, was to be read, or is known to be empty.
func (b *Book) OnlySkipped() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, of := range b.tallies.Kinds {
		for outcome, n := range of.Cells {
			if outcome != report.Skipped && n > 0 {
				return false
			}
		}
	}
	return true
}

func (t *tallies) count(of cell.Coverage, change func(*report.Counts)) {
	counts, ok := t.Counts[of]
	if !ok {
		counts = &report.Counts{}
		t.Counts[of] = counts
	}
	change(counts)
}

// of returns the counts of a coverage as they stand.
func (t *tallies) of(of cell.Coverage) report.Counts {
	if counts := t.Counts[of]; counts != nil {
		return *counts
	}
	return report.Counts{}
}

// tally counts a cell, and notes why it was not read.
func (t *tallies) tally(e *End) {
	of := e.Coverage()
	if t.Covered[of] == nil {
		t.Covered[of] = &covered{}
	}
	t.Covered[of].count(e)
	t.Kinds[string(of.Kind)].Cells[e.Outcome]++
	if account := t.Accounts[string(of.Account)]; account != nil {
		account.Cells[e.Outcome]++
	}
}

func (t *tallies) merge(other tallies) {
	for id, a := range other.Accounts {
		mine := t.Accounts[id]
		if mine == nil {
			t.Accounts[id] = a
			continue
		}
		mine.Name, mine.Regions = cmp.Or(a.Name, mine.Name), max(a.Regions, mine.Regions)
		addCells(mine.Cells, a.Cells)
	}
	for name, k := range other.Kinds {
		mine := t.Kinds[name]
		if mine == nil {
			t.Kinds[name] = k
			continue
		}
		mine.Seconds += k.Seconds
		addCells(mine.Cells, k.Cells)
	}
	for index, e := range other.Entries {
		if mine := t.Entries[index]; mine != nil {
			mine.Counts.Add(e.Counts)
			mine.Mapped += e.Mapped
			mine.Unmapped += e.Unmapped
		}
	}
	for of, counts := range other.Counts {
		t.count(of, func(mine *report.Counts) { mine.Add(*counts) })
	}
	for of, c := range other.Covered {
		if t.Covered[of] == nil {
			t.Covered[of] = &covered{}
		}
		t.Covered[of].merge(c)
	}
}

func addCells(to, from map[report.Outcome]int) {
	for outcome, n := range from {
		to[outcome] += n
	}
}

// fill writes the tallies into the report.
func (t *tallies) fill(r *report.Report) {
	for of, counts := range t.Counts {
		r.Total.Add(*counts)
		if kind := t.Kinds[string(of.Kind)]; kind != nil {
			kind.Counts.Add(*counts)
		}
		if account := t.Accounts[string(of.Account)]; account != nil {
			account.Counts.Add(*counts)
		}
	}
	r.Cells = map[report.Outcome]int{}
	for _, name := range slices.Sorted(maps.Keys(t.Kinds)) {
		r.Kinds = append(r.Kinds, *t.Kinds[name])
		for outcome, n := range t.Kinds[name].Cells {
			r.Cells[outcome] += n
		}
	}
	for _, index := range slices.Sorted(maps.Keys(t.Entries)) {
		r.Resources = append(r.Resources, *t.Entries[index])
	}
	for _, id := range slices.Sorted(maps.Keys(t.Accounts)) {
		r.Accounts = append(r.Accounts, *t.Accounts[id])
	}
}
