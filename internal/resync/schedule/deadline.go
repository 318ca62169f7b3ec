package schedule

import (
	"context"
	"time"
)

// Deadlines are the instants of a run's reading. They are zero if the run has no deadline.
type Deadlines struct {
	began time.Time
	// After Start the run starts only cells with a known duration that fits. At Finish it
	// stops reading, and at Sent it stops sending, so that there is time left to close the
	// run.
	Start, Finish, Sent time.Time
}

// DeadlinesOf reserves time to close the run: one and a half times as long as the last run
// needed, but at most a third of the whole time. If that is not known, it is a tenth of the
// whole, at most half a minute. The same time, at most half a minute, is reserved to
// finish what was started.
func DeadlinesOf(ctx context.Context, now time.Time, closing time.Duration) Deadlines {
	end, ok := ctx.Deadline()
	if !ok {
		return Deadlines{}
	}
	whole := end.Sub(now)
	usual := min(whole/10, 30*time.Second)
	margin := usual
	if closing > 0 {
		margin = min(max(closing+closing/2, usual/2), whole/3)
	}
	finish := end.Add(-margin)
	return Deadlines{began: now, Start: finish.Add(-usual), Finish: finish, Sent: finish.Add(margin / 2)}
}

// Fit is whether a cell may be started.
type Fit int

const (
	// Fits may be started.
	Fits Fit = iota
	// FitsNext fits the next run, which begins with it.
	FitsNext
	// FitsNone takes longer than all the time that a run has for reading.
	FitsNone
)

// triedEvery is how often a cell is tried that did not fit into the whole of a run's time
// for reading: AWS may be faster, or there may be less to read.
const triedEvery = 24 * time.Hour

// Fit says whether a cell may be started, from what earlier runs have learned about it.
func (d Deadlines) Fit(known CellTimes, now time.Time) Fit {
	if d.Finish.IsZero() {
		return Fits
	}
	whole, left := d.Finish.Sub(d.began), d.Finish.Sub(now)
	took, cut := secondsOf(known.Seconds), secondsOf(known.Cut)
	tooLarge := took > whole || cut > 0 && cut+cut/4 > whole
	switch {
	case tooLarge && now.Sub(known.Tried) < triedEvery:
		return FitsNone
	case tooLarge, took+took/4 < left, d.Early(now):
		return Fits
	}
	return FitsNext
}

// Whole is all the time that a run has for reading, for people.
func (d Deadlines) Whole() time.Duration { return d.Finish.Sub(d.began).Round(100 * time.Millisecond) }

// Early says whether what is started now has nearly all the time that a run has for
// reading: if it is cut short, it does not fit into any run.
func (d Deadlines) Early(now time.Time) bool {
	return !d.Finish.IsZero() && now.Sub(d.began) < d.Finish.Sub(d.began)/5
}

func secondsOf(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
