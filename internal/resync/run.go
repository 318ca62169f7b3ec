package resync

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"time"

	"github.com/google/uuid"

	"portolan/internal/aws/call"
	"portolan/internal/aws/kind"
	"portolan/internal/aws/tags"
	"portolan/internal/diag"
	"portolan/internal/invocation"
	"portolan/internal/port"
	"portolan/internal/port/syncstatus"
	"portolan/internal/report"
	"portolan/internal/resync/cell"
	"portolan/internal/resync/entity"
	"portolan/internal/resync/outcome"
	"portolan/internal/resync/schedule"
	"portolan/internal/resync/scope"
	"portolan/internal/resync/snapshot"
	"portolan/internal/state"
)

// Run makes Port's catalog equal to AWS, once. The report is never nil and says
// what was done and what was not. The error is not nil only if nothing could be
// synced at all.
func Run(ctx context.Context, d Deps, request invocation.Request) (*report.Report, error) {
	closing, ctx, stop := NewClosing(ctx)
	defer stop()
	e := New(closing, d, Identity{Run: uuid.NewString(), Started: time.Now().UTC(), Request: request})
	if !closing.end.IsZero() {
		e.report.TimeLimit = max(closing.end.Sub(e.report.Started).Seconds(), 0)
	}
	e.log.InfoContext(ctx, "run started", "action", request.Action, "trigger", request.Trigger)
	return e.End(ctx, e.Alone(ctx, e.run))
}

// run goes one way: prepare, read, reconcile, persist. Its error says why nothing, or no
// more, could be done.
func (e *Engine) run(ctx context.Context) error {
	if err := e.Prepare(ctx); err != nil {
		return err
	}
	if err := e.Recall(ctx); err != nil {
		return err
	}
	if err := e.Read(ctx); err != nil {
		return err
	}
	return e.Reconcile(ctx)
}

// Identity is which run it is, for all of its invocations.
type Identity struct {
	Run     string             `json:"run"`
	Started time.Time          `json:"started"`
	Request invocation.Request `json:"request"`
}

// Engine makes the phases of one run. [Run] calls them one after the other in one process;
// package distributed calls them in several.
type Engine struct {
	Deps
	Identity
	limits  Limits
	log     *slog.Logger
	closing *Closing

	scope    *scope.Scope // nil until the mapping is known
	book     *outcome.Book
	memory   *snapshot.Memory
	produced *entity.Set
	calls    *call.Gate

	beginning beginning
	reading   reading
	writing   writing
	removal   removal
	earlier   Earlier
	services  listOfServices
	status    *syncstatus.Reporter // nil if Port is not told

	report      *report.Report
	diagnostics []diag.Diagnostic
}

// beginning is what a run has found out before it reads.
type beginning struct {
	integration port.Integration
	config      json.RawMessage // the mapping as Port has it
	sign        snapshot.Signature
	trusted     bool      // what the last run left may keep an entity from being written
	before      time.Time // what Port said of its clock
	stats       map[string]port.Stats
	opened      Directory // nil until the accounts are listed
	running     bool      // Port was told that a run is under way
	claimed     bool      // no other run has answered the request that the run is for
	held        bool      // another run writes
}

// reading is what the reading of cells needs, and when it ended.
type reading struct {
	share     Share
	since     time.Time // from when on histories are read; zero: whole
	timetable schedule.Timetable
	before    *cell.Set // cells that an earlier invocation of the run has ended
	// late are the cells that the invocation before came too late for; nil in the first of a
	// batch.
	late     map[cell.Coverage][]cell.Name
	budget   *kind.Room
	sharing  *call.Sharing
	examples *examples
	tags     *tags.Run // what is known of the tagging API
	ended    time.Time
}

// Share is the part of a run that one invocation reads. The zero Share is all of it.
type Share struct {
	Batch    int
	Accounts []string // nil for all
	// Steps says that the run takes several invocations.
	Steps bool
}

