package resync

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"portolan/internal/aws/awserr"
	"portolan/internal/aws/kind"
	"portolan/internal/diag"
	"portolan/internal/report"
	"portolan/internal/resync/cell"
	"portolan/internal/state"
)

// Finish ends a run that took several invocations. Once it has ended, it gives the
// report again. Its error means that the run did not end, and Finish may be repeated.
func Finish(ctx context.Context, d Deps, id string) (*report.Report, error) {
	closing, ctx, stop := newClosing(ctx)
	defer stop()
	b, err := loadBrief(ctx, d.State, id)
	if errors.Is(err, state.ErrNotFound) {
		return again(ctx, d, id, gone(id, err))
	}
	if err != nil {
		return nil, err
	}
	r := runOf(d, b)
	r.closing = closing
	r.running = !r.plans()
	r.portNotes, r.diagnostics = b.PortNotes, b.Diagnostics
	addCalls(r.awsBefore, b.AWS)
	addCalls(r.portBefore, b.Port)
	err = r.join(ctx, b, func(ctx context.Context) error {
		r.tellOn()
		return r.merge(ctx)
	})
	if errors.Is(err, state.ErrLost) {
		// Either the run has ended and could not tell, or it is another's turn, and what
		// Port says is that one's.
		return again(ctx, d, id, err)
	}
	result, failed := r.end(ctx, err)
	if err != nil {
		return result, cmp.Or(failed, err)
	}
	r.giveUp()
	return result, failed
}

// again returns the end of a run that has ended; if it has not, the error says why it
// cannot be ended.
func again(ctx context.Context, d Deps, id string, why error) (*report.Report, error) {
	filed, err := state.NewHistory(d.State, 0).Find(ctx, id)
	switch {
	case err != nil:
		return nil, why
	case filed.Status == report.Failed:
		return filed, errors.New(filed.Reason)
	}
	return filed, nil
}

// giveUp returns the lease back and removes what the run left to itself.
func (r *run) giveUp() {
	if r.memory.lease != nil {
		r.release(r.memory.lease, leaving)
	}
	ctx, cancel := r.closing.within(leaving)
	defer cancel()
	if err := r.work.Remove(ctx); err != nil {
		r.log.WarnContext(ctx, "what the run left to itself was not removed; the next run does it", "error", err)
	}
}

// merge puts the parts together and closes the run.
func (r *run) merge(ctx context.Context) error {
	if err := r.recall(ctx, nil); err != nil {
		return err
	}
	read := make(map[int]bool)
	err := r.eachPart(ctx, -1, func(p *part, last bool) {
		r.absorb(p, last)
		read[p.Batch] = true
	})
	if err != nil {
		return err
	}
	for i, accounts := range r.batches {
		if !read[i] {
			r.leaveBatch(accounts, i == 0)
		}
	}
	working, abort := context.WithCancelCause(ctx)
	defer abort(nil)
	r.gate.start(working, r.limits.Uploads, abort)
	r.gate.finish(working)
	if err := context.Cause(working); err != nil && r.plans() {
		return err
	}
	return r.close(ctx)
}

// leaveBatch records that nobody came back who was to read a batch.
func (r *run) leaveBatch(accounts []string, management bool) {
	const (
		reason = "the invocation that was to read it ended before it could say what it found"
		fix    = "look at the failed items of the state machine's map run, and at the function's log"
	)
	for _, a := range r.listing.Accounts {
		if slices.Contains(accounts, a.ID) {
			r.leaveAccount(a, r.units, report.Outcome(awserr.Failed), diag.Failed, reason, fix)
		}
	}
	for _, u := range r.units {
		if management && u.kind.Scope == kind.Management {
			r.view.leave("", kind.Management, reason)
			r.ledger.leave(cell.Coverage{Kind: u.kind.Type}, cell.Name{Kind: u.kind.Type}, "", report.Outcome(awserr.Failed), reason, fix)
		}
	}
}
