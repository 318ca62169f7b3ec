package resync

import (
	"slices"
	"sync"
	"time"

	"portolan/internal/resync/cell"
)

// reach is how far a run has come: the cells of which it is known what became of
// them, and those that it came too late for. It is safe for concurrent use.
type reach struct {
	before *cell.Set // done by an earlier invocation of the run
	done   *cell.Set // done by any

	mu    sync.Mutex
	lists bool       // whether fresh is wanted: it grows with the estate
	fresh []doneCell // done by this invocation
	late  []cellRecord
}

// doneCell is a cell that need not be read again in the run.
type doneCell struct {
	Cell    cell.Name `json:"cell"`
	Seconds float64   `json:"seconds"`
	At      time.Time `json:"at"`
}

func newReach() *reach { return &reach{before: cell.NewSet(), done: cell.NewSet()} }

// finish notes that it is known at a time what became of a cell.
func (r *reach) finish(c cell.Name, took time.Duration, at time.Time) {
	r.done.Add(c)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.lists {
		r.fresh = append(r.fresh, doneCell{c, took.Seconds(), at.UTC()})
	}
}

// recall notes a cell that an earlier invocation of the run has done.
func (r *reach) recall(c cell.Name) {
	r.before.Add(c)
	r.done.Add(c)
}

// forget makes a cell one to be read again.
func (r *reach) forget(c cell.Name) {
	r.before.Remove(c)
	r.done.Remove(c)
}

// did says whether it is known what became of a cell.
func (r *reach) did(c cell.Name) bool { return r.done.Has(c) }

// didBefore says whether an earlier invocation of the run has done a cell.
func (r *reach) didBefore(c cell.Name) bool { return r.before.Has(c) }

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
