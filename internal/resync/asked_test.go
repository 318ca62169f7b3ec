package resync_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/smithy-go/middleware"

	"portolan/internal/aws/account"
	codes "portolan/internal/diag"
	"portolan/internal/invocation"
	"portolan/internal/report"
	"portolan/internal/resync"
	"portolan/internal/resync/distributed"
	"portolan/internal/simulator/awssim"
	"portolan/internal/state"
)

// TestRequestsForWhatIsNotThere are refused before anything is done, whoever asks and
// whatever for.
func TestRequestsForWhatIsNotThere(t *testing.T) {
	t.Parallel()
	kinds := func(names ...string) invocation.Request { return invocation.Request{Kinds: names} }
	accounts := func(ids ...string) invocation.Request { return invocation.Request{Accounts: ids} }
	in := func(names ...string) invocation.Request { return invocation.Request{Regions: names} }
	queuesIn := func(region string) invocation.Request {
		return invocation.Request{Kinds: []string{"AWS::SQS::Queue"}, Regions: []string{region}}
	}
	suspended := func(e *awssim.Estate) {
		e.Accounts = append(e.Accounts, awssim.Account{ID: "333333333333", Name: "gone", State: awssim.AccountSuspended})
	}
	tests := map[string]struct {
		request invocation.Request
		estate  func(*awssim.Estate)
		change  func(*world)
		want    []string // in the error; none if the request is fine
	}{
		"a kind that the mapping lacks":     {request: kinds("AWS::SNS::Topic"), want: []string{"the mapping has no kind AWS::SNS::Topic"}},
		"one of two kinds":                  {request: kinds("AWS::SQS::Queue", "AWS::SNS::Topic"), want: []string{"the mapping has no kind AWS::SNS::Topic"}},
		"a kind, and no resources":          {request: kinds("AWS::SQS::Queue"), change: mapped(`{"resources":[]}`), want: []string{"no kind AWS::SQS::Queue: it has no resources"}},
		"a kind, and no mapping":            {request: kinds("AWS::SQS::Queue"), change: mapped(`{}`), want: []string{"no kind AWS::SQS::Queue: it has no resources"}},
		"a kind whose entry does not work":  {request: kinds("AWS::SQS::Queue"), change: broken, want: []string{"entry of the kind AWS::SQS::Queue, resources[7], does not work"}},
		"an account that nobody has":        {request: accounts("999999999999"), want: []string{"the account 999999999999 is not in the Organization"}},
		"an account with two digits wrong":  {request: accounts("222222222212"), want: []string{"222222222212", `did you mean "222222222222"?`}},
		"two accounts that nobody has":      {request: accounts("999999999999", "888888888888"), want: []string{"999999999999", "888888888888"}},
		"an account that is suspended":      {request: accounts("333333333333"), estate: suspended, want: []string{"333333333333 is not read: it is suspended"}},
		"an account, the list is not whole": {request: accounts("999999999999"), change: denied, want: []string{"999999999999 is not among those that could be listed"}},
		"a region that nobody has":          {request: in("eu-wset-1"), want: []string{`eu-wset-1 is not a region of AWS; did you mean "eu-west-1"?`}},
		"one of two regions":                {request: in("us-east-1", "eu-wset-1"), want: []string{"eu-wset-1 is not a region of AWS"}},
		"a region that the settings lack":   {request: in("us-west-2"), want: []string{"the region us-west-2 is not read: PORTOLAN_REGIONS leaves it out"}},
		"a region that nobody has enabled":  {request: queuesIn("ap-east-2"), change: everywhere, want: []string{"no account of those to read has enabled ap-east-2"}},
		"a region of another partition":     {request: queuesIn("cn-north-1"), change: everywhere, want: []string{"no account of those to read has enabled cn-north-1"}},
		"a region that the mapping denies": {
			request: invocation.Request{Kinds: []string{"AWS::SQS::Queue"}, Regions: []string{"eu-west-1"}},
			change:  func(w *world) { w.change(nil, withPolicy(`{"deny":["eu-west-1"]}`)) },
			want:    []string{"the mapping reads nothing of this in eu-west-1: regionPolicy leaves it out"},
		},
		"everything wrong": {
			request: invocation.Request{Kinds: []string{"AWS::SNS::Topic"}, Accounts: []string{"999999999999"}, Regions: []string{"eu-wset-1"}},
			want:    []string{"AWS::SNS::Topic", "999999999999", "eu-wset-1"},
		},
		"what is there": {
			request: invocation.Request{Kinds: []string{"AWS::SQS::Queue"}, Accounts: []string{member}, Regions: []string{"eu-west-1"}},
		},
		"a kind that is read once in an Organization, and a region": {
			request: invocation.Request{Kinds: []string{"AWS::Organizations::Account"}, Regions: []string{"eu-west-1"}},
		},
	}
	asking := map[string]struct {
		action, trigger string
		code            codes.Code
	}{
		"resync typed":   {invocation.Resync, invocation.CLI, codes.UsageWrong},
		"plan typed":     {invocation.Plan, invocation.CLI, codes.UsageWrong},
		"resync invoked": {invocation.Resync, invocation.Manual, codes.PayloadWrong},
	}
	for name, test := range tests {
		for how, as := range asking {
			t.Run(name+", "+how, func(t *testing.T) {
				t.Parallel()
				e := estate()
				if test.estate != nil {
					test.estate(&e)
				}
				store := state.NewMemory()
				w := newWorld(t, e, quickRetries, func(d *resync.Deps) { d.State = store })
				wantStatus(t, w.run(invocation.Request{}), report.Completed)
				if test.change != nil {
					test.change(w)
				}
				before, told := w.total(), w.reports()
				request := test.request
				request.Action, request.Trigger = as.action, as.trigger
				w.port.ForgetRequests()
				r, err := resync.Run(t.Context(), w.deps, request)
				if len(test.want) == 0 {
					wantStatus(t, r, report.Completed)
					return
				}
				if err == nil || !r.Declined() || r.Code != as.code || r.ExitCode() != 2 || codes.Of(err) != as.code {
					t.Fatalf("%s %s, exit code %d: %v", r.Status, r.Code, r.ExitCode(), err)
				}
				for _, want := range test.want {
					if !strings.Contains(err.Error(), want) {
						t.Errorf("the error lacks %q: %v", want, err)
					}
				}
				if r.Total.Fetched != 0 || w.total() != before {
					t.Errorf("%d resources were read, and Port has %d entities of %d", r.Total.Fetched, w.total(), before)
				}
				// What the accounts have enabled is known only when the run is under way.
				if known := !slices.Contains(test.want, "no account of those to read has enabled "+strings.Join(request.Regions, "")); known && w.reports() != told {
					t.Error("Port was told of the run")
				}
			})
		}
	}
}

