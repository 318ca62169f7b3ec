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
	"golang.org/x/sync/errgroup"

	"portolan/internal/aws/account"
	"portolan/internal/aws/call"
	"portolan/internal/diag"
	"portolan/internal/invocation"
	"portolan/internal/report"
	"portolan/internal/resync/cell"
	"portolan/internal/resync/schedule"
	"portolan/internal/state"
)

// Touched is a cell that may have changed in AWS.
type Touched struct {
	Cell cell.Name
	// At is when it may have changed, by AWS's clock. A reading that began later has seen it.
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
	// Unseen could not be read to its end, or Port did not take all that follows. The next full run tries
	// again.
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

// Refresh reads the touched cells that need it. Cells without a look have to come back: the time was over
// before it was their turn. It returns an error if no cell could be looked at: then another run writes
// (state.HeldError), or Port or the state cannot be reached.
func (r *Refresher) Refresh(ctx context.Context, d Deps, touched []Touched) (Refreshed, error) {
	latest := make(map[cell.Name]time.Time, len(touched))
	for _, t := range touched {
		if at, twice := latest[t.Cell]; !twice || t.At.After(at) {
			latest[t.Cell] = t.At
		}
	}
	closing, ctx, stop := NewClosing(ctx)
	w := &warmDirectory{of: r, cold: d.Directory, touched: make(map[string]bool)}
	defer func() {
		stop()
		w.begun.Wait()
	}()
	d.Directory = w.open
	d.SyncStatus, d.Requests, d.Coverage, d.SendExamples = nil, nil, false, false
	e := New(closing, d, Identity{Run: uuid.NewString(), Started: time.Now().UTC(), Request: invocation.Request{
		Action: invocation.Resync, Trigger: invocation.Event, Cells: slices.Collect(maps.Keys(latest)),
	}})
	out := Refreshed{Looks: make(map[cell.Name]Look, len(latest))}
	err := e.Alone(ctx, func(ctx context.Context) error { return e.refresh(ctx, latest, w, &out) })
	if out.Report != nil {
		_, _ = e.End(ctx, err) // the error says of a report what is in it
	}
	return out, err
}

// refresh reads those of the touched cells that were not read since, nor too short a time ago.
func (e *Engine) refresh(ctx context.Context, touched map[cell.Name]time.Time, w *warmDirectory, out *Refreshed) error {
	looks, err := e.recallLooks(ctx)
	if err != nil {
		return err
	}
	var wanted []cell.Name
	for c, at := range touched {
		look := looks.at(c, at, w.of.Pace, e.Started)
		if out.Looks[c] = look; look.Outcome == "" {
			wanted = append(wanted, c)
		}
	}
	if len(wanted) == 0 {
		return nil
	}
	for _, c := range wanted {
		w.touched[string(c.Account)] = true
	}
	e.enterAhead(ctx, w)
	e.Request.Cells, out.Report = wanted, e.report
	e.log.InfoContext(ctx, "run started", "action", e.Request.Action, "trigger", e.Request.Trigger, "cells", len(wanted))
	if err = e.run(ctx); err == nil {
		err = e.cutShort(ctx)
	}
	late := make(map[cell.Name]diag.Code)
	for _, end := range e.book.Late() {
		late[end.Cell] = end.Code
	}
	for _, c := range wanted {
		switch {
		case err != nil, late[c] == diag.NotReached:
			delete(out.Looks, c)
		case e.book.Read(c) && e.carriedOut():
			out.Looks[c] = Look{Outcome: Seen}
		case late[c] != "", e.book.Ended(c), !e.scope.Listing.Complete:
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

// cutShort says why a run that came to its end may have left out something that another try would do: its
// time was over, or Port was given up.
func (e *Engine) cutShort(ctx context.Context) error {
	if e.writing.unsent != "" {
		return errors.New(e.writing.unsent)
	}
	return ctx.Err()
}

// carriedOut says whether Port took all that follows from the cells that were read.
func (e *Engine) carriedOut() bool {
	return e.book.Unsent() == 0 && e.book.Untaken.Count() == 0 && e.report.Deletes.Failed == 0 && e.removal.unconfirmed == 0
}

// warmDirectory lists the accounts only now and then, and enters those that are touched while Port and
// the state are still being asked.
type warmDirectory struct {
	Directory // nil until it is opened
	of        *Refresher
	cold      func(ctx context.Context, run string, options func(*middleware.Stack) error) (Directory, error)
	touched   map[string]bool      // accounts
	ahead     map[string]*entering // by account
	begun     sync.WaitGroup
	listed    bool // for this run
}

// entering is an account that is being entered, and then asked for its regions.
type entering struct {
	account        account.Account
	entered, asked chan struct{} // closed when that is done
	session        *account.Session
	regions        []string
	failed         error
}

// begin enters the account.
func (of *entering) begin(ctx context.Context, d Directory) {
	defer close(of.asked)
	ctx = call.Entering(ctx, of.account.ID)
	of.session, of.failed = d.Enter(ctx, of.account)
	close(of.entered)
	if of.session != nil {
		of.regions, of.failed = d.Regions(ctx, of.session)
	}
}

func (w *warmDirectory) open(ctx context.Context, run string, options func(*middleware.Stack) error) (_ Directory, err error) {
	if w.Directory == nil {
		w.Directory, err = w.cold(ctx, run, options)
	}
	return w, err
}

// enterAhead begins to enter the accounts that are touched, as far as they are known. What goes wrong is met
// again when they are read.
func (e *Engine) enterAhead(ctx context.Context, w *warmDirectory) {
	if _, err := e.open(ctx); err != nil {
		return
	}
	w.of.mu.Lock()
	known, age := w.of.known.Accounts, time.Since(w.of.listed)
	w.of.mu.Unlock()
	w.ahead = make(map[string]*entering)
	for _, a := range known {
		if !w.touched[a.ID] || age > listingFor {
			continue
		}
		w.ahead[a.ID] = &entering{account: a, entered: make(chan struct{}), asked: make(chan struct{})}
	}
	w.begun.Go(func() {
		var group errgroup.Group
		group.SetLimit(e.limits.Entering)
		for _, of := range w.ahead {
			group.Go(func() error {
				of.begin(ctx, w.Directory)
				return nil
			})
		}
		_ = group.Wait()
	})
}

// Enter waits for what was begun.
func (w *warmDirectory) Enter(ctx context.Context, a account.Account) (*account.Session, error) {
	of := w.ahead[a.ID]
	if of == nil || of.account != a {
		return w.Directory.Enter(ctx, a)
	}
	select {
	case <-of.entered:
		if of.session != nil {
			return of.session, nil
		}
		<-of.asked // at once: there is nothing to ask
		return nil, of.failed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Regions waits for what was begun.
func (w *warmDirectory) Regions(ctx context.Context, s *account.Session) ([]string, error) {
	if of := w.ahead[s.Account.ID]; of != nil {
		select {
		case <-of.asked:
			if of.session != nil {
				return of.regions, of.failed
			}
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return w.Directory.Regions(ctx, s)
}

// List returns the accounts as they were listed a short time ago, if that list has all that are
// touched. One that lacks some and is too new to be asked for again does not prove that they are gone: they may
// have joined since.
func (w *warmDirectory) List(ctx context.Context) (account.Listing, error) {
	w.of.mu.Lock()
	defer w.of.mu.Unlock()
	age := time.Since(w.of.listed)
	if age < relistAfter || age < listingFor && w.has() {
		known := w.of.known
		known.Complete = known.Complete && (w.listed || w.has())
		return known, nil
	}
	listing, err := w.Directory.List(ctx)
	if err == nil {
		w.of.known, w.of.listed, w.listed = listing, time.Now(), true
	}
	return listing, err
}

func (w *warmDirectory) has() bool {
	missing := maps.Clone(w.touched)
	for _, a := range w.of.known.Accounts {
		delete(missing, a.ID)
	}
	delete(missing, "")
	return len(missing) == 0
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

// doubt is how much later than it says something may have happened: AWS's clocks are not ours, and its
// events have whole seconds.
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
		e.log.WarnContext(ctx, "it was not recorded which cells were read; they may be read again soon", "error", err)
	}
}
