package resync

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/aws/smithy-go/middleware"
	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/semaphore"

	"portolan/internal/account"
	"portolan/internal/invocation"
	"portolan/internal/kind"
	"portolan/internal/mapping"
	"portolan/internal/port"
	"portolan/internal/reconcile"
	"portolan/internal/report"
	"portolan/internal/state"
	"portolan/internal/trouble"
)

// Port is what a run needs of Port's API; package port has it.
type Port interface {
	Start(ctx context.Context) (port.Integration, error)
	Preview(ctx context.Context) (port.Integration, error)
	Blueprints(ctx context.Context) (map[string]port.Blueprint, error)
	Find(ctx context.Context, blueprint string, identifiers []string) (map[string]port.Entity, error)
	SetResyncState(ctx context.Context, state port.ResyncState) error
	Upsert(ctx context.Context, blueprint string, items []port.Item, o port.UpsertOptions) ([]port.Outcome, error)
	Delete(ctx context.Context, blueprint string, identifiers []string, o port.DeleteOptions) (deleted []string, err error)
	Owned(ctx context.Context, before time.Time) iter.Seq2[[]port.Ref, error]
	Blueprint(ctx context.Context, identifier string) (port.Blueprint, error)
	EnsureBlueprint(ctx context.Context, raw json.RawMessage) (created bool, err error)
	SendExamples(ctx context.Context, kind string, documents []map[string]any) error
	ResyncRequest(ctx context.Context) (port.ResyncRequest, error)
	Share(processes int)
	ServerTime(local time.Time) time.Time
	Stats() map[string]port.Stats
}

// Directory is what a run needs to know of accounts; package account has it.
type Directory interface {
	List(ctx context.Context) (account.Listing, error)
	Enter(ctx context.Context, a account.Account) (*account.Session, error)
	Regions(ctx context.Context, s *account.Session) ([]string, error)
}

// Deps is what a run works with.
type Deps struct {
	Port Port
	// Directory opens the accounts for a run. Its clients take the API options, so
	// that their calls are bounded and counted with all others.
	Directory func(ctx context.Context, run string, apiOptions func(*middleware.Stack) error) (Directory, error)
	Kinds     []*kind.Kind
	// Rates are what AWS documents of how often it may be called.
	Rates    []kind.Rate
	Limits   Limits
	Log      *slog.Logger
	Progress *Progress // nil if nobody looks
	// State keeps what the next run has to know; nil keeps nothing.
	State state.Store
	// Deletes are what a run may delete; the mapping's threshold and the request
	// complete them.
	Deletes reconcile.Limits
	// Rewrite is after how long an entity is written again although nothing changed;
	// 0 is never.
	Rewrite time.Duration
	// Program is the version of the program: another one writes everything again.
	Program string
	// Enough, once it is closed, ends the reading in good order, as the context's
	// deadline does; nil never does.
	Enough <-chan struct{}
	// Source names the machine or function, for those who wait for it.
	Source string
	// Integration is the identifier that reports name.
	Integration string
	// Regions narrows every run to these, unless empty.
	Regions []string
	// History is how far back histories are read; 0 reads them whole. DeleteOlder
	// says whether their older entities in Port are deleted; else they stay.
	History     time.Duration
	DeleteOlder bool
	// Coverage says whether Port gets an entity for each kind in each account that
	// shows what was read of it.
	Coverage bool
	// SendExamples says whether Port gets samples of documents, masked.
	SendExamples bool
	// Inventory says whether cells that AWS Config shows to be empty are passed over.
	// Without a state none is.
	Inventory bool
	// Interval is the time from run to run that Port is told; 0 tells none. Next is
	// when the next run is due; if it is zero, that is one interval after the start.
	Interval time.Duration
	Next     time.Time
	// SyncMetrics hears how each kind goes; nil if nobody does.
	SyncMetrics SyncMetrics
	// Requests keeps which of Port's requests was answered last; nil keeps none, and
	// Port is not asked.
	Requests state.Store
	// Writes is called when a run begins, or a part of one, that does not only look;
	// nil is not called.
	Writes func()
}

