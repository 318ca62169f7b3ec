package resync

import (
	"context"
	"time"

	"portolan/internal/resync/schedule"
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

// fitting is whether a cell may be started.
type fitting int

const (
	fits     fitting = iota
	fitsNext         // the next run, which begins with it
	fitsNone         // it takes longer than all the time that a run has for reading
)

// triedEvery is how often a cell is tried that did not fit into the whole of a run's time
// for reading: AWS may be faster, or there may be less to read.
const triedEvery = 24 * time.Hour

// fit says whether a cell may be started, by what runs before have learned of it.
func (d deadlines) fit(known schedule.CellTimes, now time.Time) fitting {
	if d.finish.IsZero() {
		return fits
	}
	whole, left := d.finish.Sub(d.began), d.finish.Sub(now)
	took, cut := secondsOf(known.Seconds), secondsOf(known.Cut)
	tooLarge := took > whole || cut > 0 && cut+cut/4 > whole
	switch {
	case tooLarge && now.Sub(known.Tried) < triedEvery:
		return fitsNone
	case tooLarge, took+took/4 < left, d.early(now):
		return fits
	}
	return fitsNext
}

// whole is all the time that a run has for reading, for people.
func (d deadlines) whole() time.Duration { return d.finish.Sub(d.began).Round(100 * time.Millisecond) }

// early says whether what is started now has nearly all the time that a run has for
// reading: if it is cut short, it does not fit into any run.
func (d deadlines) early(now time.Time) bool {
	return !d.finish.IsZero() && now.Sub(d.began) < d.finish.Sub(d.began)/5
}

func secondsOf(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// until returns the context an end, unless that is zero.
func until(ctx context.Context, end time.Time) (context.Context, context.CancelFunc) {
	if end.IsZero() {
		return context.WithCancel(ctx)
	}
	return context.WithDeadline(ctx, end)
}
