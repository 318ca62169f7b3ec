package awssim_test

import (
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	tagging "github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	"github.com/google/go-cmp/cmp"

	"portolan/internal/simulator/awssim"
)

const shopQueues = "arn:aws:sqs:" + ireland + ":" + member + ":"

// taggedEstate has two queues with tags and one without in the member account.
func taggedEstate() awssim.Estate {
	return smallEstate(
		awssim.Resource{Kind: awssim.Queue, Region: ireland, ID: "orders", Tags: map[string]string{"team": "shop", "app": "orders"}},
		awssim.Resource{Kind: awssim.Queue, Region: ireland, ID: "bills", Tags: map[string]string{"team": "bills"}},
		awssim.Resource{Kind: awssim.Queue, Region: ireland, ID: "plain"},
	)
}

// tagsByARN asks for the tags of resources.
func tagsByARN(t *testing.T, client *tagging.Client, arns ...string) map[string]string {
	t.Helper()
	out, err := client.GetResources(t.Context(), &tagging.GetResourcesInput{ResourceARNList: arns})
	if err != nil {
		t.Fatal(err)
	}
	tags := map[string]string{}
	for _, m := range out.ResourceTagMappingList {
		text := ""
		for _, tag := range m.Tags {
			text += aws.ToString(tag.Key) + "=" + aws.ToString(tag.Value) + " "
		}
		tags[aws.ToString(m.ResourceARN)] = text
	}
	return tags
}

// TestTagsInBulk names only what exists in the account and region and has tags.
func TestTagsInBulk(t *testing.T) {
	t.Parallel()
	s := start(t, taggedEstate(), awssim.Options{})
	client := tagging.NewFromConfig(inside(t, s, member, ireland))
	got := tagsByARN(t, client, shopQueues+"orders", shopQueues+"bills", shopQueues+"plain", shopQueues+"nothing",
		"arn:aws:sqs:us-east-1:"+member+":orders", "arn:aws:sqs:"+ireland+":"+management+":orders", shopQueues+"bills", "arn:aws:odd:::thing")
	want := map[string]string{shopQueues + "orders": "app=orders team=shop ", shopQueues + "bills": "team=bills "}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("tags (-want +got):\n%s", diff)
	}
}

// TestTagsThatAreNotSo lets the tagging API be late, lacking, and of another order.
func TestTagsThatAreNotSo(t *testing.T) {
	t.Parallel()
	s := start(t, taggedEstate(), awssim.Options{})
	client := tagging.NewFromConfig(inside(t, s, member, ireland))
	s.TellTags(shopQueues+"bills", nil)
	s.TellTags(shopQueues+"plain", map[string]string{"b": "1", "a": "2"})
	s.TellTags(shopQueues+"gone", map[string]string{})
	s.ReverseTags()
	got := tagsByARN(t, client, shopQueues+"orders", shopQueues+"bills", shopQueues+"plain", shopQueues+"gone")
	want := map[string]string{shopQueues + "orders": "team=shop app=orders ", shopQueues + "plain": "b=1 a=2 ", shopQueues + "gone": ""}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("tags (-want +got):\n%s", diff)
	}
}

func TestRefusalsOfTagsInBulk(t *testing.T) {
	t.Parallel()
	arns := func(n int) (list []string) {
		for i := range n {
			list = append(list, fmt.Sprint(shopQueues, "q", i))
		}
		return list
	}
	tests := map[string]struct {
		input tagging.GetResourcesInput
		fault awssim.Fault
		code  string
	}{
		"a hundred":                 {input: tagging.GetResourcesInput{ResourceARNList: arns(100)}},
		"more than a hundred":       {input: tagging.GetResourcesInput{ResourceARNList: arns(101)}, code: "InvalidParameterException"},
		"with a filter":             {input: tagging.GetResourcesInput{ResourceARNList: arns(1), ResourceTypeFilters: []string{"sqs"}}, code: "InvalidParameterException"},
		"with a size":               {input: tagging.GetResourcesInput{ResourceARNList: arns(1), ResourcesPerPage: aws.Int32(100)}, code: "InvalidParameterException"},
		"of another partition":      {input: tagging.GetResourcesInput{ResourceARNList: []string{"arn:aws-cn:sqs:cn-north-1:" + member + ":q"}}, code: "InvalidParameterException"},
		"what is no ARN":            {input: tagging.GetResourcesInput{ResourceARNList: []string{"https://sqs/q"}}, code: "InvalidParameterException"},
		"denied":                    {input: tagging.GetResourcesInput{ResourceARNList: arns(1)}, fault: awssim.Fault{Effect: awssim.Deny}, code: "AccessDeniedException"},
		"denied by a policy":        {input: tagging.GetResourcesInput{ResourceARNList: arns(1)}, fault: awssim.Fault{Effect: awssim.DenyByPolicy}, code: "AccessDeniedException"},
		"too often":                 {input: tagging.GetResourcesInput{ResourceARNList: arns(1)}, fault: awssim.Fault{Effect: awssim.Throttle}, code: "ThrottledException"},
		"an error of the service's": {input: tagging.GetResourcesInput{ResourceARNList: arns(1)}, fault: awssim.Fault{Effect: awssim.Fail}, code: "InternalServiceException"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, taggedEstate(), awssim.Options{})
			if test.fault.Effect != "" {
				test.fault.Service = "tagging"
				s.Inject(test.fault)
			}
			_, err := tagging.NewFromConfig(inside(t, s, member, ireland)).GetResources(t.Context(), &test.input)
			status := 400
			if test.code == "InternalServiceException" {
				status = 500
			}
			wantCode(t, err, test.code, status)
		})
	}
}
