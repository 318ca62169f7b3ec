package resync

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"portolan/internal/invocation"
	"portolan/internal/resync/entity"
	"portolan/internal/state"
)

// Read reads a batch of a run that has begun, or goes on with it. Its error says that
// nothing of the batch was read in this invocation.
func Read(ctx context.Context, d Deps, step invocation.Step) (*Leg, error) {
	closing, ctx, stop := newClosing(ctx)
	defer stop()
	b, err := loadBrief(ctx, d.State, step.Run)
	if err != nil {
		return nil, gone(step.Run, err)
	}
	if step.Batch < 0 || step.Batch >= len(b.Batches) || !slices.Equal(b.Batches[step.Batch], step.Accounts) {
		return nil, fmt.Errorf("run %s has no batch %d of these accounts; pass on the items that begin wrote as they are", step.Run, step.Batch)
	}
	r := runOf(d, b)
	r.closing = closing
	r.batch, r.only = step.Batch, step.Accounts
	d.Port.Share(min(b.Concurrency, len(b.Batches)))
	leg := &Leg{Run: b.Run, Batch: step.Batch}
	err = r.join(ctx, b, func(ctx context.Context) error { return r.readBatch(ctx, leg) })
	return leg, err
}

// gone says what it means that a run has left nothing.
func gone(id string, err error) error {
	if errors.Is(err, state.ErrNotFound) {
		return fmt.Errorf("run %s is not under way: it has ended, or another began after it was given up", id)
	}
	return err
}

// join does a part of the run under the lease that its beginning took.
func (r *run) join(ctx context.Context, b brief, do func(context.Context) error) error {
	if r.plans() {
		r.memory = newMemory(r.State, nil, r.id)
		r.memory.work = r.work
		return r.informed(ctx, b, do)
	}
	lease, err := state.Join(ctx, r.State, b.Run, b.Generation, r.limits.StepLease, time.Now)
	if err != nil {
		return fmt.Errorf("go on with run %s: %w", b.Run, err)
	}
	r.memory = newMemory(r.State, lease, r.id)
	r.memory.work = r.work
	return lease.While(ctx, func(ctx context.Context) error { return r.informed(ctx, b, do) })
}

// informed does a part of the run with what its beginning has found out.
func (r *run) informed(ctx context.Context, b brief, do func(context.Context) error) error {
	r.trusted, r.memory.last = b.Trusted, b.Last
	r.recallTimes(ctx)
	r.initializes = b.Initializes
	if err := r.understand(ctx, b.Mapping); err != nil {
		return err
	}
	r.tellPolicies(ctx)
	return do(ctx)
}

// readBatch reads what is left of a batch.
func (r *run) readBatch(ctx context.Context, leg *Leg) error {
	if err := r.recall(ctx, r.only); err != nil {
		return err
	}
	var held entity.Part
	if err := r.work.Load(ctx, heldPiece, &held); err != nil {
		return err
	}
	r.memory.held.Merge(held)
	err := r.eachPart(ctx, r.batch, func(p *part, last bool) {
		leg.Legs++
		for _, c := range p.Done {
			r.reach.recall(c.Cell)
		}
		if last {
			r.takeUp(p)
		}
	})
	if err != nil {
		return err
	}
	r.gate.handsOn = true
	if p, plans := r.sink.(*planner); plans {
		p.handsOn = true
	}
	s, sends := r.sink.(*sender)
	if sends {
		s.handsOn = true
		r.examples.wanted = r.SendExamples && r.batch == 0 && leg.Legs == 0
	}
	directory, err := r.open(ctx)
	if err != nil {
		return err
	}
	quiet := r.beat()
	err = r.sync(ctx, directory)
	quiet()
	if err != nil {
		return err
	}
	p, err := r.part(ctx, r.batch)
	if err != nil {
		return err
	}
	leg.Cells, leg.Left = len(p.Done), len(p.Late)
	leg.Done = leg.Left == 0 || leg.Cells == 0
	piece := fmt.Sprintf("%s%04d.json.gz", batchPrefix(r.batch), leg.Legs)
	leg.Legs++
	err = r.work.Save(ctx, piece, p)
	if errors.Is(err, state.ErrConflict) {
		leg.Done = false // another invocation has read the same; the next looks how far it came
		return nil
	}
	return err
}

// takeUp makes ready to read what the last invocation of the batch came too late for,
// each cell from its first page.
func (r *run) takeUp(p *part) {
	left := make(map[string]bool)
	for _, record := range p.Late {
		r.reach.forget(record.Name)
		left[record.Name.Account] = true
	}
	r.only = slices.DeleteFunc(slices.Clone(r.only), func(account string) bool {
		return !left[account] && !left[""] // any may answer for what is read once
	})
}