// reports is how often a run was reported to Port.
func (w *world) reports() int {
	w.t.Helper()
	in, _ := w.port.Integration(integration)
	return len(in.History)
}

func mapped(text string) func(*world) {
	return func(w *world) { w.must(w.port.SetConfig(integration, []byte(text))) }
}

// broken sets a selector for queues that is not a valid expression.
func broken(w *world) {
	w.change(nil, func(mapping string) string {
		const open = `"kind":"AWS::SQS::Queue","selector":{"query":"`
		return strings.Replace(mapping, open, open+`((`, 1)
	})
}

// everywhere lets runs read every region.
func everywhere(w *world) { w.deps.Regions = nil }

// denied keeps the accounts from being listed.
func denied(w *world) {
	inner := w.deps.Directory
	w.deps.Directory = func(ctx context.Context, run string, options func(*middleware.Stack) error) (resync.Directory, error) {
		d, err := inner(ctx, run, options)
		return half{d}, err
	}
}

// half is a directory that does not know every account.
type half struct{ resync.Directory }

func (h half) List(ctx context.Context) (account.Listing, error) {
	l, err := h.Directory.List(ctx)
	l.Complete = false
	return l, err
}

// TestSomeOfTheAccountsAreThere has a run read those, and say that it did not read all.
func TestSomeOfTheAccountsAreThere(t *testing.T) {
	t.Parallel()
	w := newWorld(t, estate(), quickRetries)
	r := w.run(invocation.Request{Accounts: []string{member, "999999999999"}})
	wantStatus(t, r, report.Incomplete)
	if r.ExitCode() != 3 || len(r.Accounts) != 1 || !slices.Contains(says(r), codes.AccountNotListed) ||
		!strings.Contains(r.Reason, "not every account that was asked for") {
		t.Errorf("exit code %d, accounts %+v, %s, %v", r.ExitCode(), r.Accounts, r.Reason, says(r))
	}
}

