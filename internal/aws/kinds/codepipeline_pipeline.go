package kinds

import (
	"context"
	"maps"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline"

	"portolan/internal/aws/kind"
)

// CodePipelinePipeline is AWS::CodePipeline::Pipeline.
var CodePipelinePipeline = &kind.Kind{
	Type:    "AWS::CodePipeline::Pipeline",
	Service: kind.Service{Prefix: "codepipeline", OfferedAs: "codepipeline", Client: kind.Client(codepipeline.NewFromConfig)},
	List: kind.Listing{
		Name:     "ListPipelinesAction",
		Actions:  []string{"codepipeline:ListPipelines"},
		PageSize: 1000, NamesOnly: true,
		Pages: pipelines,
	},
	Default: []kind.FollowUp{{
		Name:      "GetPipelineAction",
		Actions:   []string{"codepipeline:GetPipeline"},
		Essential: true,
		Gone:      []string{"PipelineNotFoundException"},
		Call: kind.Each(func(ctx context.Context, t kind.Target, r *kind.Resource) (kind.Object, error) {
			answer, err := getPipeline(ctx, t, r.ID)
			merged := kind.Object{}
			for _, member := range []string{"metadata", "pipeline"} {
				part, _ := answer[member].(kind.Object)
				maps.Copy(merged, part)
			}
			return merged, err
		}),
	}, {
		Name:    "ListTagsForResourceAction",
		Actions: []string{"codepipeline:ListTagsForResource"},
		// https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_ListTagsForResource.html
		Call: pipelineTags,
	}},
	Events: kind.Events{Calls: `CreatePipeline UpdatePipeline TagResource UntagResource DeletePipeline`},
	Lasting: definitionLasts(false, &kind.LastingTags{
		Form: kind.TagForm{Property: "tags", Key: "key", Value: "value"}, Call: pipelineTags,
	}),
	Document: kind.Form{Properties: `ArtifactStore ArtifactStores Created ExecutionMode Name PipelineArn PipelineType
		PollingDisabledAt RoleArn Stages Tags Triggers Updated Variables Version`},
}

var pipelineTags = kind.Gathered(func(c *codepipeline.Client, t kind.Target, r *kind.Resource) *codepipeline.ListTagsForResourcePaginator {
	return codepipeline.NewListTagsForResourcePaginator(c,
		&codepipeline.ListTagsForResourceInput{ResourceArn: aws.String(t.ARN("codepipeline", r.ID))})
}, "tags", "tags")
