package awssim

import "strings"

// dbInstanceForm is an instance as DescribeDBInstances tells of it.
func (c *call) dbInstanceForm(r *Resource) object {
	d := dieOf("db", c.caller.account, r.Region, r.ID)
	engine, version, port := "postgres", "16.4", 5432
	if strings.Contains(r.ID, "mysql") {
		engine, version, port = "mysql", "8.0.39", 3306
	}
	made := stamp(created(r))
	zoneNumber, vpc := d.next(), "vpc-0"+dieOf("vpc", c.caller.account, r.Region).hex(16)
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
	}
	return append(form, c.dbInstanceOptions(r, d, engine, version, made)...).with(r.Attributes)
}

func (c *call) dbInstanceOptions(r *Resource, d *die, engine, version, made string) object {
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
	}
}