// Progress counts what a run has done so far, for those who watch.
type Progress struct {
	Accounts, AccountsEntered atomic.Int64
	Cells, CellsDone          atomic.Int64
	Resources, Entities       atomic.Int64
}

// Run makes Port's catalog equal to AWS, once. The report is never nil and says
// what was done and what was not. The error is not nil only if nothing could be
// synced at all.
func Run(ctx context.Context, d Deps, request invocation.Request) (*report.Report, error) {
	r := newRun(d, request)
	if end, ok := ctx.Deadline(); ok {
		r.report.TimeLimit = end.Sub(r.report.Started).Seconds()
	}
	r.log.InfoContext(ctx, "run started", "action", request.Action, "trigger", request.Trigger)
	return r.end(ctx, r.alone(ctx, r.do))
}

// end closes the report of a run, files it, and says whether anything could be done.
func (r *run) end(ctx context.Context, err error) (*report.Report, error) {
	r.conclude(ctx, err)
	r.file()
	r.log.InfoContext(ctx, "run ended", "status", r.report.Status, "reason", r.report.Reason,
		"resources", r.report.Total.Fetched, "created", r.report.Total.Created, "updated", r.report.Total.Updated,
		"deleted", r.report.Total.Deleted, "failed", r.report.Total.Failed, "seconds", r.report.Seconds)
	if r.report.Status == report.Failed {
		return r.report, trouble.With(r.report.Code, errors.New(r.report.Reason))
	}
	return r.report, nil
}

// run is a run under way.
type run struct {
	Deps
	request  invocation.Request
	id       string
	limits   Limits
	log      *slog.Logger
	progress *Progress
	report   *report.Report

	config   json.RawMessage // the mapping as Port has it
	mapping  *mapping.Config
	allUnits []*unit // as the mapping has them
	units    []*unit // those of them that the request leaves
	listing  account.Listing
	ledger   *ledger
	traffic  *traffic
	sharing  *sharing
	since    time.Time // from when on histories are read; zero: whole
	budget   *semaphore.Weighted
	seen     *seen
	stale    *seen // what Port lists as ours and the run did not produce; nil until it did
	gone     *seen // what was deleted
	view     *view
	memory   *memory
	sign     signature
	how      string // how entities are written: a part of their content
	sink     sink
	examples *examples
	faults   *mappingFaults
	refused  *refusals
	before   time.Time // what Port says of its clock when the run began
	running  bool      // Port was told that a run is under way
	claimed  bool      // nobody else has answered the request that the run is for
	told     *teller   // tells Port of the kinds; nil tells nothing
	lines    *lines
	trusted  bool // what the last run left may keep an entity from being written
	reach    *reach
	times    *times
	marks    *marks
	empties  *empties
	readEnd  time.Time // when the last cell was read

	// Of a run that takes several invocations.
	execution    string // what makes the steps
	work         *state.Work
	batches      [][]string // all accounts
	batch        int        // the one that is read here
	only         []string   // the accounts that are read here; nil for all
	portBefore   map[string]report.Calls
	memoryBefore uint64

	skipped     *state.HeldError // another run that writes
	portNotes   []string
	notices     []report.Notice
	statsBefore map[string]port.Stats
}

func newRun(d Deps, request invocation.Request) *run {
	return newRunOf(d, request, uuid.NewString(), time.Now().UTC())
}

