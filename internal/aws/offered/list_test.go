package offered_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"go.uber.org/goleak"

	"portolan/internal/aws/awserr"
	"portolan/internal/aws/offered"
	"portolan/internal/diag"
	"portolan/internal/simulator/awssim"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	hub    = "100000000001"
	member = "200000000002"
	reader = "reader"
)

// world is a simulated Organization, and a list that asks in it.
type world struct {
	*awssim.Server
	t    *testing.T
	list *offered.List
	base aws.Config
}

func newWorld(t *testing.T, region string, changes ...func(*awssim.Estate)) *world {
	t.Helper()
	everything := awssim.Permissions{Allow: []string{"*"}}
	e := awssim.Estate{
		Organization: &awssim.Organization{},
		Accounts: []awssim.Account{
			{ID: hub, Name: "hub", Management: true, Users: []awssim.User{{
				Name: "base", AccessKeyID: "AKIABASE00000000", SecretAccessKey: "base-secret", Permissions: everything,
			}}},
			{ID: member, Name: "member", Roles: []awssim.Role{{Name: reader, Trusts: []string{hub}, Permissions: everything}}},
		},
	}
	for _, change := range changes {
		change(&e)
	}
	s, err := awssim.Start(e, "", awssim.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	transport := http.DefaultTransport.(*http.Transport).Clone()
	t.Cleanup(transport.CloseIdleConnections)
	w := &world{Server: s, t: t, base: aws.Config{
		Region: region, BaseEndpoint: aws.String(s.URL()), HTTPClient: &http.Client{Transport: s.Transport(transport)},
		Credentials: credentials.NewStaticCredentialsProvider("AKIABASE00000000", "base-secret", ""),
		Retryer: func() aws.Retryer {
			return retry.NewStandard(func(o *retry.StandardOptions) { o.MaxBackoff = time.Millisecond })
		},
	}}
	w.list = offered.New(w.base)
	return w
}

// asReader is the session of the member's role.
func (w *world) asReader(context.Context) (aws.Config, error) {
	id, err := w.Assume(member, reader, "test")
	config := w.base.Copy()
	config.Credentials = credentials.NewStaticCredentialsProvider(id.AccessKeyID, id.SecretAccessKey, id.SessionToken)
	return config, err
}

func (w *world) want(want offered.Answer, service, region string) error {
	w.t.Helper()
	got, err := w.list.Offers(w.t.Context(), service, region, w.asReader)
	if got != want || (err != nil) != (want == offered.Unknown) {
		w.t.Errorf("%s in %s: %q, %v, want %q", service, region, got, err, want)
	}
	return err
}

// asked returns how many calls of the list were made, by region.
func (w *world) asked() map[string]int {
	asked := map[string]int{}
	for _, c := range w.Calls() {
		if c.Service == "ssm" {
			asked[c.Region]++
		}
	}
	return asked
}

func notOffered(at ...awssim.Offering) func(*awssim.Estate) {
	return func(e *awssim.Estate) { e.NotOffered = at }
}

func TestOffers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "us-east-1", notOffered(awssim.Offering{Service: "ecs", Region: "eu-west-1"}))
	w.want(offered.NotOffered, "ecs", "eu-west-1")
	w.want(offered.Offered, "ecs", "us-east-1")
	w.want(offered.Offered, "ecs", "cn-north-1") // the list has every partition's
	w.want(offered.NotOffered, "ecs", "eu-west-9")
	w.want(offered.Offered, "kafka", "ca-west-1")
	pages := 4 // of 36 regions
	if asked := w.asked(); asked["us-east-1"] != 2*pages || len(asked) != 1 {
		t.Errorf("calls %v, want %d for each of two services, once", asked, pages)
	}
}

// TestWhereItIsAsked walks the places of the base identity.
func TestWhereItIsAsked(t *testing.T) {
	t.Parallel()
	for region, want := range map[string]string{
		"us-east-1": "us-east-1", "eu-central-1": "eu-central-1", "ap-northeast-3": "us-east-1", "eu-south-1": "us-east-1", "": "us-east-1",
	} {
		w := newWorld(t, region, func(e *awssim.Estate) {
			for i := range e.Accounts {
				e.Accounts[i].Regions = map[string]string{"eu-south-1": awssim.RegionEnabled}
			}
		})
		w.want(offered.Offered, "sqs", "eu-west-1")
		if asked := w.asked(); asked[want] == 0 || len(asked) != 1 {
			t.Errorf("from %q it is asked in %v, want %s alone", region, asked, want)
		}
	}
}

