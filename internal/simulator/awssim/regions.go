package awssim

import (
	"slices"
	"strings"
)

// The states of a region in an account, as Account's ListRegions names them.
const (
	RegionEnabled          = "ENABLED"
	RegionEnabledByDefault = "ENABLED_BY_DEFAULT"
	RegionEnabling         = "ENABLING"
	RegionDisabling        = "DISABLING"
	RegionDisabled         = "DISABLED"
)

// Partitions that an estate may lie in.
const (
	PartitionAWS      = "aws"
	PartitionChina    = "aws-cn"
	PartitionGovCloud = "aws-us-gov"
)

// standing lists the regions of each partition that are on in every account; the
// first is the one in which the partition-wide services live.
var standing = map[string][]string{
	PartitionAWS: {
		"us-east-1", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1",
		"ap-southeast-1", "ap-southeast-2", "ca-central-1", "eu-central-1", "eu-north-1",
		"eu-west-1", "eu-west-2", "eu-west-3", "sa-east-1", "us-east-2", "us-west-1", "us-west-2",
	},
	PartitionChina:    {"cn-north-1", "cn-northwest-1"},
	PartitionGovCloud: {"us-gov-west-1", "us-gov-east-1"},
}

// optional lists the regions that an account has to enable before it may use them.
var optional = map[string][]string{
	PartitionAWS: {
		"af-south-1", "ap-east-1", "ap-east-2", "ap-south-2", "ap-southeast-3", "ap-southeast-4",
		"ap-southeast-5", "ap-southeast-7", "ca-west-1", "eu-central-2", "eu-south-1", "eu-south-2",
		"il-central-1", "me-central-1", "me-south-1", "mx-central-1",
	},
}

// StandingRegions returns the regions of a partition that are enabled by default,
// sorted: 17 of them in the partition aws.
func StandingRegions(partition string) []string {
	return sorted(standing[partition])
}

// AllRegions returns every region of a partition that the simulator knows, sorted.
func AllRegions(partition string) []string {
	return sorted(slices.Concat(standing[partition], optional[partition]))
}

func sorted(names []string) []string {
	return slices.Sorted(slices.Values(names))
}

// regionState is the state of a region in an account: the account's setting, or
// AWS's default. It is empty if the partition does not have the region.
func regionState(partition, region string, own map[string]string) string {
	if state, said := own[region]; said {
		return state
	}
	if slices.Contains(standing[partition], region) {
		return RegionEnabledByDefault
	}
	if slices.Contains(optional[partition], region) {
		return RegionDisabled
	}
	return ""
}

func regionUsable(state string) bool {
	return state == RegionEnabled || state == RegionEnabledByDefault || state == RegionDisabling
}

// domain is the ending of the partition's host names.
func domain(partition string) string {
	if partition == PartitionChina {
		return "amazonaws.com.cn"
	}
	return "amazonaws.com"
}

func zone(region string, n uint64) string {
	return region + string("abc"[n%3])
}

// zoneID shortens a zone as AWS does: eu-west-1a is euw1-az1.
func zoneID(region string, n uint64) string {
	parts := strings.Split(region, "-")
	short := parts[0]
	for _, part := range parts[1 : len(parts)-1] {
		short += part[:1]
	}
	return short + parts[len(parts)-1] + "-az" + string("123"[n%3])
}
