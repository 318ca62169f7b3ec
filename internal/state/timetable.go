package state

import (
	"context"
	"time"
)

// Timetable is what runs have learned of time: when each account was last reached,
// and how long its cells take. It is a help and no truth: without it a run is less
// well ordered, and never wrong.
type Timetable struct {
	// Late is how many cells the last run did not reach.
	Late int `json:"late"`
	// Closing is how many seconds a run took after the last cell was read.
	Closing  float64                  `json:"closing"`
	Accounts map[string]*AccountTimes `json:"accounts"`
}

// AccountTimes are the times of an account.
type AccountTimes struct {
	// Reached is about when the cells were last reached that are not listed.
	Reached time.Time `json:"reached"`
	// Seconds add up the reading of all cells, which go side by side.
	Seconds float64 `json:"seconds"`
	// Cells are those that are slow, or that the last run did not reach.
	Cells []CellTimes `json:"cells,omitempty"`
}

// CellTimes are the times of a cell. Reached is zero if no run has come to it. Seconds is
// how long its reading took, if it was long. Cut is for how many seconds a run read it in
// vain that had all its time for it, and Tried is when that run began.
type CellTimes struct {
	Region  string    `json:"region,omitempty"`
	Kind    string    `json:"kind"`
	Reached time.Time `json:"reached,omitzero"`
	Seconds float64   `json:"seconds,omitempty"`
	Cut     float64   `json:"cut,omitempty"`
	Tried   time.Time `json:"tried,omitzero"`
}

type timetableRecord struct {
	head
	Generation uint64 `json:"generation"`
	Timetable
}

var timetableForm = form[timetableRecord]{name: "timetable.json.gz", head: head{"portolan/timetable", 1}, what: "a timetable"}

// LoadTimetable returns the timetable, or ErrNotFound; ErrDamaged, ErrForeign or
// ErrNewer if nothing is known of it.
func LoadTimetable(ctx context.Context, store Store) (Timetable, error) {
	record, _, err := timetableForm.load(ctx, store)
	return record.Timetable, err
}

// SaveTimetable replaces the timetable, under the lease of the run that ends. It
// replaces what is damaged or newer, nothing that is foreign, and nothing of a run
// that took over the lease (ErrFenced).
func SaveTimetable(ctx context.Context, store Store, lease *Lease, t Timetable) error {
	return timetableForm.save(ctx, store, lease, timetableRecord{timetableForm.head, lease.Generation(), t}, nil)
}