func newRunOf(d Deps, request invocation.Request, id string, started time.Time) *run {
	limits := d.Limits.withDefaults()
	seenCells := newView()
	r := &run{
		Deps: d, request: request, id: id, limits: limits,
		log:      d.Log.With("run", id),
		progress: d.Progress,
		view:     seenCells,
		ledger:   newLedger(seenCells), traffic: newTraffic(limits, d.Rates),
		budget: semaphore.NewWeighted(int64(limits.Documents)),
		seen:   newSeen(id), gone: newSeen(id), examples: newExamples(d.SendExamples),
		reach: newReach(), times: newTimes(), marks: newMarks(), empties: newEmpties(), portBefore: map[string]report.Calls{},
		faults: newMappingFaults(), refused: &refusals{},
		statsBefore: d.Port.Stats(),
		report: &report.Report{
			Run: id, Action: request.Action, Integration: d.Integration, Trigger: request.Trigger, Version: d.Program,
			Started: started,
		},
	}
	r.lines, r.traffic.log = newLines(r.log, r.ledger), r.log
	if r.progress == nil {
		r.progress = &Progress{}
	}
	if d.Writes != nil && !r.plans() {
		d.Writes()
	}
	d.Port.Share(1)
	if d.History > 0 {
		r.since = r.report.Started.Add(-d.History).Truncate(time.Second)
	}
	return r
}

// do is the run itself. Its error says why nothing, or no more, could be done.
func (r *run) do(ctx context.Context) error {
	directory, err := r.begin(ctx)
	if err != nil {
		return err
	}
	if err := r.recall(ctx, nil); err != nil {
		return err
	}
	if err := r.sync(ctx, directory); err != nil {
		return err
	}
	return r.close(ctx)
}

// begin finds out what a run has to know before it reads anything.
func (r *run) begin(ctx context.Context) (Directory, error) {
	if err := r.prepare(ctx); err != nil {
		return nil, err
	}
	directory, err := r.open(ctx)
	if err != nil {
		return nil, err
	}
	r.listing, err = directory.List(ctx)
	return directory, err
}

// open opens the accounts for the run.
func (r *run) open(ctx context.Context) (Directory, error) {
	directory, err := r.Directory(ctx, r.id, r.traffic.observe(""))
	if err != nil {
		return nil, trouble.With(trouble.BaseIdentity, fmt.Errorf("load the AWS credentials: %w", err))
	}
	return directory, nil
}

// close makes of what was read, and of what was not, the end of the run.
func (r *run) close(ctx context.Context) error {
	if r.readEnd.IsZero() { // other invocations read
		r.readEnd = time.Now()
	}
	late := r.reach.missed()
	for _, record := range late {
		if account := record.Name.account; account != "" && !r.view.knows(account) {
			for _, scope := range []kind.Scope{kind.Global, kind.Regional} {
				r.view.leave(account, scope, fmt.Sprintf("account %s was not read: %s", account, record.Outcome))
			}
		}
	}
	r.ledger.add(late)
	r.ledger.settle()
	r.told.kindsEnd(ctx, r.ledger)
	r.showCoverage(ctx)
	return r.reconcile(ctx)
}

// plans says whether the run only looks.
func (r *run) plans() bool { return r.request.Action == invocation.Plan }

// prepare gets the mapping from Port and tells Port that a run is under way.
func (r *run) prepare(ctx context.Context) error {
	start := r.startAnswering
	if r.plans() {
		start = r.Port.Preview
	}
	integration, err := start(ctx)
	if err != nil {
		return err
	}
	r.portNotes = integration.Notes
	r.before = r.Port.ServerTime(r.report.Started)
	if err := r.understand(ctx, integration.Config); err != nil {
		return err
	}
	r.config = integration.Config
	if err := r.prepareCoverage(ctx); err != nil {
		return err
	}
	if err := r.remember(ctx, integration.Config); err != nil {
		return err
	}
	if !r.plans() {
		r.tellRunning(ctx)
		r.tellKinds()
	}
	return nil
}

