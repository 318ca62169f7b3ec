package resync_test

import (
	"testing"

	codes "portolan/internal/diag"
	"portolan/internal/invocation"
	"portolan/internal/report"
	"portolan/internal/simulator/awssim"
)

// TestWhatIsReportedHasCodes of a run in which much goes wrong.
func TestWhatIsReportedHasCodes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, estate(), quickRetries)
	if r := w.run(invocation.Request{}); r.Status != report.Completed || r.Code != "" {
		t.Fatalf("%s %s", r.Status, r.Code)
	}
	queue := w.aws.Resources(management, awssim.Queue, regions[0])[0]
	w.aws.Remove(management, awssim.Queue, regions[0], queue.ID)
	if err := w.aws.RemoveRole(member, role); err != nil {
		t.Fatal(err)
	}
	w.aws.Inject(awssim.Fault{Service: "lambda", Times: -1, Effect: awssim.Throttle})
	r := w.run(invocation.Request{Accounts: []string{management, member, "999999999999"}})
	wantStatus(t, r, report.Incomplete)
	got := map[codes.Code]bool{}
	for _, g := range r.Gaps {
		got[g.Code] = true
	}
	for _, n := range r.Diagnostics {
		got[n.Code] = true
	}
	for _, h := range r.Deletes.Withheld {
		got[h.Code] = true
	}
	for _, want := range []codes.Code{codes.AssumeRole, codes.Throttled, codes.AccountNotListed, codes.KeptNarrowed} {
		if !got[want] {
			t.Errorf("no %s (%s) in %v", want, want.Entry().Title, got)
		}
	}
	if got[""] {
		t.Errorf("something has no code: %+v %+v %+v", r.Gaps, r.Diagnostics, r.Deletes.Withheld)
	}
	w.port.SetCredentials("another", "one")
	w.port.ExpireTokens()
	if r := w.run(invocation.Request{}); r.Status != report.Failed || r.Code != codes.PortCredentials {
		t.Errorf("%s %s: %s", r.Status, r.Code, r.Reason)
	}
}
