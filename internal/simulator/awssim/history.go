package awssim

import (
	"maps"
	"slices"
	"sort"
	"time"
)

// within is [world.list] for resources that belong to another. A history is in order
// of time, no matter how its resources were made. Positions are slots plus one, so
// zero is the start. The caller holds the lock.
func (h *holding) within(s selection, region string, from, size int) ([]Resource, int) {
	b := branch{s, region}
	slots := h.order(b)
	population := h.population(s.kind, region)
	var found []Resource
	for _, slot := range slots[h.resume(b, slots, from-1):] {
		r, there := h.at(s.kind, region, slot, population)
		if !there || h.orphaned(&r) || s.keep != nil && !s.keep(&r) {
			continue
		}
		if len(found) == size {
			return found, slot + 1
		}
		found = append(found, r)
	}
	return found, -1
}

// branch is a selection in a region.
type branch struct {
	selection
	region string
}

// order returns the slots of a branch as its service lists them. Members of the
// population lie in order already; those that were given other contents and the
// listed ones are put between them.
func (h *holding) order(b branch) []int {
	population := h.population(b.kind, b.region)
	s := h.shelves[shelfKey{b.kind, b.region}]
	first, step := 0, 1
	if l := h.origin(b.kind, b.region).lineage; l != nil && b.owner != "" {
		index, known := l.owner.index(b.owner)
		first, step = index, l.owners
		if !known || index >= l.owners {
			first = population
		}
	}
	slots := make([]int, 0, max(population-first, 0)/step+1)
	for slot := first; slot < population; slot += step {
		if s != nil {
			if _, changed := s.changed[slot]; changed {
				continue
			}
		}
		slots = append(slots, slot)
	}
	for _, slot := range h.loose(b) {
		at := len(slots)
		if kindNamed(b.kind).history {
			when := h.when(b, slot)
			at = sort.Search(len(slots), func(i int) bool { return h.when(b, slots[i]).Before(when) })
		}
		slots = slices.Insert(slots, at, slot)
	}
	if b.oldestFirst {
		slices.Reverse(slots)
	}
	return slots
}

// loose returns the slots of a branch that lie anywhere in it.
func (h *holding) loose(b branch) []int {
	s := h.shelves[shelfKey{b.kind, b.region}]
	if s == nil {
		return nil
	}
	var slots []int
	for _, slot := range slices.Sorted(maps.Keys(s.changed)) {
		if r := s.changed[slot]; b.owner == "" || ownerOf(&r) == b.owner {
			slots = append(slots, slot)
		}
	}
	population := h.population(b.kind, b.region)
	for i := range s.listed {
		if b.owner == "" || ownerOf(&s.listed[i]) == b.owner {
			slots = append(slots, population+i)
		}
	}
	return slots
}

// when is the time of a slot of a history, even if its resource is gone.
func (h *holding) when(b branch, slot int) time.Time {
	if s := h.shelves[shelfKey{b.kind, b.region}]; s != nil {
		if population := h.population(b.kind, b.region); slot >= population {
			return s.listed[slot-population].Created
		}
		if r, changed := s.changed[slot]; changed {
			return r.Created
		}
	}
	return h.origin(b.kind, b.region).happened(slot)
}

// resume finds where a listing continues: at the slot, or if that is gone from the
// order, at the first one after it.
func (h *holding) resume(b branch, slots []int, slot int) int {
	if slot < 0 {
		return 0
	}
	if total, _ := h.slots(b.kind, b.region); slot >= total {
		return len(slots)
	}
	at := slices.Index(slots, slot)
	if at < 0 {
		at = slices.IndexFunc(slots, func(other int) bool {
			switch {
			case !kindNamed(b.kind).history:
				return other > slot
			case b.oldestFirst:
				return !h.when(b, other).Before(h.when(b, slot))
			}
			return !h.when(b, other).After(h.when(b, slot))
		})
	}
	if at < 0 {
		at = len(slots)
	}
	return at
}
