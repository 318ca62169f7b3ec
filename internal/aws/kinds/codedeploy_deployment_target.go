package kinds

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codedeploy"

	"portolan/internal/aws/kind"
)

// notStarted is what CodeDeploy answers about the targets of a deployment that has
// none yet.
const notStarted = "DeploymentNotStartedException"

// CodeDeployDeploymentTarget is AWS::CodeDeploy::DeploymentTarget: the instances,
// functions, services and stacks that a deployment goes to.
var CodeDeployDeploymentTarget = &kind.Kind{
	Type:      "AWS::CodeDeploy::DeploymentTarget",
	Service:   "codedeploy",
	OfferedAs: "codedeploy",
	History:   true,
	List: kind.Listing{
		Name:      "ListDeploymentTargetsAction",
		Actions:   []string{"codedeploy:ListDeployments", "codedeploy:ListDeploymentTargets"},
		NamesOnly: true,
		Pages: func(ctx context.Context, t kind.Target) kind.Pages {
			return kind.Beneath(deployments(ctx, t), func(deployment *kind.Resource) kind.Pages {
				return deploymentTargets(ctx, t, deployment.ID)
			}, notStarted)
		},
	},
	Default: []kind.FollowUp{{
		Name:      "BatchGetDeploymentTargetsAction",
		Actions:   []string{"codedeploy:BatchGetDeploymentTargets"},
		Essential: true,
		// DeploymentDoesNotExistException speaks of the parent.
		Gone: []string{"DeploymentTargetDoesNotExistException", "InstanceDoesNotExistException"},
		// https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_BatchGetDeploymentTargets.html
		Size: 25,
		Call: func(ctx context.Context, t kind.Target, batch []*kind.Resource) (map[string]kind.Object, error) {
			deployment := batch[0].Parent
			answer, err := kind.Answer(codedeploy.NewFromConfig(t.Config).BatchGetDeploymentTargets(ctx,
				&codedeploy.BatchGetDeploymentTargetsInput{DeploymentId: aws.String(deployment), TargetIds: kind.IDs(batch)}))
			return targetsByID(answer, deployment), err
		},
	}},
	Document: kind.Form{Properties: `DeploymentId DeploymentTargetType InstanceTarget LambdaTarget EcsTarget CloudFormationTarget`},
}

func deploymentTargets(ctx context.Context, t kind.Target, deployment string) kind.Pages {
	client := codedeploy.NewFromConfig(t.Config)
	return kind.Walk(ctx, kind.Tokens(
		func(ctx context.Context, token *string) (*codedeploy.ListDeploymentTargetsOutput, error) {
			return client.ListDeploymentTargets(ctx, &codedeploy.ListDeploymentTargetsInput{
				DeploymentId: aws.String(deployment), NextToken: token,
			})
		},
		func(page *codedeploy.ListDeploymentTargetsOutput) *string { return page.NextToken },
	), kind.Names("targetIds", "targetId"))
}

// targetsByID keys targets by their id, which stands in the member of their type.
func targetsByID(answer kind.Object, deployment string) map[string]kind.Object {
	targets := make(map[string]kind.Object)
	for _, r := range kind.Objects("deploymentTargets", "deploymentTargetType")(answer) {
		for _, of := range []string{"instanceTarget", "lambdaTarget", "ecsTarget", "cloudFormationTarget"} {
			target, _ := r.Properties[of].(kind.Object)
			if id, ok := target["targetId"].(string); ok {
				r.Properties["deploymentId"] = deployment
				targets[id] = r.Properties
			}
		}
	}
	return targets
}
