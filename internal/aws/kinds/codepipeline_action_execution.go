package kinds

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline"

	"portolan/internal/aws/kind"
)

// CodePipelineActionExecution is AWS::CodePipeline::ActionExecution.
var CodePipelineActionExecution = &kind.Kind{
	Type:    "AWS::CodePipeline::ActionExecution",
	Service: kind.Service{Prefix: "codepipeline", OfferedAs: "codepipeline", Client: kind.Client(codepipeline.NewFromConfig)},
	History: true,
	List: kind.Listing{
		Name:    "ListActionExecutionsAction",
		Actions: []string{"codepipeline:ListPipelines", "codepipeline:ListActionExecutions"},
		Pages: func(ctx context.Context, t kind.Target) kind.Pages {
			return kind.Beneath(pipelines(ctx, t), func(pipeline *kind.Resource) kind.Pages {
				// The newest come first, a hundred at a time:
				// https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_ListActionExecutions.html
				return kind.Since(kind.Walk(ctx, codepipeline.NewListActionExecutionsPaginator(kind.ClientOf[*codepipeline.Client](t),
					&codepipeline.ListActionExecutionsInput{PipelineName: aws.String(pipeline.ID), MaxResults: aws.Int32(100)}),
					kind.Objects("actionExecutionDetails", "actionExecutionId")), t.Since, "lastUpdateTime")
			})
		},
	},
	Events: kind.Events{
		Calls: `StartPipelineExecution RetryStageExecution RollbackStage StopPipelineExecution PutApprovalResult
		OverrideStageCondition DeletePipeline`,
		Sent: []string{"CodePipeline Action Execution State Change"},
	},
	Document: kind.Form{Properties: `ActionExecutionId ActionName Input LastUpdateTime Output PipelineExecutionId
		PipelineVersion StageName StartTime Status UpdatedBy`},
}