// TestOwnRegionThatLacksTheService asks another region before it believes a list that
// lacks the one it was asked in.
func TestOwnRegionThatLacksTheService(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "eu-west-1", notOffered(awssim.Offering{Service: "ecs", Region: "eu-west-1"}))
	w.want(offered.NotOffered, "ecs", "eu-west-1")
	if asked := w.asked(); asked["eu-west-1"] == 0 || asked["us-east-1"] == 0 {
		t.Errorf("asked in %v, want in both", asked)
	}
}

// TestListsThatCannotBeRight walks what says nothing.
func TestListsThatCannotBeRight(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		listed []string
		says   string
	}{
		"no region at all":                 {nil, "has no region"},
		"it lacks the region asked in":     {[]string{"eu-west-1", "eu-west-2"}, "lacks us-east-1"},
		"values that are not regions":      {[]string{"us-east-1", "Europe (Ireland)"}, "which is not a region"},
		"an empty value":                   {[]string{"", "us-east-1"}, "which is not a region"},
		"regions of other partitions only": {[]string{"cn-north-1", "us-gov-west-1"}, "lacks us-east-1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, "us-east-1")
			w.SetListed("sqs", test.listed...)
			for _, region := range []string{"us-east-1", "eu-west-1", "ap-south-1"} {
				err := w.want(offered.Unknown, "sqs", region)
				if err == nil || !strings.Contains(err.Error(), test.says) || diag.Of(err) != diag.ListUnread {
					t.Errorf("%s: %v, want %q as %s", region, err, test.says, diag.ListUnread)
				}
			}
			w.want(offered.Offered, "sns", "eu-west-1") // others are not touched
		})
	}
	w := newWorld(t, "us-east-1")
	w.want(offered.Unknown, "quantum", "us-east-1")
	w.want(offered.Unknown, "", "us-east-1")
	w.want(offered.Unknown, "sqs", "")
}

// TestWhoMayAsk asks as the account's session where the base identity is refused, and
// says what would help where that is refused too.
func TestWhoMayAsk(t *testing.T) {
	t.Parallel()
	deny := func(account string) func(*awssim.Estate) {
		return func(e *awssim.Estate) {
			for i := range e.Accounts {
				a := &e.Accounts[i]
				if account != "" && a.ID != account {
					continue
				}
				for j := range a.Users {
					a.Users[j].Deny = []string{"ssm:*"}
				}
				for j := range a.Roles {
					a.Roles[j].Deny = []string{"ssm:*"}
				}
			}
		}
	}
	forbid := func(e *awssim.Estate) {
		e.Accounts[0].Users[0].Deny = []string{"ssm:*"}
		e.Policies = []awssim.Policy{{Targets: []string{"root"}, Deny: []string{"ssm:*"}}}
	}
	t.Run("the account's session", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, "us-east-1", deny(hub), notOffered(awssim.Offering{Service: "ecs", Region: "eu-west-1"}))
		w.want(offered.NotOffered, "ecs", "eu-west-1")
	})
	t.Run("nobody", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, "eu-west-1", deny(""))
		err := w.want(offered.Unknown, "ecs", "eu-west-1")
		var known *awserr.Error
		if !errors.As(err, &known) || known.Class != awserr.Denied ||
			!strings.Contains(known.Fix, `"Resource": "arn:aws:ssm:*::parameter/aws/service/global-infrastructure/*"`) {
			t.Errorf("%v, want the statement that is missing", err)
		}
	})
	t.Run("an Organization's policy in one region", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, "eu-west-1", forbid, func(e *awssim.Estate) { e.Policies[0].Regions = []string{"eu-west-1"} })
		w.want(offered.Offered, "ecs", "eu-west-1")
		if asked := w.asked(); asked["us-east-1"] == 0 {
			t.Errorf("asked in %v, want in us-east-1 too", asked)
		}
	})
	t.Run("nobody else", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, "eu-west-1", deny(""))
		answer, err := w.list.Offers(t.Context(), "ecs", "eu-west-1", nil)
		if answer != offered.Unknown || awserr.ClassOf(err) != awserr.Denied {
			t.Errorf("%q, %v", answer, err)
		}
	})
}

