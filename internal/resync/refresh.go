package resync

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/aws/smithy-go/middleware"
	"github.com/google/uuid"

	"portolan/internal/aws/account"
	"portolan/internal/diag"
	"portolan/internal/invocation"
	"portolan/internal/report"
	"portolan/internal/resync/cell"
	"portolan/internal/resync/entity"
	"portolan/internal/resync/schedule"
	"portolan/internal/resync/snapshot"
	"portolan/internal/state"
)

// Touched is a cell that may have changed in AWS.
type Touched struct {
	Cell cell.Name
	// At is when it may have changed. A reading that began later has seen it.
	At time.Time
}

// Look is what became of a touched cell.
type Look struct {
	Outcome Looked
	Until   time.Time // with Later: when it may be read again
}

// Looked says how a look at a touched cell ended.
type Looked string

// The ends of a look.
const (
	// Seen was read to its end.
	Seen Looked = "seen"
	// Unseen could not be read to its end. The next full run tries again.
	Unseen Looked = "unseen"
	// Covered was read to its end by a reading that began after it was touched.
	Covered Looked = "covered"
	// Later was read too short a time ago to be read again.
	Later Looked = "later"
	// Left is not for this installation to read: the mapping does not have the kind, settings or
	// mapping leave the place out, or no account of the installation has it.
	Left Looked = "left"
)

// Refreshed is what became of all touched cells.
type Refreshed struct {
	Looks map[cell.Name]Look
	// Report is that of the run; nil if there was nothing to read.
	Report *report.Report
}

// Refresher reads single cells between the full runs, by the same rules as these. It keeps what is
// costly to find out for as long as the process lives. It is safe for concurrent use.
//
// Such a run knows only what the full runs have left. Without a state it deletes nothing; without
// the end of a full run it believes nothing. It tells Port nothing about itself, and leaves no report.
type Refresher struct {
	// Pace is the shortest time between two readings of a cell.
	Pace time.Duration

	mu     sync.Mutex
	listed time.Time
	known  account.Listing
}

const (
	// listingFor is how long a list of the accounts serves.
	listingFor = 15 * time.Minute
	// relistAfter is after how long it is asked for again if it lacks a touched account.
	relistAfter = time.Minute
)

var errNothingYet = errors.New("Port has no integration of this name yet, or not its default blueprints: a full run has to come first")

// Refresh reads the touched cells that need it. It returns an error if no cell could be looked
// at: then another run writes (state.HeldError), or Port or the state cannot be reached.
func (r *Refresher) Refresh(ctx context.Context, d Deps, touched []Touched) (Refreshed, error) {
	latest := make(map[cell.Name]time.Time, len(touched))
	for _, t := range touched {
		if at, twice := latest[t.Cell]; !twice || t.At.After(at) {
			latest[t.Cell] = t.At
		}
	}
	closing, ctx, stop := NewClosing(ctx)
	defer stop()
	d.Directory = r.warm(d.Directory, latest)
	d.SyncStatus, d.Requests, d.Coverage, d.SendExamples = nil, nil, false, false
	e := New(closing, d, Identity{Run: uuid.NewString(), Started: time.Now().UTC(), Request: invocation.Request{
		Action: invocation.Resync, Trigger: invocation.Event, Cells: slices.Collect(maps.Keys(latest)),
	}})
	out := Refreshed{Looks: make(map[cell.Name]Look, len(latest))}
	err := e.Alone(ctx, func(ctx context.Context) error { return e.refresh(ctx, latest, r.Pace, &out) })
	if out.Report != nil {
		_, _ = e.End(ctx, err) // the error says of a report what is in it
	}
	return out, err
}

// refresh reads those of the touched cells that were not read since, nor too short a time ago.
func (e *Engine) refresh(ctx context.Context, touched map[cell.Name]time.Time, pace time.Duration, out *Refreshed) error {
	looks, err := e.recallLooks(ctx)
	if err != nil {
		return err
	}
	var wanted []cell.Name
	for c, at := range touched {
		look := looks.at(c, at, pace, e.Started)
		if out.Looks[c] = look; look.Outcome == "" {
			wanted = append(wanted, c)
		}
	}
	if len(wanted) == 0 {
		return nil
	}
	e.Request.Cells, out.Report = wanted, e.report
	e.log.InfoContext(ctx, "run started", "action", e.Request.Action, "trigger", e.Request.Trigger, "cells", len(wanted))
	err = e.run(ctx)
	for _, c := range wanted {
		switch {
		case err != nil:
			delete(out.Looks, c)
		case e.book.Read(c):
			out.Looks[c] = Look{Outcome: Seen}
		case e.book.Ended(c):
			out.Looks[c] = Look{Outcome: Unseen}
		default:
			out.Looks[c] = Look{Outcome: Left}
		}
	}
	if err == nil {
		e.keepLooks(ctx, looks, out.Looks)
	}
	return err
}

// narrow says whether the run reads single cells.
func (e *Engine) narrow() bool { return len(e.Request.Cells) > 0 }

// touchedAccounts are those that have a cell to read.
func (e *Engine) touchedAccounts() []string {
	accounts := []string{}
	for _, c := range e.Request.Cells {
		accounts = append(accounts, string(c.Account))
	}
	slices.Sort(accounts)
	return slices.Compact(accounts)
}

