package listener

import (
	"context"
	"errors"
	"fmt"
	"time"

	"portolan/internal/port"
	"portolan/internal/resync/snapshot"
	"portolan/internal/state"
)

// Port is the part of Port's API that [Pending] needs; package port implements it.
type Port interface {
	ResyncRequest(ctx context.Context) (port.ResyncRequest, error)
	Integration(ctx context.Context) (port.Integration, error)
}

// Pending says whether Port asks for a resync that no run has answered: whether somebody has
// pressed the integration's button there, or changed its mapping. If Port does not, why is
// the reason as text.
//
// A request counts if it is newer than the last one that a run has answered. Each run notes
// that in the store, under its lease and before it reads the mapping (package resync). So one
// request never starts two runs, and the next poll finds what was requested during a run. As
// long as the store has no note, or a damaged one, the time of the last resync that was
// reported to Port is used instead, which takes a second call to Port.
//
// A store that belongs to another integration than this one, "aws-v3/my-aws", is refused with
// [state.ErrOther]: its note is about requests to the other.
func Pending(ctx context.Context, from Port, store state.Store, integration string) (asks bool, why string, err error) {
	request, err := from.ResyncRequest(ctx)
	switch {
	case port.NotFound(err):
		return false, "Port does not have the integration yet; the first resync creates it", nil
	case err != nil:
		return false, "", fmt.Errorf("ask Port for resync requests: %w", err)
	case request.At.IsZero():
		return false, "nobody has asked Port for a resync", nil
	}
	if err := state.Belongs(ctx, store, integration, snapshot.Owner); err != nil {
		return false, "", err
	}
	since, err := answeredUntil(ctx, from, store)
	if err != nil {
		return false, "", err
	}
	if request.At.After(since) {
		return true, "", nil
	}
	return false, fmt.Sprintf("the latest request for a resync, of %s, has been answered", request.At.UTC().Format(time.RFC3339)), nil
}

// answeredUntil returns the time up to which requests have been answered, or zero if none has
// ever been.
func answeredUntil(ctx context.Context, from Port, store state.Store) (time.Time, error) {
	last, err := state.LastAnswered(ctx, store)
	switch {
	case err == nil:
		return last.At, nil
	case !unknown(err):
		return time.Time{}, fmt.Errorf("read which request was answered last: %w", err)
	}
	in, err := from.Integration(ctx)
	if err != nil {
		return time.Time{}, fmt.Errorf("ask Port for the last resync: %w", err)
	}
	return in.LastResync.UpdatedAt.Time, nil
}

// unknown says whether the store answered but has nothing that can be used.
func unknown(err error) bool {
	return errors.Is(err, state.ErrNotFound) || errors.Is(err, state.ErrDamaged) ||
		errors.Is(err, state.ErrForeign) || errors.Is(err, state.ErrNewer)
}
