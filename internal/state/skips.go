package state

import (
	"context"
	"errors"
	"time"
)

// Skips are runs that found the lease taken, one after the other.
type Skips struct {
	// Last is the generation of the last run that has left its end, of which nothing changes while
	// all runs are skipped.
	Last  uint64    `json:"last"`
	Since time.Time `json:"since"`
	Count int       `json:"count"`
}

type skipsRecord struct {
	Head
	Skips
}

var skipsForm = Form[skipsRecord]{Name: "skipped.json", Head: Head{"portolan/skipped", 1}, What: "a count of skipped runs"}

// longestSkipping is for how long runs may be skipped.
const longestSkipping = 24 * time.Hour

// Skip counts a run that is skipped, and says whether no run has ended for longer than a lease
// should be held. Then either a run hangs and renews its lease, or something that is not a run
// writes the lease.
func Skip(ctx context.Context, store Store, now time.Time) (s Skips, stuck bool, err error) {
	last, _ := NewHistory(store, 0).Last(ctx) // zero, if it is not known
	record, err := skipsForm.Load(ctx, store)
	unknown := errors.Is(err, ErrNotFound) || errors.Is(err, ErrDamaged) || errors.Is(err, ErrNewer)
	if err != nil && !unknown {
		return s, false, err
	}
	if s = record.Skips; unknown || s.Last != last.Generation || s.Since.After(now) {
		s = Skips{Last: last.Generation, Since: now}
	}
	s.Count++
	return s, now.Sub(s.Since) >= longestSkipping, skipsForm.Save(ctx, store, nil, skipsRecord{skipsForm.Head, s}, nil)
}
