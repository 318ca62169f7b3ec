package resync

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Closing divides the last part of a run's time, so that the run ends in time even if
// something hangs. Lambda kills a run that is late, and then the lease is not released.
//
// Work ends a little before the run's end. After that come the stages below, each with a
// time limit; time that a stage does not use is left to the next. It
// is safe for concurrent use.
type Closing struct {
	ctx  context.Context // the run's own: with its deadline, and told to stop when the run is
	work time.Time       // when work ends
	end  time.Time       // when the run has to be over; zero if it has no deadline

	mu   sync.Mutex
	told time.Time // when the run was told to stop; zero if it was not
}

// stage is something that a run does after its work.
type stage int

const (
	keeping   stage = iota // the state
	releasing              // the lease
	telling                // Port how the run ended
	filing                 // the report
	leaving                // the lease and the work of a run in steps
	stages
)

// shares say when each stage is given up, as shares of the time between the end of the
// work and the end of the run. What is left after the last is for the log and the answer.
var shares = [stages]float64{keeping: 0.35, releasing: 0.55, telling: 0.7, filing: 0.8, leaving: 0.9}

// longest is how long each stage takes at most, also where the run has no deadline.
var longest = [stages]time.Duration{
	keeping: 20 * time.Second, releasing: 10 * time.Second, telling: 10 * time.Second, filing: 10 * time.Second, leaving: 20 * time.Second,
}

const (
	// longestClosing is the most that is kept of a run's time for the stages, a tenth of
	// it otherwise.
	longestClosing = 15 * time.Second
	// afterStop is how long they have after the run was told to stop: container runtimes
	// kill a process ten seconds after that.
	afterStop = 8 * time.Second
)

// NewClosing makes ready the end of a run, or of an invocation of one, and returns the context
// for its work, which ends in time for the run to end in good order.
func NewClosing(ctx context.Context) (c *Closing, work context.Context, stop context.CancelFunc) {
	c = &Closing{ctx: ctx}
	end, ok := ctx.Deadline()
	if !ok {
		work, stop = context.WithCancel(ctx)
		return c, work, stop
	}
	c.end, c.work = end, end.Add(-min(time.Until(end)/10, longestClosing))
	work, stop = context.WithDeadline(ctx, c.work)
	return c, work, stop
}

// within returns the context for a stage. It outlives the work's context.
func (c *Closing) within(s stage) (context.Context, context.CancelFunc) {
	limit := time.Now().Add(longest[s])
	if last, ok := c.limit(s); ok && last.Before(limit) {
		limit = last
	}
	ctx, cancel := context.WithDeadline(context.WithoutCancel(c.ctx), limit)
	unwatch := context.AfterFunc(c.ctx, func() { // the run is told to stop in this stage
		if last, ok := c.limit(s); ok {
			time.AfterFunc(time.Until(last), cancel)
		}
	})
	return ctx, func() {
		unwatch()
		cancel()
	}
}

// limit returns the instant at which a stage is given up, if there is one.
func (c *Closing) limit(s stage) (time.Time, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.told.IsZero() && errors.Is(c.ctx.Err(), context.Canceled) {
		c.told = time.Now()
	}
	from, end := c.work, c.end
	if !c.told.IsZero() {
		if stopped := c.told.Add(afterStop); end.IsZero() || stopped.Before(end) {
			from, end = c.told, stopped
		}
	}
	return from.Add(time.Duration(float64(end.Sub(from)) * shares[s])), !end.IsZero()
}
