package kinds

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codedeploy"
	"github.com/aws/aws-sdk-go-v2/service/codedeploy/types"

	"portolan/internal/aws/kind"
)

// deployApplications lists the applications of CodeDeploy by name.
func deployApplications(ctx context.Context, t kind.Target) kind.Pages {
	return kind.Walk(ctx, codedeploy.NewListApplicationsPaginator(codedeploy.NewFromConfig(t.Config),
		&codedeploy.ListApplicationsInput{}), kind.Names("applications", "applicationName"))
}

// deployments lists the deployments that were made since the target's time, by id.
func deployments(ctx context.Context, t kind.Target) kind.Pages {
	input := &codedeploy.ListDeploymentsInput{}
	if !t.Since.IsZero() {
		input.CreateTimeRange = &types.TimeRange{Start: aws.Time(t.Since)}
	}
	return kind.Walk(ctx, codedeploy.NewListDeploymentsPaginator(codedeploy.NewFromConfig(t.Config), input),
		kind.Names("deployments", "deploymentId"))
}

// deployTags reads the tags of the resource that the ARN names.
func deployTags(ctx context.Context, t kind.Target, arn string) (kind.Object, error) {
	client := codedeploy.NewFromConfig(t.Config)
	return kind.Gather(kind.Answers(ctx, kind.Tokens(
		func(ctx context.Context, token *string) (*codedeploy.ListTagsForResourceOutput, error) {
			return client.ListTagsForResource(ctx, &codedeploy.ListTagsForResourceInput{ResourceArn: aws.String(arn), NextToken: token})
		},
		func(page *codedeploy.ListTagsForResourceOutput) *string { return page.NextToken },
	)), "Tags", "Tags")
}
