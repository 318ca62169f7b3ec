package kinds

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/codedeploy"

	"portolan/internal/aws/kind"
)

// CodeDeployApplication is AWS::CodeDeploy::Application.
var CodeDeployApplication = &kind.Kind{
	Type:      "AWS::CodeDeploy::Application",
	Service:   "codedeploy",
	OfferedAs: "codedeploy",
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
		Call: func(ctx context.Context, t kind.Target, batch []*kind.Resource) (map[string]kind.Object, error) {
			answer, err := kind.Answer(codedeploy.NewFromConfig(t.Config).BatchGetApplications(ctx,
				&codedeploy.BatchGetApplicationsInput{ApplicationNames: kind.IDs(batch)}))
			return kind.ByID(answer, "applicationsInfo", "applicationName"), err
		},
	}, {
		Name:    "ListTagsForResourceAction",
		Actions: []string{"codedeploy:ListTagsForResource"},
		Call: kind.Each(func(ctx context.Context, t kind.Target, r *kind.Resource) (kind.Object, error) {
			return deployTags(ctx, t, t.ARN("codedeploy", "application:"+r.ID))
		}),
	}},
	Document: kind.Form{Properties: `ApplicationName ApplicationId ComputePlatform CreateTime GitHubAccountName LinkedToGitHub Tags`},
}
