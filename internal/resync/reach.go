package resync

import (
	"slices"
	"sync"
	"time"
)

// reach is how far a run has come: the cells of which it is known what became of
// them, and those that it came too late for. It is safe for concurrent use.
type reach struct {
	mu      sync.Mutex
	regions map[string]int // the bit that each region has
	before  cellSet        // done by an earlier invocation of the run
	done    cellSet        // done by any
	lists   bool           // whether fresh is wanted: it grows with the estate
	fresh   []doneCell     // done by this invocation
	late    []cellRecord
}

// cellSet has a bit for each region of a kind in an account: an estate of a thousand
// accounts has a million cells.
type cellSet map[accountKind][]uint64

type accountKind struct{ account, kind string }

// doneCell is a cell that need not be read again in the run.
type doneCell struct {
	Cell    cellName  `json:"cell"`
	Seconds float64   `json:"seconds"`
	At      time.Time `json:"at"`
}

func newReach() *reach {
	return &reach{regions: map[string]int{}, before: cellSet{}, done: cellSet{}}
}

// bit returns where a cell is in a set.
func (r *reach) bit(c cellName) (of accountKind, word int, mask uint64) {
	at, known := r.regions[c.region]
	if !known {
		at = len(r.regions)
		r.regions[c.region] = at
	}
	return accountKind{c.account, c.kind}, at / 64, 1 << (at % 64)
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
	of, word, mask := r.bit(c)
	for _, set := range []cellSet{r.before, r.done} {
		if bits := set[of]; word < len(bits) {
			bits[word] &^= mask
		}
	}
}

func (r *reach) set(in cellSet, c cellName) {
	of, word, mask := r.bit(c)
	for len(in[of]) <= word {
		in[of] = append(in[of], 0)
	}
	in[of][word] |= mask
}

// did says whether it is known what became of a cell.
func (r *reach) did(c cellName) bool { return r.test(r.done, c) }

// didBefore says whether an earlier invocation of the run has done a cell.
func (r *reach) didBefore(c cellName) bool { return r.test(r.before, c) }

func (r *reach) test(in cellSet, c cellName) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	of, word, mask := r.bit(c)
	bits := in[of]
	return word < len(bits) && bits[word]&mask != 0
}

// miss notes a cell that the run came too late for.
func (r *reach) miss(record cellRecord) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.late = append(r.late, record)
}

// missed returns the cells that the run came too late for.
func (r *reach) missed() []cellRecord {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.late)
}

// finished returns the cells that this invocation has done, if they are listed.
func (r *reach) finished() []doneCell {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.fresh)
}
