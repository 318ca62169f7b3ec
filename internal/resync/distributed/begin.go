package distributed

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"time"

	"github.com/google/uuid"

	"portolan/internal/aws/awsname"
	"portolan/internal/diag"
	"portolan/internal/invocation"
	"portolan/internal/report"
	"portolan/internal/resync"
	"portolan/internal/state"
)

var errNoState = diag.New(diag.StateNone, "a run in several invocations needs PORTOLAN_STATE, where they leave each other what they found")

// Begin begins the run that a step asks for; concurrency is how many batches are read at a
// time. If it returns an error, the run has not begun.
func Begin(ctx context.Context, d resync.Deps, step invocation.Step, concurrency int) (*Begun, error) {
	if d.State == nil {
		return nil, errNoState
	}
	closing, ctx, stop := resync.NewClosing(ctx)
	defer stop()
	of := resync.Identity{Run: uuid.NewString(), Started: time.Now().UTC(), Request: step.Request}
	e := resync.New(closing, d, of)
	log := d.Log.With("run", of.Run)
	log.InfoContext(ctx, "run started", "action", step.Request.Action, "trigger", step.Request.Trigger, "steps", true)
	work := state.NewWork(d.State, of.Run)
	err := e.Hold(ctx, step.Execution, func(ctx context.Context, generation uint64) error {
		return shareOut(ctx, e, d, brief{
			Form: workForm, Identity: of, Program: d.Program, Generation: generation, Concurrency: concurrency,
		}, log)
	})
	if err != nil {
		result, failed := e.End(ctx, err)
		if result.Status == report.Yielded {
			return &Begun{Status: string(report.Yielded), Run: of.Run, Report: result}, nil
		}
		return nil, cmp.Or(failed, err)
	}
	e.HandOn(ctx)
	return &Begun{Status: BegunStatus, Run: of.Run, Items: placeOf(work.Where(state.ItemsPiece)), Concurrency: concurrency}, nil
}

func placeOf(where string) Place {
	bucket, key, ok := awsname.SplitS3URL(where)
	if !ok {
		return Place{Key: where}
	}
	return Place{bucket, key}
}

// shareOut finds out what the invocations to come have to know, and writes it.
func shareOut(ctx context.Context, e *resync.Engine, d resync.Deps, b brief, log *slog.Logger) error {
	if err := e.Prepare(ctx); err != nil {
		return err
	}
	dropAbandoned(ctx, d.State, b.Request.Action == invocation.Plan, log)
	b.Beginning, b.Batches = e.Beginning(), e.Batches(b.Concurrency)
	items := make([]Item, len(b.Batches))
	for i, accounts := range b.Batches {
		items[i] = Item{i, accounts}
	}
	list, err := json.Marshal(items)
	if err != nil {
		return err
	}
	work := state.NewWork(d.State, b.Run)
	if err := work.Save(ctx, briefPiece, b); err != nil {
		return err
	}
	if err := work.Save(ctx, oursPiece, e.Ours().Part()); err != nil {
		return err
	}
	return work.SaveRaw(ctx, state.ItemsPiece, list)
}

// abandoned is after how long the work of a run that only looks, and so has no lease,
// counts as given up.
const abandoned = 2 * 24 * time.Hour

// dropAbandoned removes what runs left that never ended. Who has the lease knows that
// no other that writes is under way; a run that only looks has none.
func dropAbandoned(ctx context.Context, store state.Store, looks bool, log *slog.Logger) {
	if looks {
		return
	}
	runs, err := state.WorkOf(ctx, store)
	for _, id := range runs {
		b, unknown := loadBrief(ctx, store, id)
		plan := unknown == nil && b.Request.Action == invocation.Plan
		if plan && time.Since(b.Started) < abandoned {
			continue
		}
		err = errors.Join(err, state.NewWork(store, id).Remove(ctx))
	}
	if err != nil {
		log.WarnContext(ctx, "what an abandoned run left was not removed", "error", err)
	}
}
