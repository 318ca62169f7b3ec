package schedule

import (
	"context"
	"slices"
	"time"

	"portolan/internal/resync/cell"
	"portolan/internal/state"
)

// Look is a reading of a single cell between the full runs.
type Look struct {
	Cell  cell.Name `json:"cell"`
	Began time.Time `json:"began"`
	Seen  bool      `json:"seen,omitempty"` // it was read to its end
}

const (
	// lookFor is how long a look is remembered: longer than any event is late.
	lookFor = 24 * time.Hour
	// maxLooks is how many are remembered, the latest.
	maxLooks = 20_000
)

type looksRecord struct {
	state.Head
	Generation uint64 `json:"generation"`
	Looks      []Look `json:"looks"`
}

var looksForm = state.Form[looksRecord]{Name: "looks.json.gz", Head: state.Head{Format: "portolan/looks", Version: 1}, What: "when cells were read"}

// LoadLooks returns the last look at each cell, or state.ErrNotFound; state.ErrDamaged,
// state.ErrForeign or state.ErrNewer if they cannot be used.
func LoadLooks(ctx context.Context, store state.Store) (map[cell.Name]Look, error) {
	r, err := looksForm.Load(ctx, store)
	looks := make(map[cell.Name]Look, len(r.Looks))
	for _, l := range r.Looks {
		looks[l.Cell] = l
	}
	return looks, err
}

// SaveLooks replaces the looks, under the lease of the run that made the last of them. It leaves out
// what is too old to matter now.
func SaveLooks(ctx context.Context, store state.Store, lease *state.Lease, looks map[cell.Name]Look, now time.Time) error {
	var all []Look
	for _, l := range looks {
		if now.Sub(l.Began) < lookFor {
			all = append(all, l)
		}
	}
	slices.SortFunc(all, func(a, b Look) int { return b.Began.Compare(a.Began) })
	all = all[:min(len(all), maxLooks)]
	return looksForm.Save(ctx, store, lease, looksRecord{looksForm.Head, lease.Generation(), all}, nil)
}
