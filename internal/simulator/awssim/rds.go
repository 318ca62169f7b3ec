package awssim

import "strings"

var rdsService = func() *service {
	d := queryDialect
	d.badParameter = refusal{status: 400, code: "InvalidParameterValue"}
	return &service{
		name:    "rds",
		wire:    &queryWire{version: "2014-10-31", namespace: "http://rds.amazonaws.com/doc/2014-10-31/", items: rdsItems},
		dialect: d,
		scopeOf: func(c *call) string {
			if arn := c.form.Get("ResourceName"); arn != "" {
				return arn
			}
			return c.dbARN("*")
		},
		operations: operations(
			operation{
				name: "DescribeDBInstances", action: "rds:DescribeDBInstances", serve: describeDBInstances,
				parameters: []string{"DBInstanceIdentifier", "MaxRecords", "Marker"},
			},
			operation{
				name: "ListTagsForResource", action: "rds:ListTagsForResource", serve: listDBTags,
				parameters: []string{"ResourceName"},
			},
		),
	}
}()

// rdsItems are the names of the items of RDS's lists, from its API reference.
var rdsItems = itemNames{
	"":                                 "member",
	"AssociatedRoles":                  "DBInstanceRole",
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

// The bounds of RDS's pages; the greatest is also the usual one.
const (
	rdsLeastPage    = 20
	rdsGreatestPage = 100
)

func (c *call) dbARN(name string) string {
	return c.server.arn("rds", c.signature.region, c.caller.account, "db:"+name)
}

func noDBInstance(id string) error {
	return refusal{status: 404, code: "DBInstanceNotFound"}.saying("DBInstance %s not found.", id)
}

func describeDBInstances(c *call) error {
	given, err := c.number("MaxRecords")
	if err != nil {
		return err
	}
	size := rdsGreatestPage
	if given != nil {
		size = *given
	}
	if size < rdsLeastPage || size > rdsGreatestPage {
		return c.service.dialect.badParameter.saying("Invalid value %d for MaxRecords. Must be between %d and %d", size, rdsLeastPage, rdsGreatestPage)
	}
	var found []Resource
	next, ok := "", true
	if id := strings.TrimPrefix(c.form.Get("DBInstanceIdentifier"), c.dbARN("")); id != "" {
		r, there := c.find(DBInstance, strings.ToLower(id))
		if !there {
			return noDBInstance(id)
		}
		found = []Resource{r}
	} else if found, next, ok = c.page(DBInstance, size, c.form.Get("Marker"), "", nil); !ok {
		return c.service.dialect.badParameter.saying("Invalid marker")
	}
	list := make([]object, len(found))
	for i := range found {
		list[i] = c.dbInstanceForm(&found[i])
	}
	return c.write(object{}.optional("Marker", next).including("DBInstances", list))
}

func listDBTags(c *call) error {
	arn := c.form.Get("ResourceName")
	c.call.Resource = arn
	id, ours := strings.CutPrefix(arn, c.dbARN(""))
	if !ours {
		return c.service.dialect.badParameter.saying("The specified resource name does not match an RDS resource in this region.")
	}
	r, there := c.find(DBInstance, id)
	if !there {
		return noDBInstance(id)
	}
	return c.write(object{{"TagList", tagList(r.Tags, "Key", "Value")}})
}

// including is the object with one more member.
func (o object) including(name string, value any) object {
	return append(o, member{name, value})
}

// dbInstanceForm is an instance as DescribeDBInstances tells of it.
func (c *call) dbInstanceForm(r *Resource) object {
	d := dieOf("db", c.caller.account, r.Region, r.ID)
	engine, version, port := "postgres", "16.4", 5432
	if strings.Contains(r.ID, "mysql") {
		engine, version, port = "mysql", "8.0.39", 3306
	}
	made := stamp(created(r))
	zoneNumber, vpc := d.next(), "vpc-0"+dieOf("vpc", c.caller.account, r.Region).hex(16)
	return object{
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
		{"VpcSecurityGroups", []object{{{"VpcSecurityGroupId", "sg-0" + d.hex(16)}, {"Status", "active"}}}},
		{"DBParameterGroups", []object{{{"DBParameterGroupName", "default." + engine}, {"ParameterApplyStatus", "in-sync"}}}},
		{"AvailabilityZone", zone(r.Region, zoneNumber)},
		{"DBSubnetGroup", object{
			{"DBSubnetGroupName", "private"}, {"DBSubnetGroupDescription", "Private subnets"}, {"VpcId", vpc}, {"SubnetGroupStatus", "Complete"},
			{"Subnets", []object{{
				{"SubnetIdentifier", "subnet-0" + d.hex(16)}, {"SubnetStatus", "Active"},
				{"SubnetAvailabilityZone", object{{"Name", zone(r.Region, zoneNumber)}}},
			}}},
		}},
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
		{"DBInstanceArn", c.dbARN(r.ID)},
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
	}.with(r.Attributes)
}
