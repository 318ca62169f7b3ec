package awsname_test

import (
	"strings"
	"testing"

	"portolan/internal/aws/awsname"
)

func TestForms(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		is      func(string) bool
		yes, no []string
	}{
		"account id": {
			awsname.IsAccountID,
			[]string{"111122223333", "000000000001"},
			[]string{"", "11112222333", "1111222233334", "1111-2222-3333", "11112222333a"},
		},
		"region": {
			awsname.IsRegion,
			[]string{"eu-west-1", "us-gov-west-1", "ap-southeast-5", "cn-northwest-1", "eusc-de-east-1", "us-isob-east-1"},
			[]string{"", "eu", "eu-west", "EU-WEST-1", "eu-west-1a", "eu-west-1,us-east-1", " eu-west-1"},
		},
		"partition": {
			awsname.IsPartition,
			[]string{"aws", "aws-cn", "aws-us-gov"},
			[]string{"", "AWS", "gcp", "aws-gov"},
		},
		"role ARN": {
			awsname.IsRoleARN,
			[]string{
				"arn:aws:iam::111122223333:role/PortOceanReadRole",
				"arn:aws-us-gov:iam::111122223333:role/a/deep/path/Reader",
				"arn:aws:iam::111122223333:role/Name+=,.@_-",
			},
			[]string{
				"", "PortOceanReadRole", "arn:aws:iam::1111:role/R", "arn:gcp:iam::111122223333:role/R",
				"arn:aws:iam::111122223333:user/R", "arn:aws:iam::111122223333:role/",
				"arn:aws:iam::111122223333:role/" + strings.Repeat("x", 65),
			},
		},
		"organizational unit": {
			awsname.IsOrganizationalUnit,
			[]string{"r-ab12", "ou-ab12-cdefghij"},
			[]string{"", "ab12", "r-a", "ou-ab12", "o-abcdefghij", "OU-AB12-CDEFGHIJ"},
		},
		"secret": {
			awsname.IsSecret,
			[]string{"portolan/port", "arn:aws:secretsmanager:eu-west-1:111122223333:secret:port-AbCdEf"},
			[]string{"", `{"PORT_CLIENT_ID":"x"}`, "two words", "arn:aws:s3:::bucket"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, s := range tt.yes {
				if !tt.is(s) {
					t.Errorf("%q is refused", s)
				}
			}
			for _, s := range tt.no {
				if tt.is(s) {
					t.Errorf("%q is accepted", s)
				}
			}
		})
	}
}

func TestPartitionsIsACopy(t *testing.T) {
	t.Parallel()
	awsname.Partitions()[0] = "changed"
	if got := awsname.Partitions()[0]; got != "aws" {
		t.Errorf("first partition = %q, want aws", got)
	}
}

func TestARNPartition(t *testing.T) {
	t.Parallel()
	for arn, want := range map[string]string{
		"arn:aws-cn:iam::111122223333:role/R": "aws-cn",
		"arn:aws":                             "",
		"portolan/port":                       "",
	} {
		if got := awsname.ARNPartition(arn); got != want {
			t.Errorf("ARNPartition(%q) = %q, want %q", arn, got, want)
		}
	}
}

func TestSplitS3URL(t *testing.T) {
	t.Parallel()
	for url, want := range map[string][2]string{
		"s3://bucket":                     {"bucket", ""},
		"s3://bucket/":                    {"bucket", ""},
		"s3://my.bucket-1/prefix":         {"my.bucket-1", "prefix"},
		"s3://bucket/a/b_c-d.e/":          {"bucket", "a/b_c-d.e"},
		"s3://":                           {},
		"s3:///prefix":                    {},
		"s3://Bucket/prefix":              {},
		"s3://bu":                         {},
		"s3://a..b":                       {},
		"s3://bucket//prefix":             {},
		"s3://bucket/a/../b":              {},
		"s3://bucket/a b":                 {},
		"S3://bucket/prefix":              {},
		"bucket/prefix":                   {},
		"s3://" + strings.Repeat("a", 64): {},
		"s3://bucket/" + strings.Repeat("a", 501): {},
	} {
		bucket, prefix, ok := awsname.SplitS3URL(url)
		if got := [2]string{bucket, prefix}; got != want || ok != (want[0] != "") {
			t.Errorf("SplitS3URL(%q) = %q, %q, %v, want %q", url, bucket, prefix, ok, want)
		}
	}
}
