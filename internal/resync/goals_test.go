package resync_test

import (
	"testing"

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
// regions, with the actions of the default mapping.
func TestCallsOfAnAccount(t *testing.T) {
	t.Parallel()
	if racing {
		t.Skip("8,000 resources, which other tests read with the race detector one kind at a time")
	}
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
	w := newWorldOf(t, defaultsOf(t, types), e, inBulk, func(d *resync.Deps) {
		d.State, d.Regions, d.SendExamples = state.NewMemory(), nil, false
	})
	for _, goal := range []struct {
		name  string
		calls int
	}{{"first", 4621}, {"unchanged", 3758}} {
		before := len(w.aws.Calls())
		wantStatus(t, w.run(invocation.Request{}), report.Completed)
		made := map[string]int{}
		for _, c := range w.aws.Calls()[before:] {
			if c.Account == member {
				made[c.Service+":"+c.Operation]++
			}
		}
		sum := 0
		for _, n := range made {
			sum += n
		}
		t.Logf("%s run: %d calls, %.3f of before", goal.name, sum, float64(sum)/callsBefore)
		// Which deployments are old enough to have ended for good depends on the time of day.
		if most := goal.calls / 200; sum < goal.calls-most || sum > goal.calls+most {
			t.Errorf("%s: %d calls, want about %d: %v", goal.name, sum, goal.calls, made)
		}
	}
}
