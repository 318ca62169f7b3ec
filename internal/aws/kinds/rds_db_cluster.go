package kinds

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"

	"portolan/internal/aws/kind"
)

// RDSDBCluster is AWS::RDS::DBCluster: the clusters of Aurora and RDS, and those of
// the engines that share its API (Neptune, DocumentDB).
var RDSDBCluster = &kind.Kind{
	Type:      "AWS::RDS::DBCluster",
	Service:   "rds",
	OfferedAs: "rds",
	List: kind.Listing{
		Name:    "DescribeDBClustersAction",
		Actions: []string{"rds:DescribeDBClusters"},
		Pages: func(ctx context.Context, t kind.Target) kind.Pages {
			// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeDBClusters.html
			return kind.Walk(ctx, rds.NewDescribeDBClustersPaginator(rds.NewFromConfig(t.Config),
				&rds.DescribeDBClustersInput{MaxRecords: aws.Int32(100)}), kind.Objects("DBClusters", "DBClusterArn"))
		},
	},
	Optional: []kind.FollowUp{rdsTags},
	Document: kind.Form{Open: true, Properties: `ActivityStreamStatus AssociatedRoles AutoMinorVersionUpgrade AvailabilityZones
		BackupRetentionPeriod ClusterCreateTime CopyTagsToSnapshot CrossAccountClone DatabaseName DBClusterArn
		DBClusterIdentifier DBClusterMembers DbClusterResourceId DeletionProtection EarliestRestorableTime Endpoint Engine
		EngineMode EngineVersion GlobalWriteForwardingStatus HttpEndpointEnabled IAMDatabaseAuthenticationEnabled KmsKeyId
		LatestRestorableTime MasterUsername MultiAZ NetworkType Port PreferredBackupWindow PreferredMaintenanceWindow
		ReaderEndpoint Status StorageEncrypted StorageType Tags VpcSecurityGroups DBSubnetGroup`},
}
