package kinds

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"portolan/internal/aws/kind"
)

// SNSTopic is AWS::SNS::Topic.
var SNSTopic = &kind.Kind{
	Type:    "AWS::SNS::Topic",
	Service: kind.Service{Prefix: "sns", OfferedAs: "sns", Client: kind.Client(sns.NewFromConfig)},
	List: kind.Listing{
		Name:      "ListTopicsAction",
		Actions:   []string{"sns:ListTopics"},
		NamesOnly: true,
		Pages: kind.Paged(func(c *sns.Client) *sns.ListTopicsPaginator {
			return sns.NewListTopicsPaginator(c, &sns.ListTopicsInput{})
		}, kind.Objects("Topics", "TopicArn")),
	},
	Default: []kind.FollowUp{{
		Name:      "GetTopicAttributesAction",
		Actions:   []string{"sns:GetTopicAttributes"},
		Essential: true,
		Gone:      []string{"NotFound"},
		Call: kind.One((*sns.Client).GetTopicAttributes, func(r *kind.Resource) *sns.GetTopicAttributesInput {
			return &sns.GetTopicAttributesInput{TopicArn: aws.String(r.ID)}
		}, attributes(topicNumbers, topicBooleans)),
	}},
	Optional: []kind.FollowUp{{
		Name:    "GetTopicTagsAction",
		Actions: []string{"sns:ListTagsForResource"},
		Call: kind.One((*sns.Client).ListTagsForResource, func(r *kind.Resource) *sns.ListTagsForResourceInput {
			return &sns.ListTagsForResourceInput{ResourceArn: aws.String(r.ID)}
		}, kind.Property("Tags", "Tags")),
		Bulk: kind.Tagged(kind.TagForm{Property: "Tags", Key: "Key", Value: "Value"}),
	}},
	Events: kind.Events{Calls: `CreateTopic SetTopicAttributes AddPermission RemovePermission PutDataProtectionPolicy
		TagResource UntagResource DeleteTopic`},
	Document: kind.Form{Properties: `TopicArn Owner DisplayName Policy DeliveryPolicy EffectiveDeliveryPolicy
		SubscriptionsConfirmed SubscriptionsDeleted SubscriptionsPending SignatureVersion TracingConfig KmsMasterKeyId
		FifoTopic ContentBasedDeduplication ArchivePolicy BeginningArchiveTime FifoThroughputScope
		HTTPSuccessFeedbackRoleArn HTTPSuccessFeedbackSampleRate HTTPFailureFeedbackRoleArn FirehoseSuccessFeedbackRoleArn
		FirehoseSuccessFeedbackSampleRate FirehoseFailureFeedbackRoleArn LambdaSuccessFeedbackRoleArn
		LambdaSuccessFeedbackSampleRate LambdaFailureFeedbackRoleArn ApplicationSuccessFeedbackRoleArn
		ApplicationSuccessFeedbackSampleRate ApplicationFailureFeedbackRoleArn SQSSuccessFeedbackRoleArn
		SQSSuccessFeedbackSampleRate SQSFailureFeedbackRoleArn Tags`},
}

// topicNumbers and topicBooleans are the attributes that documents have as numbers
// and booleans.
var (
	topicNumbers = []string{
		"SubscriptionsConfirmed", "SubscriptionsDeleted", "SubscriptionsPending", "HTTPSuccessFeedbackSampleRate",
		"FirehoseSuccessFeedbackSampleRate", "LambdaSuccessFeedbackSampleRate", "ApplicationSuccessFeedbackSampleRate",
		"SQSSuccessFeedbackSampleRate",
	}
	topicBooleans = []string{"FifoTopic", "ContentBasedDeduplication"}
)
