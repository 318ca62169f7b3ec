package awssim_test

import (
	"slices"
	"strings"
	"testing"

	"portolan/internal/simulator/awssim"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline/types"
	"github.com/google/go-cmp/cmp"
)

func TestListPipelines(t *testing.T) {
	t.Parallel()
	s := start(t, population(smallEstate(), awssim.Pipeline, ireland, 2100), awssim.Options{})
	client := codepipeline.NewFromConfig(inside(t, s, member, ireland))
	for asked, want := range map[*int32][]int{nil: {1000, 1000, 100}, aws.Int32(900): {900, 900, 300}} {
		var sizes []int
		pages := codepipeline.NewListPipelinesPaginator(client, &codepipeline.ListPipelinesInput{MaxResults: asked})
		for pages.HasMorePages() {
			page, err := pages.NextPage(t.Context())
			wantCode(t, err, "", 0)
			sizes = append(sizes, len(page.Pipelines))
		}
		if diff := cmp.Diff(want, sizes); diff != "" {
			t.Error(diff)
		}
	}
	for code, in := range map[string]*codepipeline.ListPipelinesInput{
		"ValidationException": {MaxResults: aws.Int32(1001)}, "InvalidNextTokenException": {NextToken: aws.String("x")},
	} {
		_, err := client.ListPipelines(t.Context(), in)
		wantCode(t, err, code, 400)
	}
}

func TestPipeline(t *testing.T) {
	t.Parallel()
	s := start(t, smallEstate(awssim.Resource{
		Kind: awssim.Pipeline, Region: ireland, ID: "shop", Tags: map[string]string{"team": "shop"},
		Attributes: map[string]any{"version": 77, "pollingDisabledAt": 1700000000, "artifactStores": nil},
	}), awssim.Options{})
	client := codepipeline.NewFromConfig(inside(t, s, member, ireland))
	out, err := client.GetPipeline(t.Context(), &codepipeline.GetPipelineInput{Name: aws.String("shop")})
	wantCode(t, err, "", 0)
	arn := "arn:aws:codepipeline:eu-west-1:" + member + ":shop"
	if *out.Pipeline.Name != "shop" || *out.Pipeline.Version != 77 || *out.Metadata.PipelineArn != arn || out.Metadata.PollingDisabledAt.Unix() != 1700000000 {
		t.Errorf("got %+v, %+v", out.Pipeline, out.Metadata)
	}
	list, err := client.ListPipelines(t.Context(), nil)
	wantCode(t, err, "", 0)
	if got := list.Pipelines[0]; *got.Version != 77 || got.PipelineType != out.Pipeline.PipelineType || !got.Updated.Equal(*out.Metadata.Updated) {
		t.Errorf("got %+v", got)
	}
	for i, stage := range out.Pipeline.Stages {
		for _, action := range stage.Actions {
			if source := action.ActionTypeId.Category == types.ActionCategorySource; source != (i == 0) || *action.Name == "" {
				t.Errorf("%s is in stage %d", *action.Name, i)
			}
		}
	}
	tags, err := client.ListTagsForResource(t.Context(), &codepipeline.ListTagsForResourceInput{ResourceArn: &arn})
	wantCode(t, err, "", 0)
	if len(tags.Tags) != 1 || *tags.Tags[0].Key != "team" {
		t.Errorf("got %+v", tags.Tags)
	}
	for resource, code := range map[string]string{arn + "s": "ResourceNotFoundException", "shop": "InvalidArnException"} {
		_, err := client.ListTagsForResource(t.Context(), &codepipeline.ListTagsForResourceInput{ResourceArn: &resource})
		wantCode(t, err, code, 400)
	}
	for name, code := range map[string]string{"gone": "PipelineNotFoundException", "a b": "ValidationException"} {
		_, err := client.GetPipeline(t.Context(), &codepipeline.GetPipelineInput{Name: &name})
		wantCode(t, err, code, 400)
	}
	_, err = client.GetPipeline(t.Context(), &codepipeline.GetPipelineInput{Name: aws.String("shop"), Version: aws.Int32(1)})
	wantCode(t, err, "ValidationException", 400)
	refuseAction(t, s, "codepipeline:GetPipeline")
	_, err = client.GetPipeline(t.Context(), &codepipeline.GetPipelineInput{Name: aws.String("shop")})
	wantCode(t, err, "AccessDeniedException", 400)
	if !strings.Contains(err.Error(), "on resource: "+arn) {
		t.Error(err)
	}
}

