package refresh

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"portolan/internal/invocation"
)

// Poller takes batches out of a queue, for a process that stays. For a function, Lambda does that.
type Poller struct {
	// Queue is the queue's URL, Client a client in its region.
	Queue  string
	Client *sqs.Client
	// Handle takes a batch, and returns the ids of the messages that come back.
	Handle func(ctx context.Context, messages []invocation.Message) (failed []string, err error)
}

const (
	// idle is how long a request waits for the first message: the longest that SQS allows.
	// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-short-and-long-polling.html
	idle = 20 * time.Second
	// mostTaken is how many messages a batch has at most, and mostReceived one request.
	mostTaken    = 1000
	mostReceived = 10
	// hidden is for how long a message is not seen by others, and comesBack when one is seen
	// again that could not be dealt with.
	hidden    = 15 * time.Minute
	comesBack = time.Minute
)

// Poll waits for messages until some come or the context ends, and deals with those that are there.
// It returns an error if it could not take them, or if none was dealt with.
func (p *Poller) Poll(ctx context.Context) error {
	var (
		messages []invocation.Message
		receipts = map[string]string{}
	)
	for wait := idle; len(messages) < mostTaken; wait = 0 {
		got, err := p.receive(ctx, wait)
		if err != nil && len(messages) == 0 {
			return fmt.Errorf("receive events from %s: %w", p.Queue, err)
		}
		for _, m := range got {
			if _, twice := receipts[*m.MessageId]; !twice {
				messages = append(messages, messageOf(m))
			}
			receipts[*m.MessageId] = aws.ToString(m.ReceiptHandle)
		}
		if len(got) == 0 {
			break
		}
	}
	if len(messages) == 0 {
		return nil
	}
	failed, err := p.Handle(ctx, messages)
	if err != nil {
		failed = make([]string, len(messages))
		for i, m := range messages {
			failed[i] = m.ID
		}
	}
	var done, back []string
	for _, m := range messages {
		if slices.Contains(failed, m.ID) {
			back = append(back, m.ID)
		} else {
			done = append(done, m.ID)
		}
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second) // also of a process that is told to stop
	defer cancel()
	return errors.Join(err, p.remove(ctx, done, receipts), p.showAgain(ctx, back, receipts))
}

func (p *Poller) receive(ctx context.Context, wait time.Duration) ([]types.Message, error) {
	out, err := p.Client.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
		QueueUrl: aws.String(p.Queue), MaxNumberOfMessages: mostReceived, WaitTimeSeconds: int32(wait.Seconds()),
		VisibilityTimeout: int32(hidden.Seconds()), MessageSystemAttributeNames: []types.MessageSystemAttributeName{types.MessageSystemAttributeNameSentTimestamp},
	})
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(out.Messages, func(m types.Message) bool { return m.MessageId == nil }), nil
}

func messageOf(m types.Message) invocation.Message {
	of := invocation.Message{ID: *m.MessageId, Body: aws.ToString(m.Body)}
	if ms, err := strconv.ParseInt(m.Attributes[string(types.MessageSystemAttributeNameSentTimestamp)], 10, 64); err == nil && ms > 0 {
		of.Sent = time.UnixMilli(ms).UTC()
	}
	return of
}

// remove takes messages out of the queue. One that stays is dealt with twice, which is harmless.
func (p *Poller) remove(ctx context.Context, ids []string, receipts map[string]string) error {
	for some := range slices.Chunk(ids, mostReceived) {
		entries := make([]types.DeleteMessageBatchRequestEntry, len(some))
		for i, id := range some {
			entries[i] = types.DeleteMessageBatchRequestEntry{Id: aws.String(strconv.Itoa(i)), ReceiptHandle: aws.String(receipts[id])}
		}
		if _, err := p.Client.DeleteMessageBatch(ctx, &sqs.DeleteMessageBatchInput{QueueUrl: aws.String(p.Queue), Entries: entries}); err != nil {
			return fmt.Errorf("remove events that were dealt with: %w", err)
		}
	}
	return nil
}

// showAgain brings messages back soon.
func (p *Poller) showAgain(ctx context.Context, ids []string, receipts map[string]string) error {
	for some := range slices.Chunk(ids, mostReceived) {
		entries := make([]types.ChangeMessageVisibilityBatchRequestEntry, len(some))
		for i, id := range some {
			entries[i] = types.ChangeMessageVisibilityBatchRequestEntry{
				Id: aws.String(strconv.Itoa(i)), ReceiptHandle: aws.String(receipts[id]), VisibilityTimeout: int32(comesBack.Seconds()),
			}
		}
		if _, err := p.Client.ChangeMessageVisibilityBatch(ctx, &sqs.ChangeMessageVisibilityBatchInput{QueueUrl: aws.String(p.Queue), Entries: entries}); err != nil {
			return fmt.Errorf("bring back events that could not be dealt with: %w", err)
		}
	}
	return nil
}
