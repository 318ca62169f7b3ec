package kinds

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/codebuild"
	"github.com/aws/aws-sdk-go-v2/service/codebuild/types"

	"portolan/internal/kind"
)

// CodeBuildBuildRun is AWS::CodeBuild::BuildRun: the builds of every project. A
// listing of builds tells no times, so that it asks for the builds themselves to
// know where to end.
var CodeBuildBuildRun = &kind.Kind{
	Type:    "AWS::CodeBuild::BuildRun",
	Service: "codebuild",
	History: true,
	List: kind.Listing{
		Name:    "ListBuildsAction",
		Actions: []string{"codebuild:ListBuilds"},
		Pages: func(ctx context.Context, t kind.Target) kind.Pages {
			ids := kind.Walk(ctx, codebuild.NewListBuildsPaginator(codebuild.NewFromConfig(t.Config),
				&codebuild.ListBuildsInput{SortOrder: types.SortOrderTypeDescending}), kind.Names("ids", "id"))
			return kind.Since(kind.Completed(ctx, t, ids, batchGetBuilds), t.Since, "startTime")
		},
	},
	Default: []kind.FollowUp{{
		Name: batchGetBuilds.Name, Actions: batchGetBuilds.Actions, Size: batchGetBuilds.Size, Essential: true,
	}},
	Document: kind.Form{Properties: `Arn Artifacts AutoRetryConfig BuildBatchArn BuildComplete BuildNumber BuildStatus Cache
		CurrentPhase DebugSession EncryptionKey EndTime Environment ExportedEnvironmentVariables FileSystemLocations Id
		Initiator Logs NetworkInterface Phases ProjectName QueuedTimeoutInMinutes ReportArns ResolvedSourceVersion
		SecondaryArtifacts SecondarySources SecondarySourceVersions ServiceRole Source SourceVersion StartTime
		TimeoutInMinutes VpcConfig`},
}

var batchGetBuilds = kind.FollowUp{
	Name:      "BatchGetBuildsAction",
	Actions:   []string{"codebuild:BatchGetBuilds"},
	Essential: true,
	// https://docs.aws.amazon.com/codebuild/latest/APIReference/API_BatchGetBuilds.html
	Size: 100,
	Call: func(ctx context.Context, t kind.Target, batch []*kind.Resource) (map[string]kind.Object, error) {
		answer, err := kind.Answer(codebuild.NewFromConfig(t.Config).BatchGetBuilds(ctx,
			&codebuild.BatchGetBuildsInput{Ids: kind.IDs(batch)}))
		return kind.ByID(answer, "builds", "id"), err
	},
}
