package resync

import (
	"maps"
	"slices"
	"time"

	"portolan/internal/mapping"
	"portolan/internal/report"
	"portolan/internal/resync/cell"
)

// addEntries opens the lines of entries of the mapping, so that one of which nothing
// was read shows too.
func (l *ledger) addEntries(resources []*mapping.Resource) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, r := range resources {
		l.Entries[r.Index] = &report.Resource{Index: r.Index, Kind: r.Kind, Blueprint: r.Blueprint}
	}
}

// entry returns the line of an entry of the mapping. Whoever writes to it goes through
// countEntry or countMapped.
func (l *ledger) entry(index int) *report.Resource {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.Entries[index]
}

// countEntry changes the counts of an origin, and of the entry of the mapping that made
// an entity, if one did.
func (l *ledger) countEntry(o cell.Coverage, entry *report.Resource, change func(*report.Counts)) {
	l.count(o, func(c *report.Counts) {
		change(c)
		if entry != nil {
			change(&entry.Counts)
		}
	})
}

// countMapped adds what an entry of the mapping made of a document: its counts, how
// many entities, and how many it could not make.
func (l *ledger) countMapped(entry *report.Resource, counts report.Counts, mapped, unmapped int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	entry.Counts.Add(counts)
	entry.Mapped += mapped
	entry.Unmapped += unmapped
}

// resources returns the lines of the entries, in the mapping's order. The caller holds
// the lock.
func (l *ledger) resources() []report.Resource {
	var lines []report.Resource
	for _, index := range slices.Sorted(maps.Keys(l.Entries)) {
		lines = append(lines, *l.Entries[index])
	}
	return lines
}

// byEntry returns the lines of the entries as they stand, by index.
func (l *ledger) byEntry() map[int]report.Resource {
	l.mu.Lock()
	defer l.mu.Unlock()
	lines := make(map[int]report.Resource, len(l.Entries))
	for index, entry := range l.Entries {
		lines[index] = *entry
	}
	return lines
}

// absorbEntries adds what another invocation counted. The caller holds the lock.
func (l *ledger) absorbEntries(entries map[int]*report.Resource) {
	for index, e := range entries {
		if mine := l.Entries[index]; mine != nil {
			mine.Counts.Add(e.Counts)
			mine.Mapped += e.Mapped
			mine.Unmapped += e.Unmapped
		}
	}
}

// secondsOf returns how long the cells of a kind took in all.
func (l *ledger) secondsOf(kind string) float64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	if k := l.Kinds[kind]; k != nil {
		return seconds(time.Duration(k.Seconds * float64(time.Second)))
	}
	return 0
}
