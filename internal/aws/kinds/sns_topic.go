package kinds

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"portolan/internal/aws/kind"
)

// SNSTopic is AWS::SNS::Topic.
var SNSTopic = &kind.Kind{
	Type:      "AWS::SNS::Topic",
	Service:   "sns",
	OfferedAs: "sns",
	List: kind.Listing{
		Name:      "ListTopicsAction",
		Actions:   []string{"sns:ListTopics"},
		NamesOnly: true,
		Pages: func(ctx context.Context, t kind.Target) kind.Pages {
			return kind.Walk(ctx, sns.NewListTopicsPaginator(sns.NewFromConfig(t.Config), &sns.ListTopicsInput{}),
				kind.Objects("Topics", "TopicArn"))
		},
	},
	Default: []kind.FollowUp{{
		Name:      "GetTopicAttributesAction",
		Actions:   []string{"sns:GetTopicAttributes"},
		Essential: true,
		Gone:      []string{"NotFound"},
		Call: kind.Each(func(ctx context.Context, t kind.Target, r *kind.Resource) (kind.Object, error) {
			answer, err := kind.Answer(sns.NewFromConfig(t.Config).GetTopicAttributes(ctx, &sns.GetTopicAttributesInput{TopicArn: aws.String(r.ID)}))
			if err != nil {
				return nil, err
			}
			attributes, ok := answer["Attributes"].(kind.Object)
			if !ok {
				return nil, errors.New("the answer has no Attributes")
			}
			typed(attributes, topicNumbers, topicBooleans)
			return attributes, nil
		}),
	}},
	Optional: []kind.FollowUp{{
		Name:    "GetTopicTagsAction",
		Actions: []string{"sns:ListTagsForResource"},
		Call: kind.Each(func(ctx context.Context, t kind.Target, r *kind.Resource) (kind.Object, error) {
			answer, err := kind.Answer(sns.NewFromConfig(t.Config).ListTagsForResource(ctx, &sns.ListTagsForResourceInput{ResourceArn: aws.String(r.ID)}))
			return kind.Take(answer, "Tags", "Tags"), err
		}),
	}},
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
