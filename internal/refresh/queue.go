package refresh

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"portolan/internal/aws/awsname"
	"portolan/internal/plain"
)

// SQS returns the queue that a URL names, "https://sqs.eu-west-1.amazonaws.com/111122223333/events",
// in the region of the URL, or else in that of the configuration.
func SQS(config aws.Config, queue string) Queue { return &sqsQueue{Client(config, queue), queue} }

// Client returns a client in the region of a queue's URL, or else in that of the configuration.
func Client(config aws.Config, queue string) *sqs.Client { return sqs.NewFromConfig(At(config, queue)) }

// At returns a configuration in the region of a queue's URL, or else in its own.
func At(config aws.Config, queue string) aws.Config {
	if at, err := url.Parse(queue); err == nil {
		if labels := strings.Split(at.Hostname(), "."); len(labels) > 2 && awsname.IsRegion(labels[1]) {
			config.Region = labels[1]
		}
	}
	return config
}

type sqsQueue struct {
	client *sqs.Client
	url    string
}

// mostPosted is how many messages one request takes.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html
const mostPosted = 10

// Post sends the looks, all that it can.
func (q *sqsQueue) Post(ctx context.Context, looks []Posted) error {
	var failures []error
	for some := range slices.Chunk(looks, mostPosted) {
		entries := make([]types.SendMessageBatchRequestEntry, len(some))
		for i, l := range some {
			entries[i] = types.SendMessageBatchRequestEntry{
				Id: aws.String(strconv.Itoa(i)), MessageBody: aws.String(l.Text), DelaySeconds: int32(l.Delay.Seconds()), //nolint:gosec // at most MaxDelay
			}
		}
		answer, err := q.client.SendMessageBatch(ctx, &sqs.SendMessageBatchInput{QueueUrl: aws.String(q.url), Entries: entries})
		switch {
		case err != nil:
			failures = append(failures, err)
		case len(answer.Successful) != len(entries):
			err = fmt.Errorf("SQS took %d of %s", len(answer.Successful), plain.Count(len(entries), "message", "messages"))
			for _, failed := range answer.Failed {
				err = fmt.Errorf("%w; %s: %s", err, aws.ToString(failed.Code), aws.ToString(failed.Message))
			}
			failures = append(failures, err)
		}
	}
	return errors.Join(failures...)
}
