package awssim_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"runtime"
	"testing"

	"portolan/internal/simulator/awssim"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// recorder keeps a signed request instead of sending it.
type recorder struct {
	request *http.Request
	body    []byte
}

var errKept = errors.New("kept")

func (r *recorder) Do(request *http.Request) (*http.Response, error) {
	r.request = request
	if request.Body != nil {
		r.body, _ = io.ReadAll(request.Body)
	}
	return nil, errKept
}

// sink is a response that goes nowhere.
type sink struct {
	header http.Header
	status int
}

func (s *sink) Header() http.Header         { return s.header }
func (s *sink) WriteHeader(status int)      { s.status = status }
func (s *sink) Write(b []byte) (int, error) { return len(b), nil }

func BenchmarkServe(b *testing.B) {
	e := smallEstate()
	for _, kind := range awssim.Kinds() {
		population(e, kind, ireland, 5000)
	}
	s, err := awssim.New(e, awssim.Options{RememberCalls: -1})
	if err != nil {
		b.Fatal(err)
	}
	calls := map[string]func(context.Context, aws.Config) error{
		"GetQueueAttributes": func(ctx context.Context, c aws.Config) error {
			_, err := sqs.NewFromConfig(c).GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
				QueueUrl:       aws.String("https://sqs.eu-west-1.amazonaws.com/" + member + "/" + s.Resources(member, awssim.Queue, ireland)[4000].ID),
				AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameAll},
			})
			return err
		},
		"DescribeInstances": probes["ec2"],
		"ListQueues":        probes["sqs"],
		"ListFunctions":     probes["lambda"],
	}
	for name, call := range calls {
		b.Run(name, func(b *testing.B) {
			id, err := s.Assume(member, "reader", "bench")
			if err != nil {
				b.Fatal(err)
			}
			kept := &recorder{}
			_ = call(b.Context(), aws.Config{
				Region: ireland, BaseEndpoint: aws.String("http://127.0.0.1:1"), Credentials: static(id), HTTPClient: kept,
				Retryer: func() aws.Retryer { return aws.NopRetryer{} },
			})
			b.ReportAllocs()
			for b.Loop() {
				request := kept.request.Clone(b.Context())
				request.Host, request.Body = request.URL.Host, io.NopCloser(bytes.NewReader(kept.body))
				out := &sink{header: http.Header{}}
				if s.ServeHTTP(out, request); out.status != http.StatusOK {
					b.Fatalf("status %d", out.status)
				}
			}
		})
	}
}

// An estate of 160,000 resources that has not been read yet.
func BenchmarkGenerate(b *testing.B) {
	plan := awssim.Plan{Accounts: 201, Regions: awssim.StandingRegions("aws"), Counts: map[string]int{
		awssim.Instance: 20, awssim.Queue: 15, awssim.Function: 10, awssim.Bucket: 1, awssim.DBInstance: 1,
	}}
	for b.Loop() {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		s, err := awssim.New(plan.Generate(), awssim.Options{RememberCalls: -1})
		if err != nil {
			b.Fatal(err)
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/1024, "KiB-held")
		runtime.KeepAlive(s)
	}
}
