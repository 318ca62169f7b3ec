package kinds

import (
	"github.com/aws/aws-sdk-go-v2/service/codebuild"

	"portolan/internal/aws/kind"
)

// CodeBuildProject is AWS::CodeBuild::Project.
var CodeBuildProject = &kind.Kind{
	Type:    "AWS::CodeBuild::Project",
	Service: kind.Service{Prefix: "codebuild", OfferedAs: "codebuild", Client: kind.Client(codebuild.NewFromConfig)},
	List: kind.Listing{
		Name:      "ListProjectsAction",
		Actions:   []string{"codebuild:ListProjects"},
		NamesOnly: true,
		Pages: kind.Paged(func(c *codebuild.Client) *codebuild.ListProjectsPaginator {
			return codebuild.NewListProjectsPaginator(c, &codebuild.ListProjectsInput{})
		}, kind.Names("projects", "name")),
	},
	Default: []kind.FollowUp{{
		Name:      "BatchGetProjectsAction",
		Actions:   []string{"codebuild:BatchGetProjects"},
		Essential: true,
		// https://docs.aws.amazon.com/codebuild/latest/APIReference/API_BatchGetProjects.html
		Size: 100,
		Call: kind.Batch((*codebuild.Client).BatchGetProjects, func(batch []*kind.Resource) *codebuild.BatchGetProjectsInput {
			return &codebuild.BatchGetProjectsInput{Names: kind.IDs(batch)}
		}, kind.ByID("projects", "name", "projectsNotFound")),
	}},
	Events: kind.Events{Calls: `CreateProject UpdateProject UpdateProjectVisibility CreateWebhook UpdateWebhook DeleteWebhook
		DeleteProject`},
	Document: kind.Form{Properties: `Arn Artifacts AutoRetryLimit Badge BuildBatchConfig Cache ConcurrentBuildLimit Created
		Description EncryptionKey Environment FileSystemLocations LastModified LogsConfig Name ProjectVisibility
		PublicProjectAlias QueuedTimeoutInMinutes ResourceAccessRole SecondaryArtifacts SecondarySources
		SecondarySourceVersions ServiceRole Source SourceVersion Tags TimeoutInMinutes VpcConfig Webhook`},
}
