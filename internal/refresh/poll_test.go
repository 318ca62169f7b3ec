package refresh_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"portolan/internal/invocation"
	"portolan/internal/refresh"
)

// waitingQueue is a queue of SQS that holds messages.
type waitingQueue struct {
	t       *testing.T
	mu      sync.Mutex
	held    []string // bodies, "" once it is removed
	taken   map[int]bool
	back    map[int]int // seconds until it is seen again
	waits   []int
	refuses string // the operation that fails
}

func (q *waitingQueue) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	q.mu.Lock()
	defer q.mu.Unlock()
	operation := strings.TrimPrefix(request.Header.Get("X-Amz-Target"), "AmazonSQS.")
	var in struct {
		QueueUrl                                                string //nolint:revive // as on the wire
		MaxNumberOfMessages, WaitTimeSeconds, VisibilityTimeout int
		MessageSystemAttributeNames                             []string
		Entries                                                 []struct {
			Id, ReceiptHandle string //nolint:revive // as on the wire
			VisibilityTimeout int
		}
	}
	if err := json.NewDecoder(request.Body).Decode(&in); err != nil || !strings.HasSuffix(in.QueueUrl, "/111122223333/events") || len(in.Entries) > 10 {
		q.t.Errorf("%s: %v %+v", operation, err, in)
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	if operation == q.refuses {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = fmt.Fprint(w, `{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"The specified queue does not exist."}`)
		return
	}
	answer := map[string]any{}
	switch operation {
	case "ReceiveMessage":
		q.waits = append(q.waits, in.WaitTimeSeconds)
		if in.MaxNumberOfMessages != 10 || in.VisibilityTimeout < 60 || !slices.Contains(in.MessageSystemAttributeNames, "SentTimestamp") {
			q.t.Errorf("received by %+v", in)
		}
		var messages []any
		for i, body := range q.held {
			if body != "" && !q.taken[i] && len(messages) < 10 {
				q.taken[i] = true
				messages = append(messages, map[string]any{
					"MessageId": fmt.Sprint("m", i), "ReceiptHandle": fmt.Sprint("r", i), "Body": body, "Attributes": map[string]string{"SentTimestamp": "1764000000000"},
				})
			}
		}
		if messages != nil {
			answer["Messages"] = messages
		}
	default:
		var done []any
		for _, e := range in.Entries {
			var i int
			if _, err := fmt.Sscanf(e.ReceiptHandle, "r%d", &i); err != nil {
				q.t.Errorf("%s: %+v", operation, e)
			}
			if operation == "DeleteMessageBatch" {
				q.held[i] = ""
			} else {
				q.back[i] = e.VisibilityTimeout
			}
			done = append(done, map[string]any{"Id": e.Id})
		}
		answer["Successful"], answer["Failed"] = done, []any{}
	}
	if err := json.NewEncoder(w).Encode(answer); err != nil {
		q.t.Error(err)
	}
}

// polled holds messages in a queue, and polls it once.
func polled(t *testing.T, messages int, refuses string, handle func([]invocation.Message) ([]string, error)) (*waitingQueue, error) {
	t.Helper()
	q := &waitingQueue{t: t, taken: map[int]bool{}, back: map[int]int{}, refuses: refuses}
	for i := range messages {
		q.held = append(q.held, fmt.Sprint("body ", i))
	}
	server := httptest.NewServer(q)
	defer server.Close()
	const url = "https://sqs.eu-west-1.amazonaws.com/111122223333/events"
	p := refresh.Poller{
		Queue: url,
		Client: refresh.Client(aws.Config{
			Region: "us-east-1", BaseEndpoint: aws.String(server.URL), Credentials: credentials.NewStaticCredentialsProvider("id", "secret", ""),
			HTTPClient: server.Client(), Retryer: func() aws.Retryer { return aws.NopRetryer{} },
		}, url),
		Handle: func(_ context.Context, messages []invocation.Message) ([]string, error) { return handle(messages) },
	}
	return q, p.Poll(t.Context())
}

func (q *waitingQueue) left() (n int) {
	for _, body := range q.held {
		if body != "" {
			n++
		}
	}
	return n
}

func TestPoll(t *testing.T) {
	t.Parallel()
	var got []invocation.Message
	q, err := polled(t, 25, "", func(messages []invocation.Message) ([]string, error) {
		got = messages
		return []string{"m3", "m21"}, nil
	})
	if err != nil || len(got) != 25 || got[7].Body != "body 7" || got[7].Sent.Unix() != 1764000000 {
		t.Fatalf("%v; %+v", err, got)
	}
	if q.left() != 2 || len(q.back) != 2 || q.back[3] != 60 || q.back[21] != 60 {
		t.Errorf("%d are left, %v come back", q.left(), q.back)
	}
	if !slices.Equal(q.waits, []int{20, 0, 0, 0}) {
		t.Errorf("it waited %v", q.waits)
	}
	if _, err := polled(t, 0, "", func([]invocation.Message) ([]string, error) { panic("there is nothing") }); err != nil {
		t.Error(err)
	}
}

func TestPollFails(t *testing.T) {
	t.Parallel()
	down := errors.New("Port is down")
	q, err := polled(t, 12, "", func([]invocation.Message) ([]string, error) { return nil, down })
	if !errors.Is(err, down) || q.left() != 12 || len(q.back) != 12 {
		t.Errorf("%v: %d are left, %d come back soon", err, q.left(), len(q.back))
	}
	all := func([]invocation.Message) ([]string, error) { return nil, nil }
	for refuses, says := range map[string]string{
		"ReceiveMessage": "receive events from https://sqs.eu-west-1", "DeleteMessageBatch": "remove events", "": "",
	} {
		if _, err := polled(t, 3, refuses, all); (err == nil) != (says == "") || err != nil && !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", refuses, err)
		}
	}
	q, err = polled(t, 3, "ChangeMessageVisibilityBatch", func([]invocation.Message) ([]string, error) { return []string{"m1"}, nil })
	if err == nil || q.left() != 1 {
		t.Errorf("%v: %d are left", err, q.left())
	}
}
