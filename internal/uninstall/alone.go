package uninstall

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"portolan/internal/resync/snapshot"
	"portolan/internal/state"
)

// releaseTime is how long releasing the lease may take.
const releaseTime = 10 * time.Second

// alone calls do, which writes, while no run writes. Without a state it cannot know.
func alone(ctx context.Context, d Deps, do func(context.Context, *state.Lease) error) error {
	if d.State == nil {
		return do(ctx, nil)
	}
	owner := state.Owner(d.Type, d.Integration)
	if err := state.Belongs(ctx, d.State, owner, snapshot.Owner); err != nil {
		return fmt.Errorf("nothing was deleted: %w", err)
	}
	holder := state.Holder{Run: "uninstall-" + uuid.NewString(), Source: d.Source, Started: time.Now().UTC(), Integration: owner}
	lease, err := state.Acquire(ctx, d.State, holder, state.LeaseTime, time.Now)
	var held *state.HeldError
	switch {
	case errors.As(err, &held):
		return fmt.Errorf("nothing was deleted: %w", err)
	case err != nil:
		return fmt.Errorf("make sure that no run writes: %w", err)
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.Background(), releaseTime)
		defer cancel()
		if err := lease.Release(ctx); err != nil && !errors.Is(err, state.ErrLost) {
			d.Log.Warn("the lease was not released; the next run may have to wait until it ends", "error", err)
		}
	}()
	return lease.While(ctx, func(ctx context.Context) error { return do(ctx, lease) })
}
