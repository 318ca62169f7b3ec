package kinds

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codedeploy"

	"portolan/internal/aws/kind"
)

// notStarted is the code with which CodeDeploy says that a deployment has no targets yet.
const notStarted = "DeploymentNotStartedException"

// CodeDeployDeploymentTarget is AWS::CodeDeploy::DeploymentTarget: the instances,
// functions, services and stacks that a deployment goes to.
var CodeDeployDeploymentTarget = &kind.Kind{
	Type:    "AWS::CodeDeploy::DeploymentTarget",
	Service: kind.Service{Prefix: "codedeploy", OfferedAs: "codedeploy", Client: kind.Client(codedeploy.NewFromConfig)},
	History: true,
	List: kind.Listing{
		Name:      "ListDeploymentTargetsAction",
		Actions:   []string{"codedeploy:ListDeployments", "codedeploy:ListDeploymentTargets"},
		NamesOnly: true,
		Pages: func(ctx context.Context, t kind.Target) kind.Pages {
			return kind.BeneathLasting(t, deployments(ctx, t), func(deployment *kind.Resource) kind.Pages {
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
		Call: kind.Batch((*codedeploy.Client).BatchGetDeploymentTargets, func(batch []*kind.Resource) *codedeploy.BatchGetDeploymentTargetsInput {
			return &codedeploy.BatchGetDeploymentTargetsInput{DeploymentId: aws.String(batch[0].Parent), TargetIds: kind.IDs(batch)}
		}, targetsByID),
	}},
	Events: kind.Events{
		Calls: `CreateDeployment StopDeployment ContinueDeployment SkipWaitTimeForInstanceTermination`,
		Sent:  []string{"CodeDeploy Instance State-change Notification", "CodeDeploy Deployment State-change Notification"},
	},
	// The targets do not say whether their deployment is over. Of the longest one, to ECS, up to five
	// days pass until traffic shifts, and two until what it replaced is gone:
	// https://docs.aws.amazon.com/codedeploy/latest/userguide/limits.html
	Lasting: &kind.Lasting{Beneath: true, For: aDay, Final: func(r *kind.Resource, now time.Time) bool {
		for _, of := range targetMembers {
			if target, ok := r.Properties[of].(kind.Object); ok {
				return oneOf(target, "status", "Succeeded", "Failed", "Skipped") && past(target, "lastUpdatedAt", now, 8*aDay)
			}
		}
		return false
	}},
	Document: kind.Form{Properties: `DeploymentId DeploymentTargetType InstanceTarget LambdaTarget EcsTarget CloudFormationTarget`},
}

func deploymentTargets(ctx context.Context, t kind.Target, deployment string) kind.Pages {
	return kind.Walk(ctx, kind.Tokens(kind.ClientOf[*codedeploy.Client](t).ListDeploymentTargets,
		func(token *string) *codedeploy.ListDeploymentTargetsInput {
			return &codedeploy.ListDeploymentTargetsInput{DeploymentId: aws.String(deployment), NextToken: token}
		},
		func(page *codedeploy.ListDeploymentTargetsOutput) *string { return page.NextToken },
	), kind.Names("targetIds", "targetId"))
}

// targetMembers are the members of a target that hold it, by its type.
var targetMembers = []string{"instanceTarget", "lambdaTarget", "ecsTarget", "cloudFormationTarget"}

// targetsByID takes the targets by their ID, which is inside the member of their type.
func targetsByID(batch []*kind.Resource, answer kind.Object) (map[string]kind.Object, error) {
	targets := make(map[string]kind.Object)
	for _, r := range kind.Objects("deploymentTargets", "deploymentTargetType")(answer) {
		for _, of := range targetMembers {
			target, _ := r.Properties[of].(kind.Object)
			if id, ok := target["targetId"].(string); ok {
				r.Properties["deploymentId"] = batch[0].Parent
				targets[id] = r.Properties
			}
		}
	}
	return targets, nil
}
