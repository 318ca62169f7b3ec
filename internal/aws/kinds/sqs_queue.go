package kinds

import (
	"context"
	"errors"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"portolan/internal/aws/kind"
)

// SQSQueue is AWS::SQS::Queue. Beyond the attributes that it names, it keeps any
// that AWS adds.
var SQSQueue = &kind.Kind{
	Type:      "AWS::SQS::Queue",
	Service:   "sqs",
	OfferedAs: "sqs",
	List: kind.Listing{
		Name:     "ListQueuesAction",
		Actions:  []string{"sqs:ListQueues"},
		PageSize: 1000, NamesOnly: true,
		Pages: func(ctx context.Context, t kind.Target) kind.Pages {
			// Without MaxResults, AWS answers the first 1,000 queues and no token:
			// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListQueues.html
			return kind.Walk(ctx, sqs.NewListQueuesPaginator(sqs.NewFromConfig(t.Config),
				&sqs.ListQueuesInput{MaxResults: aws.Int32(1000)}), kind.Names("QueueUrls", "QueueUrl"))
		},
	},
	Default: []kind.FollowUp{{
		Name:      "GetQueueAttributesAction",
		Actions:   []string{"sqs:GetQueueAttributes"},
		Essential: true,
		Gone:      []string{"QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue"},
		Call: kind.Each(func(ctx context.Context, t kind.Target, r *kind.Resource) (kind.Object, error) {
			answer, err := kind.Answer(sqs.NewFromConfig(t.Config).GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
				QueueUrl:       aws.String(r.ID),
				AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameAll},
			}))
			if err != nil {
				return nil, err
			}
			attributes, ok := answer["Attributes"].(kind.Object)
			if !ok {
				return nil, errors.New("the answer has no Attributes")
			}
			return queueAttributes(r.ID, attributes), nil
		}),
	}},
	Optional: []kind.FollowUp{{
		Name:    "ListQueueTagsAction",
		Actions: []string{"sqs:ListQueueTags"},
		Call: kind.Each(func(ctx context.Context, t kind.Target, r *kind.Resource) (kind.Object, error) {
			answer, err := kind.Answer(sqs.NewFromConfig(t.Config).ListQueueTags(ctx, &sqs.ListQueueTagsInput{QueueUrl: aws.String(r.ID)}))
			return kind.Take(answer, "Tags", "Tags"), err
		}),
	}},
	Document: kind.Form{Open: true, Properties: `QueueName QueueUrl QueueArn ApproximateNumberOfMessages
		ApproximateNumberOfMessagesNotVisible ApproximateNumberOfMessagesDelayed CreatedTimestamp LastModifiedTimestamp
		VisibilityTimeout MaximumMessageSize MessageRetentionPeriod DelaySeconds ReceiveMessageWaitTimeSeconds Policy
		RedrivePolicy RedriveAllowPolicy KmsMasterKeyId KmsDataKeyReusePeriodSeconds SqsManagedSseEnabled FifoQueue
		ContentBasedDeduplication DeduplicationScope FifoThroughputLimit Tags`},
}

// queueNumbers and queueBooleans are the attributes that documents have as
// numbers and booleans; AWS answers every attribute as text.
var (
	queueNumbers = []string{
		"ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed",
		"VisibilityTimeout", "MaximumMessageSize", "MessageRetentionPeriod", "DelaySeconds",
		"ReceiveMessageWaitTimeSeconds", "KmsDataKeyReusePeriodSeconds",
	}
	queueBooleans = []string{"SqsManagedSseEnabled", "FifoQueue", "ContentBasedDeduplication"}
)

func queueAttributes(url string, attributes kind.Object) kind.Object {
	typed(attributes, queueNumbers, queueBooleans)
	attributes["QueueName"] = url[strings.LastIndexByte(url, '/')+1:]
	return attributes
}
