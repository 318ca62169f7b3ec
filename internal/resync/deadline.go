package resync

import (
	"context"
	"time"
)

// deadlines are the instants at which a run starts no more cells of which it does not
// know how long they take, at which it ends what it is reading, and at which it sends
// no more, so that there is time left to close the run. They are zero if the run has
// no deadline.
type deadlines struct{ began, start, finish, sent time.Time }

// deadlinesOf keeps time to close the run: half as much again as the last one took
// for it, but not more than a third of what there is; if that is not known, a tenth
// of what there is, at most half a minute. As much is kept to finish what was
// started, at most half a minute.
func deadlinesOf(ctx context.Context, now time.Time, closing time.Duration) deadlines {
	end, ok := ctx.Deadline()
	if !ok {
		return deadlines{}
	}
	whole := end.Sub(now)
	usual := min(whole/10, 30*time.Second)
	margin := usual
	if closing > 0 {
		margin = min(max(closing+closing/2, usual/2), whole/3)
	}
	finish := end.Add(-margin)
	return deadlines{began: now, start: finish.Add(-usual), finish: finish, sent: finish.Add(margin / 2)}
}

// fits says whether a cell that took so long last may be started. What would fit into
// no run at all is started all the same: it is read on where it stopped.
func (d deadlines) fits(took time.Duration, now time.Time) bool {
	need := took + took/4
	return d.finish.IsZero() || need < d.finish.Sub(now) || need > d.finish.Sub(d.began)
}

// until gives the context an end, unless that is zero.
func until(ctx context.Context, end time.Time) (context.Context, context.CancelFunc) {
	if end.IsZero() {
		return context.WithCancel(ctx)
	}
	return context.WithDeadline(ctx, end)
}
