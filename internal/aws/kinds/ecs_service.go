package kinds

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"portolan/internal/aws/kind"
)

// ECSService is AWS::ECS::Service: the services of every cluster.
var ECSService = &kind.Kind{
	Type:    "AWS::ECS::Service",
	Service: kind.Service{Prefix: "ecs", OfferedAs: "ecs", Client: kind.Client(ecs.NewFromConfig)},
	List: kind.Listing{
		Name:      "ListServicesAction",
		Actions:   []string{"ecs:ListClusters", "ecs:ListServices"},
		NamesOnly: true,
		Pages: func(ctx context.Context, t kind.Target) kind.Pages {
			return kind.Beneath(ecsClusters(ctx, t), func(cluster *kind.Resource) kind.Pages {
				// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListServices.html
				return kind.Walk(ctx, ecs.NewListServicesPaginator(kind.ClientOf[*ecs.Client](t),
					&ecs.ListServicesInput{Cluster: aws.String(cluster.ID), MaxResults: aws.Int32(100)}),
					kind.Names("serviceArns", "serviceArn"))
			})
		},
	},
	Default: []kind.FollowUp{{
		Name:      "DescribeServicesAction",
		Actions:   []string{"ecs:DescribeServices"},
		Essential: true,
		// ClusterNotFoundException speaks of the parent.
		// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServices.html
		Size: 10,
		Call: kind.Batch((*ecs.Client).DescribeServices, func(batch []*kind.Resource) *ecs.DescribeServicesInput {
			return &ecs.DescribeServicesInput{
				Cluster: aws.String(batch[0].Parent), Services: kind.IDs(batch), Include: []types.ServiceField{types.ServiceFieldTags},
			}
		}, func(batch []*kind.Resource, answer kind.Object) (map[string]kind.Object, error) {
			for _, r := range batch {
				r.Context = kind.Object{"ClusterArn": r.Parent}
			}
			return ecsDescribed("ecs:DescribeServices", "services", "serviceArn")(batch, answer)
		}),
	}},
	Events: kind.Events{
		Calls: `CreateService CreateExpressGatewayService UpdateService UpdateServicePrimaryTaskSet
		CreateTaskSet UpdateTaskSet DeleteTaskSet UpdateExpressGatewayService StopServiceDeployment
		ContinueServiceDeployment TagResource UntagResource DeleteService DeleteExpressGatewayService`,
		Sent: []string{"ECS Deployment State Change"},
	},
	Document: kind.Form{Properties: `AvailabilityZoneRebalancing CapacityProviderStrategy ClusterArn CreatedAt CreatedBy
		DeploymentConfiguration DeploymentController Deployments DesiredCount EnableECSManagedTags EnableExecuteCommand Events
		HealthCheckGracePeriodSeconds LaunchType LoadBalancers NetworkConfiguration PendingCount PlacementConstraints
		PlacementStrategy PlatformFamily PlatformVersion PropagateTags RoleArn RunningCount SchedulingStrategy ServiceArn
		ServiceName ServiceRegistries Status Tags TaskDefinition TaskSets UpdatedAt`},
}
