package resync

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"portolan/internal/diag"
	"portolan/internal/report"
	"portolan/internal/report/page"
	"portolan/internal/resync/schedule"
	"portolan/internal/resync/snapshot"
	"portolan/internal/state"
)

// Alone runs do while no other run writes, if there is a state to prevent it. A plan does
// not need that.
func (e *Engine) Alone(ctx context.Context, do func(context.Context) error) error {
	lease, err := e.acquire(ctx, e.limits.Lease, "")
	if err != nil {
		return err
	}
	if lease == nil {
		return do(ctx)
	}
	err = lease.While(ctx, do)
	e.giveBack()
	return err
}

// acquire takes the lease for ttl, and prepares the run's memory. The lease is nil if
// there is no state, or the run is a plan. Execution is the state machine's execution that
// makes the steps of a run in several invocations.
func (e *Engine) acquire(ctx context.Context, ttl time.Duration, execution string) (*state.Lease, error) {
	if e.remembers() {
		if err := state.Belongs(ctx, e.State, e.owner(), snapshot.Owner); err != nil {
			return nil, err
		}
	}
	if !e.remembers() || e.plans() {
		e.memory = snapshot.NewMemory(e.State, nil, e.Run)
		return nil, nil
	}
	holder := state.Holder{Run: e.Run, Source: e.Source, Started: e.Started, Execution: execution, Integration: e.owner(), Brief: !e.lists()}
	lease, err := e.wait(ctx, holder, ttl)
	var held *state.HeldError
	switch {
	case errors.As(err, &held):
		return nil, e.yield(ctx, err)
	case errors.Is(err, state.ErrOther):
		return nil, err
	case err != nil:
		return nil, diag.With(diag.LeaseUnreadable, fmt.Errorf("make sure that no other run writes: %w", err))
	}
	if doubt := lease.Doubt(); doubt != "" {
		e.log.WarnContext(ctx, "a lease was not believed", "reason", doubt)
		e.diagnostics = append(e.diagnostics, diag.Diagnostic{
			Code: diag.StateUnknown, Severity: diag.Warning, Title: "The lease of another run was not believed", Cause: doubt,
			Fix: "nothing; find out whose clock was wrong, or who else may write to the state",
		})
	}
	e.State = state.Known(e.State)
	e.memory = snapshot.NewMemory(e.State, lease, e.Run)
	return lease, nil
}

// The bounds of waiting for a run of single cells: it is over soon, and the next schedule, or the time
// at which a message comes back, is far.
const (
	lookAfter   = 250 * time.Millisecond
	longestWait = 5 * time.Minute
)

// wait takes the lease. If a run of single cells has it, it waits for that to end, at most a third of
// the time that there is.
func (e *Engine) wait(ctx context.Context, holder state.Holder, ttl time.Duration) (*state.Lease, error) {
	end := time.Now().Add(longestWait)
	if over, ok := ctx.Deadline(); ok {
		end = time.Now().Add(min(longestWait, time.Until(over)/3))
	}
	for {
		lease, err := state.Acquire(ctx, e.State, holder, ttl, time.Now)
		var held *state.HeldError
		if !errors.As(err, &held) || !held.Brief || time.Now().After(end) {
			return lease, err
		}
		e.log.DebugContext(ctx, "this run waits for the end of one of single cells", "run_of_cells", held.Run)
		select {
		case <-time.After(lookAfter):
		case <-ctx.Done():
			return nil, err
		}
	}
}

// yield is the error of a run that found the lease taken. Such a run is skipped, and that is in
// order, unless all runs have been skipped for long.
func (e *Engine) yield(ctx context.Context, held error) error {
	if !e.recorded() { // its messages come back
		return diag.With(diag.RunHeld, held)
	}
	skips, stuck, err := state.Skip(ctx, e.State, time.Now().UTC())
	if err != nil {
		e.log.WarnContext(ctx, "it was not counted that a run is skipped", "error", err)
	}
	if e.beginning.held = !stuck; e.beginning.held {
		return diag.With(diag.RunHeld, held)
	}
	return diag.With(diag.LeaseStuck, fmt.Errorf("no run has ended since %s, and %d were skipped in a row: %w",
		skips.Since.Format(time.RFC3339), skips.Count, held))
}

// giveBack releases the lease, even after the time for the run's work is over. A run that
// ended before it wrote anything must not look like one that died, because the next run
// would then write everything.
func (e *Engine) giveBack() {
	ctx, cancel := e.closing.within(keeping)
	defer cancel()
	if err := e.memory.HandOver(ctx); err != nil && !errors.Is(err, state.ErrLost) {
		e.log.Warn("the state does not show that this run wrote nothing; the next writes everything", "error", err)
	}
	e.release(releasing)
}

