package awssim_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"portolan/internal/simulator/awssim"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"
)

func TestFaultsThatRefuse(t *testing.T) {
	t.Parallel()
	tests := []struct {
		effect  awssim.Effect
		want    refusals
		wording string
	}{
		{awssim.Throttle, refusals{
			"account": {"TooManyRequestsException", 429}, "ec2": {"RequestLimitExceeded", 503}, "ecs": {"ThrottlingException", 400}, "ssm": {"ThrottlingException", 400},
			"lambda": {"TooManyRequestsException", 429}, "organizations": {"TooManyRequestsException", 400},
			"rds": {"Throttling", 400}, "s3": {"SlowDown", 503}, "sqs": {"RequestThrottled", 403},
		}, ""},
		{awssim.Fail, refusals{
			"account": {"InternalServerException", 500}, "ec2": {"InternalError", 500}, "ecs": {"ServerException", 500}, "ssm": {"InternalServerError", 500},
			"lambda": {"ServiceException", 500}, "organizations": {"ServiceException", 500},
			"rds": {"InternalFailure", 500}, "s3": {"InternalError", 500}, "sqs": {"InternalError", 500},
		}, ""},
		{awssim.Expire, expired, ""},
		{awssim.WrongRegion, unknownCaller, ""},
		{awssim.DenyByPolicy, refusals{
			"account": {"AccessDeniedException", 403}, "ec2": {"UnauthorizedOperation", 403}, "ecs": {"AccessDeniedException", 400}, "ssm": {"AccessDeniedException", 400},
			"lambda": {"AccessDeniedException", 403}, "organizations": {"AccessDeniedException", 400},
			"rds": {"AccessDenied", 403}, "s3": {"AccessDenied", 403}, "sqs": {"AccessDenied", 403},
		}, "with an explicit deny in a service control policy"},
	}
	for _, test := range tests {
		t.Run(string(test.effect), func(t *testing.T) {
			t.Parallel()
			s := start(t, smallEstate(), awssim.Options{})
			s.Inject(awssim.Fault{Effect: test.effect, Times: -1})
			cfg := inside(t, s, management, ireland)
			checkRefusals(t, test.want, cfg, test.wording)
			s.ClearFaults()
			checkRefusals(t, refusals{}, cfg, "")
		})
	}
}

func TestFaultsThatBreak(t *testing.T) {
	t.Parallel()
	for _, effect := range []awssim.Effect{awssim.Cut, awssim.Truncate, awssim.Garble} {
		t.Run(string(effect), func(t *testing.T) {
			t.Parallel()
			s := start(t, population(smallEstate(), awssim.Cluster, ireland, 100), awssim.Options{})
			s.Inject(awssim.Fault{Effect: effect, Times: 1})
			cfg := inside(t, s, member, ireland)
			if err := probes["ecs"](t.Context(), cfg); err == nil || errors.As(err, new(smithy.APIError)) {
				t.Errorf("want a broken answer, got %v", err)
			}
			wantCode(t, probes["ecs"](t.Context(), cfg), "", 0)
		})
	}
}

func TestFaultMatching(t *testing.T) {
	t.Parallel()
	s := start(t, smallEstate(), awssim.Options{})
	s.Inject(
		awssim.Fault{Account: member, Region: ireland, Service: "ecs", Operation: "List*", First: 2, Times: 2, Effect: awssim.Throttle},
		awssim.Fault{Service: "ecs", First: 4, Effect: awssim.Fail},
	)
	cfg := inside(t, s, member, ireland)
	var codes []string
	for range 5 {
		code, err := "", probes["ecs"](t.Context(), cfg)
		if api := smithy.APIError(nil); errors.As(err, &api) {
			code = api.ErrorCode()
		}
		codes = append(codes, code)
	}
	if diff := cmp.Diff([]string{"", "ThrottlingException", "ThrottlingException", "ServerException", ""}, codes); diff != "" {
		t.Error(diff)
	}
	wantCode(t, probes["ecs"](t.Context(), inside(t, s, member, ohio)), "", 0)
}

func TestHang(t *testing.T) {
	t.Parallel()
	s := start(t, smallEstate(), awssim.Options{})
	s.Inject(awssim.Fault{Effect: awssim.Hang})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := probes["ecs"](ctx, inside(t, s, member, ireland)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("want a deadline, got %v", err)
	}
}

func TestSlow(t *testing.T) {
	t.Parallel()
	slept := make(chan time.Duration, 2)
	s := start(t, smallEstate(), awssim.Options{
		Latency: awssim.Latency{Base: time.Minute},
		Sleep: func(_ context.Context, d time.Duration) error {
			slept <- d
			return nil
		},
	})
	s.Inject(awssim.Fault{Effect: awssim.Slow, Delay: time.Hour})
	cfg := inside(t, s, member, ireland)
	for _, want := range []time.Duration{61 * time.Minute, time.Minute} {
		wantCode(t, probes["ecs"](t.Context(), cfg), "", 0)
		if got := <-slept; got != want {
			t.Errorf("want %s, got %s", want, got)
		}
	}
}

