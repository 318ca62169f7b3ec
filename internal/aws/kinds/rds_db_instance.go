package kinds

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"

	"portolan/internal/aws/kind"
)

// RDSDBInstance is AWS::RDS::DBInstance: the instances of RDS, and those of the
// engines that share its API (Aurora, Neptune, DocumentDB).
var RDSDBInstance = &kind.Kind{
	Type:    "AWS::RDS::DBInstance",
	Service: kind.Service{Prefix: "rds", OfferedAs: "rds", Client: kind.Client(rds.NewFromConfig)},
	List: kind.Listing{
		Name:    "DescribeDBInstancesAction",
		Actions: []string{"rds:DescribeDBInstances"},
		Pages: kind.Paged(func(c *rds.Client) *rds.DescribeDBInstancesPaginator {
			return rds.NewDescribeDBInstancesPaginator(c, &rds.DescribeDBInstancesInput{MaxRecords: aws.Int32(100)})
		}, kind.Objects("DBInstances", "DBInstanceArn")),
	},
	Optional: []kind.FollowUp{rdsTags},
	Events: kind.Events{
		Calls: `CreateDBInstance CreateDBInstanceReadReplica RestoreDBInstanceFromDBSnapshot
		RestoreDBInstanceToPointInTime RestoreDBInstanceFromS3 ModifyDBInstance StartDBInstance StopDBInstance
		RebootDBInstance PromoteReadReplica SwitchoverReadReplica SwitchoverBlueGreenDeployment
		AddRoleToDBInstance RemoveRoleFromDBInstance ApplyPendingMaintenanceAction FailoverDBCluster
		StartDBCluster StopDBCluster AddTagsToResource RemoveTagsFromResource DeleteDBInstance`,
		Sent: []string{"RDS DB Instance Event"},
	},
	Document: kind.Form{
		Properties: `AllocatedStorage AutoMinorVersionUpgrade AvailabilityZone BackupRetentionPeriod CACertificateIdentifier
			CharacterSetName CopyTagsToSnapshot DBInstanceArn DBInstanceClass DBInstanceIdentifier Port DBInstanceStatus
			DBName DBParameterGroups DBSecurityGroups DBSubnetGroup DbiResourceId DomainMemberships
			EnableIAMDatabaseAuthentication EnablePerformanceInsights Endpoint Engine EngineVersion
			EnhancedMonitoringResourceArn InstanceCreateTime Iops KmsKeyId LatestRestorableTime LicenseModel MasterUsername
			MonitoringInterval MonitoringRoleArn MultiAZ OptionGroupMemberships PendingModifiedValues PreferredBackupWindow
			PreferredMaintenanceWindow PubliclyAccessible ReadReplicaDBInstanceIdentifiers SecondaryAvailabilityZone
			StorageEncrypted StorageType Tags VPCSecurityGroups DatabaseInsightsMode DeletionProtection AssociatedRoles
			CustomerOwnedIpEnabled ActivityStreamStatus BackupTarget NetworkType StorageThroughput CertificateDetails
			DedicatedLogVolume IsStorageConfigUpgradeAvailable EngineLifecycleSupport`,
		Renamed: map[string]string{
			"Port":                            "DbInstancePort",
			"EnableIAMDatabaseAuthentication": "IAMDatabaseAuthenticationEnabled",
			"EnablePerformanceInsights":       "PerformanceInsightsEnabled",
			"VPCSecurityGroups":               "VpcSecurityGroups",
		},
	},
}
