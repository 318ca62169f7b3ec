package resync

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"portolan/internal/aws/account"
	"portolan/internal/aws/tags"
	"portolan/internal/diag"
	"portolan/internal/port"
	"portolan/internal/port/syncstatus"
	"portolan/internal/resync/cell"
	"portolan/internal/resync/entity"
	"portolan/internal/resync/outcome"
	"portolan/internal/resync/schedule"
	"portolan/internal/resync/snapshot"
	"portolan/internal/resync/upsert"
	"portolan/internal/state"
)

// Beginning is what a run has found out before it reads, as its other invocations have to
// know it. It does not change.
type Beginning struct {
	Before      time.Time          `json:"before"` // by Port's clock, when the run began
	Mapping     json.RawMessage    `json:"mapping"`
	Sign        snapshot.Signature `json:"sign"`
	Last        state.Last         `json:"last"`
	Trusted     bool               `json:"trusted"` // what the last run left may keep an entity from being written
	Listing     account.Listing    `json:"listing"`
	Newer       []string           `json:"newerRegions,omitempty"`
	Initializes bool               `json:"initializes,omitempty"` // a resync would create the default blueprints
	Notes       []string           `json:"notes"`                 // of Port's client
	Diagnostics []diag.Diagnostic  `json:"diagnostics"`
	Used        Earlier            `json:"used"`
}

// Beginning returns what Prepare has found out.
func (e *Engine) Beginning() Beginning {
	b := &e.beginning
	return Beginning{
		Before: b.before, Mapping: b.config, Sign: b.sign, Last: e.memory.Last, Trusted: b.trusted, Listing: e.scope.Listing,
		Newer: e.scope.Newer, Initializes: b.integration.Initializes, Notes: b.integration.Notes, Diagnostics: e.diagnostics,
		Used: Earlier{AWS: e.awsCalls(), Port: e.portCalls()},
	}
}

// Ours are the entities that Port holds as this integration's, which Prepare has listed.
func (e *Engine) Ours() *entity.Set { return e.memory.Ours }

// HandOn tells Port that other invocations now read, and leaves further reports to them.
func (e *Engine) HandOn(ctx context.Context) { e.status.HandOn(ctx) }

// Batches divides the accounts into batches; concurrency is how many are read at a time.
func (e *Engine) Batches(concurrency int) [][]string {
	ordered := e.ordered()
	ids := make([]string, len(ordered))
	for i, a := range ordered {
		ids[i] = a.ID
	}
	return schedule.Batches(e.reading.timetable, ids, concurrency, e.limits.Cells)
}

// Join does a part of a run that another invocation has begun, under the lease of that
// generation, with what it has found out.
func (e *Engine) Join(ctx context.Context, generation uint64, b Beginning, share Share, do func(context.Context) error) error {
	share.Steps = true
	e.reading.share = share
	informed := func(ctx context.Context) error {
		if err := e.inform(ctx, b); err != nil {
			return err
		}
		return do(ctx)
	}
	if e.plans() {
		e.memory = snapshot.NewMemory(e.State, nil, e.Run)
		return informed(ctx)
	}
	lease, err := state.Join(ctx, e.State, e.Run, generation, e.limits.StepLease, time.Now)
	if err != nil {
		return fmt.Errorf("go on with run %s: %w", e.Run, err)
	}
	e.memory = snapshot.NewMemory(e.State, lease, e.Run)
	return lease.While(ctx, informed)
}

// inform makes known what the beginning of the run has found out.
func (e *Engine) inform(ctx context.Context, b Beginning) error {
	e.memory.Last = b.Last
	e.beginning.before, e.beginning.sign, e.beginning.trusted = b.Before, b.Sign, b.Trusted
	e.beginning.integration = port.Integration{Started: port.Started{Initializes: b.Initializes}}
	e.recallTimes(ctx)
	if err := e.understand(ctx, b.Mapping); err != nil {
		return err
	}
	e.scope.Listing, e.scope.Newer = b.Listing, b.Newer
	e.tellPolicies(ctx)
	return nil
}

// Resume makes known to the invocation that ends a run what its beginning would report.
func (e *Engine) Resume(b Beginning) {
	e.beginning.running = !e.plans()
	e.beginning.integration.Notes, e.diagnostics = b.Notes, append(e.diagnostics, b.Diagnostics...)
	e.use(b.Used)
	if e.tellsStatus() {
		e.status = syncstatus.Continue(e.SyncStatus, e.Run, e.Started, e.statusEntries(), e.log)
	}
}

