package kinds

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"

	"portolan/internal/aws/kind"
)

// RDSDBCluster is AWS::RDS::DBCluster: the clusters of Aurora and RDS, and those of
// the engines that share its API (Neptune, DocumentDB).
var RDSDBCluster = &kind.Kind{
	Type:    "AWS::RDS::DBCluster",
	Service: kind.Service{Prefix: "rds", OfferedAs: "rds", Client: kind.Client(rds.NewFromConfig)},
	List: kind.Listing{
		Name:    "DescribeDBClustersAction",
		Actions: []string{"rds:DescribeDBClusters"},
		// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeDBClusters.html
		Pages: kind.Paged(func(c *rds.Client) *rds.DescribeDBClustersPaginator {
			return rds.NewDescribeDBClustersPaginator(c, &rds.DescribeDBClustersInput{MaxRecords: aws.Int32(100)})
		}, kind.Objects("DBClusters", "DBClusterArn")),
	},
	Optional: []kind.FollowUp{rdsTags},
	Events: kind.Events{
		Calls: `CreateDBCluster RestoreDBClusterFromSnapshot RestoreDBClusterToPointInTime
		RestoreDBClusterFromS3 ModifyDBCluster StartDBCluster StopDBCluster RebootDBCluster FailoverDBCluster
		BacktrackDBCluster PromoteReadReplicaDBCluster ModifyCurrentDBClusterCapacity EnableHttpEndpoint
		DisableHttpEndpoint AddRoleToDBCluster RemoveRoleFromDBCluster CreateGlobalCluster
		RemoveFromGlobalCluster FailoverGlobalCluster SwitchoverGlobalCluster SwitchoverBlueGreenDeployment
		ApplyPendingMaintenanceAction StartActivityStream StopActivityStream CreateDBInstance DeleteDBInstance
		AddTagsToResource RemoveTagsFromResource DeleteDBCluster`,
		Sent: []string{"RDS DB Cluster Event"},
	},
	Document: kind.Form{Open: true, Properties: `ActivityStreamStatus AssociatedRoles AutoMinorVersionUpgrade AvailabilityZones
		BackupRetentionPeriod ClusterCreateTime CopyTagsToSnapshot CrossAccountClone DatabaseName DBClusterArn
		DBClusterIdentifier DBClusterMembers DbClusterResourceId DeletionProtection EarliestRestorableTime Endpoint Engine
		EngineMode EngineVersion GlobalWriteForwardingStatus HttpEndpointEnabled IAMDatabaseAuthenticationEnabled KmsKeyId
		LatestRestorableTime MasterUsername MultiAZ NetworkType Port PreferredBackupWindow PreferredMaintenanceWindow
		ReaderEndpoint Status StorageEncrypted StorageType Tags VpcSecurityGroups DBSubnetGroup`},
}
