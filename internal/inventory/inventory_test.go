package inventory_test

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/configservice/types"

	"portolan/internal/fault"
	"portolan/internal/inventory"
	"portolan/internal/kind"
	"portolan/internal/kinds"
	"portolan/internal/policy"
	"portolan/internal/simulator/awssim"
)

const (
	owner  = "111111111111"
	region = "eu-west-1"
)

// serve gives an account with one queue, and the configuration to ask it with.
func serve(t *testing.T, allow ...string) (*awssim.Server, aws.Config) {
	t.Helper()
	s, err := awssim.Start(awssim.Estate{Accounts: []awssim.Account{{
		ID: owner, Name: "shop", Roles: []awssim.Role{{Name: "reader", Permissions: awssim.Permissions{Allow: allow}}},
		Resources: []awssim.Resource{{Kind: awssim.Queue, Region: region, ID: "orders"}},
	}}}, "", awssim.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	who, err := s.Assume(owner, "reader", "test")
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return s, aws.Config{
		Region: region, BaseEndpoint: aws.String(s.URL()), HTTPClient: &http.Client{Transport: transport},
		Credentials: credentials.NewStaticCredentialsProvider(who.AccessKeyID, who.SecretAccessKey, who.SessionToken),
		Retryer:     func() aws.Retryer { return aws.NopRetryer{} },
	}
}

// TestEmpty shows when an account without any topic is shown to have none, and that
// the role needs no more than the policy says.
func TestEmpty(t *testing.T) {
	t.Parallel()
	hour := time.Now().Add(-time.Hour)
	for name, c := range map[string]struct {
		recorder *awssim.Recorder
		doubt    string
	}{
		"all types":                 {&awssim.Recorder{AllSupported: true}, ""},
		"the type among others":     {&awssim.Recorder{Types: []string{awssim.Topic, awssim.Queue}}, ""},
		"all but another":           {&awssim.Recorder{Except: []string{awssim.Table}}, ""},
		"another type daily":        {&awssim.Recorder{AllSupported: true, DailyTypes: []string{awssim.Table}}, ""},
		"no recorder":               {nil, inventory.NoRecorder},
		"all but this":              {&awssim.Recorder{Except: []string{awssim.Topic}}, inventory.NotCovered},
		"others only":               {&awssim.Recorder{Types: []string{awssim.Queue}}, inventory.NotCovered},
		"once a day":                {&awssim.Recorder{AllSupported: true, Daily: true}, inventory.NotAtOnce},
		"this once a day":           {&awssim.Recorder{AllSupported: true, DailyTypes: []string{awssim.Topic}}, inventory.NotAtOnce},
		"failing":                   {&awssim.Recorder{AllSupported: true, Status: "FAILURE"}, inventory.NotWell},
		"pending":                   {&awssim.Recorder{AllSupported: true, Status: "PENDING"}, inventory.NotWell},
		"started an hour ago":       {&awssim.Recorder{AllSupported: true, Started: hour}, inventory.TooYoung},
		"stopped":                   {&awssim.Recorder{AllSupported: true, Stopped: true}, inventory.NothingAtAll},
		"nothing that it could see": {&awssim.Recorder{Types: []string{awssim.Topic}}, inventory.NothingAtAll},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, config := serve(t, policy.Inventory...)
			if err := s.SetRecorder(owner, region, c.recorder); err != nil {
				t.Fatal(err)
			}
			i, err := inventory.Ask(t.Context(), config, time.Now())
			if err != nil {
				t.Fatal(err)
			}
			empty, doubt := i.Empty(awssim.Topic)
			if empty != (c.doubt == "") || doubt != c.doubt {
				t.Errorf("empty is %t, in doubt because %q; want the doubt %q", empty, doubt, c.doubt)
			}
			if empty, _ := i.Empty(awssim.Queue); empty {
				t.Error("the type of which there is one counts as empty")
			}
		})
	}
}

// TestAskFails wants an error, and no answer, of each call that fails and of pages that
// lead nowhere.
func TestAskFails(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]awssim.Fault{
		"recorders denied": {Operation: "DescribeConfigurationRecorders", Effect: awssim.Deny},
		"counts denied":    {Operation: "GetDiscoveredResourceCounts", Effect: awssim.Deny},
		"status denied":    {Operation: "DescribeConfigurationRecorderStatus", Effect: awssim.Deny},
		"a cut page":       {Operation: "GetDiscoveredResourceCounts", Effect: awssim.Truncate},
		"endless pages":    {Operation: "GetDiscoveredResourceCounts", Effect: awssim.EmptyPage, Times: -1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, config := serve(t, "config:*")
			if err := s.SetRecorder(owner, region, &awssim.Recorder{AllSupported: true}); err != nil {
				t.Fatal(err)
			}
			f.Service = "config"
			s.Inject(f)
			if i, err := inventory.Ask(t.Context(), config, time.Now()); err == nil || i != nil {
				t.Errorf("it gives %+v, %v", i, err)
			} else if f.Effect == awssim.Deny && fault.ClassOf(err) != fault.Denied {
				t.Errorf("the error's class is %s", fault.ClassOf(err))
			}
		})
	}
}

// TestPagesThatAreEmpty goes on after a page without counts.
func TestPagesThatAreEmpty(t *testing.T) {
	t.Parallel()
	s, config := serve(t, "config:*")
	if err := s.SetRecorder(owner, region, &awssim.Recorder{AllSupported: true}); err != nil {
		t.Fatal(err)
	}
	s.Inject(awssim.Fault{Service: "config", Operation: "GetDiscoveredResourceCounts", Effect: awssim.EmptyPage})
	i, err := inventory.Ask(t.Context(), config, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if empty, doubt := i.Empty(awssim.Queue); empty || doubt != "" {
		t.Errorf("the queue is not counted: empty is %t, doubt %q", empty, doubt)
	}
}

// TestKindsNameTypesOfConfig wants what kinds declare to be a type that Config knows,
// and of regional kinds only: no other is passed over.
func TestKindsNameTypesOfConfig(t *testing.T) {
	t.Parallel()
	known := types.ResourceType("").Values()
	for _, k := range kinds.All {
		if k.Inventory != "" && (!slices.Contains(known, types.ResourceType(k.Inventory)) || k.Scope != kind.Regional) {
			t.Errorf("%s (%s) is counted as %s", k.Type, k.Scope, k.Inventory)
		}
	}
}
