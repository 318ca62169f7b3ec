package awssim

import (
	"cmp"
	"regexp"
	"strings"
)

// DBInstance is a database instance of RDS.
const DBInstance = "AWS::RDS::DBInstance"

var rds = service{
	name: "rds", wire: &queryWire{version: "2014-10-31", namespace: "http://rds.amazonaws.com/doc/2014-10-31/", items: rdsItems},
	dialect: queryDialect.with(func(d *dialect) {
		d.badParameter = refuse(400, "InvalidParameterValue", "")
		d.badSize = refuse(400, "InvalidParameterValue", "Invalid value %d for MaxRecords. Must be between %d and %d")
		d.badToken = refuse(400, "InvalidParameterValue", "Invalid marker")
	}),
	scope: func(c *call) string { return cmp.Or(c.text("ResourceName"), c.arn(DBInstance, "*")) },
}

// recordsPage is the size of the pages of RDS and ElastiCache.
var recordsPage = bounds{"MaxRecords", 20, 100, 100}

func init() {
	missing := refuse(404, "DBInstanceNotFound", "DBInstance {id} not found.")
	instance := &detail{kind: DBInstance, by: "DBInstanceIdentifier", named: byEither, missing: missing}
	rds.simulate(
		kind{
			name: DBInstance, form: regexp.MustCompile(`^[a-z](-?[a-z0-9])*$`), arn: "db:",
			things: []string{"postgres", "mysql", "aurora", "replica"},
		},
		operation{name: "DescribeDBInstances", takes: members{"DBInstanceIdentifier": isText}, list: &listing{
			kind: DBInstance, items: "DBInstances", item: dbInstanceForm, size: recordsPage, token: "Marker",
			named: func(c *call) ([]any, error) {
				if c.text("DBInstanceIdentifier") == "" {
					return nil, nil
				}
				r, err := instance.find(c)
				return []any{dbInstanceForm(c, &r)}, err
			},
		}},
		operation{name: "ListTagsForResource", detail: &detail{
			kind: DBInstance, by: "ResourceName", named: byARN, missing: missing, reply: tags("TagList", "Key", "Value"),
			malformed: refuse(400, "InvalidParameterValue", "The specified resource name does not match an RDS resource in this region."),
		}},
	)
}

// rdsItems are the names of the items of RDS's lists, from its API reference.
var rdsItems = itemNames{
	"":                                 "member",
	"AssociatedRoles":                  "DBInstanceRole",
	"AvailabilityZones":                "AvailabilityZone",
	"DBClusterMembers":                 "DBClusterMember",
	"DBClusters":                       "DBCluster",
	"DBInstances":                      "DBInstance",
	"DBParameterGroups":                "DBParameterGroup",
	"DBSecurityGroups":                 "DBSecurityGroup",
	"DomainMemberships":                "DomainMembership",
	"OptionGroupMemberships":           "OptionGroupMembership",
	"ProcessorFeatures":                "ProcessorFeature",
	"ReadReplicaDBInstanceIdentifiers": "ReadReplicaDBInstanceIdentifier",
	"StatusInfos":                      "DBInstanceStatusInfo",
	"Subnets":                          "Subnet",
	"TagList":                          "Tag",
	"VpcSecurityGroups":                "VpcSecurityGroupMembership",
}

