package state

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

const (
	answeredName    = "request.json"
	answeredFormat  = "portolan/request"
	answeredVersion = 1
)

// Answered is the latest of Port's requests for a resync that a run has answered. At is
// when it was made, by Port's clock; it is zero if Port had none when the run began.
type Answered struct {
	Request string    `json:"request"`
	At      time.Time `json:"at"`
	Run     string    `json:"run"`
}

type answeredRecord struct {
	Format  string `json:"format"`
	Version int    `json:"version"`
	Answered
}

// LastAnswered gives what was answered last, or ErrNotFound; ErrDamaged, ErrForeign or
// ErrNewer if that is not known.
func LastAnswered(ctx context.Context, store Store) (Answered, error) {
	last, _, err := lastAnswered(ctx, store)
	return last, err
}

// SaveAnswered keeps what a run answers. It replaces what is damaged or newer, nothing
// that is foreign, and never a request by an older one.
func SaveAnswered(ctx context.Context, store Store, a Answered) error {
	const tries = 3
	data, err := json.Marshal(answeredRecord{Format: answeredFormat, Version: answeredVersion, Answered: a})
	if err != nil {
		return err
	}
	for range tries {
		present, version, err := lastAnswered(ctx, store)
		switch {
		case err == nil && present.At.After(a.At):
			return nil
		case err != nil && version == "" && !errors.Is(err, ErrNotFound), errors.Is(err, ErrForeign):
			return err
		}
		if _, err = store.Put(ctx, answeredName, data, version); !errors.Is(err, ErrConflict) {
			return err
		}
	}
	return fmt.Errorf("%s: %w", store.Where(answeredName), ErrConflict)
}

// lastAnswered gives the version too, also of what cannot be used.
func lastAnswered(ctx context.Context, store Store) (Answered, string, error) {
	data, version, err := store.Get(ctx, answeredName)
	if err != nil {
		return Answered{}, "", err
	}
	var record answeredRecord
	err = json.Unmarshal(data, &record)
	switch {
	case err != nil:
		err = fmt.Errorf("%w: it is no JSON", ErrDamaged)
	case record.Format != answeredFormat:
		err = fmt.Errorf("%w: it names no request", ErrForeign)
	case record.Version > answeredVersion:
		err = fmt.Errorf("%w: it has version %d, and this program knows %d", ErrNewer, record.Version, answeredVersion)
	}
	if err != nil {
		return Answered{}, version, fmt.Errorf("%s: %w", store.Where(answeredName), err)
	}
	return record.Answered, version, nil
}