// unproduced returns what is remembered of the cells that are read, and was not produced. It does
// not know yet which of these cells were read to their end.
func (e *Engine) unproduced() (refs []entity.Ref) {
	for was := range e.memory.All {
		if was.Kind != "" && e.scope.Wants(was.Cell()) && !e.produced.Has(was.Ref()) {
			refs = append(refs, was.Ref())
		}
	}
	return refs
}

// stillOurs returns those of the unclaimed entities that are from cells which were read to their end and
// that Port has as this integration's. What Port does not have is forgotten. If some are left, it
// recalls what the runs before left of all accounts: an entity may be from several.
func (e *Engine) stillOurs(ctx context.Context, u unclaimed) unclaimed {
	asked := make(map[string][]string)
	for ref, origins := range e.memory.Origins(u.refs) {
		if slices.ContainsFunc(origins, func(o snapshot.Remembered) bool { return e.book.Read(o.Cell()) }) {
			asked[ref.Blueprint] = append(asked[ref.Blueprint], ref.Identifier)
		}
	}
	u.refs = nil
	for _, blueprint := range slices.Sorted(maps.Keys(asked)) {
		slices.Sort(asked[blueprint])
		held, err := e.lookUp(ctx, blueprint, asked[blueprint])
		if err != nil {
			return unclaimed{err: fmt.Errorf("look up stale entities: %w", err)}
		}
		u.refs = append(u.refs, held...)
	}
	if len(u.refs) == 0 {
		return u
	}
	found, err := e.memory.RecallRest(ctx)
	e.diagnostics = append(e.diagnostics, found...)
	if err != nil {
		return unclaimed{err: diag.With(diag.StateRefused, fmt.Errorf("read the state: %w", err))}
	}
	return u
}

// warm returns an opener of directories that list the accounts only now and then.
func (r *Refresher) warm(
	open func(context.Context, string, func(*middleware.Stack) error) (Directory, error), touched map[cell.Name]time.Time,
) func(context.Context, string, func(*middleware.Stack) error) (Directory, error) {
	return func(ctx context.Context, run string, options func(*middleware.Stack) error) (Directory, error) {
		cold, err := open(ctx, run, options)
		if err != nil {
			return nil, err
		}
		return &warmDirectory{Directory: cold, of: r, touched: touched}, nil
	}
}

type warmDirectory struct {
	Directory
	of      *Refresher
	touched map[cell.Name]time.Time
}

// List returns the accounts as they were listed a short time ago, if that list has all that are
// touched.
func (w *warmDirectory) List(ctx context.Context) (account.Listing, error) {
	w.of.mu.Lock()
	defer w.of.mu.Unlock()
	age := time.Since(w.of.listed)
	if age < relistAfter || age < listingFor && w.has() {
		return w.of.known, nil
	}
	listing, err := w.Directory.List(ctx)
	if err == nil {
		w.of.known, w.of.listed = listing, time.Now()
	}
	return listing, err
}

func (w *warmDirectory) has() bool {
	for c := range w.touched {
		if c.Account != "" && !slices.ContainsFunc(w.of.known.Accounts, func(a account.Account) bool { return a.ID == string(c.Account) }) {
			return false
		}
	}
	return true
}

// looks is when cells were read last.
type looks struct {
	each map[cell.Name]schedule.Look
	full time.Time // when the last run began that saw everything
}

// recallLooks returns when cells were read, as far as that is known.
func (e *Engine) recallLooks(ctx context.Context) (l looks, err error) {
	if !e.remembers() {
		return l, nil
	}
	if l.each, err = schedule.LoadLooks(ctx, e.State); err == nil || lacking(err) {
		l.full, err = e.memory.SawAll(ctx)
	}
	if err != nil && !lacking(err) {
		return l, diag.With(diag.StateRefused, fmt.Errorf("read the state: %w", err))
	}
	return l, nil
}

// lacking says whether a record is not there or cannot be used. Without it cells are read more often.
func lacking(err error) bool {
	return slices.ContainsFunc([]error{state.ErrNotFound, state.ErrDamaged, state.ErrForeign, state.ErrNewer}, func(lack error) bool { return errors.Is(err, lack) })
}

// doubt is how much later than it says something may have happened: AWS's clocks are not ours, and some of
// its times have whole seconds.
const doubt = 2 * time.Second

// at says what is to become of a cell that was touched; the zero Look says that it is to be read.
func (l looks) at(c cell.Name, touched time.Time, pace time.Duration, now time.Time) Look {
	last := l.each[c]
	touched = touched.Add(doubt)
	switch again := last.Began.Add(pace); {
	case last.Seen && last.Began.After(touched), l.full.After(touched):
		return Look{Outcome: Covered}
	case !last.Began.IsZero() && again.After(now):
		return Look{Outcome: Later, Until: again}
	default:
		return Look{}
	}
}

// keepLooks leaves to the next such run which cells this one has read.
func (e *Engine) keepLooks(ctx context.Context, l looks, now map[cell.Name]Look) {
	if !e.remembers() {
		return
	}
	for c, look := range now {
		if look.Outcome == Seen || look.Outcome == Unseen {
			l.each[c] = schedule.Look{Cell: c, Began: e.Started, Seen: look.Outcome == Seen}
		}
	}
	if err := schedule.SaveLooks(ctx, e.State, e.memory.Lease(), l.each, e.Started); err != nil {
		e.log.WarnContext(ctx, "it was not kept which cells were read; they may be read again soon", "error", err)
	}
}
