package resync_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/invocation"
	"portolan/internal/report"
	"portolan/internal/resync"
	"portolan/internal/simulator/awssim"
	"portolan/internal/state"
)

// TestRegionsThatAPolicyCloses reads an Organization. After a first run a policy closes a
// region in the member account, as Control Tower's region deny does.
func TestRegionsThatAPolicyCloses(t *testing.T) {
	t.Parallel()
	for name, store := range map[string]state.Store{"with a state": state.NewMemory(), "without": nil} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, estate(), quickRetries, func(d *resync.Deps) { d.State = store })
			wantStatus(t, w.run(invocation.Request{}), report.Completed)
			before := w.identifiers("sqsQueue")
			w.aws.SetPolicies([]awssim.Policy{{
				Name: "region-deny", Targets: []string{member}, Regions: []string{"eu-west-1"},
				Deny: []string{"ec2:*", "ecs:*", "lambda:*", "sqs:*", "rds:*"},
			}})
			gone := w.aws.Resources(member, awssim.Queue, "us-east-1")[0]
			w.aws.Remove(member, awssim.Queue, "us-east-1", gone.ID)
			w.aws.Remove(member, awssim.Queue, "eu-west-1", w.aws.Resources(member, awssim.Queue, "eu-west-1")[0].ID)

			r := w.run(invocation.Request{})
			wantStatus(t, r, report.Completed)
			if len(r.Gaps) != 0 || len(r.Unavailable) != 1 {
				t.Fatalf("gaps %+v, unavailable %+v", r.Gaps, r.Unavailable)
			}
			cells := 0
			for _, u := range r.Unavailable {
				cells += u.Cells
				if u.Outcome != report.Closed || u.Account != member || !slices.Equal(u.Regions, []string{"eu-west-1"}) || u.Fix == "" {
					t.Errorf("%+v", u)
				}
			}
			if cells != 5 || r.Cells[report.Closed] != 5 {
				t.Errorf("%d cells are listed and %d counted as closed, want 5", cells, r.Cells[report.Closed])
			}
			if in, _ := w.port.Integration(integration); in.State.Status != "completed" {
				t.Errorf("Port was told %s", in.State.Status)
			}
			want := before
			if store != nil { // otherwise it is not known that it is not from the closed region
				want = slices.DeleteFunc(slices.Clone(before), func(id string) bool { return id == arn(member, gone) })
			}
			if diff := cmp.Diff(want, w.identifiers("sqsQueue")); diff != "" {
				t.Errorf("queues (-want +got):\n%s", diff)
			}
		})
	}
}

// TestEverythingClosed is a run that could read nothing: that it is forbidden makes it no
// success.
func TestEverythingClosed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, estate(), quickRetries)
	wantStatus(t, w.run(invocation.Request{}), report.Completed)
	w.aws.SetPolicies([]awssim.Policy{{Name: "no-queues", Targets: []string{member}, Deny: []string{"sqs:*"}}})
	r := w.run(invocation.Request{Kinds: []string{awssim.Queue}, Accounts: []string{member}})
	if r.Status != report.Failed {
		t.Errorf("status %s (%s), cells %v", r.Status, r.Reason, r.Cells)
	}
}
