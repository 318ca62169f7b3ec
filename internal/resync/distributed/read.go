package distributed

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"portolan/internal/invocation"
	"portolan/internal/resync"
	"portolan/internal/resync/entity"
	"portolan/internal/state"
)

// Read reads a batch of a run that has begun, or continues it. If it returns an error,
// this invocation has read nothing of the batch.
func Read(ctx context.Context, d resync.Deps, step invocation.Step) (*Leg, error) {
	closing, ctx, stop := resync.NewClosing(ctx)
	defer stop()
	b, err := loadBrief(ctx, d.State, step.Run)
	if err != nil {
		return nil, notUnderWay(step.Run, err)
	}
	if step.Batch < 0 || step.Batch >= len(b.Batches) || !slices.Equal(b.Batches[step.Batch], step.Accounts) {
		return nil, fmt.Errorf("run %s has no batch %d of these accounts; pass on the items that begin wrote as they are", step.Run, step.Batch)
	}
	e := resync.New(closing, d, b.Identity)
	d.Port.Share(min(b.Concurrency, len(b.Batches)))
	leg := &Leg{Run: b.Run, Batch: step.Batch}
	share := resync.Share{Batch: step.Batch, Accounts: step.Accounts}
	err = e.Join(ctx, b.Generation, b.Beginning, share, func(ctx context.Context) error {
		return readBatch(ctx, e, state.NewWork(d.State, b.Run), leg)
	})
	return leg, err
}

// notUnderWay says what it means that a run has left nothing.
func notUnderWay(id string, err error) error {
	if errors.Is(err, state.ErrNotFound) {
		return fmt.Errorf("run %s is not under way: it has ended, or another began after it was given up", id)
	}
	return err
}

// readBatch reads what is left of a batch.
func readBatch(ctx context.Context, e *resync.Engine, work *state.Work, leg *Leg) error {
	if err := e.Recall(ctx); err != nil {
		return err
	}
	var ours entity.Part
	if err := work.Load(ctx, oursPiece, &ours); err != nil {
		return err
	}
	e.Ours().Merge(ours)
	err := eachPart(ctx, work, leg.Batch, func(p *part, last bool) error {
		leg.Legs++
		done, late, err := p.Ends()
		e.Skip(done, late, last)
		return err
	})
	if err != nil {
		return err
	}
	e.ListEnds(leg.Batch == 0 && leg.Legs == 0)
	if err := e.Read(ctx); err != nil {
		return err
	}
	p := part{Form: workForm, Batch: leg.Batch}
	if p.Part, err = e.Part(ctx); err != nil {
		return err
	}
	leg.Cells, leg.Left = e.Ended()
	leg.Done = leg.Left == 0 || leg.Cells == 0
	piece := partName(leg.Batch, leg.Legs)
	leg.Legs++
	err = work.Save(ctx, piece, p)
	if errors.Is(err, state.ErrConflict) {
		leg.Done = false // another invocation has read the same; the next looks how far it came
		return nil
	}
	return err
}