// Part is what one invocation of a run has found out and done. The parts of all make the run.
type Part struct {
	Book      json.RawMessage   `json:"book"`
	Produced  entity.Part       `json:"produced"`
	Suspended upsert.Suspended  `json:"suspended"`
	Snapshots map[string]string `json:"snapshots"` // pieces of entities, by account
	// Answered are the places where calls to AWS succeeded.
	Answered []string      `json:"answered"`
	Tags     tags.Findings `json:"tags"`
	Used     Earlier       `json:"used"`
}

// Part returns what this invocation found out, and writes its entities beside it.
func (e *Engine) Part(ctx context.Context) (Part, error) {
	snapshots, err := e.memory.Leave(ctx, e.work(), e.header())
	if err != nil {
		return Part{}, err
	}
	book, err := e.book.Part()
	if err != nil {
		return Part{}, err
	}
	return Part{
		Book: book, Produced: e.produced.Part(), Suspended: e.writing.suspended, Snapshots: snapshots, Answered: e.calls.Answered(),
		Tags: e.reading.tags.Findings(), Used: Earlier{AWS: e.awsCalls(), Port: e.portCalls(), Memory: peakMemory()},
	}, nil
}

// Whole says whether a part is as it was left.
func (p Part) Whole() bool { return p.Produced.Whole() }

// Ends returns which cells a part has ended, and for which it came too late.
func (p Part) Ends() (done, late []cell.Name, err error) { return outcome.PartEnds(p.Book) }

// Skip makes the reading skip cells that an earlier invocation has ended. After the last of
// these invocations, only accounts with late cells are read.
func (e *Engine) Skip(done, late []cell.Name, last bool) {
	for _, c := range done {
		e.reading.before.Add(c)
	}
	if !last {
		return
	}
	left := make(map[string]bool)
	e.reading.late = make(map[cell.Coverage][]cell.Name)
	for _, c := range late {
		left[string(c.Account)] = true
		of := cell.Coverage{Account: c.Account, Kind: c.Kind}
		e.reading.late[of] = append(e.reading.late[of], c)
	}
	e.reading.share.Accounts = slices.DeleteFunc(slices.Clone(e.reading.share.Accounts), func(account string) bool {
		return !left[account] && !left[""] // any account may answer for what is read once
	})
}

// Ended counts the cells that this invocation has ended, and those for which it came too late.
func (e *Engine) Ended() (cells, late int) { return len(e.book.Done()), len(e.book.Late()) }

// ListEnds makes the run keep a list of the cells that it ends here, for its other
// invocations. Examples says whether this invocation sends examples.
func (e *Engine) ListEnds(examples bool) {
	e.book.ListDone()
	e.reading.examples.wanted = e.SendExamples && examples
}

// Merge adds the part of another invocation. Last says that no later one of its batch takes
// up what it came too late for.
func (e *Engine) Merge(p Part, last bool) error {
	if err := e.book.Merge(p.Book, last); err != nil {
		return err
	}
	e.calls.AddAnswered(p.Answered...)
	e.reading.tags.Merge(p.Tags)
	e.produced.Merge(p.Produced)
	e.memory.Merge(p.Snapshots)
	e.use(p.Used)
	e.writing.guard.Resume(p.Suspended)
	return nil
}

// Drain writes what the parts have left to the end of the run. Its error ends a plan.
func (e *Engine) Drain(ctx context.Context) error {
	working, stop := context.WithCancel(ctx)
	defer stop()
	working = e.writing.guard.Open(working, e.limits.Uploads)
	e.writing.guard.Close(working)
	if err := context.Cause(working); err != nil && e.plans() {
		return err
	}
	return nil
}

func (e *Engine) use(used Earlier) {
	addCalls(e.earlier.AWS, used.AWS)
	addCalls(e.earlier.Port, used.Port)
	e.earlier.Memory = max(e.earlier.Memory, used.Memory)
}

// Dispose releases the lease and removes what the run's invocations passed to each other.
func (e *Engine) Dispose(work *state.Work) {
	if e.memory.Lease() != nil {
		e.release(leaving)
	}
	ctx, cancel := e.closing.within(leaving)
	defer cancel()
	if err := work.Remove(ctx); err != nil {
		e.log.WarnContext(ctx, "what the run left to itself was not removed; the next run does it", "error", err)
	}
}
