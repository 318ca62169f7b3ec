package resync_test

import (
	"fmt"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/google/go-cmp/cmp"

	"portolan/internal/diag"
	"portolan/internal/invocation"
	"portolan/internal/report"
	"portolan/internal/resync"
	"portolan/internal/simulator/awssim"
	"portolan/internal/state"
)

const ireland = "eu-west-1"

// What may befall SQS in a region, and AWS's list.
var (
	queuesInIreland = awssim.Offering{Service: "sqs", Region: ireland}

	noName      = func(w *world) { w.aws.SetUnresolved(queuesInIreland) }
	behindProxy = func(status int) func(*world) { return func(w *world) { w.aws.SetProxy(status) } }
	refusing    = func(code string, status int) func(*world) {
		return func(w *world) {
			w.aws.Inject(awssim.Fault{
				Service: "sqs", Region: ireland, Effect: awssim.Refuse, Code: code, Message: "no", Status: status, Times: -1,
			})
		}
	}
	unlisted   = func(w *world) { w.aws.SetListed("sqs", "us-east-1", "us-east-2") }
	listDenied = func(w *world) { w.aws.Inject(awssim.Fault{Service: "ssm", Effect: awssim.Deny, Times: -1}) }
	listEmpty  = func(w *world) { w.aws.SetListed("sqs") }
	listOdd    = func(w *world) { w.aws.SetListed("sqs", "eu-west-1", "Ireland") }
)

// offeredCase is what befalls a service, and what a run makes of it.
type offeredCase struct {
	plant   []func(*world)
	status  report.Status
	outcome report.Outcome // of the service's cells in the region; "" if they were read
	notice  bool           // the list is said to be unread
}

// TestServiceThatIsThereNoMore lets a service that was read before fail. Whatever the
// list says, its entities stay.
func TestServiceThatIsThereNoMore(t *testing.T) {
	t.Parallel()
	cases := map[string]offeredCase{
		"no name, listed":                {[]func(*world){noName}, report.Incomplete, "unreachable", false},
		"no name, not listed":            {[]func(*world){noName, unlisted}, report.Completed, report.NotOffered, false},
		"no name, the list is denied":    {[]func(*world){noName, listDenied}, report.Incomplete, "unreachable", true},
		"no name, the list is empty":     {[]func(*world){noName, listEmpty}, report.Incomplete, "unreachable", true},
		"no name, the list is odd":       {[]func(*world){noName, listOdd}, report.Incomplete, "unreachable", true},
		"a subscription, not listed":     {[]func(*world){refusing("OptInRequired", 403), unlisted}, report.Incomplete, "account-state", false},
		"denied, not listed":             {[]func(*world){refusing("AccessDenied", 403), unlisted}, report.Incomplete, "denied", false},
		"it answers, and is not listed":  {[]func(*world){unlisted}, report.Completed, "", false},
		"it answers, the list is denied": {[]func(*world){listDenied}, report.Completed, "", false},
	}
	for _, status := range []int{502, 503, 504} {
		proxy := behindProxy(status)
		cases[fmt.Sprint("proxy ", status, ", listed")] = offeredCase{[]func(*world){noName, proxy}, report.Incomplete, "unreachable", false}
		cases[fmt.Sprint("proxy ", status, ", not listed")] = offeredCase{[]func(*world){noName, proxy, unlisted}, report.Completed, report.NotOffered, false}
		cases[fmt.Sprint("proxy ", status, ", the list is denied")] = offeredCase{[]func(*world){noName, proxy, listDenied}, report.Incomplete, "unreachable", true}
	}
	for _, code := range unknownOperations {
		unknown := refusing(code, 400)
		cases[code+", listed"] = offeredCase{[]func(*world){unknown}, report.Incomplete, "unsupported", false}
		cases[code+", not listed"] = offeredCase{[]func(*world){unknown, unlisted}, report.Completed, report.NotOffered, false}
		cases[code+", the list is denied"] = offeredCase{[]func(*world){unknown, listDenied}, report.Incomplete, "unsupported", true}
	}
	for name, c := range cases {
		for _, remembers := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, state %v", name, remembers), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, estate(), quickRetries, func(d *resync.Deps) {
					if remembers {
						d.State = state.NewMemory()
					}
				})
				wantStatus(t, w.run(invocation.Request{}), report.Completed)
				held := w.identifiers("sqsQueue")
				for _, plant := range c.plant {
					plant(w)
				}
				c.check(t, w.run(invocation.Request{}))
				if diff := cmp.Diff(held, w.identifiers("sqsQueue")); diff != "" {
					t.Errorf("queues (-before +after):\n%s", diff)
				}
			})
		}
	}
}

