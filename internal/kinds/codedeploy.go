package kinds

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codedeploy"
	"github.com/aws/aws-sdk-go-v2/service/codedeploy/types"

	"portolan/internal/kind"
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
	return kind.Gather(kind.Answers(ctx, &deployPager[*codedeploy.ListTagsForResourceOutput]{
		ask: func(ctx context.Context, token *string) (*codedeploy.ListTagsForResourceOutput, error) {
			return client.ListTagsForResource(ctx, &codedeploy.ListTagsForResourceInput{ResourceArn: aws.String(arn), NextToken: token})
		},
		next: func(page *codedeploy.ListTagsForResourceOutput) *string { return page.NextToken },
	}), "Tags", "Tags")
}

// deployPager pages through an operation for which the SDK has no paginator.
type deployPager[Output any] struct {
	ask   func(ctx context.Context, token *string) (Output, error)
	next  func(Output) *string
	token *string
	ended bool
}

// HasMorePages says whether AWS has given a token for another page.
func (p *deployPager[Output]) HasMorePages() bool { return !p.ended }

// NextPage asks for a page.
func (p *deployPager[Output]) NextPage(ctx context.Context, _ ...func(*codedeploy.Options)) (Output, error) {
	page, err := p.ask(ctx, p.token)
	if err == nil {
		p.token = p.next(page)
		p.ended = aws.ToString(p.token) == ""
	}
	return page, err
}
