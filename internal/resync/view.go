package resync

import (
	"cmp"
	"fmt"
	"slices"
	"sync"

	"portolan/internal/account"
	"portolan/internal/kind"
	"portolan/internal/mapping"
	"portolan/internal/reconcile"
	"portolan/internal/report"
	"portolan/internal/trouble"
)

// view is what a run saw of the estate, cell by cell: which accounts it entered,
// which regions are enabled there, and which cells it did not read to the end. All
// other cells it read.
type view struct {
	mu      sync.Mutex
	enabled map[string][]string           // regions of the accounts that were entered
	left    map[leftKey]reconcile.Reason  // why kinds of a scope were not read in an account
	unread  map[cellName]reconcile.Reason // why a cell was not read to its end
}

type leftKey struct {
	account string
	scope   kind.Scope
}

func newView() *view {
	return &view{enabled: map[string][]string{}, left: map[leftKey]reconcile.Reason{}, unread: map[cellName]reconcile.Reason{}}
}

// entered notes the regions that are enabled in an account.
func (v *view) entered(account string, regions []string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.enabled[account] = regions
}

// leave notes that the kinds of a scope were not read in an account.
func (v *view) leave(account string, scope kind.Scope, reason string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.left[leftKey{account, scope}] = reconcile.Reason{Code: trouble.KeptAccountUnread, Text: reason}
}

// knows says whether an account was entered.
func (v *view) knows(account string) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	_, known := v.enabled[account]
	return known
}

// leftOf gives why the kinds of a scope were not read in an account.
func (v *view) leftOf(account string, scope kind.Scope) reconcile.Reason {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.left[leftKey{account, scope}]
}

// miss notes that a cell was not read to its end.
func (v *view) miss(c cellName, outcome report.Outcome) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.unread[c] = reconcile.Reason{Code: trouble.KeptUnread, Text: fmt.Sprintf("%s was not read to its end%s: %s", c.kind, c.place(), outcome)}
}

// missPlace notes that a kind which is read once in an account could not be, because
// none of the regions through which it may be read is left.
func (v *view) missPlace(account, kind string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.unread[cellName{account: account, kind: kind}] = reconcile.Reason{
		Code: trouble.KeptUnread, Text: fmt.Sprintf("no region of account %s is left through which %s may be read", account, kind),
	}
}

// unreadOf gives why some cell of a kind was not read to its end.
func (v *view) unreadOf(kind string) reconcile.Reason {
	v.mu.Lock()
	defer v.mu.Unlock()
	for c, reason := range v.unread {
		if c.kind == kind {
			return reason
		}
	}
	return reconcile.Reason{}
}

// place names for people where a cell is.
func (c cellName) place() string {
	switch {
	case c.account == "":
		return " in the Organization"
	case c.region == "":
		return " in account " + c.account
	}
	return " in account " + c.account + ", " + c.region
}

// unseen says why an entity from a cell must stay: because nobody knows whether its
// resource still exists. There is none if the cell was read to its end without it, or
// if it is not to be read any more: the mapping or the settings leave it out, or its
// account is gone.
func (r *run) unseen(c cellName) reconcile.Reason {
	units := slices.DeleteFunc(slices.Clone(r.allUnits), func(u *unit) bool { return u.kind.Type != c.kind })
	switch {
	case r.narrowedOut(c):
		return narrowed
	case len(units) == 0:
		_, d := r.kindOut(c.kind)
		return d.reason()
	}
	r.view.mu.Lock()
	defer r.view.mu.Unlock()
	if reason := r.view.unread[c]; !reason.None() {
		return reason
	}
	scope := units[0].kind.Scope
	if scope == kind.Management {
		return cmp.Or(r.view.left[leftKey{"", scope}], r.notDone(c, units))
	}
	if !slices.ContainsFunc(r.listing.Accounts, func(a account.Account) bool { return a.ID == c.account }) {
		if !r.listing.Complete {
			return notEveryAccount
		}
		return reconcile.Reason{}
	}
	if reason := r.view.left[leftKey{c.account, scope}]; !reason.None() {
		return reason
	}
	if scope == kind.Global {
		return r.notDone(c, units)
	}
	if !slices.Contains(r.view.enabled[c.account], c.region) {
		return reconcile.Reason{
			Code: trouble.KeptRegion,
			Text: fmt.Sprintf("region %s is not enabled in account %s any more, and what is in it may still exist", c.region, c.account),
		}
	}
	return r.notDone(c, units)
}

// notDone says why an entity from a cell must stay that the run was to read, and of
// which it does not know that it did.
func (r *run) notDone(c cellName, units []*unit) reconcile.Reason {
	wanted := func(u *unit) bool {
		return c.region == "" || u.allows(c.region) && (len(r.Regions) == 0 || slices.Contains(r.Regions, c.region))
	}
	if r.reach.did(c) {
		return reconcile.Reason{}
	}
	if !slices.ContainsFunc(units, wanted) {
		_, d := r.regionOut(c.kind, c.region)
		return d.reason()
	}
	return reconcile.Reason{Code: trouble.KeptUnread, Text: c.kind + " was not read" + c.place()}
}

// narrowedOut says whether the request leaves a cell out, or may: what is read once in
// an account is read through some region, which the request has to leave, and what is
// read once in an Organization through some account.
func (r *run) narrowedOut(c cellName) bool {
	out := func(wanted []string, name string) bool { return len(wanted) > 0 && !slices.Contains(wanted, name) }
	return out(r.request.Kinds, c.kind) || out(r.request.Accounts, c.account) || out(r.request.Regions, c.region)
}

var (
	narrowed        = reconcile.Reason{Code: trouble.KeptNarrowed, Text: "the run was narrowed to some kinds, accounts or regions"}
	notEveryAccount = reconcile.Reason{Code: trouble.KeptAccountsUnknown, Text: "not every account of the Organization is known"}
)

// unseenBlueprint says why an entity of which nothing is remembered must stay: some
// cell was not read that could have given it.
func (r *run) unseenBlueprint(blueprint string) reconcile.Reason {
	switch {
	case r.request.Narrowed():
		return narrowed
	case !r.listing.Complete:
		return notEveryAccount
	}
	if d := r.blueprintDoubt(blueprint); !d.none() {
		return d.reason()
	}
	for _, u := range r.allUnits {
		if !slices.ContainsFunc(u.resources, func(m *mapping.Resource) bool { return writes(m, blueprint) }) {
			continue
		}
		if n := r.ledger.unreadOf(u.kind.Type); n > 0 {
			return reconcile.Reason{
				Code: trouble.KeptOriginUnknown,
				Text: fmt.Sprintf("%d cells of %s were not read to their end, and its entities may still be right", n, u.kind.Type),
			}
		}
		if reason := r.view.unreadOf(u.kind.Type); !reason.None() {
			return reason
		}
		if u.kind.Scope == kind.Management {
			if reason := r.view.leftOf("", kind.Management); !reason.None() {
				return reason
			}
		}
	}
	return reconcile.Reason{}
}

// writes says whether a resource of the mapping can give entities of a blueprint.
func writes(m *mapping.Resource, blueprint string) bool {
	blueprints, all := m.Blueprints()
	return all || slices.Contains(blueprints, blueprint)
}
