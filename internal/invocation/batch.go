package invocation

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"portolan/internal/plain"
)

// MaxMessages is how many messages a batch may have.
// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
const MaxMessages = 10_000

// Message is a message of a queue. Who may send to the queue wrote its body.
type Message struct {
	ID   string
	Body string
	Sent time.Time // when it came into the queue; zero if that is not known
}

// ParseBatch reads the payload of an invocation that a queue of SQS makes; isBatch says whether it
// is one. What the messages hold is not looked at: one that holds nonsense must not bring the
// others back.
func ParseBatch(payload []byte) (messages []Message, isBatch bool, err error) {
	raw, isBatch := membersOf(payload)["Records"]
	if !isBatch {
		return nil, false, nil
	}
	var records []struct {
		MessageID   string `json:"messageId"`
		Body        string `json:"body"`
		EventSource string `json:"eventSource"`
		Attributes  struct {
			SentTimestamp string
		} `json:"attributes"`
	}
	if json.Unmarshal(raw, &records) != nil || len(records) == 0 {
		return nil, true, errors.New("the payload's Records are not messages of a queue")
	}
	if len(records) > MaxMessages {
		return nil, true, fmt.Errorf("the payload has %s; a batch has at most %d", plain.Count(len(records), "message", "messages"), MaxMessages)
	}
	messages = make([]Message, len(records))
	for i, r := range records {
		if r.EventSource != "aws:sqs" || r.MessageID == "" {
			return nil, true, fmt.Errorf("record %d of the payload is not a message of SQS: it comes from %s", i+1, quote(r.EventSource))
		}
		messages[i] = Message{ID: r.MessageID, Body: r.Body}
		if ms, err := strconv.ParseInt(r.Attributes.SentTimestamp, 10, 64); err == nil && ms > 0 {
			messages[i].Sent = time.UnixMilli(ms).UTC()
		}
	}
	return messages, true, nil
}
