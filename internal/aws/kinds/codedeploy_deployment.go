package kinds

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/service/codedeploy"

	"portolan/internal/aws/kind"
)

// CodeDeployDeployment is AWS::CodeDeploy::Deployment.
var CodeDeployDeployment = &kind.Kind{
	Type:    "AWS::CodeDeploy::Deployment",
	Service: kind.Service{Prefix: "codedeploy", OfferedAs: "codedeploy", Client: kind.Client(codedeploy.NewFromConfig)},
	History: true,
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
	// After a deployment is complete, instances that it replaced run for up to two days:
	// https://docs.aws.amazon.com/codedeploy/latest/userguide/limits.html
	Lasting: &kind.Lasting{For: aWeek, Final: func(r *kind.Resource, now time.Time) bool {
		return oneOf(r.Properties, "status", "Succeeded", "Failed", "Stopped") && past(r.Properties, "completeTime", now, 3*aDay)
	}},
	Document: kind.Form{Properties: `AdditionalDeploymentStatusInfo ApplicationName AutoRollbackConfiguration
		BlueGreenDeploymentConfiguration CompleteTime ComputePlatform CreateTime Creator DeploymentConfigName
		DeploymentGroupName DeploymentId DeploymentOverview DeploymentStatusMessages DeploymentStyle Description
		ErrorInformation ExternalId FileExistsBehavior IgnoreApplicationStopFailures InstanceTerminationWaitTimeStarted
		LoadBalancerInfo OverrideAlarmConfiguration PreviousRevision RelatedDeployments Revision RollbackInfo StartTime
		Status TargetInstances UpdateOutdatedInstancesOnly`},
}
