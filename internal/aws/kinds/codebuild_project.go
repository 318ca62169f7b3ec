package kinds

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/codebuild"

	"portolan/internal/aws/kind"
)

// CodeBuildProject is AWS::CodeBuild::Project.
var CodeBuildProject = &kind.Kind{
	Type:      "AWS::CodeBuild::Project",
	Service:   "codebuild",
	OfferedAs: "codebuild",
	List: kind.Listing{
		Name:      "ListProjectsAction",
		Actions:   []string{"codebuild:ListProjects"},
		NamesOnly: true,
		Pages: func(ctx context.Context, t kind.Target) kind.Pages {
			return kind.Walk(ctx, codebuild.NewListProjectsPaginator(codebuild.NewFromConfig(t.Config),
				&codebuild.ListProjectsInput{}), kind.Names("projects", "name"))
		},
	},
	Default: []kind.FollowUp{{
		Name:      "BatchGetProjectsAction",
		Actions:   []string{"codebuild:BatchGetProjects"},
		Essential: true,
		// https://docs.aws.amazon.com/codebuild/latest/APIReference/API_BatchGetProjects.html
		Size: 100,
		Call: func(ctx context.Context, t kind.Target, batch []*kind.Resource) (map[string]kind.Object, error) {
			answer, err := kind.Answer(codebuild.NewFromConfig(t.Config).BatchGetProjects(ctx,
				&codebuild.BatchGetProjectsInput{Names: kind.IDs(batch)}))
			if err != nil {
				return nil, err
			}
			return kind.ByID(answer, "projects", "name"), kind.Missing(answer, "projectsNotFound")
		},
	}},
	Document: kind.Form{Properties: `Arn Artifacts AutoRetryLimit Badge BuildBatchConfig Cache ConcurrentBuildLimit Created
		Description EncryptionKey Environment FileSystemLocations LastModified LogsConfig Name ProjectVisibility
		PublicProjectAlias QueuedTimeoutInMinutes ResourceAccessRole SecondaryArtifacts SecondarySources
		SecondarySourceVersions ServiceRole Source SourceVersion Tags TimeoutInMinutes VpcConfig Webhook`},
}
