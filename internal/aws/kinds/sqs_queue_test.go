package kinds_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/aws/awserr"
	"portolan/internal/aws/kind"
	"portolan/internal/aws/kinds"
)

// readQueue reads one queue with the given attributes.
func readQueue(t *testing.T, attributes string) (kind.Object, []error) {
	t.Helper()
	r := newReplay(t, kinds.SQSQueue)
	r.spoil = func(operation string, _ int, _ *http.Request) *reply {
		if operation == "ListQueues" {
			return &reply{http.StatusOK, `{"QueueUrls":["https://sqs.us-east-1.amazonaws.com/111122223333/q"]}`}
		}
		return &reply{http.StatusOK, attributes}
	}
	documents, errs := r.read(kinds.SQSQueue)
	if len(documents) == 0 {
		return nil, errs
	}
	return documents[0]["Properties"].(kind.Object), errs
}

func TestAttributesOfQueues(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		name, wire string
		want       any
	}{
		"a number":                   {"VisibilityTimeout", "30", 30},
		"zero":                       {"DelaySeconds", "0", 0},
		"a number of many digits":    {"ApproximateNumberOfMessages", "9007199254740993", 9007199254740993},
		"a number too large for one": {"ApproximateNumberOfMessages", "99999999999999999999", "99999999999999999999"},
		"text where a number was":    {"ApproximateNumberOfMessages", "many", "many"},
		"nothing where a number was": {"MaximumMessageSize", "", ""},
		"true":                       {"FifoQueue", "true", true},
		"false":                      {"SqsManagedSseEnabled", "false", false},
		"True, as emulators write":   {"ContentBasedDeduplication", "True", true},
		"text where a boolean was":   {"FifoQueue", "perhaps", "perhaps"},
		"a time":                     {"CreatedTimestamp", "1676665337", "1676665337"},
		"digits in a text":           {"KmsMasterKeyId", "1234", "1234"},
		"an attribute of tomorrow":   {"NovelAttribute", "7", "7"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			body, _ := json.Marshal(map[string]any{"Attributes": map[string]string{test.name: test.wire}})
			got, errs := readQueue(t, string(body))
			if len(errs) > 0 {
				t.Fatal(errs)
			}
			want := kind.Object{"QueueName": "q", "QueueUrl": "https://sqs.us-east-1.amazonaws.com/111122223333/q", test.name: test.want}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("properties (-want +got):\n%s", diff)
			}
		})
	}
}

func TestQueueWithoutAttributes(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{}`, `{"Attributes":null}`} {
		got, errs := readQueue(t, body)
		if got != nil || len(errs) != 1 || awserr.ClassOf(errs[0]) != awserr.Failed {
			t.Errorf("%s: properties %v, errors %v", body, got, errs)
		}
	}
}

// TestQueuesKeepTheirOwn asks about many queues at a time, each of which answers
// with its own name; some vanish meanwhile.
func TestQueuesKeepTheirOwn(t *testing.T) {
	t.Parallel()
	const queues = 300
	gone := func(n int) bool { return n%7 == 3 }
	r := newReplay(t, kinds.SQSQueue)
	r.parallel = 8
	r.spoil = func(operation string, _ int, request *http.Request) *reply {
		if operation == "ListQueues" {
			var urls []string
			for i := range queues {
				urls = append(urls, fmt.Sprintf(`"https://sqs.us-east-1.amazonaws.com/111122223333/q%d"`, i))
			}
			return &reply{http.StatusOK, `{"QueueUrls":[` + strings.Join(urls, ",") + `]}`}
		}
		var asked struct{ QueueUrl string }
		if err := json.NewDecoder(request.Body).Decode(&asked); err != nil {
			t.Error(err)
		}
		var n int
		name := asked.QueueUrl[strings.LastIndexByte(asked.QueueUrl, '/')+1:]
		_, _ = fmt.Sscanf(name, "q%d", &n)
		if operation == "ListQueueTags" {
			return &reply{http.StatusOK, `{"Tags":{"of":"` + name + `"}}`}
		}
		if gone(n) {
			return refusal(request, http.StatusBadRequest, "com.amazonaws.sqs#QueueDoesNotExist", "gone")
		}
		return &reply{http.StatusOK, `{"Attributes":{"Policy":"of ` + name + `"}}`}
	}
	documents, errs := r.read(kinds.SQSQueue, "ListQueueTagsAction")
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	next := 0
	for _, document := range documents {
		for gone(next) {
			next++
		}
		name := fmt.Sprintf("q%d", next)
		want := kind.Object{
			"QueueName": name, "QueueUrl": "https://sqs.us-east-1.amazonaws.com/111122223333/" + name,
			"Policy": "of " + name, "Tags": kind.Object{"of": name},
		}
		if diff := cmp.Diff(want, document["Properties"]); diff != "" {
			t.Errorf("properties (-want +got):\n%s", diff)
		}
		next++
	}
	if want := queues - 43; len(documents) != want {
		t.Errorf("%d queues, want %d", len(documents), want)
	}
}
