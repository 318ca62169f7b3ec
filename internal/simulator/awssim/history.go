package awssim

import (
	"cmp"
	"maps"
	"slices"
	"sort"
	"time"
)

// branch is the resources of a kind that belong to something: all of them, or
// those of one owner.
type branch struct {
	kind, region, owner string
	// oldestFirst turns the order of a history around.
	oldestFirst bool
}

// within is [world.page] for what belongs to something. A history comes in order
// of time wherever its resources are from. Positions are slots plus one, so that
// zero is the start and, for the next page, the end.
func (w *world) within(account string, b branch, from, size int, keep func(*Resource) bool) ([]Resource, int) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	h := w.accounts[account]
	slots := h.order(b)
	population := h.population(b.kind, b.region)
	var found []Resource
	for _, slot := range slots[h.resume(b, slots, from-1):] {
		r, there := h.at(b.kind, b.region, slot, population)
		if !there || h.orphaned(&r) || keep != nil && !keep(&r) {
			continue
		}
		if len(found) == size {
			return found, slot + 1
		}
		found = append(found, r)
	}
	return found, 0
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
		if histories[b.kind] {
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

// when is the time of a slot of a history, also of one whose resource is gone.
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

// resume finds where a listing goes on: at the slot, or if that is gone from the
// order, at the first that comes after it.
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
			case !histories[b.kind]:
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

// branch is a page of what belongs to something, as [call.page] gives one.
func (c *call) branch(b branch, size int, token, question string, keep func(*Resource) bool) (found []Resource, next string, ok bool) {
	from, ok := c.slot(token, question)
	if !ok {
		return nil, "", false
	}
	astray, empty := c.astray(from, question)
	if empty {
		return nil, astray, true
	}
	b.region = c.signature.region
	found, position := c.server.world.within(c.caller.account, b, from, size, keep)
	if position > 0 {
		next = c.token(position, question)
	}
	return found, cmp.Or(astray, next), true
}

// late says whether an event may still be under way.
func (c *call) late(r *Resource) bool {
	return created(r).After(c.server.world.began.Add(-8 * time.Hour))
}