// dbInstanceForm is an instance as DescribeDBInstances returns it.
func dbInstanceForm(c *call, r *Resource) object {
	d := dieOf("db", c.caller.account, r.Region, r.ID)
	engine, version, port := "postgres", "16.4", 5432
	if strings.Contains(r.ID, "mysql") {
		engine, version, port = "mysql", "8.0.39", 3306
	}
	made := stamp(created(r))
	zoneNumber, vpc := d.next(), c.some("AWS::EC2::VPC", "vpc-0"+dieOf("vpc", c.caller.account, r.Region).hex(16))
	form := object{
		{"DBInstanceIdentifier", r.ID},
		{"DBInstanceClass", pick(d, []string{"db.t4g.medium", "db.m6g.large", "db.r6g.xlarge"})},
		{"Engine", engine},
		{"DBInstanceStatus", "available"},
		{"MasterUsername", "app"},
		{"DBName", "app"},
		{"Endpoint", object{
			{"Address", r.ID + "." + d.text(12, lowerDigits) + "." + r.Region + ".rds." + domain(c.server.world.partition)},
			{"Port", port}, {"HostedZoneId", "Z" + d.text(13, upperDigits)},
		}},
		{"AllocatedStorage", pick(d, []int{20, 100, 500, 1000})},
		{"InstanceCreateTime", made},
		{"PreferredBackupWindow", "02:00-02:30"},
		{"BackupRetentionPeriod", 7},
		{"DBSecurityGroups", []object{}},
		{"VpcSecurityGroups", []object{{{"VpcSecurityGroupId", c.some("AWS::EC2::SecurityGroup", "sg-0"+d.hex(16))}, {"Status", "active"}}}},
		{"DBParameterGroups", []object{{{"DBParameterGroupName", "default." + engine}, {"ParameterApplyStatus", "in-sync"}}}},
		{"AvailabilityZone", zone(r.Region, zoneNumber)},
		{"DBSubnetGroup", object{
			{"DBSubnetGroupName", "private"}, {"DBSubnetGroupDescription", "Private subnets"}, {"VpcId", vpc}, {"SubnetGroupStatus", "Complete"},
			{"Subnets", []object{{
				{"SubnetIdentifier", c.some("AWS::EC2::Subnet", "subnet-0"+d.hex(16))}, {"SubnetStatus", "Active"},
				{"SubnetAvailabilityZone", object{{"Name", zone(r.Region, zoneNumber)}}},
			}}},
		}},
	}
	return append(form, dbInstanceOptions(c, r, d, engine, version, made)...).with(r.Attributes)
}

func dbInstanceOptions(c *call, r *Resource, d *die, engine, version, made string) object {
	return object{
		{"PreferredMaintenanceWindow", "sun:03:00-sun:03:30"},
		{"PendingModifiedValues", object{}},
		{"LatestRestorableTime", made},
		{"MultiAZ", d.oneIn(2)},
		{"EngineVersion", version},
		{"AutoMinorVersionUpgrade", true},
		{"ReadReplicaDBInstanceIdentifiers", []string{}},
		{"LicenseModel", "general-public-license"},
		{"OptionGroupMemberships", []object{{{"OptionGroupName", "default:" + engine}, {"Status", "in-sync"}}}},
		{"PubliclyAccessible", false},
		{"StorageType", "gp3"},
		{"DbInstancePort", 0},
		{"StorageEncrypted", true},
		{"DbiResourceId", "db-" + d.text(26, upperDigits)},
		{"CACertificateIdentifier", "rds-ca-rsa2048-g1"},
		{"DomainMemberships", []object{}},
		{"CopyTagsToSnapshot", true},
		{"MonitoringInterval", 0},
		{"DBInstanceArn", c.arn(DBInstance, r.ID)},
		{"IAMDatabaseAuthenticationEnabled", false},
		{"PerformanceInsightsEnabled", false},
		{"DeletionProtection", d.oneIn(2)},
		{"AssociatedRoles", []object{}},
		{"TagList", tagList(r.Tags, "Key", "Value")},
		{"CustomerOwnedIpEnabled", false},
		{"NetworkType", "IPV4"},
		{"BackupTarget", "region"},
		{"CertificateDetails", object{{"CAIdentifier", "rds-ca-rsa2048-g1"}, {"ValidTill", "2027-05-21T18:01:00Z"}}},
		{"DedicatedLogVolume", false},
		{"EngineLifecycleSupport", "open-source-rds-extended-support"},
	}
}
