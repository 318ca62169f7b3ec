package awssim

import "strings"

var elasticacheService = func() *service {
	d := queryDialect
	d.badParameter = refusal{status: 400, code: "InvalidParameterValue"}
	return &service{
		name: "elasticache",
		wire: &queryWire{version: "2015-02-02", namespace: "http://elasticache.amazonaws.com/doc/2015-02-02/", items: itemNames{
			"":                          "member",
			"CacheClusters":             "CacheCluster",
			"CacheNodeIdsToReboot":      "CacheNodeId",
			"CacheNodes":                "CacheNode",
			"CacheSecurityGroups":       "CacheSecurityGroup",
			"LogDeliveryConfigurations": "LogDeliveryConfiguration",
			"TagList":                   "Tag",
		}},
		dialect: d,
		scopeOf: func(c *call) string {
			if arn := c.form.Get("ResourceName"); arn != "" {
				return arn
			}
			return c.cacheARN("*")
		},
		operations: operations(
			operation{
				name: "DescribeCacheClusters", action: "elasticache:DescribeCacheClusters", serve: describeCacheClusters,
				parameters: []string{"MaxRecords", "Marker", "ShowCacheNodeInfo"},
			},
			operation{
				name: "ListTagsForResource", action: "elasticache:ListTagsForResource", serve: listCacheTags,
				parameters: []string{"ResourceName"},
			},
		),
	}
}()

func (c *call) cacheARN(id string) string {
	return c.server.arn("elasticache", c.signature.region, c.caller.account, "cluster:"+id)
}

func describeCacheClusters(c *call) error {
	size, err := c.maxRecords()
	if err != nil {
		return err
	}
	nodes := c.form.Get("ShowCacheNodeInfo") == "true"
	found, next, ok := c.page(CacheCluster, size, c.form.Get("Marker"), c.question("ShowCacheNodeInfo"), nil)
	if !ok {
		return c.service.dialect.badParameter.saying("Invalid marker")
	}
	list := make([]object, len(found))
	for i := range found {
		list[i] = c.cacheForm(&found[i], nodes)
	}
	return c.write(object{}.optional("Marker", next).including("CacheClusters", list))
}

func listCacheTags(c *call) error {
	arn := c.form.Get("ResourceName")
	c.call.Resource = arn
	id, ours := strings.CutPrefix(arn, c.cacheARN(""))
	if !ours {
		return refusal{status: 400, code: "InvalidARN"}.saying("The ARN %s is not of a cluster in this account and region.", arn)
	}
	r, there := c.find(CacheCluster, id)
	if !there {
		return refusal{status: 404, code: "CacheClusterNotFound"}.saying("%s is either not present or not available.", id)
	}
	return c.write(object{{"TagList", tagList(r.Tags, "Key", "Value")}})
}

// cacheForm is a cluster as DescribeCacheClusters tells of it, with its nodes if
// they are asked for.
func (c *call) cacheForm(r *Resource, nodes bool) object {
	d := dieOf("cache", c.caller.account, r.Region, r.ID)
	made, place := stamp(created(r)), zone(r.Region, d.next())
	form := object{
		{"CacheClusterId", r.ID},
		{"ClientDownloadLandingPage", "https://console.aws.amazon.com/elasticache/home#client-download:"},
		{"CacheNodeType", pick(d, []string{"cache.t4g.small", "cache.m7g.large", "cache.r7g.xlarge"})},
		{"Engine", "valkey"},
		{"EngineVersion", "8.0.1"},
		{"CacheClusterStatus", "available"},
		{"NumCacheNodes", 1},
		{"PreferredAvailabilityZone", place},
		{"CacheClusterCreateTime", made},
		{"PreferredMaintenanceWindow", "sun:05:00-sun:06:00"},
		{"PendingModifiedValues", object{}},
		{"CacheSecurityGroups", []object{}},
		{"CacheParameterGroup", object{
			{"CacheParameterGroupName", "default.valkey8"}, {"ParameterApplyStatus", "in-sync"}, {"CacheNodeIdsToReboot", []string{}},
		}},
		{"CacheSubnetGroupName", "private"},
		{"AutoMinorVersionUpgrade", true},
		{"SecurityGroups", []object{{{"SecurityGroupId", "sg-0" + d.hex(16)}, {"Status", "active"}}}},
		{"SnapshotRetentionLimit", 1},
		{"SnapshotWindow", "06:00-07:00"},
		{"AuthTokenEnabled", false},
		{"TransitEncryptionEnabled", d.oneIn(2)},
		{"AtRestEncryptionEnabled", true},
		{"ARN", c.cacheARN(r.ID)},
		{"ReplicationGroupLogDeliveryEnabled", false},
		{"LogDeliveryConfigurations", []object{}},
		{"NetworkType", "ipv4"},
		{"IpDiscovery", "ipv4"},
	}
	if nodes {
		form = append(form, member{"CacheNodes", []object{{
			{"CacheNodeId", "0001"}, {"CacheNodeStatus", "available"}, {"CacheNodeCreateTime", made}, {"ParameterGroupStatus", "in-sync"},
			{"CustomerAvailabilityZone", place}, {"Endpoint", object{
				{"Address", r.ID + "." + d.text(6, lowerDigits) + ".0001.cache." + domain(c.server.world.partition)}, {"Port", 6379},
			}},
		}}})
	}
	return form.with(r.Attributes)
}
