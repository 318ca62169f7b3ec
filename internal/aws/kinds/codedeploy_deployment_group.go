package kinds

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codedeploy"

	"portolan/internal/aws/kind"
)

// CodeDeployDeploymentGroup is AWS::CodeDeploy::DeploymentGroup.
var CodeDeployDeploymentGroup = &kind.Kind{
	Type:    "AWS::CodeDeploy::DeploymentGroup",
	Service: kind.Service{Prefix: "codedeploy", OfferedAs: "codedeploy", Client: kind.Client(codedeploy.NewFromConfig)},
	List: kind.Listing{
		Name:      "ListDeploymentGroupsAction",
		Actions:   []string{"codedeploy:ListApplications", "codedeploy:ListDeploymentGroups"},
		NamesOnly: true,
		Pages: func(ctx context.Context, t kind.Target) kind.Pages {
			return kind.Beneath(deployApplications(ctx, t), func(application *kind.Resource) kind.Pages {
				return kind.Walk(ctx, codedeploy.NewListDeploymentGroupsPaginator(kind.ClientOf[*codedeploy.Client](t),
					&codedeploy.ListDeploymentGroupsInput{ApplicationName: aws.String(application.ID)}),
					kind.Names("deploymentGroups", "deploymentGroupName"))
			})
		},
	},
	Default: []kind.FollowUp{{
		Name:      "BatchGetDeploymentGroupsAction",
		Actions:   []string{"codedeploy:BatchGetDeploymentGroups"},
		Essential: true,
		// ApplicationDoesNotExistException speaks of the parent. The answer names what is
		// missing only in an errorMessage for people, which is not a proof.
		Gone: []string{"DeploymentGroupDoesNotExistException"},
		// https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_BatchGetDeploymentGroups.html
		Size: 100,
		Call: kind.Batch((*codedeploy.Client).BatchGetDeploymentGroups, func(batch []*kind.Resource) *codedeploy.BatchGetDeploymentGroupsInput {
			return &codedeploy.BatchGetDeploymentGroupsInput{
				ApplicationName: aws.String(batch[0].Parent), DeploymentGroupNames: kind.IDs(batch),
			}
		}, kind.ByID("deploymentGroupsInfo", "deploymentGroupName")),
	}},
	Optional: []kind.FollowUp{{
		Name:    "GetDeploymentGroupTags",
		Actions: []string{"codedeploy:ListTagsForResource"},
		Call:    deployTags(func(r *kind.Resource) string { return "deploymentgroup:" + r.Parent + "/" + r.ID }),
	}},
	Events: kind.Events{
		Calls: `CreateDeploymentGroup UpdateDeploymentGroup CreateDeployment TagResource UntagResource
		DeleteDeploymentGroup DeleteApplication`,
		Sent: []string{"CodeDeploy Deployment State-change Notification"},
	},
	Document: kind.Form{Properties: `AlarmConfiguration ApplicationName AutoRollbackConfiguration AutoScalingGroups
		BlueGreenDeploymentConfiguration ComputePlatform DeploymentConfigName DeploymentGroupId DeploymentGroupName
		DeploymentStyle Ec2TagFilters Ec2TagSet EcsServices LastAttemptedDeployment LastSuccessfulDeployment LoadBalancerInfo
		OnPremisesInstanceTagFilters OnPremisesTagSet OutdatedInstancesStrategy ServiceRoleArn Tags TargetRevision
		TerminationHookEnabled TriggerConfigurations`},
}
