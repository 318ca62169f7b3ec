package call

import (
	"log/slog"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"portolan/internal/aws/awserr"
)

// hanging is a connection on which nothing comes.
type hanging struct{}

func (hanging) Do(request *http.Request) (*http.Response, error) {
	<-request.Context().Done()
	return nil, request.Context().Err()
}

// TestACallThatIsNeverAnswered is given up, however little else the run waits for, and
// its place is free then. The wait for a place does not count.
func TestACallThatIsNeverAnswered(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		gate := NewGate(Limits{Calls: 1, AccountCalls: 1, ServiceCalls: 1}, nil, slog.New(slog.DiscardHandler))
		config := gate.Config(aws.Config{
			HTTPClient: hanging{}, Credentials: credentials.NewStaticCredentialsProvider("AKIAIOSFODNN7EXAMPLE", "secret", ""),
		}, "111111111111", "eu-west-1", "sqs", nil)
		const calls = 3
		ends := make(chan time.Duration, calls)
		began := time.Now()
		for range calls {
			go func() {
				_, err := sqs.NewFromConfig(config).ListQueues(t.Context(), &sqs.ListQueuesInput{})
				if awserr.ClassOf(err) != awserr.Timeout {
					t.Errorf("%v is %q", err, awserr.ClassOf(err))
				}
				ends <- time.Since(began)
			}()
		}
		for range calls {
			if took := <-ends; took > calls*2*time.Minute {
				t.Errorf("a call that takes turns with %d others ended after %s", calls-1, took)
			}
		}
		if summary := gate.Counts()["SQS"]; summary.Calls != calls || summary.Retries == 0 {
			t.Errorf("counted %+v", summary)
		}
	})
}
