package state

import (
	"context"
	"errors"
	"fmt"
	"time"
)

const (
	timetableName    = "timetable.json.gz"
	timetableFormat  = "portolan/timetable"
	timetableVersion = 1
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
	Format     string `json:"format"`
	Version    int    `json:"version"`
	Generation uint64 `json:"generation"`
	Timetable
}

// LoadTimetable gives the timetable, or ErrNotFound; ErrDamaged, ErrForeign or
// ErrNewer if nothing is known of it.
func LoadTimetable(ctx context.Context, store Store) (Timetable, error) {
	record, _, err := loadTimetable(ctx, store)
	return record.Timetable, err
}

// SaveTimetable replaces the timetable, under the lease of the run that ends. It
// replaces what is damaged or newer, nothing that is foreign, and nothing of a run
// that took over the lease (ErrFenced).
func SaveTimetable(ctx context.Context, store Store, lease *Lease, t Timetable) error {
	record := timetableRecord{Format: timetableFormat, Version: timetableVersion, Generation: lease.Generation(), Timetable: t}
	data, err := pack(record)
	if err != nil {
		return err
	}
	present, version, err := loadTimetable(ctx, store)
	switch {
	case err != nil && version == "" && !errors.Is(err, ErrNotFound), errors.Is(err, ErrForeign):
		return err
	case fences(present.Generation, record.Generation):
		return fmt.Errorf("%s: %w", store.Where(timetableName), ErrFenced)
	}
	if err := lease.Check(); err != nil {
		return fmt.Errorf("%s: %w", store.Where(timetableName), err)
	}
	_, err = store.Put(ctx, timetableName, data, version)
	return err
}

func loadTimetable(ctx context.Context, store Store) (record timetableRecord, version string, err error) {
	data, version, err := store.Get(ctx, timetableName)
	if err != nil {
		return timetableRecord{}, "", err
	}
	err = unpack(data, &record)
	switch {
	case err != nil:
		err = fmt.Errorf("%w: %w", ErrDamaged, err)
	case record.Format != timetableFormat:
		err = fmt.Errorf("%w: it is no timetable", ErrForeign)
	case record.Version > timetableVersion:
		err = fmt.Errorf("%w: it has version %d, and this program knows %d", ErrNewer, record.Version, timetableVersion)
	}
	if err != nil {
		return timetableRecord{Generation: record.Generation}, version, fmt.Errorf("%s: %w", store.Where(timetableName), err)
	}
	return record, version, nil
}
