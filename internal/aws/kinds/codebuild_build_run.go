package kinds

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/codebuild"
	"github.com/aws/aws-sdk-go-v2/service/codebuild/types"

	"portolan/internal/aws/kind"
)

// CodeBuildBuildRun is AWS::CodeBuild::BuildRun: the builds of every project. The listing
// asks for the builds themselves, because only they have the times that tell it where to
// end.
var CodeBuildBuildRun = &kind.Kind{
	Type:    "AWS::CodeBuild::BuildRun",
	Service: kind.Service{Prefix: "codebuild", OfferedAs: "codebuild", Client: kind.Client(codebuild.NewFromConfig)},
	History: true,
	List: kind.Listing{
		Name:    "ListBuildsAction",
		Actions: []string{"codebuild:ListBuilds"},
		Pages: func(ctx context.Context, t kind.Target) kind.Pages {
			return kind.Since(kind.Completed(ctx, t, buildIDs(ctx, t), batchGetBuilds), t.Since, "startTime")
		},
	},
	Default: []kind.FollowUp{{
		Name: batchGetBuilds.Name, Actions: batchGetBuilds.Actions, Size: batchGetBuilds.Size, Essential: true,
	}},
	Events: kind.Events{
		Calls: `StartBuild StartBuildBatch RetryBuild RetryBuildBatch StopBuild StopBuildBatch BatchDeleteBuilds
		DeleteBuildBatch`,
		Sent: []string{"CodeBuild Build State Change"},
	},
	Document: kind.Form{Properties: `Arn Artifacts AutoRetryConfig BuildBatchArn BuildComplete BuildNumber BuildStatus Cache
		CurrentPhase DebugSession EncryptionKey EndTime Environment ExportedEnvironmentVariables FileSystemLocations Id
		Initiator Logs NetworkInterface Phases ProjectName QueuedTimeoutInMinutes ReportArns ResolvedSourceVersion
		SecondaryArtifacts SecondarySources SecondarySourceVersions ServiceRole Source SourceVersion StartTime
		TimeoutInMinutes VpcConfig`},
}

// buildIDs lists the builds of every project, the newest first. Only the request for the
// first page has an order, which the token keeps: CodeBuild may refuse an order together
// with a token, as it documents for the builds of a single project.
// https://docs.aws.amazon.com/codebuild/latest/APIReference/API_ListBuildsForProject.html
func buildIDs(ctx context.Context, t kind.Target) kind.Pages {
	return kind.Walk(ctx, kind.Tokens(kind.ClientOf[*codebuild.Client](t).ListBuilds,
		func(token *string) *codebuild.ListBuildsInput {
			input := &codebuild.ListBuildsInput{NextToken: token}
			if token == nil {
				input.SortOrder = types.SortOrderTypeDescending
			}
			return input
		},
		func(page *codebuild.ListBuildsOutput) *string { return page.NextToken },
	), kind.Names("ids", "id"))
}

var batchGetBuilds = kind.FollowUp{
	Name:      "BatchGetBuildsAction",
	Actions:   []string{"codebuild:BatchGetBuilds"},
	Essential: true,
	// https://docs.aws.amazon.com/codebuild/latest/APIReference/API_BatchGetBuilds.html
	Size: 100,
	Call: kind.Batch((*codebuild.Client).BatchGetBuilds, func(batch []*kind.Resource) *codebuild.BatchGetBuildsInput {
		return &codebuild.BatchGetBuildsInput{Ids: kind.IDs(batch)}
	}, kind.ByID("builds", "id", "buildsNotFound")),
}
