package kinds

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codedeploy"
	"github.com/aws/aws-sdk-go-v2/service/codedeploy/types"

	"portolan/internal/aws/kind"
)

// deployApplications lists the applications of CodeDeploy by name.
var deployApplications = kind.Paged(func(c *codedeploy.Client) *codedeploy.ListApplicationsPaginator {
	return codedeploy.NewListApplicationsPaginator(c, &codedeploy.ListApplicationsInput{})
}, kind.Names("applications", "applicationName"))

// deployments lists the deployments that were made since the target's time, by id.
func deployments(ctx context.Context, t kind.Target) kind.Pages {
	input := &codedeploy.ListDeploymentsInput{}
	if !t.Since.IsZero() {
		input.CreateTimeRange = &types.TimeRange{Start: aws.Time(t.Since)}
	}
	return kind.Walk(ctx, codedeploy.NewListDeploymentsPaginator(kind.ClientOf[*codedeploy.Client](t), input),
		kind.Names("deployments", "deploymentId"))
}

// deployTags asks for the tags of a resource. Name returns the end of its ARN.
func deployTags(name func(*kind.Resource) string) kind.Call {
	return kind.Gathered(func(c *codedeploy.Client, t kind.Target, r *kind.Resource) kind.Pager[codedeploy.Options, *codedeploy.ListTagsForResourceOutput] {
		return kind.Tokens(c.ListTagsForResource,
			func(token *string) *codedeploy.ListTagsForResourceInput {
				return &codedeploy.ListTagsForResourceInput{ResourceArn: aws.String(t.ARN("codedeploy", name(r))), NextToken: token}
			},
			func(page *codedeploy.ListTagsForResourceOutput) *string { return page.NextToken },
		)
	}, "Tags", "Tags")
}
