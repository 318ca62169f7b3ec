package resync

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"portolan/internal/aws/account"
	"portolan/internal/aws/awserr"
	"portolan/internal/aws/call"
	"portolan/internal/aws/kind"
	"portolan/internal/diag"
	"portolan/internal/report"
	"portolan/internal/resync/cell"
)

// enterAll enters the accounts, a few at a time and ahead of the reading, and
// gives the cells of each as soon as it is entered. Management cells come last:
// any account may turn out to be the one that answers.
func (r *run) enterAll(ctx context.Context, directory Directory, cells chan<- task) {
	if len(r.units) == 0 {
		return
	}
	accounts := r.times.order(r.wantedAccounts())
	r.progress.Accounts.Store(int64(len(accounts)))
	var (
		group    errgroup.Group
		mu       sync.Mutex
		sessions []*account.Session
	)
	group.SetLimit(r.limits.Entering)
	for _, a := range accounts {
		group.Go(func() error {
			s := r.enter(ctx, directory, a, cells)
			r.progress.AccountsEntered.Add(1)
			if s != nil {
				mu.Lock()
				defer mu.Unlock()
				sessions = append(sessions, s)
			}
			return nil
		})
	}
	_ = group.Wait() // what goes wrong is in the ledger
	slices.SortFunc(sessions, func(a, b *account.Session) int { return cmp.Compare(a.Account.ID, b.Account.ID) })
	for _, u := range r.units {
		if u.kind.Scope != kind.Management || r.batch > 0 || r.reach.didBefore(cell.Name{Kind: u.kind.Type}) {
			continue
		}
		if s := r.enterLister(ctx, directory); s != nil {
			sessions = slices.Insert(sessions, 0, s)
		}
		if len(sessions) == 0 && ctx.Err() != nil {
			r.reach.miss(cellRecord{
				Origin: cell.Coverage{Kind: u.kind.Type}, Name: cell.Name{Kind: u.kind.Type}, Outcome: report.NotReached,
				Code: diag.NotReached, Message: r.notReached(),
			})
			continue
		}
		if len(sessions) == 0 {
			const reason = "no account could be entered that may read the Organization"
			r.view.leave("", kind.Management, reason)
			r.done(cell.Name{Kind: u.kind.Type}, 0)
			r.ledger.leave(cell.Coverage{Kind: u.kind.Type}, cell.Name{Kind: u.kind.Type}, "", report.Outcome(awserr.Failed), reason,
				"see why the accounts could not be entered")
			continue
		}
		r.progress.Cells.Add(1)
		c := managementCell(u, sessions)
		r.lines.expect(c)
		cells <- c
	}
}

// enterLister enters the account that listed the Organization, which may be none
// of those that are read. Its failure is no other than that of any account.
func (r *run) enterLister(ctx context.Context, directory Directory) *account.Session {
	if r.listing.Lister == nil {
		return nil
	}
	s, err := directory.Enter(ctx, *r.listing.Lister)
	if err != nil {
		return nil
	}
	return s
}

// enter enters one account and gives its cells; nil if that is not possible.
func (r *run) enter(ctx context.Context, directory Directory, a account.Account, cells chan<- task) *account.Session {
	log := r.log.With("account", a.ID, "name", a.Name)
	if ctx.Err() != nil {
		r.missAccount(a)
		return nil
	}
	ctx = call.Entering(ctx, a.ID)
	s, err := directory.Enter(ctx, a)
	if err != nil && ctx.Err() != nil {
		r.missAccount(a)
		return nil
	}
	if err != nil {
		r.leaveAccount(a, r.units, accountOutcome(err), codeOf(err), entryCause(err), awserr.Fix(err))
		log.WarnContext(ctx, "account not entered", "error", err)
		return nil
	}
	regions, err := directory.Regions(ctx, s)
	if err != nil {
		global, regional := splitByScope(r.units)
		r.view.leave(a.ID, kind.Regional, "which regions of account "+a.ID+" are enabled is not known")
		r.leaveUnits(a, regional, accountOutcome(err), codeOf(err), "which regions are enabled is not known: "+awserr.Message(err),
			awserr.Fix(err))
		log.WarnContext(ctx, "regions not known", "error", err)
		r.giveCells(s, global, []string{s.Config.Region}, cells)
		return s
	}
	r.view.entered(a.ID, regions)
	regions = r.narrowRegions(regions)
	if len(regions) == 0 {
		r.leaveAccount(s.Account, r.units, report.Skipped, diag.LeftOut, "settings, request and account have no region in common", "")
		return s
	}
	r.ledger.addAccount(a.ID, s.Account.Name, len(regions))
	log.InfoContext(ctx, "account entered", "regions", len(regions))
	r.giveCells(s, r.units, regions, cells)
	return s
}

