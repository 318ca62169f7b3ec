package resync

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"portolan/internal/aws/account"
	"portolan/internal/aws/awserr"
	"portolan/internal/aws/call"
	"portolan/internal/aws/kind"
	"portolan/internal/diag"
	"portolan/internal/report"
	"portolan/internal/resync/cell"
	"portolan/internal/resync/outcome"
	"portolan/internal/resync/schedule"
	"portolan/internal/resync/scope"
)

// enterAll enters the accounts, a few at a time and ahead of the reading, and passes on the
// cells of each as soon as it is entered. Management cells come last, because any account
// may be the one that can answer them.
func (e *Engine) enterAll(ctx context.Context, directory Directory, tasks chan<- task) {
	if len(e.scope.Units) == 0 {
		return
	}
	accounts := e.ordered()
	e.Progress.Accounts.Store(int64(len(accounts)))
	var (
		group    errgroup.Group
		mu       sync.Mutex
		sessions []*account.Session
	)
	group.SetLimit(e.limits.Entering)
	for _, a := range accounts {
		group.Go(func() error {
			s := e.enter(ctx, directory, a, tasks)
			e.Progress.AccountsEntered.Add(1)
			if s != nil {
				mu.Lock()
				defer mu.Unlock()
				sessions = append(sessions, s)
			}
			return nil
		})
	}
	_ = group.Wait() // what goes wrong is in the book
	slices.SortFunc(sessions, func(a, b *account.Session) int { return cmp.Compare(a.Account.ID, b.Account.ID) })
	for _, u := range e.scope.Units {
		c := cell.Name{Kind: cell.Kind(u.Kind.Type)}
		if u.Kind.Scope != kind.Management || e.reading.share.Batch > 0 || e.reading.before.Has(c) || !e.scope.Wants(c) {
			continue
		}
		if s := e.enterLister(ctx, directory); s != nil {
			sessions = slices.Insert(sessions, 0, s)
		}
		switch {
		case len(sessions) == 0 && ctx.Err() != nil:
			e.book.Record(outcome.Late(c, "", e.notReached()))
		case len(sessions) == 0:
			const reason = "no account could be entered that may read the Organization"
			e.book.Record(outcome.End{
				Cell: c, Outcome: report.Outcome(awserr.Failed), Code: diag.Failed, Cause: reason, Doubt: reason,
				Fix: "see why the accounts could not be entered",
			})
		default:
			e.handOut(managementTask(u, sessions), tasks)
		}
	}
}

func (e *Engine) handOut(t task, tasks chan<- task) {
	e.book.Expect(t.coverage())
	tasks <- t
}

// enterLister enters the account that listed the Organization, which is not always one of
// those that are read. If it fails, that is reported as for any account.
func (e *Engine) enterLister(ctx context.Context, directory Directory) *account.Session {
	if e.scope.Listing.Lister == nil {
		return nil
	}
	s, err := directory.Enter(ctx, *e.scope.Listing.Lister)
	if err != nil {
		return nil
	}
	return s
}

// enter enters one account and hands out its cells; nil if that is not possible.
func (e *Engine) enter(ctx context.Context, directory Directory, a account.Account, tasks chan<- task) *account.Session {
	log := e.log.With("account", a.ID, "name", a.Name)
	if ctx.Err() != nil {
		e.missAccount(a)
		return nil
	}
	ctx = call.Entering(ctx, a.ID)
	s, err := directory.Enter(ctx, a)
	if err != nil && ctx.Err() != nil {
		e.missAccount(a)
		return nil
	}
	if err != nil {
		e.leaveAccount(a, outcome.End{Outcome: accountOutcome(err), Code: outcome.CodeOf(err), Cause: entryCause(err), Fix: awserr.Fix(err)})
		log.WarnContext(ctx, "account not entered", "error", err)
		return nil
	}
	regions, err := directory.Regions(ctx, s)
	if err != nil && ctx.Err() != nil {
		e.missAccount(a)
		return s
	}
	if err != nil {
		global, regional := splitByScope(e.scope.Units)
		e.leaveUnits(a, regional, outcome.End{
			Outcome: accountOutcome(err), Code: outcome.CodeOf(err), Cause: "which regions are enabled is not known: " + awserr.Message(err),
			Fix: awserr.Fix(err), Doubt: "which regions of account " + a.ID + " are enabled is not known",
		})
		log.WarnContext(ctx, "regions not known", "error", err)
		e.handOutAll(s, global, []string{s.Config.Region}, tasks)
		return s
	}
	e.book.Enter(a.ID, regions)
	regions = e.scope.LeftRegions(regions)
	if len(regions) == 0 {
		e.leaveAccount(s.Account, outcome.End{
			Outcome: report.Skipped, Code: diag.LeftOut, Cause: "settings, request and account have no region in common",
		})
		return s
	}
	e.book.AddAccount(a.ID, s.Account.Name, len(regions))
	log.InfoContext(ctx, "account entered", "regions", len(regions))
	e.handOutAll(s, e.scope.Units, regions, tasks)
	return s
}

