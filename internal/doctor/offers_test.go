package doctor_test

import (
	"slices"
	"strings"
	"testing"

	"portolan/internal/aws/awserr"
	"portolan/internal/diag"
	"portolan/internal/doctor"
	"portolan/internal/invocation"
	"portolan/internal/report"
	"portolan/internal/simulator/awssim"
)

// TestServicesThatDoNotAnswer distinguishes, with AWS's own list, a service that is not
// offered in a region from one that cannot be reached.
func TestServicesThatDoNotAnswer(t *testing.T) {
	t.Parallel()
	const region = "eu-west-1"
	gone := func(w *world) { w.aws.SetUnresolved(awssim.Offering{Service: "sqs", Region: region}) }
	unknown := func(w *world) {
		w.aws.Inject(awssim.Fault{Service: "sqs", Region: region, Effect: awssim.Unsupport, Times: -1})
	}
	unlisted := func(w *world) { w.aws.SetListed("sqs", "us-east-1", "us-east-2") }
	denied := func(w *world) { w.aws.Inject(awssim.Fault{Service: "ssm", Effect: awssim.Deny, Times: -1}) }
	subscription := func(w *world) {
		w.aws.Inject(awssim.Fault{Service: "sqs", Region: region, Effect: awssim.Refuse, Code: "OptInRequired", Message: "no", Times: -1})
	}
	for name, test := range map[string]struct {
		plant   []func(*world)
		outcome doctor.Outcome
		exit    int
		list    doctor.Level
	}{
		"all is well":                           {nil, doctor.Outcome(doctor.OK), 0, doctor.OK},
		"the list cannot be read":               {[]func(*world){denied}, doctor.Outcome(doctor.OK), 0, doctor.Note},
		"no name, not listed":                   {[]func(*world){gone, unlisted}, doctor.Outcome(report.NotOffered), 0, doctor.OK},
		"no operation, not listed":              {[]func(*world){unknown, unlisted}, doctor.Outcome(report.NotOffered), 0, doctor.OK},
		"no operation, listed":                  {[]func(*world){unknown}, doctor.Outcome(awserr.Unsupported), 3, doctor.OK},
		"a proxy, not listed":                   {[]func(*world){gone, unlisted, func(w *world) { w.aws.SetProxy(502) }}, doctor.Outcome(report.NotOffered), 0, doctor.OK},
		"a subscription is missing, not listed": {[]func(*world){subscription, unlisted}, doctor.Outcome(awserr.AccountState), 3, doctor.OK},
		"answers, though it is not listed":      {[]func(*world){unlisted}, doctor.Outcome(doctor.OK), 0, doctor.OK},
		"a proxy, listed":                       {[]func(*world){gone, func(w *world) { w.aws.SetProxy(503) }}, doctor.Outcome(awserr.Unreachable), 3, doctor.OK},
		"no name, and no list":                  {[]func(*world){gone, denied, func(w *world) { w.aws.SetProxy(503) }}, doctor.Outcome(awserr.Unreachable), 3, doctor.Warning},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.installed()
			for _, plant := range test.plant {
				plant(w)
			}
			d := w.examine(invocation.Request{Kinds: []string{awssim.Queue, awssim.Topic}, Accounts: []string{shop}, EveryRegion: true})
			at := slices.IndexFunc(d.Accounts[0].Cells, func(c *doctor.Cell) bool { return c.Kind == awssim.Queue })
			if got := d.Accounts[0].Cells[at].Outcome; got != test.outcome || d.ExitCode() != test.exit {
				t.Errorf("the cell is %s, exit code %d, want %s and %d\n%s", got, d.ExitCode(), test.outcome, test.exit, printed(t, d))
			}
			if list := d.Checks[len(d.Checks)-1]; list.Name != "offers" || list.Level != test.list {
				t.Errorf("%+v, want %s", list, test.list)
			}
			if test.list == doctor.OK {
				return
			}
			f := diagnostic(t, d, "offers", diag.ListUnread)
			for _, says := range []string{"ssm:GetParametersByPath", "arn:aws:ssm:*::parameter/aws/service/global-infrastructure/*", "counts as not read"} {
				if !strings.Contains(f.Cause+f.Fix, says) {
					t.Errorf("%q is not said: %+v", says, f)
				}
			}
		})
	}
}
