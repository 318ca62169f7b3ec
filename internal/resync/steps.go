package resync

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"portolan/internal/account"
	"portolan/internal/awsname"
	"portolan/internal/fault"
	"portolan/internal/invocation"
	"portolan/internal/kind"
	"portolan/internal/report"
	"portolan/internal/state"
	"portolan/internal/trouble"
)

// A run may take several invocations: one begins it and shares out the accounts,
// several read, each a batch of accounts and each as often as it takes, and one ends
// it. They do what Run does in one process, with the same parts, and leave each other
// what they found in the state. Any of them may die, or be made twice at a time.

// Begun is the answer of Begin.
type Begun struct {
	// Status is "begun", or "skipped" if another run is under way.
	Status string `json:"status"`
	Run    string `json:"run"`
	// Items is where the batches are: an array of [Item] in JSON.
	Items Place `json:"items,omitzero"`
	// Concurrency is how many batches are to be read at a time.
	Concurrency int `json:"concurrency,omitempty"`
	// Report is that of a run which was skipped.
	Report *report.Report `json:"report,omitempty"`
}

// BegunStatus is the status of a run that has begun.
const BegunStatus = "begun"

// Place is an object in S3. Of a state that is elsewhere, Key is for people.
type Place struct {
	Bucket string `json:"bucket,omitempty"`
	Key    string `json:"key"`
}

// Item is a batch of accounts that one invocation reads.
type Item struct {
	Batch    int      `json:"batch"`
	Accounts []string `json:"accounts"` // ids
}

