package kinds

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline"

	"portolan/internal/aws/kind"
)

// CodePipelinePipelineExecution is AWS::CodePipeline::PipelineExecution.
var CodePipelinePipelineExecution = &kind.Kind{
	Type:    "AWS::CodePipeline::PipelineExecution",
	Service: kind.Service{Prefix: "codepipeline", OfferedAs: "codepipeline", Client: kind.Client(codepipeline.NewFromConfig)},
	History: true,
	List: kind.Listing{
		Name:    "ListPipelineExecutionsAction",
		Actions: []string{"codepipeline:ListPipelines", "codepipeline:ListPipelineExecutions"},
		Pages: func(ctx context.Context, t kind.Target) kind.Pages {
			return kind.Beneath(pipelines(ctx, t), func(pipeline *kind.Resource) kind.Pages {
				// The newest come first, a hundred at a time:
				// https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_ListPipelineExecutions.html
				return kind.Since(kind.Walk(ctx, codepipeline.NewListPipelineExecutionsPaginator(kind.ClientOf[*codepipeline.Client](t),
					&codepipeline.ListPipelineExecutionsInput{PipelineName: aws.String(pipeline.ID), MaxResults: aws.Int32(100)}),
					kind.Objects("pipelineExecutionSummaries", "pipelineExecutionId")), t.Since, "lastUpdateTime")
			})
		},
	},
	Default: []kind.FollowUp{{
		Name:      "GetPipelineExecutionAction",
		Actions:   []string{"codepipeline:GetPipelineExecution"},
		Essential: true,
		// PipelineNotFoundException speaks of the parent.
		Gone: []string{"PipelineExecutionNotFoundException"},
		Call: kind.One((*codepipeline.Client).GetPipelineExecution, func(r *kind.Resource) *codepipeline.GetPipelineExecutionInput {
			return &codepipeline.GetPipelineExecutionInput{PipelineName: aws.String(r.Parent), PipelineExecutionId: aws.String(r.ID)}
		}, kind.Member("pipelineExecution")),
	}},
	Events: kind.Events{
		Calls: `StartPipelineExecution RollbackStage StopPipelineExecution RetryStageExecution PutApprovalResult
		OverrideStageCondition DeletePipeline`,
		Sent: []string{"CodePipeline Pipeline Execution State Change"},
	},
	// A failed stage can be retried under the same identifier; then the listing has another status
	// and time.
	Lasting: &kind.Lasting{For: aWeek, Listed: []string{"status", "lastUpdateTime"}, Final: func(r *kind.Resource, _ time.Time) bool {
		return oneOf(r.Properties, "status", "Succeeded", "Failed", "Stopped", "Superseded", "Cancelled")
	}},
	Document: kind.Form{Properties: `ArtifactRevisions ExecutionMode ExecutionType LastUpdateTime PipelineExecutionId
		PipelineName PipelineVersion RollbackMetadata SourceRevisions StartTime Status StatusSummary StopTrigger Trigger
		Variables`},
}
