package resync_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/invocation"
	"portolan/internal/port/defaults"
	"portolan/internal/report"
	"portolan/internal/resync"
	"portolan/internal/simulator/awssim"
	"portolan/internal/simulator/portsim"
)

// covering is a world whose runs show in Port what they read.
func covering(t *testing.T) *world {
	t.Helper()
	w := newWorld(t, estate(), quickRetries, func(d *resync.Deps) { d.Coverage = true })
	wantStatus(t, w.run(invocation.Request{}), report.Completed)
	return w
}

// shown is what Port shows of a kind in an account.
func (w *world) shown(account, kind string) map[string]any {
	w.t.Helper()
	entity, there := w.port.Entity(defaults.CoverageBlueprint, account+"/"+kind)
	if !there {
		w.t.Fatalf("Port does not show what was read of %s in %s", kind, account)
	}
	if entity.Relations["account"] != account {
		w.t.Errorf("%s is related to %v", entity.Identifier, entity.Relations)
	}
	return entity.Properties
}

func TestCoverage(t *testing.T) {
	t.Parallel()
	w := covering(t)
	first := w.shown(member, awssim.Queue)
	for name, want := range map[string]any{
		"kind": awssim.Queue, "account": member, "outcome": "complete", "resources": float64(perAccount), "cells": 2.0, "cellsRead": 2.0,
	} {
		if diff := cmp.Diff(want, number(first[name])); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
	if n := len(w.port.Entities(defaults.CoverageBlueprint)); n != 2*7+1 {
		t.Errorf("Port shows %d, want seven kinds of two accounts and the one of the Organization", n)
	}

	w.aws.Inject(awssim.Fault{Account: member, Region: "us-east-1", Service: "sqs", Times: -1, Effect: awssim.Deny})
	r := w.run(invocation.Request{})
	wantStatus(t, r, report.Incomplete)
	denied := w.shown(member, awssim.Queue)
	if denied["outcome"] != "denied" || number(denied["cellsRead"]) != 1.0 || denied["lastComplete"] != first["lastComplete"] ||
		!strings.Contains(denied["error"].(string), "not authorized") || denied["fix"] == nil {
		t.Errorf("after a denied cell: %v", denied)
	}
	if other := w.shown(management, awssim.Queue); other["outcome"] != "complete" || other["run"] != r.Run {
		t.Errorf("another account: %v", other)
	}

	w.aws.ClearFaults()
	wantStatus(t, w.run(invocation.Request{}), report.Completed)
	if fixed := w.shown(member, awssim.Queue); fixed["outcome"] != "complete" || fixed["error"] != nil || fixed["fix"] != nil {
		t.Errorf("after it is fixed: %v", fixed)
	}
}

// number is a number of JSON, whichever form it has.
func number(value any) any {
	if n, ok := value.(interface{ Float64() (float64, error) }); ok {
		f, _ := n.Float64()
		return f
	}
	return value
}

// TestCoverageGoes with what it is about, and with its setting; never for a run that
// did not look.
func TestCoverageGoes(t *testing.T) {
	t.Parallel()
	const all = 2*7 + 1
	for name, test := range map[string]struct {
		change  func(*world)
		request invocation.Request
		want    int
	}{
		"the account is suspended": {func(w *world) { w.must(w.aws.SetAccountState(member, awssim.AccountSuspended)) }, invocation.Request{}, all},
		"the account leaves":       {func(w *world) { w.leave(member) }, invocation.Request{}, 8},
		"the account is locked":    {func(w *world) { w.must(w.aws.RemoveRole(member, role)) }, invocation.Request{}, all},
		"it is no longer wanted":   {func(w *world) { w.deps.Coverage = false }, invocation.Request{}, 0},
		"a plan":                   {func(*world) {}, invocation.Request{Action: invocation.Plan}, all},
		"one kind":                 {func(*world) {}, invocation.Request{Kinds: []string{awssim.Queue}}, all},
		"one region":               {func(*world) {}, invocation.Request{Regions: []string{"eu-west-1"}}, all},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := covering(t)
			test.change(w)
			before := w.shown(management, awssim.Queue)
			r := w.run(test.request)
			if got := len(w.port.Entities(defaults.CoverageBlueprint)); got != test.want || r.Deletes.Planned != 0 {
				t.Errorf("Port shows %d, want %d; deletes %+v", got, test.want, r.Deletes)
			}
			if test.want == all && test.request.Kinds == nil && name != "the account is locked" && name != "the account is suspended" {
				if diff := cmp.Diff(before, w.shown(management, awssim.Queue)); diff != "" {
					t.Errorf("it changed:\n%s", diff)
				}
			}
		})
	}
}

// TestCoverageThatPortRefuses leads to a diagnostic and has no other effect.
func TestCoverageThatPortRefuses(t *testing.T) {
	t.Parallel()
	w := covering(t)
	w.port.Inject(portsim.Fault{Blueprint: defaults.CoverageBlueprint, Route: "/v1/blueprints/{blueprint}/entities/bulk", Times: -1, Status: http.StatusForbidden})
	r := w.run(invocation.Request{})
	wantStatus(t, r, report.Completed)
	told := false
	for _, n := range r.Diagnostics {
		told = told || strings.Contains(n.Title, "coverage")
	}
	if !told || r.Deletes.Stale != 0 {
		t.Errorf("notices %+v, deletes %+v", r.Diagnostics, r.Deletes)
	}
}

// TestCoverageMakesNoAccounts relates only to accounts that the run has put there.
func TestCoverageMakesNoAccounts(t *testing.T) {
	t.Parallel()
	w := newWorldOf(t, defaultsOf(t, []string{awssim.Queue}), estate(), quickRetries, func(d *resync.Deps) { d.Coverage = true })
	wantStatus(t, w.run(invocation.Request{Accounts: []string{member}}), report.Completed)
	entity, there := w.port.Entity(defaults.CoverageBlueprint, member+"/"+awssim.Queue)
	if !there || entity.Relations["account"] != nil {
		t.Errorf("%t: %v", there, entity.Relations)
	}
}

// TestCoverageInTheReport is there whether Port shows it or not.
func TestCoverageInTheReport(t *testing.T) {
	t.Parallel()
	w := newWorld(t, estate(), quickRetries)
	w.aws.Inject(awssim.Fault{Account: member, Region: "us-east-1", Service: "sqs", Times: -1, Effect: awssim.Deny})
	coverage := w.run(invocation.Request{}).Coverage
	got := make(map[string]report.CoverageCell)
	for _, row := range coverage.Accounts {
		for i, kind := range coverage.Kinds {
			got[row.Account+" "+kind] = row.Cells[i]
		}
	}
	if len(coverage.Accounts) != 2 || len(coverage.Kinds) != len(few) {
		t.Fatalf("%d accounts, %d kinds", len(coverage.Accounts), len(coverage.Kinds))
	}
	for of, want := range map[string]report.CoverageCell{
		member + " " + awssim.Queue:                 {Outcome: "denied", Read: 1, Cells: 2, Resources: perAccount / 2},
		management + " " + awssim.Queue:             {Outcome: report.Complete, Resources: perAccount},
		management + " AWS::Organizations::Account": {Outcome: report.Complete, Resources: 2},
		member + " AWS::Organizations::Account":     {},
		management + " AWS::Account::Info":          {Outcome: report.Complete, Resources: 1},
	} {
		if diff := cmp.Diff(want, got[of]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", of, diff)
		}
	}
}
