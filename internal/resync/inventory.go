package resync

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"portolan/internal/account"
	"portolan/internal/fault"
	"portolan/internal/inventory"
	"portolan/internal/state"
)

// An account is read whole once in so long, with so much patience for schedules that
// are not to the second. In between, a run may pass over what Config shows to be empty.
const (
	wholeEvery   = 24 * time.Hour
	wholePatient = 30 * time.Minute
)

// asking is in how many regions of an account Config is asked at a time.
const asking = 8

// candidates are the cells of a region that are empty if Config shows it.
type candidates struct {
	all  []cell // of the region
	may  map[cellName]bool
	says *inventory.Inventory // nil if Config was not asked, or gave an error
}

// saved counts the calls that need not be made if the cells that may be empty are: the
// first call of each, unless a cell that is read makes it too.
func (c *candidates) saved() int {
	calls := make(map[string]bool)
	for _, of := range c.all {
		if c.may[of.name()] {
			calls[of.unit.kind.List.Actions[0]] = true
		}
	}
	for _, of := range c.all {
		if !c.may[of.name()] {
			delete(calls, of.unit.kind.List.Actions[0])
		}
	}
	return len(calls)
}

// knownEmpty gives those of an account's cells that need not be read, because AWS
// Config shows that there is nothing, and the run knows of nothing that was there. It
// asks Config only where that costs less than it may save.
func (r *run) knownEmpty(ctx context.Context, s *account.Session, given []cell) map[cellName]bool {
	if !r.Inventory || r.State == nil || r.request.Narrowed() || r.request.Force {
		return nil
	}
	log := r.log.With("account", s.Account.ID)
	whole := r.times.wholeOf(s.Account.ID, r.sign.String())
	if whole == nil || r.wholeIsDue(whole.Began) || r.memory.old[s.Account.ID] == nil {
		r.empties.whole(s.Account.ID)
		log.InfoContext(ctx, "every cell is read, whatever AWS Config may show")
		return nil
	}
	regions := r.candidatesOf(s.Account.ID, whole, given)
	var group errgroup.Group
	group.SetLimit(asking)
	for region, c := range regions {
		group.Go(func() error {
			r.askInventory(ctx, s, region, c)
			return nil
		})
	}
	_ = group.Wait() // what goes wrong is a doubt
	empty := make(map[cellName]bool)
	for region, c := range regions {
		r.sift(ctx, s.Account.ID, region, c)
		maps.Copy(empty, c.may)
	}
	readOneOfEach(s, given, empty)
	for region, c := range regions {
		maps.DeleteFunc(c.may, func(name cellName, _ bool) bool { return !empty[name] })
		r.empties.save(c.saved())
		log.InfoContext(ctx, "AWS Config asked", "region", region, "empty", len(c.may), "of", len(c.all))
	}
	return empty
}

// wholeIsDue says whether the account has to be read whole now, so that it is once a
// day: the next run may come too late for that.
func (r *run) wholeIsDue(last time.Time) bool {
	age := r.report.Started.Sub(last)
	return age < 0 || age > wholeEvery || r.Interval > 0 && age+r.Interval > wholeEvery+wholePatient
}

// candidatesOf gives the cells by region of which Config may be asked, where that is
// worth it.
func (r *run) candidatesOf(id string, whole *state.WholeRead, given []cell) map[string]*candidates {
	held, anywhere := r.memory.heldIn(id)
	regions := make(map[string]*candidates)
	for _, c := range given {
		name := c.name()
		if name.region == "" || r.reach.didBefore(name) {
			continue
		}
		if regions[name.region] == nil {
			regions[name.region] = &candidates{may: map[cellName]bool{}}
		}
		in := regions[name.region]
		in.all = append(in.all, c)
		if c.unit.kind.Inventory != "" && !held[name] && slices.Contains(whole.Regions, name.region) &&
			!slices.Contains(whole.Except, name.kind) && !c.unit.writesAny(anywhere) {
			in.may[name] = true
		}
	}
	maps.DeleteFunc(regions, func(_ string, c *candidates) bool { return c.saved() <= inventory.Calls })
	return regions
}

// writesAny says whether the unit can give entities of one of the blueprints.
func (u *unit) writesAny(blueprints map[string]bool) bool {
	for blueprint := range blueprints {
		for _, m := range u.resources {
			if writes(m, blueprint) {
				return true
			}
		}
	}
	return false
}

// heldIn gives the cells of an account from which there are entities, and the
// blueprints of those of which it is not known from which cell they are.
func (m *memory) heldIn(account string) (cells map[cellName]bool, anywhere map[string]bool) {
	cells, anywhere = make(map[cellName]bool), make(map[string]bool)
	for e := range m.old[account].All() {
		if e.Kind == "" {
			anywhere[e.Blueprint] = true
		} else {
			cells[cellOf(account, e)] = true
		}
	}
	return cells, anywhere
}

// askInventory asks Config in a region.
func (r *run) askInventory(ctx context.Context, s *account.Session, region string, c *candidates) {
	config := r.traffic.govern(s.Config, s.Account.ID, region, inventory.Service)
	says, err := inventory.Ask(ctx, config, r.report.Started)
	if err == nil {
		c.says = says
		r.ledger.answered(s.Account.ID, region)
		return
	}
	if ctx.Err() != nil {
		return // there is no time to read either
	}
	r.log.WarnContext(ctx, "AWS Config did not answer; every cell is read", "account", s.Account.ID, "region", region, "error", err)
	r.empties.doubt("AWS Config did not answer ("+string(fault.ClassOf(err))+")", len(c.may),
		fmt.Sprintf("in account %s, %s: %s", s.Account.ID, region, fault.Message(err)), mendOf(err))
}

// sift leaves those of the candidates that Config shows to be empty, and notes why the
// others are in doubt.
func (r *run) sift(ctx context.Context, id, region string, c *candidates) {
	reasons := make(map[string]int)
	for _, of := range c.all {
		name := of.name()
		if !c.may[name] {
			continue
		}
		if c.says == nil {
			delete(c.may, name)
			continue
		}
		empty, doubt := c.says.Empty(of.unit.kind.Inventory)
		if !empty {
			delete(c.may, name)
		}
		if doubt != "" {
			reasons[doubt]++
		}
	}
	for reason, n := range reasons {
		r.log.InfoContext(ctx, "AWS Config shows nothing", "account", id, "region", region, "reason", reason, "cells", n)
		r.empties.doubt(reason, n, fmt.Sprintf("in account %s, %s", id, region), "")
	}
}

// readOneOfEach takes one cell of each service out of those that are not read, unless
// another is read in the account: whether a service is offered in some region is judged
// by whether it answers in another. It takes that of the account's main region, where
// it can.
func readOneOfEach(s *account.Session, given []cell, empty map[cellName]bool) {
	answers := make(map[string]bool)
	for _, c := range given {
		if !empty[c.name()] {
			answers[c.unit.kind.Service] = true
		}
	}
	main := func(c cell) int {
		if c.name().region == s.Config.Region {
			return 0
		}
		return 1
	}
	for _, c := range slices.SortedStableFunc(slices.Values(given), func(a, b cell) int { return cmp.Compare(main(a), main(b)) }) {
		if service := c.unit.kind.Service; !answers[service] {
			answers[service] = true
			delete(empty, c.name())
		}
	}
}
