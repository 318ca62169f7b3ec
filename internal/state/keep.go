package state

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Keep renews the lease every third of its ttl until stop is called, which waits for the last
// renewal to end. Work that writes uses the context that Keep returns. The context ends with
// the cause ErrLost as soon as another run has the lease, or at the deadline of a lease that
// could not be renewed.
func (l *Lease) Keep(ctx context.Context) (held context.Context, stop func()) {
	held, cancel := context.WithCancelCause(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		l.keep(held, cancel)
	}()
	return held, func() {
		cancel(context.Canceled)
		<-done
	}
}

// While runs do, which writes, while the lease is held; do gets the context of Keep. If the
// lease ends first, the error says why.
func (l *Lease) While(ctx context.Context, do func(context.Context) error) error {
	held, stop := l.Keep(ctx)
	defer stop()
	err := do(held)
	if cause := context.Cause(held); ctx.Err() == nil && cause != nil {
		err = errors.Join(err, cause)
	}
	return err
}

func (l *Lease) keep(ctx context.Context, cancel context.CancelCauseFunc) {
	var failure error // of the last renewal, nil if it succeeded
	endAt := func() *time.Timer {
		why := failure
		return time.AfterFunc(l.left(), func() { cancel(l.ended(why)) })
	}
	end := endAt() // does not wait for a renewal that hangs
	defer func() { end.Stop() }()
	wait := l.ttl / 3
	for {
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return
		}
		err := l.Renew(ctx)
		if errors.Is(err, ErrLost) {
			cancel(l.ended(failure))
			return
		}
		failure, wait = err, l.ttl/3
		if err != nil {
			wait = l.ttl / 12
		}
		end.Stop()
		end = endAt()
	}
}

// left is how long the lease lasts without a renewal.
func (l *Lease) left() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.until.Sub(l.now())
}

// ended makes the lease lost because a renewal failed with why, unless it is lost already.
func (l *Lease) ended(why error) error {
	if why == nil {
		return l.lose(fmt.Errorf("%w: it could not be renewed before its end", ErrLost))
	}
	return l.lose(fmt.Errorf("%w: it could not be renewed before its end: %w", ErrLost, why))
}
