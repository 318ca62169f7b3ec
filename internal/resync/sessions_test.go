package resync_test

import (
	"slices"
	"strings"
	"testing"

	"portolan/internal/aws/awserr"
	"portolan/internal/invocation"
	"portolan/internal/report"
	"portolan/internal/simulator/awssim"
)

// TestASessionThatEndsIsOpenedAgain: somebody revokes a role's sessions in mid-run,
// once or again and again.
func TestASessionThatEndsIsOpenedAgain(t *testing.T) {
	t.Parallel()
	for name, call := range map[string]awssim.Fault{
		"a listing":         {Service: "sqs", Operation: "ListQueues"},
		"an essential call": {Service: "sqs", Operation: "GetQueueAttributes", First: 3},
		"a second page":     {Service: "lambda", Operation: "ListFunctions", First: 2},
		"the regions":       {Service: "account", Operation: "ListRegions", First: 2},
		"a bucket":          {Service: "s3"},
		"EC2":               {Service: "ec2", Operation: "DescribeInstances"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, estate())
			call.Effect = awssim.EndSession
			w.aws.Inject(call)
			r := w.run(invocation.Request{})
			wantStatus(t, r, report.Completed)
			if !slices.ContainsFunc(w.aws.Calls(), func(c awssim.Call) bool { return c.Fault == awssim.EndSession }) {
				t.Error("no session ended")
			}
		})
	}
}

// TestASessionThatEndsAgain is reported, and causes no deletes.
func TestASessionThatEndsAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, estate(), quickRetries)
	wantStatus(t, w.run(invocation.Request{}), report.Completed)
	held := w.identifiers("sqs")
	w.aws.Inject(awssim.Fault{Service: "sqs", Operation: "ListQueues", Effect: awssim.Refuse, Status: 400, Code: "ExpiredTokenException", Message: "expired", Times: -1})
	r := w.run(invocation.Request{})
	wantStatus(t, r, report.Incomplete)
	if r.Cells[report.Outcome(awserr.Expired)] == 0 || r.Deletes.Deleted != 0 || !slices.Equal(held, w.identifiers("sqs")) {
		t.Errorf("cells %v, %d deleted", r.Cells, r.Deletes.Deleted)
	}
	entered := 0
	for _, c := range w.aws.Calls() {
		if strings.HasPrefix(c.Operation, "AssumeRole") {
			entered++
		}
	}
	if refused := w.aws.Tallies()["sqs:ListQueues"].Calls; entered > refused {
		t.Errorf("%d sessions for %d refusals", entered, refused)
	}
}
