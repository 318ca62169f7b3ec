package awssim_test

import (
	"testing"

	"portolan/internal/simulator/awssim"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/google/go-cmp/cmp"
)

func TestListFunctions(t *testing.T) {
	t.Parallel()
	s := start(t, population(smallEstate(), awssim.Function, ireland, 120), awssim.Options{})
	client := lambda.NewFromConfig(inside(t, s, member, ireland))
	for asked, want := range map[int32][]int{10_000: {50, 50, 20}, 49: {49, 49, 22}} {
		var sizes []int
		pages := lambda.NewListFunctionsPaginator(client, &lambda.ListFunctionsInput{MaxItems: aws.Int32(asked)})
		for pages.HasMorePages() {
			page, err := pages.NextPage(t.Context())
			wantCode(t, err, "", 0)
			sizes = append(sizes, len(page.Functions))
		}
		if diff := cmp.Diff(want, sizes); diff != "" {
			t.Errorf("asked for %d: %s", asked, diff)
		}
	}
	_, err := client.ListFunctions(t.Context(), &lambda.ListFunctionsInput{MaxItems: aws.Int32(10_001)})
	wantCode(t, err, "InvalidParameterValueException", 400)
	_, err = client.ListFunctions(t.Context(), &lambda.ListFunctionsInput{Marker: aws.String("x")})
	wantCode(t, err, "InvalidParameterValueException", 400)
	_, err = client.ListFunctions(t.Context(), &lambda.ListFunctionsInput{FunctionVersion: "ALL"})
	wantCode(t, err, "InvalidParameterValueException", 400)
}

func TestFunction(t *testing.T) {
	t.Parallel()
	s := start(t, smallEstate(awssim.Resource{
		Kind: awssim.Function, Region: ireland, ID: "resize", Tags: map[string]string{"team": "shop"},
		Attributes: map[string]any{"Environment": map[string]any{"Variables": map[string]any{"MODE": "fast"}}, "SnapStart": nil},
	}), awssim.Options{})
	client := lambda.NewFromConfig(inside(t, s, member, ireland))
	out, err := client.ListFunctions(t.Context(), nil)
	wantCode(t, err, "", 0)
	got := out.Functions[0]
	if *got.FunctionName != "resize" || got.Environment.Variables["MODE"] != "fast" || got.SnapStart != nil || *got.Version != "$LATEST" {
		t.Errorf("got %+v", got)
	}
	tags, err := client.ListTags(t.Context(), &lambda.ListTagsInput{Resource: got.FunctionArn})
	wantCode(t, err, "", 0)
	if diff := cmp.Diff(map[string]string{"team": "shop"}, tags.Tags); diff != "" {
		t.Error(diff)
	}
	_, err = client.ListTags(t.Context(), &lambda.ListTagsInput{Resource: aws.String(*got.FunctionArn + "-gone")})
	wantCode(t, err, "ResourceNotFoundException", 404)
	_, err = client.ListTags(t.Context(), &lambda.ListTagsInput{Resource: aws.String(*got.FunctionArn + ":1")})
	wantCode(t, err, "InvalidParameterValueException", 400)
}
