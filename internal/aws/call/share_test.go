package call

import (
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/smithy-go/middleware"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"

	"portolan/internal/aws/kind"
	"portolan/internal/aws/kinds"
)

// functions is an AWS with two pages of Lambda functions. It counts what it is
// asked, and answers with a status of its own where it is not 200.
type functions struct {
	mu     sync.Mutex
	asked  map[string]int
	status int
}

func (f *functions) RoundTrip(request *http.Request) (*http.Response, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.asked == nil {
		f.asked = make(map[string]int)
	}
	body := `{"Tags":{"team":"shop"}}`
	operation := "tags"
	if strings.Contains(request.URL.Path, "/functions") {
		operation = "list" + request.URL.Query().Get("Marker")
		body = `{"Functions":[{"FunctionName":"a","FunctionArn":"arn:a","Environment":{"Variables":{"A":"1"}}}],"NextMarker":"2"}`
		if operation == "list2" {
			body = `{"Functions":[{"FunctionName":"b","FunctionArn":"arn:b"}]}`
		}
	}
	f.asked[operation]++
	return &http.Response{
		StatusCode: f.status, Header: http.Header{"Content-Type": {"application/json"}}, Request: request,
		Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)), ProtoMajor: 1, ProtoMinor: 1,
	}, nil
}

// readers are the optional follow-ups of two readings of one kind.
func readers() (plain, tagged []string) { return []string{}, []string{"ListTagsAction"} }

func newDesk(t *testing.T, room int) *Desk {
	t.Helper()
	plain, tagged := readers()
	function := kinds.LambdaFunction
	d := NewSharing([][]string{function.AllActions(plain), function.AllActions(tagged)}, room).NewDesk()
	d.Seat()
	d.Seat()
	return d
}

func readAt(t *testing.T, d *Desk, cloud http.RoundTripper, actions []string) (documents []kind.Object, errs []error) {
	config := aws.Config{
		Region: "eu-west-1", HTTPClient: &http.Client{Transport: cloud},
		Credentials: credentials.NewStaticCredentialsProvider("AKIAIOSFODNN7EXAMPLE", "secret", ""),
		Retryer:     func() aws.Retryer { return aws.NopRetryer{} },
		APIOptions:  []func(*middleware.Stack) error{d.shared("lambda")},
	}
	target := kind.Target{Account: "111122223333", Region: "eu-west-1", Partition: "aws", Config: config}
	options := kind.Options{Actions: actions, Parallel: 2, Budget: kind.NewRoom(100)}
	for document, err := range kinds.LambdaFunction.Read(t.Context(), target, options) {
		if err != nil {
			errs = append(errs, err)
			continue
		}
		documents = append(documents, document)
	}
	return documents, errs
}

func TestReadingsShareAnswers(t *testing.T) {
	t.Parallel()
	const room = 1 << 20
	tests := map[string]struct {
		room int
		want map[string]int
	}{
		"with room":    {room, map[string]int{"list": 1, "list2": 1, "tags": 2}},
		"without room": {10, map[string]int{"list": 2, "list2": 2, "tags": 2}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, cloud := newDesk(t, test.room), &functions{status: 200}
			plain, tagged := readers()
			first, errs := readAt(t, d, cloud, plain)
			if len(errs) > 0 {
				t.Fatal(errs)
			}
			first[0]["Properties"].(kind.Object)["Environment"].(kind.Object)["Variables"] = "scribbled over"
			second, errs := readAt(t, d, cloud, tagged)
			if len(errs) > 0 || len(second) != 2 {
				t.Fatalf("%d documents, errors %v", len(second), errs)
			}
			want := kind.Object{
				"FunctionName": "a", "FunctionArn": "arn:a", "Tags": kind.Object{"team": "shop"},
				"Environment": kind.Object{"Variables": kind.Object{"A": "1"}},
			}
			if diff := cmp.Diff(want, second[0]["Properties"]); diff != "" {
				t.Errorf("the second reading (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.want, cloud.asked); diff != "" {
				t.Errorf("calls (-want +got):\n%s", diff)
			}
			d.Leave()
			d.Leave()
			if left := d.sharing.room.Load(); left != int64(test.room) || len(d.answers) > 0 {
				t.Errorf("%d bytes of %d are free, %d answers kept, after the last reading", left, test.room, len(d.answers))
			}
		})
	}
}

// TestReadingsAtATimeShareAnswers is for the race detector too.
func TestReadingsAtATimeShareAnswers(t *testing.T) {
	t.Parallel()
	d, cloud := newDesk(t, 1<<20), &functions{status: 200}
	plain, tagged := readers()
	var group errgroup.Group
	for _, actions := range [][]string{plain, tagged} {
		group.Go(func() error {
			documents, errs := readAt(t, d, cloud, actions)
			if len(documents) != 2 || len(errs) > 0 {
				t.Errorf("%d documents, errors %v", len(documents), errs)
			}
			return nil
		})
	}
	_ = group.Wait()
	if cloud.asked["list"] != 1 || cloud.asked["list2"] != 1 {
		t.Errorf("calls %v, want one for each page", cloud.asked)
	}
}

// TestErrorsAreNotShared asks again after a failure, and nothing is kept for the
// last who reads.
func TestErrorsAreNotShared(t *testing.T) {
	t.Parallel()
	d, cloud := newDesk(t, 1<<20), &functions{status: 403}
	plain, _ := readers()
	if documents, errs := readAt(t, d, cloud, plain); len(documents) > 0 || len(errs) != 1 {
		t.Fatalf("%d documents, errors %v", len(documents), errs)
	}
	cloud.status = 200
	d.Leave()
	if documents, errs := readAt(t, d, cloud, plain); len(documents) != 2 || len(errs) > 0 {
		t.Fatalf("%d documents, errors %v", len(documents), errs)
	}
	if len(d.answers) > 0 {
		t.Errorf("%d answers are kept for nobody", len(d.answers))
	}
}

func TestWhatIsShared(t *testing.T) {
	t.Parallel()
	plain, tagged := readers()
	function := kinds.LambdaFunction
	first, second, queues := function.AllActions(plain), function.AllActions(tagged), kinds.SQSQueue.AllActions(nil)
	s := NewSharing([][]string{first, second, queues}, 0)
	if diff := cmp.Diff(map[string]bool{"lambda:ListFunctions": true}, s.operations); diff != "" {
		t.Errorf("operations (-want +got):\n%s", diff)
	}
	if !s.Wants(first) || !s.Wants(second) || s.Wants(queues) {
		t.Error("the readings of functions share, that of queues does not")
	}
}
