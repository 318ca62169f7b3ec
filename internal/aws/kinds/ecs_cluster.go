package kinds

import (
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"portolan/internal/aws/kind"
)

// ECSCluster is AWS::ECS::Cluster.
var ECSCluster = &kind.Kind{
	Type:    "AWS::ECS::Cluster",
	Service: kind.Service{Prefix: "ecs", OfferedAs: "ecs", Client: kind.Client(ecs.NewFromConfig)},
	List: kind.Listing{
		Name:    "ListClustersAction",
		Actions: []string{"ecs:ListClusters"},
		Pages:   ecsClusters,
	},
	Default: []kind.FollowUp{{
		Name:      "DescribeClustersAction",
		Actions:   []string{"ecs:DescribeClusters"},
		Essential: true,
		// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeClusters.html
		Size: 100,
		Call: kind.Batch((*ecs.Client).DescribeClusters, func(batch []*kind.Resource) *ecs.DescribeClustersInput {
			return &ecs.DescribeClustersInput{
				Clusters: kind.IDs(batch),
				Include: []types.ClusterField{
					types.ClusterFieldTags, types.ClusterFieldAttachments, types.ClusterFieldSettings,
					types.ClusterFieldConfigurations, types.ClusterFieldStatistics,
				},
			}
		}, ecsDescribed("ecs:DescribeClusters", "clusters", "clusterArn")),
	}},
	Events: kind.Events{Calls: `CreateCluster UpdateCluster UpdateClusterSettings PutClusterCapacityProviders TagResource
		UntagResource DeleteCluster`},
	Document: kind.Form{
		Properties: `ClusterName CapacityProviders ClusterSettings Configuration DefaultCapacityProviderStrategy
			ServiceConnectDefaults Tags Attachments AttachmentsStatus Statistics Status RunningTasksCount
			ActiveServicesCount PendingTasksCount RegisteredContainerInstancesCount ClusterArn`,
		Renamed: map[string]string{"ClusterSettings": "settings"},
	},
}