func (e *Engine) release(as stage) {
	ctx, cancel := e.closing.within(as)
	defer cancel()
	if err := e.memory.Lease().Release(ctx); err != nil && !errors.Is(err, state.ErrLost) {
		e.log.Warn("the lease was not released; the next run may have to wait until it ends", "error", err)
	}
}

// owner names the run's integration in the state.
func (e *Engine) owner() string { return state.Owner(e.Type, e.Integration) }

// keep leaves to the next run what this one learned, even after the time for the run's
// work is over. The lease still says whether it may.
func (e *Engine) keep() {
	if !e.remembers() || e.plans() {
		return
	}
	ctx, cancel := e.closing.within(keeping)
	defer cancel()
	end := snapshot.End{Header: e.header(), Saw: e.sawAll()}
	end.Whole, end.Filter = e.endsAnew()
	var err error
	if end.Whole || e.memory.Proven() {
		err = e.memory.Keep(ctx, e.work(), end, e.judge)
	}
	if e.recorded() {
		err = errors.Join(err, e.keepTimes(ctx))
	}
	if err == nil {
		return
	}
	e.log.WarnContext(ctx, "the state was not kept", "error", err)
	e.diagnostics = append(e.diagnostics, diag.Diagnostic{
		Code: diag.StateUnkept, Severity: diag.Warning, Title: "The state was not kept", Cause: err.Error(),
		Fix: "Port is right anyway; the next run writes again the entities that the state does not have",
	})
}

// endsAnew says whether the next run is to build on the end of this one: of a run that is about
// everything, and of one that is narrowed as the last one was, or of which no earlier end is known. The
// filter is what it was narrowed to. A run of some accounts or cells leaves the end of the last one; if that
// is not known, it leaves nothing.
func (e *Engine) endsAnew() (whole bool, filter string) {
	r := e.Request
	switch {
	case !r.Narrowed():
		return true, ""
	case len(r.Accounts)+len(r.Cells) > 0:
		return false, ""
	}
	filter = strings.Join(slices.Concat(slices.Sorted(slices.Values(r.Kinds)), []string{"in"}, slices.Sorted(slices.Values(r.Regions))), " ")
	return !e.memory.Proven() || e.memory.Last.Filter == filter, filter
}

// header says what the entities of this run were made with.
func (e *Engine) header() snapshot.Header {
	// Port's clock may be a little ahead of what is known of it. What another run of
	// this integration writes within the margin is known by the lease (Memory.RecallLast).
	return snapshot.Header{
		Run: e.Run, Started: e.Started, Ended: e.Port.ServerTime(time.Now()).Add(snapshot.Margin).UTC(),
		Mapping: e.beginning.sign.Mapping, Blueprints: e.beginning.sign.Blueprints, Program: e.beginning.sign.Program,
		Integration: e.owner(),
	}
}

// keepTimes leaves to the next run what this one learned of time.
func (e *Engine) keepTimes(ctx context.Context) error {
	ids := make([]string, len(e.scope.Listing.Accounts))
	for i, a := range e.scope.Listing.Accounts {
		ids[i] = a.ID
	}
	next := schedule.Next(e.reading.timetable, e.book.Times, schedule.Ending{
		Accounts: ids, Narrowed: e.Request.Narrowed(), Late: e.lateCells(), Began: e.Started, Ended: e.book.Ended,
		Closing: time.Since(e.reading.ended),
	})
	return schedule.Save(ctx, e.State, e.memory.Lease(), next)
}

// file saves the report of a run that may have written, to explain later what happened.
func (e *Engine) file() {
	if !e.remembers() || !e.recorded() || e.report.Status == report.Yielded || e.report.Code == diag.StateForeign {
		return
	}
	ctx, cancel := e.closing.within(filing)
	defer cancel()
	history := state.NewHistory(e.State, 0)
	var opened bytes.Buffer
	err := page.Write(&opened, e.report)
	if err == nil {
		err = history.Save(ctx, e.report, opened.Bytes())
	}
	if err := errors.Join(err, history.Prune(ctx)); err != nil {
		e.log.Warn("the report was not kept in the state", "error", err)
	}
}

// hashOf hashes a text to notice changes.
func hashOf(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:16])
}

// Hold takes the lease for a run of several invocations, and keeps it if do succeeds. A run
// that only looks has none, and generation 0.
func (e *Engine) Hold(ctx context.Context, execution string, do func(ctx context.Context, generation uint64) error) error {
	lease, err := e.acquire(ctx, e.limits.StepLease, execution)
	if err != nil {
		return err
	}
	if lease == nil {
		return do(ctx, 0)
	}
	err = lease.While(ctx, func(ctx context.Context) error { return do(ctx, lease.Generation()) })
	if err != nil {
		e.giveBack()
	}
	return err
}
