package awssim

import (
	"cmp"
	"regexp"
)

// CacheCluster is a cluster of ElastiCache.
const CacheCluster = "AWS::ElastiCache::Cluster"

func init() {
	elasticache := service{
		name: "elasticache", dialect: rds.dialect,
		wire: &queryWire{version: "2015-02-02", namespace: "http://elasticache.amazonaws.com/doc/2015-02-02/", items: itemNames{
			"":                          "member",
			"CacheClusters":             "CacheCluster",
			"CacheNodeIdsToReboot":      "CacheNodeId",
			"CacheNodes":                "CacheNode",
			"CacheSecurityGroups":       "CacheSecurityGroup",
			"LogDeliveryConfigurations": "LogDeliveryConfiguration",
			"TagList":                   "Tag",
		}},
		scope: func(c *call) string { return cmp.Or(c.text("ResourceName"), c.arn(CacheCluster, "*")) },
	}
	elasticache.simulate(
		kind{
			name: CacheCluster, form: regexp.MustCompile(`^[a-z](-?[a-z0-9]){0,49}$`), arn: "cluster:",
			things: []string{"sessions", "cache", "limits", "locks"},
		},
		operation{name: "DescribeCacheClusters", takes: members{"ShowCacheNodeInfo": isFlag}, list: &listing{
			kind: CacheCluster, items: "CacheClusters", item: cacheForm, size: recordsPage, token: "Marker",
		}},
		operation{name: "ListTagsForResource", detail: &detail{
			kind: CacheCluster, by: "ResourceName", named: byARN, reply: tags("TagList", "Key", "Value"),
			malformed: refuse(400, "InvalidARN", "The ARN {id} is not that of a cluster in this account and region."),
			missing:   refuse(404, "CacheClusterNotFound", "{id} is either not present or not available."),
		}},
	)
}

// cacheForm is a cluster as DescribeCacheClusters returns it, with its nodes if
// they are asked for.
func cacheForm(c *call, r *Resource) object {
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
		{"SecurityGroups", []object{{{"SecurityGroupId", c.some("AWS::EC2::SecurityGroup", "sg-0"+d.hex(16))}, {"Status", "active"}}}},
		{"SnapshotRetentionLimit", 1},
		{"SnapshotWindow", "06:00-07:00"},
		{"AuthTokenEnabled", false},
		{"TransitEncryptionEnabled", d.oneIn(2)},
		{"AtRestEncryptionEnabled", true},
		{"ARN", c.arn(CacheCluster, r.ID)},
		{"ReplicationGroupLogDeliveryEnabled", false},
		{"LogDeliveryConfigurations", []object{}},
		{"NetworkType", "ipv4"},
		{"IpDiscovery", "ipv4"},
	}
	if c.flag("ShowCacheNodeInfo") {
		form = append(form, member{"CacheNodes", []object{{
			{"CacheNodeId", "0001"}, {"CacheNodeStatus", "available"}, {"CacheNodeCreateTime", made}, {"ParameterGroupStatus", "in-sync"},
			{"CustomerAvailabilityZone", place}, {"Endpoint", object{
				{"Address", r.ID + "." + d.text(6, lowerDigits) + ".0001.cache." + domain(c.server.world.partition)}, {"Port", 6379},
			}},
		}}})
	}
	return form.with(r.Attributes)
}
