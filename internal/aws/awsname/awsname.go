// Package awsname knows the written forms of AWS names: account ids, regions,
// partitions, role ARNs, organizational unit ids and places in S3.
//
// It judges the form, so that a slip in a setting or a payload is found before any call is
// made. Whether an account, a unit or a role exists is for AWS to say. The package has the
// regions and partitions that AWS's SDK knows, to tell a misspelt region from one that
// exists. A region that the table lacks may be newer than the program; if it exists, an
// account lists it.
package awsname

import (
	"regexp"
	"slices"
	"strings"
)

var (
	accountID = regexp.MustCompile(`^[0-9]{12}$`)
	region    = regexp.MustCompile(`^[a-z]{2,4}(-[a-z]+)+-[0-9]{1,2}$`)
	roleARN   = regexp.MustCompile(`^arn:([a-z-]+):iam::([0-9]{12}):role/([!-.0-~]{1,510}/)*[\w+=,.@-]{1,64}$`)
	// https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListParents.html
	organizationalUnit = regexp.MustCompile(`^(r-[0-9a-z]{4,32}|ou-[0-9a-z]{4,32}-[0-9a-z]{8,32})$`)
	// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
	bucket = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)
	// The characters that are safe both in a key and in a URL.
	// https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html
	keyPrefix = regexp.MustCompile(`^\w[\w.-]*(/\w[\w.-]*)*$`)
	secret    = regexp.MustCompile(`^(arn:[a-z-]+:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:)?[\w/+=.@-]{1,512}$`)
)

var partitions = []string{
	"aws", "aws-cn", "aws-us-gov", "aws-eusc", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f",
}

// Partitions returns the partitions of AWS, the commercial one first.
func Partitions() []string { return slices.Clone(partitions) }

// IsPartition reports whether s is a partition of AWS.
func IsPartition(s string) bool { return slices.Contains(partitions, s) }

// IsAccountID reports whether s has the form of an account ID: twelve digits.
func IsAccountID(s string) bool { return accountID.MatchString(s) }

// IsRegion reports whether s has the form of a region name, "eu-west-1".
func IsRegion(s string) bool { return region.MatchString(s) }

// IsRoleARN reports whether s has the form of a role's ARN, in a partition that
// exists: "arn:aws:iam::111122223333:role/path/Name".
func IsRoleARN(s string) bool {
	m := roleARN.FindStringSubmatch(s)
	return m != nil && IsPartition(m[1])
}

// IsOrganizationalUnit reports whether s has the form of the ID of an organizational unit,
// "ou-ab12-cdefghij", or of an organization's root, "r-ab12".
func IsOrganizationalUnit(s string) bool { return organizationalUnit.MatchString(s) }

// IsSecret reports whether s can name a secret of Secrets Manager: its ARN or
// its name.
func IsSecret(s string) bool { return secret.MatchString(s) }

// SplitS3URL returns the bucket and the prefix of "s3://bucket" or "s3://bucket/prefix", and
// whether s has that form. The prefix has no slash at either end, and at most 500 bytes,
// half of what a key may have.
func SplitS3URL(s string) (bucketName, prefix string, ok bool) {
	rest, isS3 := strings.CutPrefix(s, "s3://")
	bucketName, prefix, _ = strings.Cut(rest, "/")
	prefix = strings.TrimSuffix(prefix, "/")
	if !isS3 || !bucket.MatchString(bucketName) || strings.Contains(bucketName, "..") ||
		prefix != "" && !keyPrefix.MatchString(prefix) || len(prefix) > 500 {
		return "", "", false
	}
	return bucketName, prefix, true
}

// ARNPartition returns the partition that an ARN names; "" if s is not an ARN.
func ARNPartition(s string) string {
	parts := strings.SplitN(s, ":", 3)
	if len(parts) < 3 || parts[0] != "arn" {
		return ""
	}
	return parts[1]
}
