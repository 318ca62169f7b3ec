package kinds

import (
	"github.com/aws/aws-sdk-go-v2/service/codepipeline"

	"portolan/internal/aws/kind"
)

// CodePipelineStage is AWS::CodePipeline::Stage: the stages of every pipeline, as its
// current version defines them.
var CodePipelineStage = &kind.Kind{
	Type:    "AWS::CodePipeline::Stage",
	Service: kind.Service{Prefix: "codepipeline", OfferedAs: "codepipeline", Client: kind.Client(codepipeline.NewFromConfig)},
	List: kind.Listing{
		Name:    "ListPipelinesAction",
		Actions: []string{"codepipeline:ListPipelines", "codepipeline:GetPipeline"},
		Pages:   insidePipelines(pipelineStages),
	},
	Default:  []kind.FollowUp{{Name: "GetPipelineAction"}},
	Events:   kind.Events{Calls: `CreatePipeline UpdatePipeline EnableStageTransition DisableStageTransition DeletePipeline`},
	Lasting:  definitionLasts(true, nil),
	Document: kind.Form{Properties: `Actions BeforeEntry Blockers Name OnFailure OnSuccess Order PipelineArn PipelineName`},
}
