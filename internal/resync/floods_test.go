package resync_test

import (
	"slices"
	"testing"

	"portolan/internal/aws/awserr"
	"portolan/internal/invocation"
	"portolan/internal/report"
	"portolan/internal/simulator/awssim"
)

// TestFloodsStopNothingElse lets one service answer more than anybody wants to read, in one
// region: its cells fail and say so, their entities stay, and all else is read.
func TestFloodsStopNothingElse(t *testing.T) {
	t.Parallel()
	services := map[string]string{ // one of each protocol, with its kind
		"sqs": awssim.Queue, "ecs": awssim.Cluster, "lambda": awssim.Function, "ec2": awssim.Instance, "rds": awssim.DBInstance, "s3": awssim.Bucket,
	}
	for effect, outcome := range map[awssim.Effect]awserr.Class{
		awssim.Flood: awserr.Failed, awssim.FloodError: awserr.Failed, awssim.Bomb: awserr.Failed, awssim.Headers: awserr.Unreachable, awssim.Redirect: awserr.Failed,
	} {
		for service, of := range services {
			t.Run(string(effect)+"/"+service, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, estate(), quickRetries)
				wantStatus(t, w.run(invocation.Request{}), report.Completed)
				before := w.contents()
				w.aws.Inject(awssim.Fault{Effect: effect, Service: service, Account: member, Times: -1})
				r := w.run(invocation.Request{})
				wantStatus(t, r, report.Incomplete)
				if after := w.contents(); len(after) != len(before) || r.Deletes.Deleted != 0 {
					t.Errorf("Port holds %d entities instead of %d", len(after), len(before))
				}
				if len(r.Gaps) == 0 || !slices.ContainsFunc(r.Gaps, func(g report.Gap) bool { return g.Kind() == of }) {
					t.Errorf("no gap speaks of it: %+v", r.Gaps)
				}
				for _, gap := range r.Gaps {
					if gap.Kind() != of || gap.Account != member || gap.Outcome != report.Outcome(outcome) || gap.Cause == "" || gap.Fix == "" {
						t.Errorf("gap %+v", gap)
					}
				}
			})
		}
	}
}