// unknownOperations are the codes with which an endpoint says that it does not know an
// operation.
var unknownOperations = []string{"UnknownOperationException", "InvalidAction", "UnsupportedOperationException"}

// TestServiceThatWasNeverThere begins in a world without the service in a region.
func TestServiceThatWasNeverThere(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]offeredCase{
		"no name":                                {nil, report.Completed, report.NotOffered, false},
		"behind a proxy, 502":                    {[]func(*world){behindProxy(502)}, report.Completed, report.NotOffered, false},
		"behind a proxy, 503":                    {[]func(*world){behindProxy(503)}, report.Completed, report.NotOffered, false},
		"no name, the list is denied":            {[]func(*world){listDenied}, report.Completed, report.NotAnswering, true},
		"behind a proxy, and the list is denied": {[]func(*world){behindProxy(502), listDenied}, report.Completed, report.NotAnswering, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := estate()
			e.NotOffered = []awssim.Offering{queuesInIreland}
			w := newWorld(t, e, quickRetries)
			for _, plant := range c.plant {
				plant(w)
			}
			for range 2 {
				c.check(t, w.run(invocation.Request{}))
			}
		})
	}
}

// check compares a run with what it should make of the case.
func (c offeredCase) check(t *testing.T, r *report.Report) {
	t.Helper()
	wantStatus(t, r, c.status)
	others := maps.Clone(r.Cells)
	delete(others, report.Complete)
	if c.outcome == "" && len(others) > 0 || c.outcome != "" && r.Cells[c.outcome] != 2 {
		t.Errorf("cells %v, want two that are %q", r.Cells, c.outcome)
	}
	told := 0
	for _, n := range r.Diagnostics {
		if n.Code == diag.ListUnread {
			told++
			if n.Cause == "" || n.Fix == "" {
				t.Errorf("no cause or fix: %+v", n)
			}
		}
	}
	if told > 1 || (told == 1) != c.notice {
		t.Errorf("it is told %d times that the list cannot be read: %+v", told, r.Diagnostics)
	}
	for _, g := range r.Gaps {
		if g.Fix == "" && g.Outcome != "account-state" {
			t.Errorf("a gap without a fix: %+v", g)
		}
	}
}

// TestListIsAskedOnlyWhenNeeded counts the calls.
func TestListIsAskedOnlyWhenNeeded(t *testing.T) {
	t.Parallel()
	w := newWorld(t, estate(), quickRetries)
	if r := w.run(invocation.Request{}); r.AWS["SSM"].Calls != 0 {
		t.Errorf("%d calls although every service answered", r.AWS["SSM"].Calls)
	}
	noName(w)
	if r := w.run(invocation.Request{}); r.AWS["SSM"].Calls != 4 {
		t.Errorf("%d calls for two cells of one service, want its four pages once", r.AWS["SSM"].Calls)
	}
}