// TestFailuresEnd walks what may go wrong on the way: it is unknown, and asked for a
// bounded number of times however often somebody wants to know.
func TestFailuresEnd(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]awssim.Fault{
		"throttled":     {Effect: awssim.Throttle},
		"denied":        {Effect: awssim.Deny},
		"failed":        {Effect: awssim.Fail},
		"unavailable":   {Effect: awssim.Unavailable},
		"cut":           {Effect: awssim.Cut},
		"garbled":       {Effect: awssim.Garble},
		"gateway":       {Effect: awssim.Gateway},
		"gateway, 200":  {Effect: awssim.Gateway, Status: 200},
		"empty, 200":    {Effect: awssim.Gateway, Status: 200, Page: awssim.EmptyPart},
		"another, 200":  {Effect: awssim.Gateway, Status: 200, Page: awssim.JSONPage},
		"unsupported":   {Effect: awssim.Unsupport},
		"circle of one": {Effect: awssim.Cycle},
		"circle of two": {Effect: awssim.Cycle, Length: 2},
		"endless":       {Effect: awssim.Endless},
		"empty pages":   {Effect: awssim.EmptyPage},
		"no such thing": {Effect: awssim.Refuse, Code: "ParameterNotFound"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, "us-east-1")
			fault.Service, fault.Times = "ssm", -1
			w.Inject(fault)
			for i := range 60 {
				w.want(offered.Unknown, fmt.Sprint("service", i%20), "eu-west-1")
			}
			if n := w.asked()["us-east-1"]; n > 200 {
				t.Errorf("%d calls", n)
			}
		})
	}
}

// TestOneFailureIsNotTheEnd asks again for a service whose list could not be read.
func TestOneFailureIsNotTheEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "us-east-1")
	w.Inject(awssim.Fault{Service: "ssm", Effect: awssim.Unsupport})
	w.want(offered.Unknown, "sqs", "eu-west-1")
	w.want(offered.Offered, "sqs", "eu-west-1")
}

func TestPagesMayBeEmpty(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "us-east-1")
	w.Inject(awssim.Fault{Service: "ssm", Effect: awssim.EmptyPage})
	w.want(offered.Offered, "sqs", "eu-west-1")
}

// TestNetworkThatDoesNotReachTheList walks the ways in which a name does not resolve.
func TestNetworkThatDoesNotReachTheList(t *testing.T) {
	t.Parallel()
	for _, proxy := range []int{0, 502, 503} {
		w := newWorld(t, "eu-west-1")
		w.SetProxy(proxy)
		w.SetUnresolved(awssim.Offering{Service: "ssm", Region: "eu-west-1"})
		w.want(offered.Offered, "sqs", "eu-west-1") // us-east-1 answers
		w.SetUnresolved(awssim.Offering{Service: "ssm", Region: "eu-west-1"}, awssim.Offering{Service: "ssm", Region: "us-east-1"})
		err := w.want(offered.Unknown, "sns", "eu-west-1")
		var known *awserr.Error
		if !errors.As(err, &known) || !strings.Contains(known.Fix, "com.amazonaws.eu-west-1.ssm") {
			t.Errorf("proxy %d: %v", proxy, err)
		}
	}
}

// TestPartitionsWithoutAList asks where the base identity is, and knows nothing if
// nothing is there.
func TestPartitionsWithoutAList(t *testing.T) {
	t.Parallel()
	for partition, region := range map[string]string{awssim.PartitionChina: "cn-north-1", awssim.PartitionGovCloud: "us-gov-west-1"} {
		w := newWorld(t, region, func(e *awssim.Estate) { e.Partition = partition })
		w.want(offered.Unknown, "sqs", region)
		if asked := w.asked(); asked[region] == 0 || len(asked) != 1 {
			t.Errorf("%s: asked in %v", partition, asked)
		}
	}
}

// TestManyAskOnce shows that those who ask at the same time share one reading.
func TestManyAskOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "us-east-1")
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() { w.want(offered.Offered, "sqs", "eu-west-1") })
	}
	group.Wait()
	if asked := w.asked()["us-east-1"]; asked != 4 {
		t.Errorf("%d calls, want the four pages once", asked)
	}
}

// TestEndOfTheRunIsNoFailure keeps nothing of an attempt that the run's end cut short.
func TestEndOfTheRunIsNoFailure(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "us-east-1")
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for range 5 {
		if answer, err := w.list.Offers(ended, "sqs", "eu-west-1", nil); answer != offered.Unknown || err == nil {
			t.Errorf("%q, %v", answer, err)
		}
	}
	w.want(offered.Offered, "sqs", "eu-west-1")
	if asked := w.asked()["us-east-1"]; asked != 4 {
		t.Errorf("%d calls, want the four pages", asked)
	}
}
