// Package poll decides whether Port asks for a resync: whether somebody has pressed the
// button of the integration there, or changed its mapping, since a run last looked.
//
// A request counts if it is newer than the last one that a run has answered. The run
// itself notes that, under its lease and before it reads the mapping (package resync),
// so that one request never starts two runs, and what is asked for while a run is under
// way is found by the next poll. Where no run has noted anything yet, what Port was
// last told of a resync stands for it. The package starts no run, and writes nothing.
package poll

import (
	"context"
	"errors"
	"fmt"
	"time"

	"portolan/internal/port"
	"portolan/internal/resync/snapshot"
	"portolan/internal/state"
)

// Port is what a poll needs of Port's API; package port has it.
type Port interface {
	ResyncRequest(ctx context.Context) (port.ResyncRequest, error)
	Integration(ctx context.Context) (port.Integration, error)
}

// Pending says whether Port asks for a resync that no run has answered. If it does not,
// why says so for people. It makes one call to Port, a second where the store notes no
// answer yet. A note that is damaged counts as none. A store that belongs to another
// integration than this one, "aws-v3/my-aws", is refused with [state.ErrOther]: what it
// notes was asked of another.
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

// answeredUntil returns the time up to which requests have been answered; zero if none
// has ever been.
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

// unknown says whether the store answered, and yet has nothing that can be used.
func unknown(err error) bool {
	return errors.Is(err, state.ErrNotFound) || errors.Is(err, state.ErrDamaged) ||
		errors.Is(err, state.ErrForeign) || errors.Is(err, state.ErrNewer)
}