// removal is what became of the entities that the run did not produce.
type removal struct {
	stale  *entity.Set // what Port lists as ours and the run did not produce; nil until it did
	gone   *entity.Set // what was deleted
	lost   *entity.Set // what is remembered, and Port does not have as ours in either form
	undone string      // why a delete failed first, "" if none did
	// unconfirmed counts the entities that stay because AWS did not say of their resources that
	// they do not exist.
	unconfirmed int
}

// Earlier is what earlier invocations of a run have used.
type Earlier struct {
	AWS    map[string]report.Calls `json:"aws"`
	Port   map[string]report.Calls `json:"port"`
	Memory uint64                  `json:"memory"` // bytes, at its peak
}

// New makes ready a run, or an invocation of one.
func New(closing *Closing, d Deps, of Identity) *Engine {
	log, limits := d.Log.With("run", of.Run), d.Limits.Complete()
	if d.Progress == nil {
		d.Progress = &Progress{}
	}
	e := &Engine{
		Deps: d, Identity: of, limits: limits, log: log, closing: closing,
		book: outcome.NewBook(log, d.Progress), produced: entity.NewSet(of.Run), calls: call.NewGate(limits.Limits, d.Rates, log),
		beginning: beginning{stats: d.Port.Stats()},
		reading:   reading{before: cell.NewSet(), budget: kind.NewRoom(int64(limits.Documents)), examples: newExamples(d.SendExamples), tags: tags.NewRun()},
		removal:   removal{gone: entity.NewSet(of.Run), lost: entity.NewSet(of.Run)},
		earlier:   Earlier{AWS: map[string]report.Calls{}, Port: map[string]report.Calls{}},
		report: &report.Report{
			Head: report.Head{
				Run: of.Run, Action: of.Request.Action, Integration: d.Integration, Trigger: of.Request.Trigger, Version: d.Program, Started: of.Started,
			},
		},
	}
	if d.Writes != nil && !e.plans() {
		d.Writes()
	}
	d.Port.Share(1)
	if d.History > 0 {
		e.reading.since = of.Started.Add(-d.History).Truncate(time.Second)
	}
	return e
}

// plans says whether the run only looks.
func (e *Engine) plans() bool { return e.Request.Action == invocation.Plan }

// lists says whether the run asks Port for all that it holds of this integration. A run of single cells
// takes what the full runs have left for that, and looks up only what it did not find.
func (e *Engine) lists() bool { return len(e.Request.Cells) == 0 }

// recorded says whether the run counts as one: Port is told of it, and its report, its times and how often
// it missed an entity are kept.
func (e *Engine) recorded() bool { return e.lists() && !e.plans() }

// remembers says whether there is a state.
func (e *Engine) remembers() bool { return e.State != nil }

// End closes the report of a run, files it, and says whether anything could be done.
func (e *Engine) End(ctx context.Context, err error) (*report.Report, error) {
	e.conclude(ctx, err)
	if !e.report.Declined() {
		e.file()
	}
	total, deleted := e.report.Total, e.report.Total.Deleted
	ended, would := "run ended", ""
	if e.plans() {
		ended, would, deleted = "plan ended, nothing was written", "would_be_", e.report.Deletes.Planned
	}
	e.log.InfoContext(ctx, ended, "status", e.report.Status, "reason", e.report.Reason, "resources", total.Fetched,
		would+"created", total.Created, would+"updated", total.Updated, would+"deleted", deleted, would+"failed", total.Failed,
		"seconds", e.report.Seconds)
	if e.report.Status == report.Failed {
		return e.report, diag.With(e.report.Code, errors.New(e.report.Reason))
	}
	return e.report, nil
}

// work returns where the invocations of a run leave each other what they found; nil if it
// takes only one.
func (e *Engine) work() *state.Work {
	if !e.reading.share.Steps {
		return nil
	}
	return state.NewWork(e.State, e.Run)
}