// TestRegionThatNobodyHasEnabled reports such a region if there is something else to read.
func TestRegionThatNobodyHasEnabled(t *testing.T) {
	t.Parallel()
	for name, request := range map[string]invocation.Request{
		"beside one that is enabled":         {Regions: []string{"ap-east-2", "eu-west-1"}},
		"beside what is read in no region":   {Regions: []string{"ap-east-2"}},
		"and only that in which it does not": {Regions: []string{"ap-east-2"}, Kinds: []string{"AWS::Organizations::Account"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, estate(), quickRetries, func(d *resync.Deps) { d.Regions = nil })
			r := w.run(request)
			wantStatus(t, r, report.Incomplete)
			if !slices.Contains(says(r), codes.LeftOut) || !strings.Contains(r.Reason, "no account has enabled ap-east-2") {
				t.Errorf("%s: %v", r.Reason, says(r))
			}
		})
	}
}

// TestRequestRefusedInSteps ends a run of several invocations at its beginning.
func TestRequestRefusedInSteps(t *testing.T) {
	t.Parallel()
	w := remembering(t)
	w.later.Add(int64(time.Minute))
	step := invocation.Step{Name: invocation.Begin, Request: invocation.Request{Action: invocation.Resync, Trigger: invocation.Manual, Regions: []string{"eu-wset-1"}}}
	if begun, err := distributed.Begin(t.Context(), w.deps, step, 2); codes.Of(err) != codes.PayloadWrong {
		t.Errorf("begun %+v, error %v", begun, err)
	}
	wantStatus(t, w.run(invocation.Request{}), report.Completed) // the lease was given back
}

// TestAccountsThatNobodyKnows are not said to be missing if the run did not come to
// list them.
func TestAccountsThatNobodyKnows(t *testing.T) {
	t.Parallel()
	w := newWorld(t, estate(), quickRetries)
	w.port.SetCredentials("another", "one")
	r := w.run(invocation.Request{Accounts: []string{member}})
	if r.Status != report.Failed || r.Declined() || slices.Contains(says(r), codes.AccountNotListed) {
		t.Errorf("%s %s: %v", r.Status, r.Code, says(r))
	}
}

// TestEmptyMapping is a run with nothing to do. That everything was taken out of the
// mapping at once looks like a mistake, and the limits on deletes keep what there is.
func TestEmptyMapping(t *testing.T) {
	t.Parallel()
	for _, text := range []string{`{}`, `{"resources":[]}`, `{"resources":[],"deleteDependentEntities":true}`} {
		for name, store := range map[string]state.Store{"with a state": state.NewMemory(), "without": nil} {
			t.Run(text+" "+name, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, estate(), quickRetries, func(d *resync.Deps) { d.State = store })
				wantStatus(t, w.run(invocation.Request{}), report.Completed)
				before := w.total()
				w.must(w.port.SetConfig(integration, []byte(text)))
				for _, action := range []string{invocation.Resync, invocation.Resync, invocation.Plan} {
					r := w.run(invocation.Request{Action: action})
					if tripped := r.Deletes.Tripped && r.Status == report.Incomplete; !tripped || action != invocation.Plan {
						wantStatus(t, r, report.Completed)
					}
					if w.total() != before || !slices.Contains(says(r), codes.NothingDiscovered) {
						t.Errorf("%s: Port has %d entities of %d; notices %+v; deletes %+v", action, w.total(), before, r.Diagnostics, r.Deletes)
					}
				}
				if in, _ := w.port.Integration(integration); in.State.Status != "completed" {
					t.Errorf("Port was told %s", in.State.Status)
				}
			})
		}
	}
}

// TestEmptyMappingFromTheBeginning has nothing to keep either.
func TestEmptyMappingFromTheBeginning(t *testing.T) {
	t.Parallel()
	w := newWorld(t, estate(), quickRetries)
	w.must(w.port.PutIntegration([]byte(`{"installationId":"` + integration + `","installationAppType":"aws-v3","version":"1.0.0","changelogDestination":{"type":"KAFKA"},"createPortResourcesOrigin":"Empty","config":{}}`)))
	r := w.run(invocation.Request{})
	wantStatus(t, r, report.Completed)
	if r.ExitCode() != 0 || w.total() != 0 {
		t.Errorf("exit code %d, %d entities", r.ExitCode(), w.total())
	}
}
