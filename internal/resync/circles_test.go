package resync_test

import (
	"slices"
	"testing"

	"portolan/internal/aws/awserr"
	"portolan/internal/invocation"
	"portolan/internal/report"
	"portolan/internal/simulator/awssim"
)

// TestListsThatLeadNowhere end as failed, whatever the service and the length of the
// circle, and take nothing out of Port.
func TestListsThatLeadNowhere(t *testing.T) {
	t.Parallel()
	for name, astray := range map[string]awssim.Fault{
		"a token that leads back":    {Effect: awssim.Cycle, Length: 1},
		"two tokens in turn":         {Effect: awssim.Cycle, Length: 2},
		"seven tokens in turn":       {Effect: awssim.Cycle, Length: 7},
		"new tokens and no resource": {Effect: awssim.Endless, Service: "lambda"},
		"the first page, on and on":  {Effect: awssim.Repeat, Service: "lambda"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorldOf(t, withEveryAction(t, everyType()), estate(awssim.Kinds()...), quickRetries)
			wantStatus(t, w.run(invocation.Request{}), report.Completed)
			held := w.identifiers("lambdaFunction")
			astray.Region, astray.Times = "eu-west-1", -1
			w.aws.Inject(astray)
			r := w.run(invocation.Request{})
			wantStatus(t, r, report.Incomplete)
			if r.Deletes.Deleted != 0 || len(held) == 0 || !slices.Equal(held, w.identifiers("lambdaFunction")) {
				t.Errorf("%d deleted", r.Deletes.Deleted)
			}
			for _, gap := range r.Gaps {
				if gap.Outcome != report.Outcome(awserr.Failed) {
					t.Errorf("gap %+v", gap)
				}
			}
		})
	}
}
