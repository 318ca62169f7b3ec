// Package listener decides when runs are made: whether Port asks for one ([Pending]), and when
// a long-running process makes its runs ([Listener]): when it starts, at an interval, and when
// Port asks.
//
// Runs follow each other and never overlap. A run that becomes due during another waits for
// its end, and only the end of the process stops a run. What fails is logged and tried again,
// after a longer pause each time.
package listener

import (
	"context"
	"log/slog"
	"time"

	"portolan/internal/invocation"
)

const (
	// firstRetry is the pause before a failed run is repeated. It doubles each time, up to
	// lastRetry.
	firstRetry = time.Minute
	lastRetry  = time.Hour
	// lastPoll is the longest pause between polls that fail.
	lastPoll = 10 * time.Minute
	// firstListen is the pause after events could not be dealt with. It doubles each time.
	firstListen = 10 * time.Second
)

// Options say when there are runs.
type Options struct {
	OnStart bool          // make one when the process starts
	Every   time.Duration // interval between runs, counted from the start; 0 is never
	Poll    time.Duration // interval between polls of Port, more than 0
	// Asks says whether Port asks for a run that has not been made yet.
	Asks func(ctx context.Context) (bool, error)
	// Events waits for events of AWS, about twenty seconds at most, and has what they touch read.
	// It is called whenever nothing else is to be done; nil waits for nothing.
	Events func(ctx context.Context) error
	// Run makes a run. Trigger says why, in the words of package invocation. Next is when
	// the interval makes the next run due, or zero. An error means that the run could do
	// nothing.
	Run func(ctx context.Context, trigger string, next time.Time) error
	Log *slog.Logger
}

// Listener makes the runs of a long-running process.
type Listener struct{ Options }

// New returns a listener that does not listen yet.
func New(o Options) *Listener { return &Listener{Options: o} }

// agenda holds the times at which something is to be done; a zero time is never.
type agenda struct {
	began           time.Time
	due, retry, ask time.Time
	failedRuns      int
	failedPolls     int
	listen          time.Time // from when on events are waited for again
	failedEvents    int
}

// Listen makes runs until the context ends. It returns when the current run has ended.
func (l *Listener) Listen(ctx context.Context) {
	now := time.Now()
	a := &agenda{began: now, ask: now.Add(l.Poll)}
	a.due = a.nextDue(l.Every, now)
	l.Log.InfoContext(ctx, "listening", "poll", l.Poll.String(), "interval", l.Every.String(), "resyncOnStart", l.OnStart)
	if l.OnStart {
		l.run(ctx, a, invocation.Start)
	}
	for l.wait(ctx, a) {
		switch now := time.Now(); {
		case reached(a.due, now):
			a.due = a.nextDue(l.Every, now)
			l.run(ctx, a, invocation.Schedule)
		case reached(a.retry, now):
			l.run(ctx, a, invocation.Retry)
		default:
			l.poll(ctx, a)
		}
	}
}

// wait waits until something is due, and deals with events in the meantime. It returns false if the
// context ends first.
func (l *Listener) wait(ctx context.Context, a *agenda) bool {
	if l.Events == nil {
		return wait(ctx, a.next())
	}
	for ctx.Err() == nil && time.Now().Before(a.next()) {
		if !wait(ctx, earlier(a.listen, a.next())) || !time.Now().Before(a.next()) {
			continue
		}
		err := l.Events(ctx)
		if err == nil || ctx.Err() != nil {
			a.failedEvents = 0
			continue
		}
		pause := backoff(firstListen, a.failedEvents, lastPoll)
		a.failedEvents++
		a.listen = time.Now().Add(pause)
		l.Log.WarnContext(ctx, "events could not be dealt with, and are waited for again", "in", pause.String(), "error", err)
	}
	return ctx.Err() == nil
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// run makes a run. A failed run is repeated, unless another comes first.
func (l *Listener) run(ctx context.Context, a *agenda, trigger string) {
	a.retry = time.Time{}
	err := l.Run(ctx, trigger, a.due)
	if ctx.Err() != nil {
		return
	}
	if err == nil {
		a.failedRuns = 0
		return
	}
	pause := backoff(firstRetry, a.failedRuns, lastRetry)
	a.failedRuns++
	a.retry = time.Now().Add(pause)
	l.Log.ErrorContext(ctx, "the run failed and is repeated", "in", pause.String(), "error", err)
}

// poll asks Port, and makes the run that it asks for.
func (l *Listener) poll(ctx context.Context, a *agenda) {
	asks, err := l.Asks(ctx)
	if ctx.Err() != nil {
		return
	}
	if err != nil {
		pause := backoff(l.Poll, a.failedPolls, max(lastPoll, l.Poll))
		a.failedPolls++
		a.ask = time.Now().Add(pause)
		l.Log.WarnContext(ctx, "Port could not be asked for resync requests, and is asked again", "in", pause.String(), "error", err)
		return
	}
	a.failedPolls = 0
	if asks {
		l.Log.InfoContext(ctx, "Port asks for a resync")
		l.run(ctx, a, invocation.Asked)
	}
	a.ask = time.Now().Add(l.Poll)
}

// nextDue returns the first multiple of the interval after a time, or zero without an
// interval.
func (a *agenda) nextDue(every time.Duration, after time.Time) time.Time {
	if every <= 0 {
		return time.Time{}
	}
	return a.began.Add((after.Sub(a.began)/every + 1) * every)
}

func (a *agenda) next() time.Time {
	next := a.ask
	for _, at := range []time.Time{a.due, a.retry} {
		if !at.IsZero() && at.Before(next) {
			next = at
		}
	}
	return next
}

func reached(at, now time.Time) bool { return !at.IsZero() && !now.Before(at) }

// backoff doubles a pause for each earlier failure, up to the longest.
func backoff(first time.Duration, failures int, longest time.Duration) time.Duration {
	return min(first<<min(failures, 16), longest)
}

// wait waits until a time. It returns false if the context ends first.
func wait(ctx context.Context, until time.Time) bool {
	timer := time.NewTimer(time.Until(until))
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}
