package state

import (
	"context"
	"time"
)

// Answered is the latest request for a resync that a run has answered. At is when Port got it,
// by Port's clock; it is zero if Port had no request when the run began.
type Answered struct {
	Request string    `json:"request"`
	At      time.Time `json:"at"`
	Run     string    `json:"run"`
}

type answeredRecord struct {
	Head
	Answered
}

var answeredForm = Form[answeredRecord]{Name: "request.json", Head: Head{"portolan/request", 1}, What: "a request"}

// LastAnswered returns the request that was answered last, or ErrNotFound; ErrDamaged,
// ErrForeign or ErrNewer if it is not known.
func LastAnswered(ctx context.Context, store Store) (Answered, error) {
	last, err := answeredForm.Load(ctx, store)
	return last.Answered, err
}

// SaveAnswered keeps the request that a run answers. It replaces a damaged or newer record, but
// never a foreign one, and never a request by an older one.
func SaveAnswered(ctx context.Context, store Store, a Answered) error {
	return answeredForm.Save(ctx, store, nil, answeredRecord{answeredForm.Head, a},
		func(present answeredRecord) bool { return present.At.After(a.At) })
}