// understand compiles the mapping, and makes ready what follows from it.
func (r *run) understand(ctx context.Context, config json.RawMessage) (err error) {
	r.mapping, err = mapping.Compile(config, r.known)
	if err != nil {
		return fmt.Errorf("the mapping kept in Port for integration %s: %w", r.Integration, err)
	}
	for _, problem := range r.mapping.Problems {
		r.log.WarnContext(ctx, "mapping problem", "resource", problem.Resource, "kind", problem.Kind, "field", problem.Field, "problem", problem.Message)
		r.faults.problem(problem)
	}
	r.allUnits = unitsOf(r.mapping.Resources, r.Kinds)
	r.units = r.narrow(r.allUnits)
	r.sharing = newSharing(r.units, int64(r.limits.Shared))
	for _, u := range r.units {
		r.ledger.addKind(u.kind.Type, r.sinceOf(u))
		r.ledger.addEntries(u.resources)
	}
	options := port.UpsertOptions{
		Merge: r.mapping.EnableMergeEntity, CreateMissing: r.mapping.CreateMissingRelatedEntities, ResyncID: r.id,
	}
	r.how = fmt.Sprint("merge ", options.Merge, ", create missing ", options.CreateMissing)
	done := func(n int) { r.progress.Entities.Add(int64(n)) }
	if r.plans() {
		r.sink = &planner{port: r.Port, ledger: r.ledger, seen: r.seen, merge: options.Merge, done: done}
		return nil
	}
	r.sink = &sender{
		port: r.Port, ledger: r.ledger, seen: r.seen, memory: r.memory, refused: r.refused, options: options, how: r.how, sent: done,
	}
	return nil
}

// sinceOf says from when on the resources of a unit are read; zero: all of them.
func (r *run) sinceOf(u *unit) time.Time {
	if !u.kind.History {
		return time.Time{}
	}
	return r.since
}

// sync reads all cells and sends what they give.
func (r *run) sync(ctx context.Context, directory Directory) error {
	closing := time.Duration(r.times.old.Closing * float64(time.Second))
	if r.batches != nil {
		closing = 0 // another invocation closes the run
	}
	times := deadlinesOf(ctx, time.Now(), closing)
	sending, abort := context.WithCancelCause(ctx)
	defer abort(nil)
	sending, stopSending := until(sending, times.sent)
	defer stopSending()
	working, enough := context.WithCancelCause(sending)
	defer enough(nil)
	working, stop := until(working, times.finish)
	defer stop()
	starting, stopStarting := until(working, times.start)
	defer stopStarting()
	go func() {
		select {
		case <-r.Enough:
			enough(context.DeadlineExceeded)
		case <-working.Done():
		}
	}()

	r.sink.start(sending, r.limits.Uploads, abort)
	cells := make(chan cell)
	var group errgroup.Group
	group.Go(func() error {
		defer close(cells)
		r.enterAll(starting, directory, cells)
		return nil
	})
	for range r.limits.Cells {
		group.Go(func() error {
			for c := range cells {
				took := r.times.expect(c.name())
				switch {
				case took == 0 && starting.Err() != nil || working.Err() != nil:
					r.leaveCell(c, notReached)
				case !times.fits(took, time.Now()):
					r.leaveCell(c, fmt.Sprintf("it took %s last time, and less is left; the next run begins with it", took.Round(time.Second)))
				default:
					r.read(working, c)
				}
			}
			return nil
		})
	}
	_ = group.Wait() // what goes wrong is in the ledger
	r.readEnd = time.Now()
	r.sink.finish(sending)
	if !r.plans() {
		if err := r.examples.send(ctx, r.Port, r.limits.Uploads); err != nil {
			r.log.WarnContext(ctx, "Port took no examples", "error", err)
		}
	}
	if err := context.Cause(sending); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return nil
}

// known tells the mapping which kinds and actions there are.
func (r *run) known(name string) (mapping.Actions, bool) {
	for _, k := range r.Kinds {
		if k.Type == name {
			return mapping.Actions{Default: k.DefaultNames(), Optional: k.OptionalNames()}, true
		}
	}
	return mapping.Actions{}, false
}
