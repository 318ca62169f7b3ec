package resync

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"portolan/internal/diag"
	"portolan/internal/report"
	"portolan/internal/report/page"
	"portolan/internal/resync/schedule"
	"portolan/internal/resync/snapshot"
	"portolan/internal/state"
)

// alone runs do while no other run writes, if there is a state to know by. A run
// that only looks disturbs nobody.
func (r *run) alone(ctx context.Context, do func(context.Context) error) error {
	if err := r.ownState(ctx); err != nil {
		return err
	}
	if r.State == nil || r.plans() {
		r.memory = newMemory(r.State, nil, r.id)
		return do(ctx)
	}
	lease, err := r.acquire(ctx, r.limits.Lease)
	if err != nil {
		return err
	}
	r.memory = newMemory(r.State, lease, r.id)
	err = lease.While(ctx, do)
	r.handOver()
	r.release(lease, releasing)
	return err
}

// handOver makes that a run which ended before it wrote anything does not look like one
// that died: else the next would write everything.
func (r *run) handOver() {
	if r.memory.kept || r.memory.wrote.Load() {
		return
	}
	ctx, cancel := r.closing.within(keeping)
	defer cancel()
	if err := r.memory.handOver(ctx); err != nil && !errors.Is(err, state.ErrLost) {
		r.log.Warn("the state does not show that this run wrote nothing; the next writes everything", "error", err)
	}
}

// integration names the run's integration in the state.
func (r *run) integration() string { return state.Owner(r.Type, r.Integration) }

// ownState is an error if the state belongs to another integration.
func (r *run) ownState(ctx context.Context) error {
	if r.State == nil {
		return nil
	}
	return state.Belongs(ctx, r.State, r.integration(), snapshot.Owner)
}

// acquire takes the lease.
func (r *run) acquire(ctx context.Context, ttl time.Duration) (*state.Lease, error) {
	holder := state.Holder{Run: r.id, Source: r.Source, Started: r.report.Started, Execution: r.execution, Integration: r.integration()}
	lease, err := state.Acquire(ctx, r.State, holder, ttl, time.Now)
	var held *state.HeldError
	if errors.As(err, &held) {
		r.skipped = held
		return nil, diag.With(diag.RunHeld, err)
	}
	if errors.Is(err, state.ErrOther) {
		return nil, err
	}
	if err != nil {
		return nil, diag.With(diag.LeaseUnreadable, fmt.Errorf("make sure that no other run writes: %w", err))
	}
	if doubt := lease.Doubt(); doubt != "" {
		r.log.WarnContext(ctx, "a lease was not believed", "reason", doubt)
		r.diagnostics = append(r.diagnostics, diag.Diagnostic{
			Code: diag.StateUnknown, Title: "The lease of another run was not believed", Cause: doubt,
			Fix: "nothing; find out whose clock was wrong, or who else may write to the state",
		})
	}
	return lease, nil
}

// release returns the lease back, even after the time for the run's work is over.
func (r *run) release(lease *state.Lease, as stage) {
	ctx, cancel := r.closing.within(as)
	defer cancel()
	if err := lease.Release(ctx); err != nil && !errors.Is(err, state.ErrLost) {
		r.log.Warn("the lease was not given back; the next run may have to wait for its end", "error", err)
	}
}

// keep leaves to the next run what this one learned, even after the time for the run's
// work is over. The lease still says whether it may.
func (r *run) keep() {
	if r.State == nil || r.plans() {
		return
	}
	ctx, cancel := r.closing.within(keeping)
	defer cancel()
	err := errors.Join(r.memory.keep(ctx, r.header(), len(r.request.Accounts) == 0, r.judge), r.keepTimes(ctx))
	if err == nil {
		return
	}
	r.log.WarnContext(ctx, "the state was not kept", "error", err)
	r.diagnostics = append(r.diagnostics, diag.Diagnostic{
		Code: diag.StateUnkept, Title: "The state was not kept", Cause: err.Error(),
		Fix: "nothing in Port is wrong for it; the next run writes again what it cannot remember",
	})
}

// header says what the entities of this run were made with.
func (r *run) header() snapshot.Header {
	// Port's clock may be a little ahead of what is known of it. What another run of
	// this integration writes within the margin is known by the lease (recallLast).
	return snapshot.Header{
		Run: r.id, Started: r.report.Started, Ended: r.Port.ServerTime(time.Now()).Add(margin).UTC(),
		Mapping: r.sign.Mapping, Blueprints: r.sign.Blueprints, Program: r.sign.Program,
		Integration: r.integration(),
	}
}

// keepTimes leaves to the next run what this one learned of time.
func (r *run) keepTimes(ctx context.Context) error {
	return schedule.Save(ctx, r.State, r.memory.lease, r.times.next(ending{
		accounts: r.listing.Accounts, late: r.reach.missed(), did: r.reach.did,
		narrowed: r.request.Narrowed(), began: r.report.Started,
		closing: time.Since(r.readEnd),
	}))
}

// file keeps the report of a run that may have written, for those who look later
// why something is as it is.
func (r *run) file() {
	if r.State == nil || r.plans() || r.report.Status == report.Yielded || r.report.Code == diag.StateForeign {
		return
	}
	ctx, cancel := r.closing.within(filing)
	defer cancel()
	ledger := state.NewHistory(r.State, 0)
	var opened bytes.Buffer
	err := page.Write(&opened, r.report)
	if err == nil {
		err = ledger.Save(ctx, r.report, opened.Bytes())
	}
	if err := errors.Join(err, ledger.Prune(ctx)); err != nil {
		r.log.Warn("the report was not kept in the state", "error", err)
	}
}
