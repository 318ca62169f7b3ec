// Package schedule decides which account and which cell come next, and whether a cell still
// fits into what is left of a run's time. It keeps in the state what runs have learned of
// time.
//
// It orders and never leaves out on its own: what does not fit is said by the run. Without a
// timetable a run is less well ordered, and never wrong.
package schedule

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"portolan/internal/resync/cell"
	"portolan/internal/state"
)

// Timetable is what runs have learned about time: when each account was last reached, and how
// long its cells take. It only helps: without it a run is in a worse order, but never wrong.
type Timetable struct {
	// Late is how many cells the last run did not reach.
	Late int `json:"late"`
	// Closing is how many seconds a run took after the last cell was read.
	Closing  float64                  `json:"closing"`
	Accounts map[string]*AccountTimes `json:"accounts"`
}

// AccountTimes are the times of an account.
type AccountTimes struct {
	// Reached is about when the cells that are not in Cells were last reached.
	Reached time.Time `json:"reached"`
	// Seconds is the sum over all cells, which are read concurrently.
	Seconds float64 `json:"seconds"`
	// Cells holds the slow cells and those that the last run did not reach, by region and kind.
	Cells []CellTimes `json:"cells,omitempty"`
}

// CellTimes are the times of a cell. Reached is zero if no run has reached it. Seconds is how long
// reading it took, if that was long. Cut is how many seconds a run with nearly all its time for the
// cell read it without reaching the end, and Tried is when that run began.
type CellTimes struct {
	Region  cell.Region `json:"region,omitempty"`
	Kind    cell.Kind   `json:"kind"`
	Reached time.Time   `json:"reached,omitzero"`
	Seconds float64     `json:"seconds,omitempty"`
	Cut     float64     `json:"cut,omitempty"`
	Tried   time.Time   `json:"tried,omitzero"`
}

func (c CellTimes) compare(other CellTimes) int {
	return cmp.Or(cmp.Compare(c.Region, other.Region), cmp.Compare(c.Kind, other.Kind))
}

type record struct {
	state.Head
	Generation uint64 `json:"generation"`
	Timetable
}

var form = state.Form[record]{Name: "timetable.json.gz", Head: state.Head{Format: "portolan/timetable", Version: 1}, What: "a timetable"}

// Load returns the timetable, or state.ErrNotFound; state.ErrDamaged, state.ErrForeign or
// state.ErrNewer if it cannot be used.
func Load(ctx context.Context, store state.Store) (Timetable, error) {
	r, err := form.Load(ctx, store)
	maps.DeleteFunc(r.Accounts, func(_ string, a *AccountTimes) bool { return a == nil })
	for _, a := range r.Accounts {
		slices.SortFunc(a.Cells, CellTimes.compare)
	}
	return r.Timetable, err
}

// Save replaces the timetable under the lease of the run that ends. It replaces a damaged or
// newer one, but never a foreign one, nor one of a run that took over the lease
// (state.ErrFenced).
func Save(ctx context.Context, store state.Store, lease *state.Lease, t Timetable) error {
	return form.Save(ctx, store, lease, record{form.Head, lease.Generation(), t}, nil)
}
