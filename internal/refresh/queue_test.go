package refresh_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"portolan/internal/refresh"
)

// TestSQS posts to a queue by the real client: ten messages in a request, in the queue's region,
// and none is thought to be posted that the queue did not take.
func TestSQS(t *testing.T) {
	t.Parallel()
	taken, refused, requests := map[string]float64{}, "", 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		requests++
		var in struct {
			QueueUrl string //nolint:revive // as on the wire
			Entries  []struct {
				Id, MessageBody string //nolint:revive // as on the wire
				DelaySeconds    float64
			}
		}
		text, err := io.ReadAll(request.Body)
		if err != nil || json.Unmarshal(text, &in) != nil || len(in.Entries) > 10 || !strings.HasSuffix(in.QueueUrl, "/111122223333/events") ||
			request.Header.Get("X-Amz-Target") != "AmazonSQS.SendMessageBatch" || !strings.Contains(request.Header.Get("Authorization"), "/eu-west-1/sqs/") {
			t.Errorf("request %v: %s", request.Header, text)
		}
		answer := map[string][]any{"Successful": {}, "Failed": {}}
		for _, e := range in.Entries {
			if e.MessageBody == refused {
				answer["Failed"] = append(answer["Failed"], map[string]any{"Id": e.Id, "Code": "InternalError", "SenderFault": false, "Message": "try again"})
				continue
			}
			taken[e.MessageBody] = e.DelaySeconds
			answer["Successful"] = append(answer["Successful"], map[string]any{"Id": e.Id, "MessageId": e.Id})
		}
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		if err := json.NewEncoder(w).Encode(answer); err != nil {
			t.Error(err)
		}
	}))
	defer server.Close()
	q := refresh.SQS(aws.Config{
		Region: "us-east-1", BaseEndpoint: aws.String(server.URL), Credentials: credentials.NewStaticCredentialsProvider("id", "secret", ""),
		HTTPClient: server.Client(),
	}, "https://sqs.eu-west-1.amazonaws.com/111122223333/events")
	var looks []refresh.Posted
	for i := range 25 {
		looks = append(looks, refresh.Posted{Text: fmt.Sprint("look ", i), Delay: time.Duration(i) * time.Second})
	}
	if err := q.Post(t.Context(), looks); err != nil || len(taken) != 25 || taken["look 7"] != 7 || requests != 3 {
		t.Errorf("%d requests, taken: %v; %v", requests, taken, err)
	}
	clear(taken)
	refused = "look 3"
	if err := q.Post(t.Context(), looks); err == nil || !strings.Contains(err.Error(), "InternalError") || len(taken) != 24 {
		t.Errorf("one is refused: %v, taken: %v", err, taken)
	}
	server.Close()
	if err := q.Post(t.Context(), looks[:1]); err == nil {
		t.Error("nobody answers, and there is no error")
	}
}