// handOutAll hands out those cells of an account that no earlier invocation has ended.
func (e *Engine) handOutAll(s *account.Session, units []*scope.Unit, regions []string, tasks chan<- task) {
	for _, u := range units {
		c := cell.Name{Account: cell.Account(s.Account.ID), Kind: cell.Kind(u.Kind.Type)}
		if u.Kind.Scope == kind.Global && !slices.ContainsFunc(regions, u.Allows) && !e.reading.before.Has(c) && e.scope.Wants(c) {
			e.book.Record(outcome.End{
				Cell: c, By: c.Account, Outcome: report.Skipped, Code: diag.LeftOut,
				Cause: "regionPolicy allows none of the regions that are left in the account",
				Doubt: "no region is left through which it may be read",
			})
		}
	}
	given := tasksOf(units, s, regions, e.reading.sharing)
	schedule.OrderCells(e.reading.timetable, given, task.name)
	schedule.Spread(e.reading.timetable, given, task.name, func(t task) bool { return t.unit.Kind.List.Questions != nil })
	given = slices.DeleteFunc(given, func(t task) bool {
		left := e.reading.before.Has(t.name()) || !e.scope.Wants(t.name())
		if left {
			t.done()
		}
		return left
	})
	var left atomic.Int64
	left.Store(int64(len(given)))
	for i, t := range given { // before the first of them can end
		e.book.Expect(t.coverage())
		given[i].last = func() {
			if left.Add(-1) == 0 {
				e.memory.Close(cell.Account(s.Account.ID))
			}
		}
	}
	for _, t := range given {
		tasks <- t
	}
}

func splitByScope(units []*scope.Unit) (global, regional []*scope.Unit) {
	for _, u := range units {
		if u.Kind.Scope == kind.Regional {
			regional = append(regional, u)
		} else {
			global = append(global, u)
		}
	}
	return global, regional
}

// notReached is what is said of a cell that the run came too late for.
func (e *Engine) notReached() string { return e.tooLate("the run ended before it could be read") }

// tooLate says why a cell was not read, and that it comes first next time, if there is a
// state in which this run says so.
func (e *Engine) tooLate(why string) string {
	if e.plans() || !e.remembers() {
		return why
	}
	return why + "; the next run begins with it"
}

// missAccount records that the run came too late for all of an account.
func (e *Engine) missAccount(a account.Account) {
	end := outcome.Late(cell.Name{}, "", e.notReached())
	end.Doubt = notRead(a, report.NotReached)
	e.leaveUnits(a, e.scope.Units, end)
}

func notRead(a account.Account, of report.Outcome) string {
	return fmt.Sprintf("account %s was not read: %s", a.ID, of)
}

// leaveAccount records that an account was not read. If its regions are known, cells that
// are skipped there were not to be read; kinds that are read once may be in any region.
func (e *Engine) leaveAccount(a account.Account, end outcome.End) {
	doubtful := end
	doubtful.Doubt = notRead(a, end.Outcome)
	if end.Outcome != report.Skipped {
		end = doubtful
	}
	global, regional := splitByScope(e.scope.Units)
	e.leaveUnits(a, global, doubtful)
	e.leaveUnits(a, regional, end)
}

// leaveUnits records that some units of an account were not read, in whichever regions they
// would have been. Those that an earlier invocation has read stay read.
func (e *Engine) leaveUnits(a account.Account, units []*scope.Unit, end outcome.End) {
	e.book.AddAccount(a.ID, a.Name, 0)
	end.By = cell.Account(a.ID)
	for _, u := range units {
		if u.Kind.Scope == kind.Management { // another account may answer for it
			continue
		}
		all := cell.Name{Account: end.By, Kind: cell.Kind(u.Kind.Type)}
		left, whole := e.scope.WantedOf(end.By, all.Kind)
		if whole {
			left = []cell.Name{all}
		}
		if e.reading.late != nil {
			left = e.reading.late[cell.Coverage{Account: end.By, Kind: all.Kind}]
		}
		for _, c := range left {
			end.Cell, end.All = c, c == all
			e.book.Record(end)
		}
	}
}

// LeaveBatch records that the invocation that should have read some accounts did not
// return. First says that their batch also reads what is read once in an Organization.
func (e *Engine) LeaveBatch(accounts []string, first bool) {
	end := outcome.End{
		Outcome: report.Outcome(awserr.Failed), Code: diag.Failed,
		Cause: "the invocation that was to read it ended before it could say what it found",
		Fix:   "look at the failed items of the state machine's map run, and at the function's log",
	}
	for _, a := range e.scope.Listing.Accounts {
		if slices.Contains(accounts, a.ID) {
			e.leaveAccount(a, end)
		}
	}
	end.Doubt = end.Cause
	for _, u := range e.scope.Units {
		if first && u.Kind.Scope == kind.Management {
			end.Cell = cell.Name{Kind: cell.Kind(u.Kind.Type)}
			e.book.Record(end)
		}
	}
}

// accountOutcome is the outcome of all cells of an account that could not be entered. Only
// single cells are closed for good: if a whole account cannot be entered, the installation
// has to be fixed, whatever denies it.
func accountOutcome(err error) report.Outcome {
	if of := outcome.OfError(err); of != report.Closed {
		return of
	}
	return report.Outcome(awserr.Denied)
}

// entryCause says why an account could not be entered, in the words that the
// troubleshooting page is found by.
func entryCause(err error) string {
	var entry *account.EnterError
	if errors.As(err, &entry) {
		return strings.TrimSpace(entry.Title+" "+entry.Account.RoleARN) + ": " + entry.Cause
	}
	return awserr.Message(err)
}
