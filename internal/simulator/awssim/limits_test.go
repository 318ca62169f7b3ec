package awssim_test

import (
	"sync/atomic"
	"testing"
	"time"

	"portolan/internal/simulator/awssim"

	"github.com/google/go-cmp/cmp"
)

func TestLimits(t *testing.T) {
	t.Parallel()
	var ahead atomic.Int64
	now := time.Now()
	s := start(t, smallEstate(), awssim.Options{
		Now:    func() time.Time { return now.Add(time.Duration(ahead.Load())) },
		Limits: []awssim.Limit{{Service: "ecs", Operation: "List*", Rate: 2, Burst: 3}},
	})
	cfg := inside(t, s, member, ireland)
	spend := func(n int) {
		t.Helper()
		for range n {
			wantCode(t, probes["ecs"](t.Context(), cfg), "", 0)
		}
		wantCode(t, probes["ecs"](t.Context(), cfg), "ThrottlingException", 400)
	}
	spend(3)
	wantCode(t, probes["ecs"](t.Context(), inside(t, s, member, ohio)), "", 0)
	wantCode(t, probes["ecs"](t.Context(), inside(t, s, management, ireland)), "", 0)
	wantCode(t, probes["ec2"](t.Context(), cfg), "", 0)
	ahead.Add(int64(time.Second))
	spend(2)
	ahead.Add(int64(time.Minute))
	spend(3)
	s.SetLimits()
	wantCode(t, probes["ecs"](t.Context(), cfg), "", 0)

	want := awssim.Tally{Calls: 14, Errors: 3, Throttled: 3}
	got := s.Tallies()["ecs:ListClusters"]
	got.Bytes = 0
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestDocumentedLimits(t *testing.T) {
	t.Parallel()
	s := start(t, smallEstate(), awssim.Options{Limits: awssim.DocumentedLimits()})
	checkRefusals(t, refusals{}, inside(t, s, management, ireland), "")
}

func TestCalls(t *testing.T) {
	t.Parallel()
	s := start(t, smallEstate(), awssim.Options{RememberCalls: 2})
	s.Inject(awssim.Fault{Service: "ec2", Effect: awssim.Throttle})
	cfg := inside(t, s, member, ireland)
	_ = probes["ecs"](t.Context(), cfg)
	_ = probes["ec2"](t.Context(), cfg)
	_ = probes["s3"](t.Context(), cfg)
	calls := s.Calls()
	for i := range calls {
		calls[i].At, calls[i].UserAgent, calls[i].Bytes = time.Time{}, "", 0
	}
	want := []awssim.Call{
		{
			Account: member, Region: ireland, Service: "ec2", Operation: "DescribeInstances", Action: "ec2:DescribeInstances",
			Status: 503, Code: "RequestLimitExceeded", Fault: awssim.Throttle,
		},
		{Account: member, Region: ireland, Service: "s3", Operation: "ListBuckets", Action: "s3:ListAllMyBuckets", Status: 200},
	}
	if diff := cmp.Diff(want, calls); diff != "" {
		t.Error(diff)
	}
	if tallies := s.Tallies(); len(tallies) != 3 {
		t.Errorf("all calls are counted, got %v", tallies)
	}
	s.ForgetCalls()
	if len(s.Calls()) != 0 || len(s.Tallies()) != 0 {
		t.Error("calls were not forgotten")
	}
}
