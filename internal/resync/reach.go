package resync

import (
	"slices"
	"sync"
	"time"
)

// reach is how far a run has come: the cells of which it is known what became of
// them, in a bit each, and those that it came too late for. It is safe for
// concurrent use.
type reach struct {
	mu      sync.Mutex
	kinds   map[string]int
	regions map[string]int
	before  map[string][]uint64 // by account: done by an earlier invocation of the run
	done    map[string][]uint64 // by account: done by any
	lists   bool                // whether fresh is wanted: it grows with the estate
	fresh   []doneCell          // done by this invocation
	late    []cellRecord
}

// doneCell is a cell that need not be read again in the run.
type doneCell struct {
	Cell    cellName  `json:"cell"`
	Seconds float64   `json:"seconds"`
	At      time.Time `json:"at"`
}

// maxKinds is more than there are; a test holds that.
const maxKinds = 128

func newReach() *reach {
	return &reach{
		kinds: map[string]int{}, regions: map[string]int{},
		before: map[string][]uint64{}, done: map[string][]uint64{},
	}
}

func (r *reach) bit(c cellName) int {
	region, known := r.regions[c.region]
	if !known {
		region = len(r.regions)
		r.regions[c.region] = region
	}
	kind, known := r.kinds[c.kind]
	if !known {
		kind = len(r.kinds)
		r.kinds[c.kind] = kind
	}
	return region*maxKinds + kind
}

// finish notes that it is known at a time what became of a cell.
func (r *reach) finish(c cellName, took time.Duration, at time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.set(r.done, c)
	if r.lists {
		r.fresh = append(r.fresh, doneCell{c, took.Seconds(), at.UTC()})
	}
}

// recall notes a cell that an earlier invocation of the run has done.
func (r *reach) recall(c cellName) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.set(r.before, c)
	r.set(r.done, c)
}

// forget makes a cell one to be read again.
func (r *reach) forget(c cellName) {
	r.mu.Lock()
	defer r.mu.Unlock()
	at := r.bit(c)
	for _, of := range []map[string][]uint64{r.before, r.done} {
		if bits := of[c.account]; at/64 < len(bits) {
			bits[at/64] &^= 1 << (at % 64)
		}
	}
}

func (r *reach) set(of map[string][]uint64, c cellName) {
	at := r.bit(c)
	for len(of[c.account]) <= at/64 {
		of[c.account] = append(of[c.account], 0)
	}
	of[c.account][at/64] |= 1 << (at % 64)
}

// did says whether it is known what became of a cell.
func (r *reach) did(c cellName) bool { return r.test(r.done, c) }

// didBefore says whether an earlier invocation of the run has done a cell.
func (r *reach) didBefore(c cellName) bool { return r.test(r.before, c) }

func (r *reach) test(of map[string][]uint64, c cellName) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	at := r.bit(c)
	bits := of[c.account]
	return at/64 < len(bits) && bits[at/64]&(1<<(at%64)) != 0
}

// miss notes a cell that the run came too late for.
func (r *reach) miss(record cellRecord) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.late = append(r.late, record)
}

// missed gives the cells that the run came too late for.
func (r *reach) missed() []cellRecord {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.late)
}

// finished gives the cells that this invocation has done, if they are listed.
func (r *reach) finished() []doneCell {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.fresh)
}
