package awssim_test

import (
	"testing"

	"portolan/internal/simulator/awssim"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/google/go-cmp/cmp"
)

func TestListQueues(t *testing.T) {
	t.Parallel()
	s := start(t, population(smallEstate(), awssim.Queue, ireland, 2100), awssim.Options{})
	client := sqs.NewFromConfig(inside(t, s, member, ireland))
	var sizes []int
	pages := sqs.NewListQueuesPaginator(client, &sqs.ListQueuesInput{MaxResults: aws.Int32(1000)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		wantCode(t, err, "", 0)
		sizes = append(sizes, len(page.QueueUrls))
	}
	if diff := cmp.Diff([]int{1000, 1000, 100}, sizes); diff != "" {
		t.Error(diff)
	}
	out, err := client.ListQueues(t.Context(), nil)
	wantCode(t, err, "", 0)
	if len(out.QueueUrls) != 1000 || out.NextToken != nil {
		t.Errorf("without a page size the first thousand are all: got %d", len(out.QueueUrls))
	}
	out, err = client.ListQueues(t.Context(), &sqs.ListQueuesInput{QueueNamePrefix: aws.String("no-such-")})
	wantCode(t, err, "", 0)
	if out.QueueUrls != nil {
		t.Errorf("got %v", out.QueueUrls)
	}
	_, err = client.ListQueues(t.Context(), &sqs.ListQueuesInput{MaxResults: aws.Int32(1001)})
	wantCode(t, err, "InvalidParameterValue", 400)
	_, err = client.ListQueues(t.Context(), &sqs.ListQueuesInput{NextToken: aws.String("x"), MaxResults: aws.Int32(1)})
	wantCode(t, err, "InvalidParameterValue", 400)
}

func TestQueue(t *testing.T) {
	t.Parallel()
	s := start(t, smallEstate(awssim.Resource{
		Kind: awssim.Queue, Region: ireland, ID: "orders.fifo", Tags: map[string]string{"team": "shop"},
		Attributes: map[string]any{"VisibilityTimeout": "77", "KmsMasterKeyId": "alias/q"},
	}), awssim.Options{})
	client := sqs.NewFromConfig(inside(t, s, member, ireland))
	url := aws.String("https://sqs.eu-west-1.amazonaws.com/" + member + "/orders.fifo")
	all := []types.QueueAttributeName{types.QueueAttributeNameAll}
	out, err := client.GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{QueueUrl: url, AttributeNames: all})
	wantCode(t, err, "", 0)
	for name, want := range map[string]string{
		"VisibilityTimeout": "77", "KmsMasterKeyId": "alias/q", "FifoQueue": "true", "QueueArn": "arn:aws:sqs:eu-west-1:" + member + ":orders.fifo",
	} {
		if out.Attributes[name] != want {
			t.Errorf("%s: want %q, got %q", name, want, out.Attributes[name])
		}
	}
	out, err = client.GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{QueueUrl: url})
	wantCode(t, err, "", 0)
	if len(out.Attributes) != 0 {
		t.Errorf("none was asked for: %v", out.Attributes)
	}
	tags, err := client.ListQueueTags(t.Context(), &sqs.ListQueueTagsInput{QueueUrl: url})
	wantCode(t, err, "", 0)
	if diff := cmp.Diff(map[string]string{"team": "shop"}, tags.Tags); diff != "" {
		t.Error(diff)
	}
	for name, missing := range map[string]string{
		"name":    "https://sqs.eu-west-1.amazonaws.com/" + member + "/gone",
		"region":  "https://sqs.us-east-2.amazonaws.com/" + member + "/orders.fifo",
		"account": "https://sqs.eu-west-1.amazonaws.com/" + audit + "/orders.fifo",
	} {
		t.Run("wrong "+name, func(t *testing.T) {
			_, err := client.GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{QueueUrl: &missing, AttributeNames: all})
			wantCode(t, err, "AWS.SimpleQueueService.NonExistentQueue", 400)
		})
	}
}
