package resync

import (
	"context"
	"time"
)

// deadlines are the instants at which a run starts no more cells, and at which
// it ends what it is reading, so that there is time left to say so. They are zero
// if the run has no deadline.
type deadlines struct{ start, finish time.Time }

// deadlinesOf keeps a fifth of the remaining time to finish what was started, at
// most a minute, and half of that to close the run.
func deadlinesOf(ctx context.Context, now time.Time) deadlines {
	end, ok := ctx.Deadline()
	if !ok {
		return deadlines{}
	}
	margin := min(end.Sub(now)/5, time.Minute)
	return deadlines{start: end.Add(-margin), finish: end.Add(-margin / 2)}
}

// until gives the context an end, unless that is zero.
func until(ctx context.Context, end time.Time) (context.Context, context.CancelFunc) {
	if end.IsZero() {
		return context.WithCancel(ctx)
	}
	return context.WithDeadline(ctx, end)
}
