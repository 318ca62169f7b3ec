package kinds

import (
	"github.com/aws/aws-sdk-go-v2/service/codedeploy"

	"portolan/internal/aws/kind"
)

// CodeDeployApplication is AWS::CodeDeploy::Application.
var CodeDeployApplication = &kind.Kind{
	Type:    "AWS::CodeDeploy::Application",
	Service: kind.Service{Prefix: "codedeploy", OfferedAs: "codedeploy", Client: kind.Client(codedeploy.NewFromConfig)},
	List: kind.Listing{
		Name:      "ListApplicationsAction",
		Actions:   []string{"codedeploy:ListApplications"},
		NamesOnly: true,
		Pages:     deployApplications,
	},
	Default: []kind.FollowUp{{
		Name:      "BatchGetApplicationsAction",
		Actions:   []string{"codedeploy:BatchGetApplications"},
		Essential: true,
		Gone:      []string{"ApplicationDoesNotExistException"},
		// https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_BatchGetApplications.html
		Size: 100,
		Call: kind.Batch((*codedeploy.Client).BatchGetApplications, func(batch []*kind.Resource) *codedeploy.BatchGetApplicationsInput {
			return &codedeploy.BatchGetApplicationsInput{ApplicationNames: kind.IDs(batch)}
		}, kind.ByID("applicationsInfo", "applicationName")),
	}, {
		Name:    "ListTagsForResourceAction",
		Actions: []string{"codedeploy:ListTagsForResource"},
		Call:    deployTags(func(r *kind.Resource) string { return "application:" + r.ID }),
	}},
	Events:   kind.Events{Calls: `CreateApplication UpdateApplication TagResource UntagResource DeleteApplication`},
	Document: kind.Form{Properties: `ApplicationName ApplicationId ComputePlatform CreateTime GitHubAccountName LinkedToGitHub Tags`},
}
