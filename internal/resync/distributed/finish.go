package distributed

import (
	"cmp"
	"context"
	"errors"

	"portolan/internal/report"
	"portolan/internal/resync"
	"portolan/internal/state"
)

// Finish ends a run that took several invocations. Once it has ended, it returns the
// report again. Its error means that the run did not end, and Finish may be repeated.
func Finish(ctx context.Context, d resync.Deps, id string) (*report.Report, error) {
	closing, ctx, stop := resync.NewClosing(ctx)
	defer stop()
	b, err := loadBrief(ctx, d.State, id)
	if errors.Is(err, state.ErrNotFound) {
		return again(ctx, d, id, notUnderWay(id, err))
	}
	if err != nil {
		return nil, err
	}
	e := resync.New(closing, d, b.Identity)
	work := state.NewWork(d.State, id)
	err = e.Join(ctx, b.Generation, b.Beginning, resync.Share{}, func(ctx context.Context) error {
		e.Resume(b.Beginning)
		return finish(ctx, e, work, b)
	})
	if errors.Is(err, state.ErrLost) {
		// Either the run has ended and could not say so, or another run has begun, and the
		// status in Port is that run's.
		return again(ctx, d, id, err)
	}
	result, failed := e.End(ctx, err)
	if err != nil {
		return result, cmp.Or(failed, err)
	}
	e.Dispose(work)
	return result, failed
}

// again returns the end of a run that has ended; if it has not, the error says why it
// cannot be ended.
func again(ctx context.Context, d resync.Deps, id string, why error) (*report.Report, error) {
	filed, err := state.NewHistory(d.State, 0).Find(ctx, id)
	switch {
	case err != nil:
		return nil, why
	case filed.Status == report.Failed:
		return filed, errors.New(filed.Reason)
	}
	return filed, nil
}

// finish puts the parts together and closes the run.
func finish(ctx context.Context, e *resync.Engine, work *state.Work, b brief) error {
	if err := e.Recall(ctx); err != nil {
		return err
	}
	read := make(map[int]bool)
	err := eachPart(ctx, work, -1, func(p *part, last bool) error {
		read[p.Batch] = true
		return e.Merge(p.Part, last)
	})
	if err != nil {
		return err
	}
	for i, accounts := range b.Batches {
		if !read[i] {
			e.LeaveBatch(accounts, i == 0)
		}
	}
	if err := e.Drain(ctx); err != nil {
		return err
	}
	return e.Reconcile(ctx)
}
