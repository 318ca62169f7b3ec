package kinds

import (
	"github.com/aws/aws-sdk-go-v2/service/codedeploy"

	"portolan/internal/aws/kind"
)

// CodeDeployDeployment is AWS::CodeDeploy::Deployment.
var CodeDeployDeployment = &kind.Kind{
	Type:      "AWS::CodeDeploy::Deployment",
	Service:   "codedeploy",
	OfferedAs: "codedeploy",
	Client:    kind.Client(codedeploy.NewFromConfig),
	History:   true,
	List: kind.Listing{
		Name:      "ListDeploymentsAction",
		Actions:   []string{"codedeploy:ListDeployments"},
		NamesOnly: true,
		Pages:     deployments,
	},
	Default: []kind.FollowUp{{
		Name:      "GetDeploymentAction",
		Actions:   []string{"codedeploy:BatchGetDeployments"},
		Essential: true,
		Gone:      []string{"DeploymentDoesNotExistException"},
		// https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_BatchGetDeployments.html
		Size: 25,
		Call: kind.Batch((*codedeploy.Client).BatchGetDeployments, func(batch []*kind.Resource) *codedeploy.BatchGetDeploymentsInput {
			return &codedeploy.BatchGetDeploymentsInput{DeploymentIds: kind.IDs(batch)}
		}, kind.ByID("deploymentsInfo", "deploymentId")),
	}},
	Events: kind.Events{
		Calls: `CreateDeployment StopDeployment ContinueDeployment SkipWaitTimeForInstanceTermination`,
		Sent:  []string{"CodeDeploy Deployment State-change Notification"},
	},
	Document: kind.Form{Properties: `AdditionalDeploymentStatusInfo ApplicationName AutoRollbackConfiguration
		BlueGreenDeploymentConfiguration CompleteTime ComputePlatform CreateTime Creator DeploymentConfigName
		DeploymentGroupName DeploymentId DeploymentOverview DeploymentStatusMessages DeploymentStyle Description
		ErrorInformation ExternalId FileExistsBehavior IgnoreApplicationStopFailures InstanceTerminationWaitTimeStarted
		LoadBalancerInfo OverrideAlarmConfiguration PreviousRevision RelatedDeployments Revision RollbackInfo StartTime
		Status TargetInstances UpdateOutdatedInstancesOnly`},
}
