package resync

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/semaphore"

	"portolan/internal/aws/account"
	"portolan/internal/aws/call"
	"portolan/internal/aws/kind"
	"portolan/internal/diag"
	"portolan/internal/invocation"
	"portolan/internal/mapping"
	"portolan/internal/port"
	"portolan/internal/report"
	"portolan/internal/resync/entity"
	"portolan/internal/state"
)

// Run makes Port's catalog equal to AWS, once. The report is never nil and says
// what was done and what was not. The error is not nil only if nothing could be
// synced at all.
func Run(ctx context.Context, d Deps, request invocation.Request) (*report.Report, error) {
	r := newRun(d, request)
	if end, ok := ctx.Deadline(); ok {
		r.report.TimeLimit = max(end.Sub(r.report.Started).Seconds(), 0)
	}
	r.log.InfoContext(ctx, "run started", "action", request.Action, "trigger", request.Trigger)
	closing, ctx, stop := newClosing(ctx)
	defer stop()
	r.closing = closing
	return r.end(ctx, r.alone(ctx, r.do))
}

// end closes the report of a run, files it, and says whether anything could be done.
func (r *run) end(ctx context.Context, err error) (*report.Report, error) {
	r.conclude(ctx, err)
	if !r.report.Declined() {
		r.file()
	}
	total, deleted := r.report.Total, r.report.Total.Deleted
	ended, would := "run ended", ""
	if r.plans() {
		ended, would, deleted = "plan ended, nothing was written", "would_be_", r.report.Deletes.Planned
	}
	r.log.InfoContext(ctx, ended, "status", r.report.Status, "reason", r.report.Reason, "resources", total.Fetched,
		would+"created", total.Created, would+"updated", total.Updated, would+"deleted", deleted, would+"failed", total.Failed,
		"seconds", r.report.Seconds)
	if r.report.Status == report.Failed {
		return r.report, diag.With(r.report.Code, errors.New(r.report.Reason))
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

	initializes bool // of a plan: a resync would create the default blueprints

	config            json.RawMessage // the mapping as Port has it
	mapping           *mapping.Config
	allUnits          []*unit // as the mapping has them
	units             []*unit // those of them that the request leaves
	listing           account.Listing
	names             names     // which of those that settings and mapping have exist
	unknownBlueprints []string  // blueprints that the run's entities have and Port has not
	opened            Directory // nil until the accounts are listed
	ledger            *ledger
	calls             *call.Gate
	sharing           *call.Sharing
	since             time.Time // from when on histories are read; zero: whole
	budget            *semaphore.Weighted
	seen              *entity.Set
	stale             *entity.Set // what Port lists as ours and the run did not produce; nil until it did
	gone              *entity.Set // what was deleted
	lost              *entity.Set // what is remembered, and Port does not have as ours in either form
	undone            string      // why a delete failed first, "" if none did
	unsent            string      // why Port was given up before all was sent, "" if it was not
	view              *view
	memory            *memory
	sign              signature
	how               string // how entities are written: a part of their content
	sink              sink
	gate              *gate // before the sink
	examples          *examples
	faults            *mappingFaults
	refused           *refusals
	before            time.Time // what Port says of its clock when the run began
	running           bool      // Port was told that a run is under way
	claimed           bool      // nobody else has answered the request that the run is for
	told              *teller   // tells Port of the kinds; nil tells nothing
	lines             *lines
	trusted           bool // what the last run left may keep an entity from being written
	reach             *reach
	times             *times
	details           *details
	readEnd           time.Time // when the last cell was read
	closing           *closing

	// Of a run that takes several invocations.
	execution    string // what makes the steps
	work         *state.Work
	batches      [][]string // all accounts
	batch        int        // the one that is read here
	only         []string   // the accounts that are read here; nil for all
	awsBefore    map[string]report.Calls
	portBefore   map[string]report.Calls
	memoryBefore uint64

	skipped     *state.HeldError // another run that writes
	portNotes   []string
	diagnostics []diag.Diagnostic
	services    listOfServices
	statsBefore map[string]port.Stats
}

func newRun(d Deps, request invocation.Request) *run {
	return newRunOf(d, request, uuid.NewString(), time.Now().UTC())
}

func newRunOf(d Deps, request invocation.Request, id string, started time.Time) *run {
	limits := d.Limits.Complete()
	seenCells := newView()
	r := &run{
		Deps: d, request: request, id: id, limits: limits,
		log:      d.Log.With("run", id),
		progress: d.Progress,
		view:     seenCells,
		ledger:   newLedger(seenCells), calls: call.NewGate(limits.Limits, d.Rates, d.Log.With("run", id)),
		budget: semaphore.NewWeighted(int64(limits.Documents)),
		seen:   entity.NewSet(id), gone: entity.NewSet(id), lost: entity.NewSet(id), examples: newExamples(d.SendExamples),
		reach: newReach(), times: newTimes(), details: newDetails(), awsBefore: map[string]report.Calls{}, portBefore: map[string]report.Calls{},
		faults: newMappingFaults(), refused: &refusals{},
		statsBefore: d.Port.Stats(),
		report: &report.Report{
			Run: id, Action: request.Action, Integration: d.Integration, Trigger: request.Trigger, Version: d.Program,
			Started: started,
		},
	}
	r.lines = newLines(r.log, r.ledger)
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
	return r.list(ctx)
}

// open opens the accounts for the run.
func (r *run) open(ctx context.Context) (Directory, error) {
	directory, err := r.Directory(ctx, r.id, r.calls.Base())
	if err != nil {
		return nil, diag.With(diag.BaseIdentity, fmt.Errorf("load the AWS credentials: %w", err))
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
		if account := record.Name.Account; account != "" && !r.view.knows(account) {
			for _, scope := range []kind.Scope{kind.Global, kind.Regional} {
				r.view.leave(account, scope, fmt.Sprintf("account %s was not read: %s", account, record.Outcome))
			}
		}
	}
	r.ledger.add(late)
	unclaimed := r.findStale(ctx)
	mayHold := r.mayHold(unclaimed)
	r.ledger.settle(func(c *cellRecord) { r.settleCell(ctx, c, mayHold) })
	if err := r.nothingLeft(); err != nil {
		return err
	}
	r.told.kindsEnd(ctx, r.ledger)
	r.showCoverage(ctx)
	return r.reconcile(ctx, unclaimed)
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
	r.portNotes, r.initializes = integration.Notes, integration.Initializes
	r.before = r.Port.ServerTime(r.report.Started)
	if err := r.understand(ctx, integration.Config); err != nil {
		return err
	}
	r.config = integration.Config
	if err := r.refuseUnknown(ctx); err != nil {
		return err
	}
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
	r.mapping.SuggestKinds(typesOf(r.Kinds))
	for _, problem := range r.mapping.Problems {
		if problem.Code != diag.MappingRegion { // which is told when AWS was asked
			r.tellProblem(ctx, problem)
		}
	}
	r.allUnits = unitsOf(r.mapping.Resources, r.Kinds)
	r.units = r.narrow(r.allUnits)
	readings := make([][]string, len(r.units))
	for i, u := range r.units {
		readings[i] = u.allActions()
	}
	r.sharing = call.NewSharing(readings, r.limits.Shared)
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
		blueprints, err := r.blueprintsToBe(ctx)
		r.sink = &planner{
			port: r.Port, ledger: r.ledger, refused: r.refused, taken: entity.NewSet(r.id), merge: options.Merge, strict: !options.CreateMissing, blueprints: blueprints,
			shown: newShown(r.Port.Masked, r.mapping.Resources), self: "integration " + r.Integration, done: done,
		}
		r.gate = newGate(r.sink, r)
		return err
	}
	r.sink = &sender{
		port: r.Port, ledger: r.ledger, seen: r.seen, memory: r.memory, refused: r.refused, options: options, how: r.how, sent: done,
	}
	r.gate = newGate(r.sink, r)
	return nil
}

// sinceOf says from when on the resources of a unit are read; zero: all of them.
func (r *run) sinceOf(u *unit) time.Time {
	if !u.kind.History {
		return time.Time{}
	}
	return r.since
}

func typesOf(kinds []*kind.Kind) []string {
	types := make([]string, len(kinds))
	for i, k := range kinds {
		types[i] = k.Type
	}
	return types
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
