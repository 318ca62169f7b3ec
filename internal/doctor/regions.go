package doctor

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"portolan/internal/aws/awserr"
	"portolan/internal/aws/kind"
	"portolan/internal/diag"
	"portolan/internal/plain"
)

// witnesses returns the kinds to find out whether a region is forbidden: two kinds of
// different services, because a policy may forbid only one service.
func (e *examination) witnesses() []want {
	var chosen []want
	for _, w := range e.wanted {
		regional := w.kind.Scope == kind.Regional && len(w.kind.List.Actions) > 0
		if regional && (len(chosen) == 0 || chosen[0].kind.Service.Prefix != w.kind.Service.Prefix) {
			chosen = append(chosen, w)
		}
		if len(chosen) == 2 {
			break
		}
	}
	return chosen
}

// regions makes a call or two in every region of every account, which shows the policies
// that forbid a region.
func (e *examination) regions(ctx context.Context) {
	c := e.open("regions")
	e.wanted = e.unionOf()
	e.before = e.calls()
	witnesses := e.witnesses()
	if len(witnesses) == 0 || len(e.admissions) == 0 {
		c.skip("there is no account, or no kind that is read in regions")
		return
	}
	var (
		group   errgroup.Group
		mu      sync.Mutex
		forbade = map[string][]string{} // accounts by region
		causes  = map[string]error{}
		asked   int
	)
	group.SetLimit(e.Limits.Cells)
	for _, a := range e.admissions {
		for _, region := range e.readBy(witnesses[0], a) {
			asked++
			group.Go(func() error {
				if err := e.forbidden(ctx, witnesses, a, region); err != nil {
					mu.Lock()
					defer mu.Unlock()
					forbade[region], causes[region] = append(forbade[region], a.account.ID), err
				}
				return nil
			})
		}
	}
	_ = group.Wait() // what goes wrong is a diagnostic
	c.Said = fmt.Sprintf("%d of %s open", asked-count(forbade), plain.Count(asked, "region of an account is", "regions of accounts are"))
	for _, region := range sorted(forbade) {
		accounts := forbade[region]
		slices.Sort(accounts)
		c.add(diag.Diagnostic{
			Severity: diag.Note, Code: diag.Closed,
			Title: "A policy of the Organization forbids " + region,
			Cause: awserr.Message(causes[region]),
			Fix: "Nothing, if this is intended: runs list the region and can still be completed. Otherwise ask the owner of the policy to exempt " +
				`the role. To leave the region out: regionPolicy {"deny": ["` + region + `"]} in the mapping, or PORTOLAN_REGIONS without it.`,
		}, accounts...)
	}
}

// forbidden returns the denial if all witnesses are denied by a policy of the Organization.
func (e *examination) forbidden(ctx context.Context, witnesses []want, a *admission, region string) error {
	var denial error
	for _, w := range witnesses {
		denial = nil
		for _, err := range e.probe(ctx, w, a, region).Errs {
			if awserr.ClassOf(err) == awserr.Closed {
				denial = err
			}
		}
		if denial == nil {
			return nil
		}
	}
	return denial
}

func count(lists map[string][]string) int {
	total := 0
	for _, list := range lists {
		total += len(list)
	}
	return total
}
