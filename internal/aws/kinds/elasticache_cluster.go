package kinds

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"

	"portolan/internal/aws/kind"
)

// ElastiCacheCluster is AWS::ElastiCache::Cluster, with its nodes.
var ElastiCacheCluster = &kind.Kind{
	Type:    "AWS::ElastiCache::Cluster",
	Service: kind.Service{Prefix: "elasticache", OfferedAs: "elasticache", Client: kind.Client(elasticache.NewFromConfig)},
	List: kind.Listing{
		Name:    "DescribeCacheClustersAction",
		Actions: []string{"elasticache:DescribeCacheClusters"},
		// https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_DescribeCacheClusters.html
		Pages: kind.Paged(func(c *elasticache.Client) *elasticache.DescribeCacheClustersPaginator {
			return elasticache.NewDescribeCacheClustersPaginator(c, &elasticache.DescribeCacheClustersInput{MaxRecords: aws.Int32(100), ShowCacheNodeInfo: aws.Bool(true)})
		}, kind.Objects("CacheClusters", "ARN")),
	},
	Optional: []kind.FollowUp{{
		Name:    "ListTagsForResourceAction",
		Actions: []string{"elasticache:ListTagsForResource"},
		Call: kind.One((*elasticache.Client).ListTagsForResource, func(r *kind.Resource) *elasticache.ListTagsForResourceInput {
			return &elasticache.ListTagsForResourceInput{ResourceName: aws.String(r.ID)}
		}, kind.Property("TagList", "TagList")),
	}},
	Events: kind.Events{Calls: `CreateCacheCluster CreateReplicationGroup IncreaseReplicaCount ModifyCacheCluster
		ModifyReplicationGroup ModifyReplicationGroupShardConfiguration RebootCacheCluster TestFailover
		BatchApplyUpdateAction AddTagsToResource RemoveTagsFromResource DeleteCacheCluster
		DeleteReplicationGroup DecreaseReplicaCount`},
	Document: kind.Form{Open: true, Properties: `CacheClusterId ARN CacheNodeType Engine EngineVersion CacheClusterStatus
		NumCacheNodes PreferredAvailabilityZone PreferredOutpostArn CacheClusterCreateTime PreferredMaintenanceWindow
		PendingModifiedValues NotificationConfiguration CacheSecurityGroups CacheParameterGroup CacheSubnetGroupName
		CacheNodes AutoMinorVersionUpgrade SecurityGroups ReplicationGroupId SnapshotRetentionLimit SnapshotWindow
		AuthTokenEnabled AuthTokenLastModifiedDate TransitEncryptionEnabled AtRestEncryptionEnabled
		ReplicationGroupLogDeliveryEnabled LogDeliveryConfigurations NetworkType IpDiscovery TransitEncryptionMode
		ConfigurationEndpoint ClientDownloadLandingPage TagList`},
}
