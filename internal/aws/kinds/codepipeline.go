package kinds

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline"

	"portolan/internal/aws/kind"
)

// pipelines lists the pipelines of CodePipeline by name.
// https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_ListPipelines.html
var pipelines = kind.Paged(func(c *codepipeline.Client) *codepipeline.ListPipelinesPaginator {
	return codepipeline.NewListPipelinesPaginator(c, &codepipeline.ListPipelinesInput{MaxResults: aws.Int32(1000)})
}, kind.Objects("pipelines", "name"))

// definitionLasts says how long a definition lasts. It has another version and time in the listing as soon as it changes, and another
// time of creation if the pipeline was made anew under its name. That AWS disables polling shows in
// the metadata alone.
func definitionLasts(beneath bool, tags *kind.LastingTags) *kind.Lasting {
	return &kind.Lasting{Final: always, Listed: []string{"version", "created", "updated"}, For: aDay, Beneath: beneath, Tags: tags}
}

// getPipeline asks for the definition of a pipeline and its metadata. An answer without the
// definition does not say that the pipeline is empty.
func getPipeline(ctx context.Context, t kind.Target, name string) (kind.Object, error) {
	answer, err := kind.Answer(kind.ClientOf[*codepipeline.Client](t).GetPipeline(ctx, &codepipeline.GetPipelineInput{Name: aws.String(name)}))
	if _, told := answer["pipeline"].(kind.Object); err == nil && !told {
		return nil, errors.New("the answer lacks the pipeline")
	}
	return answer, err
}

// insidePipelines lists what pipelines consist of.
func insidePipelines(items func(kind.Object) []*kind.Resource) func(context.Context, kind.Target) kind.Pages {
	return func(ctx context.Context, t kind.Target) kind.Pages {
		return kind.BeneathLasting(t, pipelines(ctx, t), func(pipeline *kind.Resource) kind.Pages {
			return kind.Ask(func() (kind.Object, error) { return getPipeline(ctx, t, pipeline.ID) }, items)
		})
	}
}

// pipelineStages returns the stages of a definition, in their order, each with what a
// document says about its pipeline.
func pipelineStages(answer kind.Object) []*kind.Resource {
	pipeline, _ := answer["pipeline"].(kind.Object)
	metadata, _ := answer["metadata"].(kind.Object)
	stages := kind.Objects("stages", "name")(pipeline)
	for i, stage := range stages {
		stage.Properties["order"] = i + 1
		stage.Properties["pipelineName"] = pipeline["name"]
		if arn, answered := metadata["pipelineArn"]; answered {
			stage.Properties["pipelineArn"] = arn
		}
	}
	return stages
}
