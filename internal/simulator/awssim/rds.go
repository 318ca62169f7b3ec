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
				name: "DescribeDBClusters", action: "rds:DescribeDBClusters", serve: describeDBClusters,
				parameters: []string{"MaxRecords", "Marker"},
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

// The bounds of the pages of RDS and ElastiCache; the greatest is also the usual one.
const (
	rdsLeastPage    = 20
	rdsGreatestPage = 100
)

func (c *call) dbARN(name string) string {
	return c.server.arn("rds", c.signature.region, c.caller.account, "db:"+name)
}

// maxRecords is the size of the page that a call asks for.
func (c *call) maxRecords() (int, error) {
	given, err := c.number("MaxRecords")
	if err != nil || given == nil {
		return rdsGreatestPage, err
	}
	if *given < rdsLeastPage || *given > rdsGreatestPage {
		return 0, c.service.dialect.badParameter.saying("Invalid value %d for MaxRecords. Must be between %d and %d", *given, rdsLeastPage, rdsGreatestPage)
	}
	return *given, nil
}

func noDBInstance(id string) error {
	return refusal{status: 404, code: "DBInstanceNotFound"}.saying("DBInstance %s not found.", id)
}

func describeDBInstances(c *call) error {
	size, err := c.maxRecords()
	if err != nil {
		return err
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