// TestAnswerIsBelievedWhateverTheListSays fails in one account, and answers in another:
// then the service is there. It makes no difference whether the same invocation met the answer.
func TestAnswerIsBelievedWhateverTheListSays(t *testing.T) {
	t.Parallel()
	for name, run := range map[string]func(*machine) *report.Report{
		"single":      func(m *machine) *report.Report { return m.run(invocation.Request{}) },
		"distributed": func(m *machine) *report.Report { return m.whole(invocation.Request{}) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t, estate(), quickRetries)
			unlisted(m.world)
			m.aws.Inject(awssim.Fault{Account: member, Service: "sqs", Region: ireland, Effect: awssim.Cut, Times: -1})
			r := run(m)
			wantStatus(t, r, report.Incomplete)
			if r.Cells["unreachable"] != 1 || r.Cells[report.NotOffered] != 0 {
				t.Errorf("cells %v, want one that is unreachable", r.Cells)
			}
		})
	}
}

// TestListIsAskedAsTheAccount is a base identity that may not ask.
func TestListIsAskedAsTheAccount(t *testing.T) {
	t.Parallel()
	e := estate()
	e.NotOffered = []awssim.Offering{queuesInIreland}
	e.Accounts[0].Users[0].Deny = []string{"ssm:*"}
	w := newWorld(t, e, quickRetries)
	offeredCase{nil, report.Completed, report.NotOffered, false}.check(t, w.run(invocation.Request{}))
}

// TestEndpointsThatServicesDoNotHave uses FIPS or dual-stack endpoints. One of them does
// not exist, although the service is offered.
func TestEndpointsThatServicesDoNotHave(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		set  func(*aws.Config)
		host string
		says string
	}{
		"FIPS": {
			func(c *aws.Config) {
				c.ConfigSources = []any{config.EnvConfig{UseFIPSEndpoint: aws.FIPSEndpointStateEnabled}}
			},
			"sqs-fips.eu-west-1.amazonaws.com", "there may be no FIPS endpoint sqs-fips.eu-west-1.amazonaws.com: unset AWS_USE_FIPS_ENDPOINT",
		},
		"dual-stack": {
			func(c *aws.Config) {
				c.ConfigSources = []any{config.EnvConfig{UseDualStackEndpoint: aws.DualStackEndpointStateEnabled}}
			},
			"sqs.eu-west-1.api.aws", "there may be no dual-stack endpoint sqs.eu-west-1.api.aws: unset AWS_USE_DUALSTACK_ENDPOINT",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			kinds := []string{awssim.Queue, awssim.Cluster, "AWS::Account::Info"}
			w := newWorldOf(t, defaultsOf(t, kinds), estate(awssim.Queue, awssim.Cluster), quickRetries)
			wantStatus(t, w.run(invocation.Request{}), report.Completed)
			held := w.identifiers("sqsQueue")
			w.adjust = func(c *aws.Config) {
				c.BaseEndpoint = nil
				test.set(c)
			}
			w.transport = func(inner http.RoundTripper) http.RoundTripper {
				return tripper(func(r *http.Request) (*http.Response, error) {
					if r.URL.Host == test.host {
						return nil, &net.DNSError{Err: "no such host", Name: r.URL.Host, IsNotFound: true}
					}
					// The name is the real one, and signed; the simulator answers to it.
					sent := r.Clone(r.Context())
					sent.Host, sent.URL.Scheme, sent.URL.Host = r.URL.Host, "http", strings.TrimPrefix(w.awsURL, "http://")
					return inner.RoundTrip(sent)
				})
			}
			r := w.run(invocation.Request{})
			wantStatus(t, r, report.Incomplete)
			if r.Cells["unreachable"] != 2 || r.Cells[report.NotOffered] != 0 {
				t.Errorf("cells %v, want two that are unreachable", r.Cells)
			}
			if !slices.ContainsFunc(r.Gaps, func(g report.Gap) bool { return strings.Contains(g.Fix, test.says) }) {
				t.Errorf("gaps %+v, want %q", r.Gaps, test.says)
			}
			if diff := cmp.Diff(held, w.identifiers("sqsQueue")); diff != "" {
				t.Errorf("queues (-before +after):\n%s", diff)
			}
		})
	}
}
