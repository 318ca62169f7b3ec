package kinds

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"portolan/internal/aws/kind"
)

// SQSQueue is AWS::SQS::Queue. It keeps attributes that AWS adds besides those that it
// names.
var SQSQueue = &kind.Kind{
	Type:    "AWS::SQS::Queue",
	Service: kind.Service{Prefix: "sqs", OfferedAs: "sqs", Client: kind.Client(sqs.NewFromConfig)},
	List: kind.Listing{
		Name:     "ListQueuesAction",
		Actions:  []string{"sqs:ListQueues"},
		PageSize: 1000, NamesOnly: true,
		// Without MaxResults, AWS answers at most 1,000 queues and no token:
		// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListQueues.html
		Pages: kind.Paged(func(c *sqs.Client) *sqs.ListQueuesPaginator {
			return sqs.NewListQueuesPaginator(c, &sqs.ListQueuesInput{MaxResults: aws.Int32(1000)})
		}, kind.Names("QueueUrls", "QueueUrl")),
	},
	Default: []kind.FollowUp{{
		Name:      "GetQueueAttributesAction",
		Actions:   []string{"sqs:GetQueueAttributes"},
		Essential: true,
		Gone:      []string{"QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue"},
		Call: kind.One((*sqs.Client).GetQueueAttributes, func(r *kind.Resource) *sqs.GetQueueAttributesInput {
			return &sqs.GetQueueAttributesInput{
				QueueUrl: aws.String(r.ID), AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameAll},
			}
		}, queueAttributes),
	}},
	Optional: []kind.FollowUp{{
		Name:    "ListQueueTagsAction",
		Actions: []string{"sqs:ListQueueTags"},
		Call: kind.One((*sqs.Client).ListQueueTags, func(r *kind.Resource) *sqs.ListQueueTagsInput {
			return &sqs.ListQueueTagsInput{QueueUrl: aws.String(r.ID)}
		}, kind.Property("Tags", "Tags")),
		Bulk: kind.Tagged(kind.TagForm{ARN: "QueueArn", Property: "Tags", Made: "CreatedTimestamp"}),
	}},
	Events: kind.Events{Calls: `CreateQueue SetQueueAttributes TagQueue UntagQueue AddPermission RemovePermission DeleteQueue`},
	Document: kind.Form{Open: true, Properties: `QueueName QueueUrl QueueArn ApproximateNumberOfMessages
		ApproximateNumberOfMessagesNotVisible ApproximateNumberOfMessagesDelayed CreatedTimestamp LastModifiedTimestamp
		VisibilityTimeout MaximumMessageSize MessageRetentionPeriod DelaySeconds ReceiveMessageWaitTimeSeconds Policy
		RedrivePolicy RedriveAllowPolicy KmsMasterKeyId KmsDataKeyReusePeriodSeconds SqsManagedSseEnabled FifoQueue
		ContentBasedDeduplication DeduplicationScope FifoThroughputLimit Tags`},
}

// queueNumbers and queueBooleans are the attributes that documents have as numbers and
// booleans.
var (
	queueNumbers = []string{
		"ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed",
		"VisibilityTimeout", "MaximumMessageSize", "MessageRetentionPeriod", "DelaySeconds",
		"ReceiveMessageWaitTimeSeconds", "KmsDataKeyReusePeriodSeconds",
	}
	queueBooleans = []string{"SqsManagedSseEnabled", "FifoQueue", "ContentBasedDeduplication"}
)

func queueAttributes(r *kind.Resource, answer kind.Object) (kind.Object, error) {
	attributes, err := attributes(queueNumbers, queueBooleans)(r, answer)
	if err == nil {
		attributes["QueueName"] = r.ID[strings.LastIndexByte(r.ID, '/')+1:]
	}
	return attributes, err
}
