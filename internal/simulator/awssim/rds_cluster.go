package awssim

import (
	"regexp"
	"strings"
)

// DBCluster is a cluster of Aurora.
const DBCluster = "AWS::RDS::DBCluster"

func init() {
	rds.simulate(
		kind{
			name: DBCluster, form: regexp.MustCompile(`^[a-z](-?[a-z0-9]){0,62}$`), arn: "cluster:",
			things: []string{"aurora", "ledger", "warehouse", "core"},
		},
		operation{name: "DescribeDBClusters", list: &listing{
			kind: DBCluster, items: "DBClusters", item: dbClusterForm, size: recordsPage, token: "Marker",
		}},
	)
}

// dbClusterForm is a cluster as DescribeDBClusters returns it. Its one member is
// the instance of the same index where both are of a population; it may have none.
func dbClusterForm(c *call, r *Resource) object {
	d := dieOf("dbcluster", c.caller.account, r.Region, r.ID)
	made, members := stamp(created(r)), []object{}
	if writer := c.server.world.twin(c.caller.account, DBInstance, r); writer != "" {
		members = []object{{
			{"DBInstanceIdentifier", writer}, {"IsClusterWriter", true}, {"DBClusterParameterGroupStatus", "in-sync"}, {"PromotionTier", 1},
		}}
	}
	host := ".cluster-" + d.text(12, lowerDigits) + "." + r.Region + ".rds." + domain(c.server.world.partition)
	form := object{
		{"AllocatedStorage", 1},
		{"AvailabilityZones", []string{zone(r.Region, 0), zone(r.Region, 1), zone(r.Region, 2)}},
		{"BackupRetentionPeriod", 7},
		{"DatabaseName", "app"},
		{"DBClusterIdentifier", r.ID},
		{"DBClusterParameterGroup", "default.aurora-postgresql16"},
		{"DBSubnetGroup", "private"},
		{"Status", "available"},
		{"EarliestRestorableTime", made},
		{"Endpoint", r.ID + host},
		{"ReaderEndpoint", r.ID + strings.Replace(host, ".cluster-", ".cluster-ro-", 1)},
		{"MultiAZ", true},
		{"Engine", "aurora-postgresql"},
		{"EngineVersion", "16.4"},
		{"LatestRestorableTime", made},
		{"Port", 5432},
		{"MasterUsername", "app"},
		{"PreferredBackupWindow", "02:00-02:30"},
		{"PreferredMaintenanceWindow", "sun:03:00-sun:03:30"},
		{"ReadReplicaIdentifiers", []string{}},
		{"DBClusterMembers", members},
		{"VpcSecurityGroups", []object{{{"VpcSecurityGroupId", c.some("AWS::EC2::SecurityGroup", "sg-0"+d.hex(16))}, {"Status", "active"}}}},
		{"HostedZoneId", "Z" + d.text(13, upperDigits)},
		{"StorageEncrypted", true},
		{"DbClusterResourceId", "cluster-" + d.text(26, upperDigits)},
		{"DBClusterArn", c.arn(DBCluster, r.ID)},
	}
	return append(form, object{
		{"AssociatedRoles", []object{}},
		{"IAMDatabaseAuthenticationEnabled", d.oneIn(2)},
		{"ClusterCreateTime", made},
		{"EngineMode", "provisioned"},
		{"DeletionProtection", d.oneIn(2)},
		{"HttpEndpointEnabled", false},
		{"ActivityStreamStatus", "stopped"},
		{"CopyTagsToSnapshot", true},
		{"CrossAccountClone", false},
		{"DomainMemberships", []object{}},
		{"TagList", tagList(r.Tags, "Key", "Value")},
		{"AutoMinorVersionUpgrade", true},
		{"NetworkType", "IPV4"},
	}...).with(r.Attributes)
}
