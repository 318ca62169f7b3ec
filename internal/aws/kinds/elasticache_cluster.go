package kinds

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"

	"portolan/internal/aws/kind"
)

// ElastiCacheCluster is AWS::ElastiCache::Cluster, with its nodes.
var ElastiCacheCluster = &kind.Kind{
	Type:      "AWS::ElastiCache::Cluster",
	Service:   "elasticache",
	OfferedAs: "elasticache",
	List: kind.Listing{
		Name:    "DescribeCacheClustersAction",
		Actions: []string{"elasticache:DescribeCacheClusters"},
		Pages: func(ctx context.Context, t kind.Target) kind.Pages {
			// https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_DescribeCacheClusters.html
			return kind.Walk(ctx, elasticache.NewDescribeCacheClustersPaginator(elasticache.NewFromConfig(t.Config),
				&elasticache.DescribeCacheClustersInput{MaxRecords: aws.Int32(100), ShowCacheNodeInfo: aws.Bool(true)}),
				kind.Objects("CacheClusters", "ARN"))
		},
	},
	Optional: []kind.FollowUp{{
		Name:    "ListTagsForResourceAction",
		Actions: []string{"elasticache:ListTagsForResource"},
		Call: kind.Each(func(ctx context.Context, t kind.Target, r *kind.Resource) (kind.Object, error) {
			answer, err := kind.Answer(elasticache.NewFromConfig(t.Config).ListTagsForResource(ctx,
				&elasticache.ListTagsForResourceInput{ResourceName: aws.String(r.ID)}))
			return kind.Take(answer, "TagList", "TagList"), err
		}),
	}},
	Document: kind.Form{Open: true, Properties: `CacheClusterId ARN CacheNodeType Engine EngineVersion CacheClusterStatus
		NumCacheNodes PreferredAvailabilityZone PreferredOutpostArn CacheClusterCreateTime PreferredMaintenanceWindow
		PendingModifiedValues NotificationConfiguration CacheSecurityGroups CacheParameterGroup CacheSubnetGroupName
		CacheNodes AutoMinorVersionUpgrade SecurityGroups ReplicationGroupId SnapshotRetentionLimit SnapshotWindow
		AuthTokenEnabled AuthTokenLastModifiedDate TransitEncryptionEnabled AtRestEncryptionEnabled
		ReplicationGroupLogDeliveryEnabled LogDeliveryConfigurations NetworkType IpDiscovery TransitEncryptionMode
		ConfigurationEndpoint ClientDownloadLandingPage TagList`},
}
