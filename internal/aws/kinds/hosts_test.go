package kinds_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

// hosts notes where calls go.
type hosts []string

func (h *hosts) Do(r *http.Request) (*http.Response, error) {
	*h = append(*h, r.URL.Host)
	return nil, http.ErrServerClosed
}

// TestAnswersNameNoHost makes calls with names that an answer may have: of a bucket, and the
// address of a queue. The SDK is what holds it.
func TestAnswersNameNoHost(t *testing.T) {
	t.Parallel()
	for _, odd := range []string{"evil.example/", "eu-west-1.evil.example", "x@evil.example", "..", "eu-west-1/../..", "https://evil.example/1/q"} {
		var called hosts
		config := aws.Config{
			Region: "eu-west-1", HTTPClient: &called, Credentials: credentials.NewStaticCredentialsProvider("AKIAX", "secret", ""),
			Retryer: func() aws.Retryer { return aws.NopRetryer{} },
		}
		_, _ = s3.NewFromConfig(config).GetBucketLocation(t.Context(), &s3.GetBucketLocationInput{Bucket: &odd})
		_, _ = sqs.NewFromConfig(config).GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{QueueUrl: &odd})
		for _, host := range called {
			if !strings.HasSuffix(host, ".eu-west-1.amazonaws.com") {
				t.Errorf("%q leads to %s", odd, host)
			}
		}
		if len(called) == 0 {
			t.Errorf("%q: nothing was called", odd)
		}
	}
}
