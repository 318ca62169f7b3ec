package call

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"portolan/internal/aws/awserr"
	"portolan/internal/aws/kind"
)

var paced = []kind.Rate{
	{Service: "ECS", Operations: []string{"DescribeTaskDefinition", "ListTaskDefinitions"}, PerSecond: 20, Burst: 40},
	{Service: "SESv2", PerSecond: 1, Burst: 1},
	{Service: "SNS", PerSecond: 4, Burst: 1, Regions: map[string]float64{"us-east-1": 8}},
	{Service: "SESv2", Operations: []string{"GetAccount"}, PerSecond: 1, Burst: 1},
}

// TestPace makes calls one after the other, in no time of their own, and looks at
// the clock.
func TestPace(t *testing.T) {
	t.Parallel()
	type call struct{ account, region, service, operation string }
	describe := call{"1", "eu-west-1", "ECS", "DescribeTaskDefinition"}
	tests := map[string]struct {
		calls []call // in turn, over and over
		times int
		takes time.Duration
	}{
		"what has no rate":         {[]call{{"1", "eu-west-1", "ECS", "ListClusters"}}, 1000, 0},
		"the burst":                {[]call{describe}, 36, 0},
		"nine tenths":              {[]call{describe}, 36 + 18, time.Second},
		"a bucket for two":         {[]call{describe, {"1", "eu-west-1", "ECS", "ListTaskDefinitions"}}, 36 + 18, time.Second},
		"each account its own":     {[]call{describe, {"2", "eu-west-1", "ECS", "DescribeTaskDefinition"}}, 72, 0},
		"each region its own":      {[]call{describe, {"1", "us-east-1", "ECS", "DescribeTaskDefinition"}}, 72, 0},
		"the rest of a service":    {[]call{{"1", "eu-west-1", "SESv2", "GetEmailIdentity"}}, 4, 3 * time.Second},
		"a region's own rate":      {[]call{{"1", "us-east-1", "SNS", "ListTopics"}}, 37, 5 * time.Second},
		"a rate beside the rest's": {[]call{{"1", "eu-west-1", "SESv2", "GetEmailIdentity"}, {"1", "eu-west-1", "SESv2", "GetAccount"}}, 2, 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p, start := newPace(paced), time.Now()
				for i := range test.times {
					c := test.calls[i%len(test.calls)]
					if _, err := p.wait(t.Context(), c.account, c.region, c.service, c.operation); err != nil {
						t.Fatal(err)
					}
				}
				if took := time.Since(start).Round(time.Millisecond); took != test.takes {
					t.Errorf("%d calls took %s, want %s", test.times, took, test.takes)
				}
			})
		})
	}
}

// TestPaceThatEndsTooLate says at once that the deadline comes before the call.
func TestPaceThatEndsTooLate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPace(paced)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		var err error
		for err == nil {
			_, err = p.wait(ctx, "1", "eu-west-1", "SESv2", "GetEmailIdentity")
		}
		if !errors.Is(err, context.DeadlineExceeded) || awserr.ClassOf(err) != awserr.Timeout {
			t.Errorf("error %v of class %s", err, awserr.ClassOf(err))
		}
	})
}