func TestListPipelineExecutions(t *testing.T) {
	t.Parallel()
	s := start(t, codeEstate(700), awssim.Options{})
	client := codepipeline.NewFromConfig(inside(t, s, member, ireland))
	var seen []string
	for _, pipeline := range s.Resources(member, awssim.Pipeline, ireland) {
		var sizes []int
		var last *types.PipelineExecutionSummary
		pages := codepipeline.NewListPipelineExecutionsPaginator(client, &codepipeline.ListPipelineExecutionsInput{PipelineName: &pipeline.ID})
		for pages.HasMorePages() {
			page, err := pages.NextPage(t.Context())
			wantCode(t, err, "", 0)
			sizes = append(sizes, len(page.PipelineExecutionSummaries))
			for _, summary := range page.PipelineExecutionSummaries {
				seen = append(seen, pipeline.ID+"/"+*summary.PipelineExecutionId)
				if last != nil && summary.StartTime.After(*last.StartTime) {
					t.Errorf("%s is newer than the one before it", *summary.PipelineExecutionId)
				}
				last = &summary
			}
		}
		if len(sizes) != 3 || sizes[0] != 100 || sizes[1] != 100 {
			t.Errorf("got pages of %v", sizes)
		}
		out, err := client.GetPipelineExecution(t.Context(), &codepipeline.GetPipelineExecutionInput{PipelineName: &pipeline.ID, PipelineExecutionId: last.PipelineExecutionId})
		wantCode(t, err, "", 0)
		if got := out.PipelineExecution; *got.PipelineName != pipeline.ID || got.Status != last.Status || *got.ArtifactRevisions[0].RevisionId != *last.SourceRevisions[0].RevisionId {
			t.Errorf("got %+v", got)
		}
	}
	want := idsOf(s.Resources(member, awssim.PipelineExecution, ireland))
	slices.Sort(want)
	slices.Sort(seen)
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Error(diff)
	}
}

func TestExecution(t *testing.T) {
	t.Parallel()
	failed := awssim.Resource{
		Kind: awssim.PipelineExecution, Region: ireland, ID: "shop/00000000-0000-4000-a000-000000000001",
		Attributes: map[string]any{"status": "Failed", "pipelineVersion": 5, "statusSummary": "Too bad"},
	}
	other := failed
	other.ID = "mall/00000000-0000-4000-a000-000000000002"
	s := start(t, smallEstate(
		awssim.Resource{Kind: awssim.Pipeline, Region: ireland, ID: "shop"}, awssim.Resource{Kind: awssim.Pipeline, Region: ireland, ID: "mall"}, failed, other,
	), awssim.Options{})
	client := codepipeline.NewFromConfig(inside(t, s, member, ireland))
	get := func(name, id string) (*codepipeline.GetPipelineExecutionOutput, error) {
		return client.GetPipelineExecution(t.Context(), &codepipeline.GetPipelineExecutionInput{PipelineName: &name, PipelineExecutionId: &id})
	}
	out, err := get("shop", "00000000-0000-4000-a000-000000000001")
	wantCode(t, err, "", 0)
	if got := out.PipelineExecution; *got.PipelineVersion != 5 || got.Status != types.PipelineExecutionStatusFailed || *got.StatusSummary != "Too bad" {
		t.Errorf("got %+v", got)
	}
	_, err = get("shop", "00000000-0000-4000-a000-000000000002")
	wantCode(t, err, "PipelineExecutionNotFoundException", 400)
	_, err = get("gone", "00000000-0000-4000-a000-000000000002")
	wantCode(t, err, "PipelineNotFoundException", 400)
	actions, err := client.ListActionExecutions(t.Context(), &codepipeline.ListActionExecutionsInput{PipelineName: aws.String("shop")})
	wantCode(t, err, "", 0)
	for i, action := range actions.ActionExecutionDetails {
		if (action.Status == types.ActionExecutionStatusFailed) != (i == 0) {
			t.Errorf("action %s is %s", *action.ActionName, action.Status)
		}
	}
	for code, in := range map[string]codepipeline.ListPipelineExecutionsInput{
		"ValidationException":       {PipelineName: aws.String("shop"), MaxResults: aws.Int32(101)},
		"InvalidNextTokenException": {PipelineName: aws.String("shop"), NextToken: aws.String("x")},
		"PipelineNotFoundException": {PipelineName: aws.String("gone")},
	} {
		_, err := client.ListPipelineExecutions(t.Context(), &in)
		wantCode(t, err, code, 400)
		_, err = client.ListActionExecutions(t.Context(), &codepipeline.ListActionExecutionsInput{PipelineName: in.PipelineName, MaxResults: in.MaxResults, NextToken: in.NextToken})
		wantCode(t, err, code, 400)
	}
	_, err = client.ListActionExecutions(t.Context(), &codepipeline.ListActionExecutionsInput{
		PipelineName: aws.String("shop"), Filter: &types.ActionExecutionFilter{PipelineExecutionId: aws.String("x")},
	})
	wantCode(t, err, "ValidationException", 400)
}

