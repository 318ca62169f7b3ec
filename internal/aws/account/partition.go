package account

import (
	"strings"

	"portolan/internal/aws/awsname"
)

// commercial is the partition of everybody who has not chosen another.
const commercial = "aws"

// partitions says, for each partition, the region that always exists there, the
// region whose endpoint serves Organizations, and how the names of its regions
// begin. The commercial regions have no prefix of their own.
//
// https://docs.aws.amazon.com/general/latest/gr/ao.html for Organizations.
var partitions = map[string]struct{ main, organizations, prefix string }{
	"aws":        {"us-east-1", "us-east-1", ""},
	"aws-us-gov": {"us-gov-west-1", "us-gov-west-1", "us-gov-"},
	"aws-cn":     {"cn-north-1", "cn-northwest-1", "cn-"},
	"aws-eusc":   {"eusc-de-east-1", "eusc-de-east-1", "eusc-"},
	"aws-iso":    {"us-iso-east-1", "us-iso-east-1", "us-iso-"},
	"aws-iso-b":  {"us-isob-east-1", "us-isob-east-1", "us-isob-"},
	"aws-iso-e":  {"eu-isoe-west-1", "eu-isoe-west-1", "eu-isoe-"},
	"aws-iso-f":  {"us-isof-south-1", "us-isof-south-1", "us-isof-"},
}

// PartitionOfRegion returns the partition that a region lies in: "aws-us-gov" for
// us-gov-east-1. A region that no other partition claims is a commercial one, and
// so is "".
func PartitionOfRegion(region string) string {
	for name, p := range partitions {
		if p.prefix != "" && strings.HasPrefix(region, p.prefix) {
			return name
		}
	}
	return commercial
}

// MainRegion returns the region of a partition that every account has: us-east-1,
// us-gov-west-1, cn-north-1. An unknown partition counts as aws.
func MainRegion(partition string) string {
	if p, known := partitions[partition]; known {
		return p.main
	}
	return partitions[commercial].main
}

func organizationsRegion(partition string) string {
	if p, known := partitions[partition]; known {
		return p.organizations
	}
	return partitions[commercial].organizations
}

// partitionFor takes what is said most plainly: the setting, else a role's ARN,
// else the region that the SDK is set to.
func partitionFor(o Options, region string) string {
	if o.Partition != "" {
		return o.Partition
	}
	for _, arn := range o.roles() {
		if p := awsname.ARNPartition(arn); awsname.IsPartition(p) {
			return p
		}
	}
	return PartitionOfRegion(region)
}

// homeIn returns the region whose endpoints serve calls that have no region of
// their own: the configured one where it lies in the partition.
func homeIn(partition, region string) string {
	if region != "" && PartitionOfRegion(region) == partition {
		return region
	}
	return MainRegion(partition)
}
