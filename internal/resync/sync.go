package resync

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"portolan/internal/port"
)

// sync reads all cells and sends what they give.
func (r *run) sync(ctx context.Context, directory Directory) error {
	closing := time.Duration(r.times.old.Closing * float64(time.Second))
	if r.batches != nil {
		closing = 0 // another invocation closes the run
	}
	times := deadlinesOf(ctx, time.Now(), closing)
	sending, abort := context.WithCancelCause(ctx)
	defer abort(nil)
	sending, stopSending := until(sending, times.sent)
	defer stopSending()
	working, enough := context.WithCancelCause(sending)
	defer enough(nil)
	working, stop := until(working, times.finish)
	defer stop()
	starting, stopStarting := until(working, times.start)
	defer stopStarting()
	go func() {
		select {
		case <-r.Enough:
			enough(context.DeadlineExceeded)
		case <-working.Done():
		}
	}()

	r.gate.start(sending, r.limits.Uploads, abort)
	cells := make(chan task)
	var group errgroup.Group
	group.Go(func() error {
		defer close(cells)
		r.enterAll(starting, directory, cells)
		return nil
	})
	for range r.limits.Cells {
		group.Go(func() error {
			for c := range cells {
				known, now := r.times.of(c.name()), time.Now()
				fit := times.fit(known, now)
				switch {
				case fit == fitsNone:
					r.leaveTooLarge(c, known, times)
				case known.Seconds == 0 && starting.Err() != nil || working.Err() != nil:
					r.leaveCell(c, r.notReached())
				case fit == fitsNext:
					r.leaveCell(c, r.tooLate(fmt.Sprintf("it took %s last time, and less is left", secondsOf(known.Seconds).Round(time.Second))))
				default:
					r.read(working, c, times)
				}
			}
			return nil
		})
	}
	_ = group.Wait() // what goes wrong is in the ledger
	r.readEnd = time.Now()
	r.gate.finish(sending)
	r.sendExamples(sending)
	return r.endOfSending(context.Cause(sending))
}

// endOfSending says whether what ended the sending ends the run, and notes if that is
// Port, which was given up.
func (r *run) endOfSending(cause error) error {
	var wait *port.WaitError
	switch {
	case errors.As(cause, &wait):
		r.unsent = wait.Error()
		return nil
	case cause != nil && !errors.Is(cause, context.DeadlineExceeded):
		return cause
	}
	return nil
}

// sendExamples brings Port samples of documents, unless the run is over.
func (r *run) sendExamples(ctx context.Context) {
	if r.plans() {
		return
	}
	err := ctx.Err()
	if err == nil {
		err = r.examples.send(ctx, r.Port, r.limits.Uploads)
	}
	switch {
	case err == nil:
	case ctx.Err() != nil:
		r.log.InfoContext(ctx, "the run ended before all examples were sent")
	default:
		r.log.WarnContext(ctx, "Port took no examples", "error", err)
	}
}