func TestListActionExecutions(t *testing.T) {
	t.Parallel()
	s := start(t, codeEstate(120), awssim.Options{})
	client := codepipeline.NewFromConfig(inside(t, s, member, ireland))
	pipeline := s.Resources(member, awssim.Pipeline, ireland)[1].ID
	declared, err := client.GetPipeline(t.Context(), &codepipeline.GetPipelineInput{Name: &pipeline})
	wantCode(t, err, "", 0)
	names := map[string]bool{}
	for _, stage := range declared.Pipeline.Stages {
		for _, action := range stage.Actions {
			names[*stage.Name+"/"+*action.Name] = true
		}
	}
	list := func(size int32) []types.ActionExecutionDetail {
		var all []types.ActionExecutionDetail
		pages := codepipeline.NewListActionExecutionsPaginator(client, &codepipeline.ListActionExecutionsInput{PipelineName: &pipeline, MaxResults: &size})
		for pages.HasMorePages() {
			page, err := pages.NextPage(t.Context())
			wantCode(t, err, "", 0)
			if n := len(page.ActionExecutionDetails); n != int(size) && page.NextToken != nil {
				t.Errorf("a page that is not the last has %d of %d", n, size)
			}
			all = append(all, page.ActionExecutionDetails...)
		}
		return all
	}
	all, executions, ids := list(100), map[string]bool{}, map[string]bool{}
	for i, action := range all {
		if !names[*action.StageName+"/"+*action.ActionName] || action.Input.ActionTypeId == nil || action.Output.ExecutionResult == nil {
			t.Errorf("got %+v", action)
		}
		if i > 0 && action.StartTime.After(*all[i-1].StartTime) {
			t.Errorf("action %d is newer than the one before it", i)
		}
		executions[*action.PipelineExecutionId], ids[*action.ActionExecutionId] = true, true
	}
	if len(executions) != 40 || len(ids) != len(all) || len(all) < 80 {
		t.Errorf("got %d actions, %d of them different, of %d executions", len(all), len(ids), len(executions))
	}
	for _, size := range []int32{1, 7} {
		again := list(size)
		if !slices.EqualFunc(all, again, func(a, b types.ActionExecutionDetail) bool { return *a.ActionExecutionId == *b.ActionExecutionId }) {
			t.Errorf("pages of %d give %d other actions", size, len(again))
		}
	}
	refuseAction(t, s, "codepipeline:ListActionExecutions")
	_, err = client.ListActionExecutions(t.Context(), &codepipeline.ListActionExecutionsInput{PipelineName: &pipeline})
	wantCode(t, err, "AccessDeniedException", 400)
}
