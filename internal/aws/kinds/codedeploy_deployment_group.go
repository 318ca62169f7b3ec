package kinds

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codedeploy"

	"portolan/internal/aws/kind"
)

// CodeDeployDeploymentGroup is AWS::CodeDeploy::DeploymentGroup.
var CodeDeployDeploymentGroup = &kind.Kind{
	Type:      "AWS::CodeDeploy::DeploymentGroup",
	Service:   "codedeploy",
	OfferedAs: "codedeploy",
	List: kind.Listing{
		Name:      "ListDeploymentGroupsAction",
		Actions:   []string{"codedeploy:ListApplications", "codedeploy:ListDeploymentGroups"},
		NamesOnly: true,
		Pages: func(ctx context.Context, t kind.Target) kind.Pages {
			return kind.Beneath(deployApplications(ctx, t), func(application *kind.Resource) kind.Pages {
				return kind.Walk(ctx, codedeploy.NewListDeploymentGroupsPaginator(codedeploy.NewFromConfig(t.Config),
					&codedeploy.ListDeploymentGroupsInput{ApplicationName: aws.String(application.ID)}),
					kind.Names("deploymentGroups", "deploymentGroupName"))
			})
		},
	},
	Default: []kind.FollowUp{{
		Name:      "BatchGetDeploymentGroupsAction",
		Actions:   []string{"codedeploy:BatchGetDeploymentGroups"},
		Essential: true,
		// ApplicationDoesNotExistException speaks of the parent. The answer tells what is
		// missing in an errorMessage for people, which is no proof.
		Gone: []string{"DeploymentGroupDoesNotExistException"},
		// https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_BatchGetDeploymentGroups.html
		Size: 100,
		Call: func(ctx context.Context, t kind.Target, batch []*kind.Resource) (map[string]kind.Object, error) {
			answer, err := kind.Answer(codedeploy.NewFromConfig(t.Config).BatchGetDeploymentGroups(ctx,
				&codedeploy.BatchGetDeploymentGroupsInput{
					ApplicationName: aws.String(batch[0].Parent), DeploymentGroupNames: kind.IDs(batch),
				}))
			return kind.ByID(answer, "deploymentGroupsInfo", "deploymentGroupName"), err
		},
	}},
	Optional: []kind.FollowUp{{
		Name:    "GetDeploymentGroupTags",
		Actions: []string{"codedeploy:ListTagsForResource"},
		Call: kind.Each(func(ctx context.Context, t kind.Target, r *kind.Resource) (kind.Object, error) {
			return deployTags(ctx, t, t.ARN("codedeploy", "deploymentgroup:"+r.Parent+"/"+r.ID))
		}),
	}},
	Document: kind.Form{Properties: `AlarmConfiguration ApplicationName AutoRollbackConfiguration AutoScalingGroups
		BlueGreenDeploymentConfiguration ComputePlatform DeploymentConfigName DeploymentGroupId DeploymentGroupName
		DeploymentStyle Ec2TagFilters Ec2TagSet EcsServices LastAttemptedDeployment LastSuccessfulDeployment LoadBalancerInfo
		OnPremisesInstanceTagFilters OnPremisesTagSet OutdatedInstancesStrategy ServiceRoleArn Tags TargetRevision
		TerminationHookEnabled TriggerConfigurations`},
}