func (r *run) giveCells(s *account.Session, units []*unit, regions []string, cells chan<- task) {
	for _, u := range units {
		name := cell.Name{Account: s.Account.ID, Kind: u.kind.Type}
		if u.kind.Scope == kind.Global && !slices.ContainsFunc(regions, u.allows) && !r.reach.didBefore(name) {
			r.done(name, 0)
			r.view.missPlace(s.Account.ID, u.kind.Type)
			r.ledger.skip(cell.Coverage{Account: s.Account.ID, Kind: u.kind.Type}, "regionPolicy allows none of the regions that are left in the account")
		}
	}
	given := cellsOf(units, s, regions, r.sharing)
	r.times.orderCells(given)
	given = slices.DeleteFunc(given, func(c task) bool {
		before := r.reach.didBefore(c.name())
		if before {
			c.done()
		}
		return before
	})
	r.lines.expect(given...)
	for _, c := range given {
		r.progress.Cells.Add(1)
		cells <- c
	}
}

func splitByScope(units []*unit) (global, regional []*unit) {
	for _, u := range units {
		if u.kind.Scope == kind.Regional {
			regional = append(regional, u)
		} else {
			global = append(global, u)
		}
	}
	return global, regional
}

// notReached is what is said of a cell that the run came too late for.
func (r *run) notReached() string { return r.tooLate("the run ended before it could be read") }

// tooLate says why a cell was not read, and that it comes first next time, if there is a
// state in which this run says so.
func (r *run) tooLate(why string) string {
	if r.plans() || !r.remembers() {
		return why
	}
	return why + "; the next run begins with it"
}

// missAccount records that the run came too late for all of an account. It may have
// more cells than one for each kind: which regions it has is not known.
func (r *run) missAccount(a account.Account) {
	r.ledger.addAccount(a.ID, a.Name, 0)
	for _, u := range r.units {
		if u.kind.Scope != kind.Management { // another account may answer for it
			name := cell.Name{Account: a.ID, Kind: u.kind.Type}
			r.reach.miss(cellRecord{Origin: cell.Coverage{Account: a.ID, Kind: u.kind.Type}, Name: name, Outcome: report.NotReached, Code: diag.NotReached, Message: r.notReached()})
		}
	}
}

// leaveAccount records that nothing of an account was read.
func (r *run) leaveAccount(a account.Account, units []*unit, outcome report.Outcome, code diag.Code, message, fix string) {
	for _, scope := range []kind.Scope{kind.Global, kind.Regional} {
		if outcome != report.Skipped || scope == kind.Global {
			r.view.leave(a.ID, scope, fmt.Sprintf("account %s was not read: %s", a.ID, outcome))
		}
	}
	r.leaveUnits(a, units, outcome, code, message, fix)
}

// leaveUnits records that some units of an account were not read.
func (r *run) leaveUnits(a account.Account, units []*unit, outcome report.Outcome, code diag.Code, message, fix string) {
	r.ledger.addAccount(a.ID, a.Name, 0)
	var kinds []string
	for _, u := range units {
		if u.kind.Scope != kind.Management { // another account may answer for it
			kinds = append(kinds, u.kind.Type)
			r.done(cell.Name{Account: a.ID, Kind: u.kind.Type}, 0)
		}
	}
	r.ledger.leaveAccount(a.ID, kinds, outcome, code, message, fix)
}

// leaveCell records that a cell was given too late to be read.
func (r *run) leaveCell(c task, reason string) {
	r.leave(c, cellRecord{Outcome: report.NotReached, Code: diag.NotReached, Message: reason})
}

// leave records that a cell was not read for want of time.
func (r *run) leave(c task, record cellRecord) {
	c.done()
	record.Origin, record.Name, record.Region = c.origin(), c.name(), c.places[0].region
	r.reach.miss(record)
	r.lines.left(c.origin())
	r.progress.CellsDone.Add(1)
}

// accountOutcome is outcomeOf for all cells of an account. Only single cells are closed
// for good: an account that is to be read and cannot be entered is the installation's
// fault, whoever denies it.
func accountOutcome(err error) report.Outcome {
	if outcome := outcomeOf(err); outcome != report.Closed {
		return outcome
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

// wantedAccounts are the listed accounts that the request does not leave out.
func (r *run) wantedAccounts() []account.Account {
	return slices.DeleteFunc(slices.Clone(r.listing.Accounts), func(a account.Account) bool {
		return len(r.request.Accounts) > 0 && !slices.Contains(r.request.Accounts, a.ID) ||
			r.only != nil && !slices.Contains(r.only, a.ID)
	})
}

// narrow leaves out the units that the request does not ask for.
func (r *run) narrow(units []*unit) []*unit {
	if len(r.request.Kinds) == 0 {
		return units
	}
	return slices.DeleteFunc(slices.Clone(units), func(u *unit) bool { return !slices.Contains(r.request.Kinds, u.kind.Type) })
}

// narrowRegions leaves out the regions that settings or request exclude.
func (r *run) narrowRegions(regions []string) []string {
	return slices.DeleteFunc(slices.Clone(regions), func(region string) bool {
		return len(r.Regions) > 0 && !slices.Contains(r.Regions, region) ||
			len(r.request.Regions) > 0 && !slices.Contains(r.request.Regions, region)
	})
}
