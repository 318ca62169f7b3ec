package resync

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"portolan/internal/aws/account"
	"portolan/internal/aws/awsname"
	"portolan/internal/diag"
	"portolan/internal/invocation"
	"portolan/internal/report"
	"portolan/internal/state"
)

// Begin begins the run that a step asks for, of which so many batches are to be read at
// a time. With an error nothing has begun.
func Begin(ctx context.Context, d Deps, step invocation.Step, concurrency int) (*Begun, error) {
	if d.State == nil {
		return nil, errNoState
	}
	request := step.Request
	r := newRun(d, request)
	r.execution = step.Execution
	r.log.InfoContext(ctx, "run started", "action", request.Action, "trigger", request.Trigger, "steps", true)
	closing, ctx, stop := newClosing(ctx)
	defer stop()
	r.closing = closing
	var generation uint64
	err := r.shared(ctx, func(lease *state.Lease) error {
		work := func(ctx context.Context) error { return r.shareOut(ctx, generation, concurrency) }
		if lease == nil {
			return work(ctx)
		}
		generation = lease.Generation()
		err := lease.While(ctx, work)
		if err != nil {
			r.handOver()
			r.release(lease, releasing)
		}
		return err
	})
	if err != nil {
		result, failed := r.end(ctx, err)
		if result.Status == report.Yielded {
			return &Begun{Status: string(report.Yielded), Run: r.id, Report: result}, nil
		}
		return nil, cmp.Or(failed, err)
	}
	r.told.handOn(ctx)
	return &Begun{Status: BegunStatus, Run: r.id, Items: placeOf(r.work.Where(itemsPiece)), Concurrency: concurrency}, nil
}

var errNoState = diag.New(diag.StateNone, "a run in several invocations needs PORTOLAN_STATE, where they leave each other what they found")

// shared takes the lease for the whole run, and keeps it on success. A run that only
// looks has none.
func (r *run) shared(ctx context.Context, do func(*state.Lease) error) error {
	if err := r.ownState(ctx); err != nil {
		return err
	}
	if r.plans() {
		r.memory = newMemory(r.State, nil, r.id)
		return do(nil)
	}
	lease, err := r.acquire(ctx, r.limits.StepLease)
	if err != nil {
		return err
	}
	r.memory = newMemory(r.State, lease, r.id)
	return do(lease)
}

func placeOf(where string) Place {
	bucket, key, ok := awsname.SplitS3URL(where)
	if !ok {
		return Place{Key: where}
	}
	return Place{bucket, key}
}

// shareOut writes what the invocations to come have to know.
func (r *run) shareOut(ctx context.Context, generation uint64, concurrency int) error {
	if _, err := r.begin(ctx); err != nil {
		return err
	}
	r.work = state.NewWork(r.State, r.id)
	r.dropAbandoned(ctx)
	batches := r.batchesOf(r.times.order(r.wantedAccounts()), concurrency)
	items := make([]Item, len(batches))
	for i, accounts := range batches {
		items[i] = Item{i, accounts}
	}
	list, err := json.Marshal(items)
	if err != nil {
		return err
	}
	b := brief{
		Form: workForm, Run: r.id, Request: r.request, Program: r.Program, Started: r.report.Started, Before: r.before,
		Generation: generation, Mapping: r.config, Sign: r.sign, Last: r.memory.last, Trusted: r.trusted, Listing: r.listing,
		Batches: batches, Concurrency: concurrency, Initializes: r.initializes, PortNotes: r.portNotes, Diagnostics: r.diagnostics,
		NewerRegions: r.names.newer,
		AWS:          r.awsCalls(), Port: PortCalls(r.Port.Stats(), r.statsBefore),
	}
	if err := r.work.Save(ctx, briefPiece, b); err != nil {
		return err
	}
	if err := r.work.Save(ctx, heldPiece, r.memory.held.Part()); err != nil {
		return err
	}
	return r.work.SaveRaw(ctx, itemsPiece, list)
}

// abandoned is after how long the work of a run that only looks, and so has no lease,
// counts as given up.
const abandoned = 2 * 24 * time.Hour

// dropAbandoned removes what runs left that never ended. Who has the lease knows that
// no other that writes is under way.
func (r *run) dropAbandoned(ctx context.Context) {
	runs, err := state.WorkOf(ctx, r.State)
	for _, id := range runs {
		b, unknown := loadBrief(ctx, r.State, id)
		looks := unknown == nil && b.Request.Action == invocation.Plan
		if r.plans() || looks && time.Since(b.Started) < abandoned {
			continue
		}
		err = errors.Join(err, state.NewWork(r.State, id).Remove(ctx))
	}
	if err != nil {
		r.log.WarnContext(ctx, "what an abandoned run left was not removed", "error", err)
	}
}

// The size of a batch: so many accounts where it is not known how long they take, else
// as many as one invocation reads in about so long.
const (
	usualBatch = 10
	batchTime  = 5 * time.Minute
)

// batchesOf shares the accounts out, so that the batches take about equally long. Few
// large ones cost least, for an invocation waits for many accounts at a time; there
// are at least as many as are read at a time.
func (r *run) batchesOf(accounts []account.Account, concurrency int) [][]string {
	var total, known float64
	for _, a := range accounts {
		if seconds := r.times.accountSeconds(a.ID); seconds > 0 {
			total += seconds
			known++
		}
	}
	count := (len(accounts) + usualBatch - 1) / usualBatch
	if known > 0 {
		seconds := total / known * float64(len(accounts)) / float64(r.limits.Cells)
		count = int(seconds/batchTime.Seconds()) + 1
	}
	count = min(max(count, concurrency, 1), len(accounts))
	usual := 1.0
	if known > 0 {
		usual = total / known
	}
	batches, loads := make([][]string, count), make([]float64, count)
	for _, a := range accounts {
		lightest := slices.Index(loads, slices.Min(loads))
		batches[lightest] = append(batches[lightest], a.ID)
		loads[lightest] += cmp.Or(r.times.accountSeconds(a.ID), usual)
	}
	return batches
}