func TestLatencyIsTheSameInEachRun(t *testing.T) {
	t.Parallel()
	run := func(seed uint64) []time.Duration {
		slept := make(chan time.Duration, len(probes))
		s := start(t, smallEstate(), awssim.Options{
			Seed: seed, Latency: awssim.Latency{Base: time.Second, Jitter: time.Second},
			Sleep: func(_ context.Context, d time.Duration) error {
				slept <- d
				return nil
			},
		})
		cfg := inside(t, s, member, ireland)
		var all []time.Duration
		for _, service := range []string{"ec2", "ecs", "sqs", "s3", "rds"} {
			wantCode(t, probes[service](t.Context(), cfg), "", 0)
			all = append(all, <-slept)
		}
		return all
	}
	one, same, other := run(1), run(1), run(2)
	if diff := cmp.Diff(one, same); diff != "" {
		t.Error(diff)
	}
	if cmp.Equal(one, other) {
		t.Error("another seed gave the same latencies")
	}
	for _, d := range one {
		if d < time.Second || d >= 2*time.Second {
			t.Errorf("latency %s is out of bounds", d)
		}
	}
}

func TestEmptyPage(t *testing.T) {
	t.Parallel()
	e := smallEstate(logs)
	for _, kind := range awssim.Kinds() {
		population(e, kind, ireland, 3)
	}
	s := start(t, e, awssim.Options{})
	cfg := inside(t, s, member, ireland)
	s.Inject(awssim.Fault{Effect: awssim.EmptyPage}, awssim.Fault{Service: "sqs", Effect: awssim.EmptyPage})
	first, err := ecs.NewFromConfig(cfg).ListClusters(t.Context(), nil)
	wantCode(t, err, "", 0)
	if len(first.ClusterArns) != 0 || first.NextToken == nil {
		t.Fatalf("want an empty page with a token, got %+v", first)
	}
	second, err := ecs.NewFromConfig(cfg).ListClusters(t.Context(), &ecs.ListClustersInput{NextToken: first.NextToken})
	wantCode(t, err, "", 0)
	if len(second.ClusterArns) != 3 {
		t.Errorf("got %v", second.ClusterArns)
	}
	queues, err := sqs.NewFromConfig(cfg).ListQueues(t.Context(), &sqs.ListQueuesInput{MaxResults: aws.Int32(10)})
	wantCode(t, err, "", 0)
	if len(queues.QueueUrls) != 0 || queues.NextToken == nil {
		t.Errorf("got %+v", queues)
	}
}

func TestVanish(t *testing.T) {
	t.Parallel()
	queue := awssim.Resource{Kind: awssim.Queue, Region: ireland, ID: "orders"}
	cluster := awssim.Resource{Kind: awssim.Cluster, Region: ireland, ID: "edge"}
	s := start(t, smallEstate(web, logs, queue, cluster), awssim.Options{})
	s.Inject(
		awssim.Fault{Operation: "DescribeInstanceStatus", Effect: awssim.Vanish}, awssim.Fault{Operation: "GetBucketTagging", Effect: awssim.Vanish},
		awssim.Fault{Operation: "GetQueueAttributes", Effect: awssim.Vanish}, awssim.Fault{Operation: "DescribeClusters", Effect: awssim.Vanish},
	)
	cfg, ctx := inside(t, s, member, ireland), t.Context()
	_, err := ec2.NewFromConfig(cfg).DescribeInstanceStatus(ctx, &ec2.DescribeInstanceStatusInput{InstanceIds: []string{web.ID}})
	wantCode(t, err, "InvalidInstanceID.NotFound", 400)
	_, err = s3.NewFromConfig(cfg).GetBucketTagging(ctx, &s3.GetBucketTaggingInput{Bucket: &logs.ID})
	wantCode(t, err, "NoSuchBucket", 404)
	_, err = sqs.NewFromConfig(cfg).GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
		QueueUrl: aws.String("https://sqs.eu-west-1.amazonaws.com/" + member + "/orders"), AttributeNames: []types.QueueAttributeName{"All"},
	})
	wantCode(t, err, "AWS.SimpleQueueService.NonExistentQueue", 400)
	out, err := ecs.NewFromConfig(cfg).DescribeClusters(ctx, &ecs.DescribeClustersInput{Clusters: []string{"edge"}})
	wantCode(t, err, "", 0)
	if len(out.Failures) != 1 {
		t.Errorf("got %+v", out)
	}
	for _, kind := range awssim.Kinds() {
		if left := s.Resources(member, kind, ireland); len(left) != 0 {
			t.Errorf("%s is still there: %v", kind, left)
		}
	}
}