// Leg is the answer of Read: one invocation's way through a batch.
type Leg struct {
	Run   string `json:"run"`
	Batch int    `json:"batch"`
	// Done says that the batch need not be read on.
	Done bool `json:"done"`
	// Legs counts the invocations that read the batch so far.
	Legs  int `json:"legs"`
	Cells int `json:"cells"` // read in this one
	Left  int `json:"left"`  // not read for want of time
}

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
	var generation uint64
	err := r.shared(ctx, func(lease *state.Lease) error {
		work := func(ctx context.Context) error { return r.shareOut(ctx, generation, concurrency) }
		if lease == nil {
			return work(ctx)
		}
		generation = lease.Generation()
		err := lease.While(ctx, work)
		if err != nil {
			r.release(lease)
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

var errNoState = trouble.New(trouble.StateNone, "a run in several invocations needs PORTOLAN_STATE, where they leave each other what they found")

// shared takes the lease for the whole run, and keeps it on success. A run that only
// looks has none.
func (r *run) shared(ctx context.Context, do func(*state.Lease) error) error {
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
		Batches: batches, Concurrency: concurrency, PortNotes: r.portNotes, Notices: r.notices,
		AWS: r.traffic.summary(), Port: PortCalls(r.Port.Stats(), r.statsBefore),
	}
	if err := r.work.Save(ctx, briefPiece, b); err != nil {
		return err
	}
	if r.trusted {
		if err := r.work.Save(ctx, heldPiece, r.memory.held.part()); err != nil {
			return err
		}
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

// Read reads a batch of a run that has begun, or goes on with it. Its error says that
// nothing of the batch was read in this invocation.
func Read(ctx context.Context, d Deps, step invocation.Step) (*Leg, error) {
	b, err := loadBrief(ctx, d.State, step.Run)
	if err != nil {
		return nil, gone(step.Run, err)
	}
	if step.Batch < 0 || step.Batch >= len(b.Batches) || !slices.Equal(b.Batches[step.Batch], step.Accounts) {
		return nil, fmt.Errorf("run %s has no batch %d of these accounts; pass on the items that begin wrote as they are", step.Run, step.Batch)
	}
	r := runOf(d, b)
	r.batch, r.only = step.Batch, step.Accounts
	d.Port.Share(min(b.Concurrency, len(b.Batches)))
	leg := &Leg{Run: b.Run, Batch: step.Batch}
	err = r.join(ctx, b, func(ctx context.Context) error { return r.readBatch(ctx, b, leg) })
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
	if err := r.understand(ctx, b.Mapping); err != nil {
		return err
	}
	return do(ctx)
}

// readBatch reads what is left of a batch.
func (r *run) readBatch(ctx context.Context, b brief, leg *Leg) error {
	if err := r.recall(ctx, r.only); err != nil {
		return err
	}
	if b.Trusted {
		var held seenPart
		if err := r.work.Load(ctx, heldPiece, &held); err != nil {
			return err
		}
		r.memory.held.absorb(held)
	}
	err := r.eachPart(ctx, r.batch, func(p *part, last bool) {
		leg.Legs++
		for _, c := range p.Done {
			r.reach.recall(c.Cell)
		}
		r.marks.absorb(p.Marks)
		if last {
			r.takeUp(p)
		}
	})
	if err != nil {
		return err
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
	leg.Done = leg.Left == 0 || leg.Cells == 0 && len(p.Marks) == 0
	piece := fmt.Sprintf("%s%04d.json.gz", batchPrefix(r.batch), leg.Legs)
	leg.Legs++
	err = r.work.Save(ctx, piece, p)
	if errors.Is(err, state.ErrConflict) {
		leg.Done = false // another invocation has read the same; the next looks how far it came
		return nil
	}
	return err
}

// takeUp makes ready to read what the last invocation of the batch came too late for.
func (r *run) takeUp(p *part) {
	left := make(map[string]bool)
	for _, record := range p.Late {
		r.reach.forget(record.Name)
		left[record.Name.account] = true
	}
	r.only = slices.DeleteFunc(slices.Clone(r.only), func(account string) bool {
		return !left[account] && !left[""] // any may answer for what is read once
	})
}

// Finish ends a run that took several invocations. Once it has ended, it gives the
// report again. Its error means that the run did not end, and Finish may be repeated.
func Finish(ctx context.Context, d Deps, id string) (*report.Report, error) {
	b, err := loadBrief(ctx, d.State, id)
	if errors.Is(err, state.ErrNotFound) {
		return again(ctx, d, id, gone(id, err))
	}
	if err != nil {
		return nil, err
	}
	r := runOf(d, b)
	r.running = !r.plans()
	r.portNotes, r.notices = b.PortNotes, b.Notices
	r.traffic.absorb(b.AWS)
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
	r.giveUp(ctx)
	return result, failed
}

// again gives the end of a run that has ended; if it has not, the error says why it
// cannot be ended.
func again(ctx context.Context, d Deps, id string, why error) (*report.Report, error) {
	filed, err := state.NewLedger(d.State, 0).Find(ctx, id)
	switch {
	case err != nil:
		return nil, why
	case filed.Status == report.Failed:
		return filed, errors.New(filed.Reason)
	}
	return filed, nil
}

// giveUp gives the lease back and removes what the run left to itself.
func (r *run) giveUp(ctx context.Context) {
	if r.memory.lease != nil {
		r.release(r.memory.lease)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), keepingTime)
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
	if s, sends := r.sink.(*sender); sends {
		working, abort := context.WithCancelCause(ctx)
		defer abort(nil)
		s.start(working, r.limits.Uploads, abort)
		s.finish(working)
	}
	return r.close(ctx)
}

// leaveBatch records that nobody came back who was to read a batch.
func (r *run) leaveBatch(accounts []string, management bool) {
	const (
		reason = "the invocation that was to read it ended before it could say what it found"
		mend   = "look at the failed items of the state machine's map run, and at the function's log"
	)
	for _, a := range r.listing.Accounts {
		if slices.Contains(accounts, a.ID) {
			r.leaveAccount(a, r.units, report.Outcome(fault.Failed), trouble.Failed, reason, mend)
		}
	}
	for _, u := range r.units {
		if management && u.kind.Scope == kind.Management {
			r.view.leave("", kind.Management, reason)
			r.ledger.leave(origin{kind: u.kind.Type}, cellName{kind: u.kind.Type}, "", report.Outcome(fault.Failed), reason, mend)
		}
	}
}
