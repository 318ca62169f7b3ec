package outcome

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"sync"

	"portolan/internal/diag"
	"portolan/internal/fit"
	"portolan/internal/report"
	"portolan/internal/resync/reconcile"
)

// Untaken groups the entities that Port did not take, by blueprint and reason.
type Untaken struct {
	mu     sync.Mutex
	groups map[[2]string]*report.RefusedEntities
}

// maxRefusalGroups bounds the reasons that a report lists; what comes after is
// counted under one heading.
const maxRefusalGroups = 50

// Count returns how many entities Port did not take.
func (f *Untaken) Count() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	total := 0
	for _, group := range f.groups {
		total += group.Count
	}
	return total
}

// Add counts an entity that Port did not take.
func (f *Untaken) Add(blueprint, identifier string, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	reason := strings.ReplaceAll(err.Error(), identifier, "…")
	code := diag.EntityRefused
	if diag.Of(err) == diag.PortUnnamed {
		code = diag.PortUnnamed
	}
	var misfit *fit.Misfit
	if errors.As(err, &misfit) {
		code = misfit.Code
	}
	group := f.group(blueprint, reason, code)
	group.Count++
	if len(group.Samples) < reconcile.SampleSize {
		group.Samples = append(group.Samples, identifier)
	}
}

// Blueprints returns the blueprints of the entities that Port did not take.
func (f *Untaken) Blueprints() (names []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, group := range f.groups {
		names = append(names, group.Blueprint)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// group returns the group of a reason, or that of all others once there are many.
func (f *Untaken) group(blueprint, reason string, code diag.Code) *report.RefusedEntities {
	if f.groups == nil {
		f.groups = make(map[[2]string]*report.RefusedEntities)
	}
	key := [2]string{blueprint, reason}
	group, ok := f.groups[key]
	if !ok && len(f.groups) >= maxRefusalGroups {
		key, reason, code = [2]string{blueprint, ""}, "other reasons", diag.EntityRefused
		group, ok = f.groups[key]
	}
	if !ok {
		group = &report.RefusedEntities{Diagnostic: diag.Diagnostic{
			Code: code, Severity: diag.Error, Subject: diag.Subject{Blueprint: blueprint}, Cause: reason,
		}}
		f.groups[key] = group
	}
	return group
}

func (f *Untaken) fill(r *report.Report) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, group := range f.groups {
		r.Entities = append(r.Entities, *group)
	}
	slices.SortFunc(r.Entities, func(a, b report.RefusedEntities) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Blueprint, b.Blueprint), cmp.Compare(a.Cause, b.Cause))
	})
}

// untakenPage is what Port did not take in one invocation.
type untakenPage []report.RefusedEntities

func (f *Untaken) page() untakenPage {
	f.mu.Lock()
	defer f.mu.Unlock()
	groups := make(untakenPage, 0, len(f.groups))
	for _, group := range f.groups {
		groups = append(groups, *group)
	}
	return groups
}

func (f *Untaken) merge(groups untakenPage) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, group := range groups {
		mine := f.group(group.Blueprint, group.Cause, group.Code)
		mine.Count += group.Count
		mine.Samples = fill(mine.Samples, group.Samples)
	}
}

// fill adds samples to those that a report shows, as many as there is room for.
func fill(shown, more []string) []string {
	room := max(0, reconcile.SampleSize-len(shown))
	return append(shown, more[:min(room, len(more))]...)
}
