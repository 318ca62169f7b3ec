package resync

import (
	"cmp"
	"maps"
	"slices"

	"portolan/internal/aws/kind"
	"portolan/internal/report"
	"portolan/internal/resync/cell"
	"portolan/internal/resync/reconcile"
)

// copied returns a map with a copy of each value, so that nothing of it changes under a
// lock that its reader does not hold. Maps and slices in the values stay the same.
func copied[K comparable, V any](of map[K]*V) map[K]*V {
	to := make(map[K]*V, len(of))
	for key, value := range of {
		own := *value
		to[key] = &own
	}
	return to
}

// part is a copy, as those of all that many goroutines change.
func (l *ledger) part() *ledgerPart {
	l.mu.Lock()
	defer l.mu.Unlock()
	p := l.ledgerPart
	p.Accounts, p.Kinds, p.Entries = copied(l.Accounts), copied(l.Kinds), copied(l.Entries)
	p.Counts, p.Covered = copied(l.Counts), copied(l.Covered)
	for _, a := range p.Accounts {
		a.Cells = maps.Clone(a.Cells)
	}
	for _, k := range p.Kinds {
		k.Cells = maps.Clone(k.Cells)
	}
	p.Missed = maps.Clone(l.Missed)
	p.Cells, p.Gaps, p.Unavailable = slices.Clone(l.Cells), slices.Clone(l.Gaps), slices.Clone(l.Unavailable)
	return &p
}

func (l *ledger) absorb(p *ledgerPart) {
	if p == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for id, a := range p.Accounts {
		mine := l.Accounts[id]
		if mine == nil {
			l.Accounts[id] = a
			continue
		}
		mine.Name, mine.Regions = cmp.Or(a.Name, mine.Name), max(a.Regions, mine.Regions)
		addCells(mine.Cells, a.Cells)
	}
	for name, k := range p.Kinds {
		mine := l.Kinds[name]
		if mine == nil {
			l.Kinds[name] = k
			continue
		}
		mine.Seconds += k.Seconds
		addCells(mine.Cells, k.Cells)
	}
	l.absorbEntries(p.Entries)
	for o, counts := range p.Counts {
		if l.Counts[o] == nil {
			l.Counts[o] = &report.Counts{}
		}
		l.Counts[o].Add(*counts)
	}
	l.Cells = append(l.Cells, p.Cells...)
	l.Gaps = append(l.Gaps, p.Gaps...)
	for kind, n := range p.Missed {
		l.Missed[kind] += n
	}
	l.Shut += p.Shut
	l.Unavailable = append(l.Unavailable, p.Unavailable...)
	for o, c := range p.Covered {
		if l.Covered[o] == nil {
			l.Covered[o] = &covered{}
		}
		l.Covered[o].add(c)
	}
}

// add adds what was read elsewhere of the same kind in the same account.
func (c *covered) add(other *covered) {
	c.Cells += other.Cells
	c.Read += other.Read
	c.Worst = report.Worse(cmp.Or(c.Worst, other.Worst), cmp.Or(other.Worst, c.Worst))
	if other.Outcome != "" && c.Outcome == "" {
		c.Outcome, c.Message, c.Fix = other.Outcome, other.Message, other.Fix
	}
}

func addCells(to, from map[report.Outcome]int) {
	for outcome, n := range from {
		to[outcome] += n
	}
}

func addCalls(to, from map[string]report.Calls) {
	for name, calls := range from {
		sum := to[name]
		sum.Add(calls)
		to[name] = sum
	}
}

// viewPart is what a view holds.
type viewPart struct {
	Enabled map[string][]string          `json:"enabled"`
	Left    map[string]map[string]string `json:"left"` // by account and scope
	Ends    map[cell.Name]cellEnd        `json:"ends"`
}

var scopes = []kind.Scope{kind.Regional, kind.Global, kind.Management}

func (v *view) part() viewPart {
	v.mu.Lock()
	defer v.mu.Unlock()
	p := viewPart{Enabled: maps.Clone(v.enabled), Left: map[string]map[string]string{}, Ends: maps.Clone(v.ends)}
	for key, reason := range v.left {
		if p.Left[key.account] == nil {
			p.Left[key.account] = map[string]string{}
		}
		p.Left[key.account][key.scope.String()] = reason
	}
	return p
}

func (v *view) absorb(p viewPart) {
	for account, regions := range p.Enabled {
		v.entered(account, regions)
	}
	for account, byScope := range p.Left {
		for _, scope := range scopes {
			if reason := byScope[scope.String()]; reason != "" {
				v.leave(account, scope, reason)
			}
		}
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	maps.Copy(v.ends, p.Ends)
}

// faultsPart is what a mapping did not do in one invocation.
type faultsPart struct {
	Items  map[int]int           `json:"items"`
	Groups []report.MappingFault `json:"groups"`
	Holds  []reconcile.Hold      `json:"holds"`
}

func (m *mappingFaults) part() faultsPart {
	holds := m.reasons()
	m.mu.Lock()
	defer m.mu.Unlock()
	p := faultsPart{Items: maps.Clone(m.items), Holds: holds}
	for _, group := range m.groups {
		p.Groups = append(p.Groups, *group)
	}
	return p
}

func (m *mappingFaults) absorb(p faultsPart) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for index, n := range p.Items {
		m.items[index] += n
	}
	for _, group := range p.Groups {
		key := faultKey{group.Resource, group.Field, group.Message}
		if mine := m.groups[key]; mine != nil {
			mine.Count += group.Count
		} else {
			m.groups[key] = &group
		}
	}
	for _, hold := range p.Holds {
		m.holds[hold] = struct{}{}
	}
}

func (f *refusals) list() []report.EntityFault {
	f.mu.Lock()
	defer f.mu.Unlock()
	groups := make([]report.EntityFault, 0, len(f.groups))
	for _, group := range f.groups {
		groups = append(groups, *group)
	}
	return groups
}

func (f *refusals) absorb(groups []report.EntityFault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, group := range groups {
		mine := f.group(group.Blueprint, group.Error, group.Code)
		mine.Count += group.Count
		mine.Samples = fill(mine.Samples, group.Samples)
	}
}

// fill adds samples to those that a report shows, as many as there is room for.
func fill(shown, more []string) []string {
	room := max(0, reconcile.SampleSize-len(shown))
	return append(shown, more[:min(room, len(more))]...)
}
