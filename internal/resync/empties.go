package resync

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"sync"

	"portolan/internal/inventory"
	"portolan/internal/kind"
	"portolan/internal/reconcile"
	"portolan/internal/report"
	"portolan/internal/state"
	"portolan/internal/trouble"
)

// empties is what a run made of AWS Config's answers. It is safe for concurrent use.
type empties struct {
	mu sync.Mutex
	emptiesPart
}

// emptiesPart is what empties holds.
type emptiesPart struct {
	Skipped map[string]int     `json:"skipped"` // cells, by account
	Saved   int                `json:"saved"`   // calls
	Whole   map[string]bool    `json:"whole"`   // accounts of which every cell was to be read
	Doubts  map[string]*doubts `json:"doubts"`  // by reason
}

// doubts are cells that were read because Config did not show that they are empty.
type doubts struct {
	Cells int    `json:"cells"`
	At    string `json:"at"` // one of them
	Mend  string `json:"mend,omitempty"`
}

func newEmpties() *empties {
	return &empties{emptiesPart: emptiesPart{Skipped: map[string]int{}, Whole: map[string]bool{}, Doubts: map[string]*doubts{}}}
}

func (e *empties) part() emptiesPart {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.emptiesPart
}

func (e *empties) absorb(p emptiesPart) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.Saved += p.Saved
	maps.Copy(e.Whole, p.Whole)
	for id, n := range p.Skipped {
		e.Skipped[id] += n
	}
	for reason, d := range p.Doubts {
		e.add(reason, d.Cells, d.At, d.Mend)
	}
}

func (e *empties) add(reason string, cells int, at, mend string) {
	d := e.Doubts[reason]
	if d == nil {
		d = &doubts{At: at, Mend: mend}
		e.Doubts[reason] = d
	}
	d.Cells += cells
}

// doubt notes cells that were read because of a reason.
func (e *empties) doubt(reason string, cells int, at, mend string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.add(reason, cells, at, mend)
}

// whole notes an account of which every cell is to be read.
func (e *empties) whole(account string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.Whole[account] = true
}

// save notes calls that were not made.
func (e *empties) save(calls int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.Saved += calls
}

// skip notes a cell that was not read.
func (e *empties) skip(account string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.Skipped[account]++
}

// skipped counts the cells that were not read, by account.
func (e *empties) skipped() map[string]int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return maps.Clone(e.Skipped)
}

// any says whether the run passed over any cell.
func (e *empties) any() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.Skipped) > 0
}

// passOver records that a cell is known to be empty and is not read.
func (r *run) passOver(c cell) {
	c.done()
	name := c.name()
	r.done(name, 0)
	r.view.missEmpty(name, c.unit.kind.Inventory)
	r.ledger.knownEmpty(c.origin())
	r.empties.skip(name.account)
}

// missEmpty notes that a cell was not read because Config shows that nothing is there.
// What Port may have of it stays, for Config may be wrong.
func (v *view) missEmpty(c cellName, resourceType string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.unread[c] = reconcile.Reason{
		Code: trouble.KeptUnread, Text: fmt.Sprintf("%s was not read%s, where AWS Config counts no %s", c.kind, c.place(), resourceType),
	}
}

// knownEmpty counts a cell that was not read because there is nothing.
func (l *ledger) knownEmpty(o origin) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tally(o, report.KnownEmpty, "", "")
}

// answered notes that a region of an account was reached.
func (l *ledger) answered(account, region string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.Answered[account+"/"+region] = true
}

// wholeReads gives the accounts that this run read whole.
func (r *run) wholeReads() map[string]*state.WholeRead {
	reads, skipped := make(map[string]*state.WholeRead), r.empties.skipped()
	if !r.Inventory || r.request.Narrowed() {
		return reads
	}
	for _, a := range r.listing.Accounts {
		regions, entered := r.view.regionsOf(a.ID)
		if !entered || !r.view.leftOf(a.ID, kind.Regional).None() || skipped[a.ID] > 0 {
			continue
		}
		read := &state.WholeRead{Began: r.report.Started, Regions: r.narrowRegions(regions)}
		for _, u := range r.units {
			if u.kind.Inventory != "" && r.missedAny(u, a.ID, read.Regions) {
				read.Except = insert(read.Except, u.kind.Type)
			}
		}
		reads[a.ID] = read
	}
	return reads
}

// missedAny says whether some cell of a unit was not read to its end in an account.
func (r *run) missedAny(u *unit, id string, regions []string) bool {
	return slices.ContainsFunc(regions, func(region string) bool {
		c := cellName{id, region, u.kind.Type}
		return u.allows(region) && (!r.reach.did(c) || r.view.missed(c))
	})
}

func (v *view) regionsOf(account string) (regions []string, entered bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	regions, entered = v.enabled[account]
	return regions, entered
}

func (v *view) missed(c cellName) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return !v.unread[c].None()
}

// wholeOf gives the last run that read an account whole, as long as the same was to be
// read; nil if none is known.
func (t *times) wholeOf(id, sign string) *state.WholeRead {
	if a := t.old.Accounts[id]; a != nil && t.old.Sign == sign {
		return a.Whole
	}
	return nil
}

// fill writes what Config saved into the report, and what was in doubt.
func (e *empties) fill(r *report.Report) {
	e.mu.Lock()
	defer e.mu.Unlock()
	cells := 0
	for _, n := range e.Skipped {
		cells += n
	}
	r.Inventory = &report.Inventory{
		Cells: cells, CallsSaved: e.Saved, CallsMade: r.AWS[inventory.ServiceID].Calls, AccountsWhole: len(e.Whole),
	}
	for _, reason := range slices.Sorted(maps.Keys(e.Doubts)) {
		d := e.Doubts[reason]
		r.Notices = append(r.Notices, report.Notice{
			Code: trouble.EmptyNotShown, Title: "AWS Config does not show what is empty",
			Cause: fmt.Sprintf("%d cells were read as always, because %s; for example %s", d.Cells, reason, d.At),
			Mend:  cmp.Or(d.Mend, "nothing is missing for it; see PORTOLAN_INVENTORY for what Config has to record"),
		})
	}
}
