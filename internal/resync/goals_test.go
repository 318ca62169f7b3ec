package resync_test

import (
	"testing"
	"testing/synctest"
	"time"

	"portolan/internal/aws/kinds"
	"portolan/internal/invocation"
	"portolan/internal/report"
	"portolan/internal/resync"
	"portolan/internal/simulator/awssim"
	"portolan/internal/state"
)

// callsBefore is what a run over the account of TestCallsOfAnAccount asked AWS before tags were read in bulk
// and what cannot change was left out, in a first run and in one without changes.
const callsBefore = 4997

// TestCallsOfAnAccount holds the calls to an account with 200 resources of each kind in four of its 17
// regions, with the actions of the default mapping. The time of day is always the same: it decides which
// deployments are old enough to have ended for good.
func TestCallsOfAnAccount(t *testing.T) {
	t.Parallel()
	if racing {
		t.Skip("8,000 resources, which other tests read with the race detector one kind at a time")
	}
	synctest.Test(t, callsOfAnAccount)
}

func callsOfAnAccount(t *testing.T) {
	time.Sleep(time.Until(time.Date(2026, time.November, 30, 12, 0, 0, 0, time.UTC)))
	e := estate()
	e.Accounts[0].Populations, e.Accounts[1].Populations = nil, nil
	for _, kind := range awssim.Kinds() {
		e.Accounts[1].Populations = append(e.Accounts[1].Populations, awssim.Population{
			Kind: kind, Regions: []string{"eu-west-1", "us-east-1", "eu-central-1", "us-west-2"}, Count: 50,
		})
	}
	types := []string{}
	for _, k := range kinds.All {
		types = append(types, k.Type)
	}
	w := newWiredWorld(t, defaultsOf(t, types), e, inBulk, func(d *resync.Deps) {
		d.State, d.Regions, d.SendExamples = state.NewMemory(), nil, false
	})
	for _, goal := range []struct {
		name  string
		calls int
	}{{"first", 4621}, {"unchanged", 3758}} {
		before := len(w.aws.Calls())
		wantStatus(t, w.run(invocation.Request{}), report.Completed)
		made, sum := map[string]int{}, 0
		for _, c := range w.aws.Calls()[before:] {
			if c.Account == member {
				made[c.Service+":"+c.Operation]++
				sum++
			}
		}
		t.Logf("%s run: %d calls, %.3f of before", goal.name, sum, float64(sum)/callsBefore)
		if sum != goal.calls {
			t.Errorf("%s: %d calls, want %d: %v", goal.name, sum, goal.calls, made)
		}
	}
}
