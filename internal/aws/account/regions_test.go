package account_test

import (
	"errors"
	"net"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/aws/account"
	"portolan/internal/aws/awserr"
)

func TestRegions(t *testing.T) {
	t.Parallel()
	enabled := []string{"eu-south-1", "eu-west-1", "us-east-1"}
	tests := []struct {
		name   string
		change func(*stub)
		asked  []string
	}{
		{"listed, over pages", func(s *stub) { s.pageSize = 2 }, []string{"account:ListRegions", "account:ListRegions", "account:ListRegions"}},
		{
			"described where listing is denied",
			func(s *stub) {
				s.refuse = on("account:ListRegions", 1, refusal{Status: 403, Code: "AccessDeniedException", Message: "no"})
			},
			[]string{"account:ListRegions", "ec2:DescribeRegions"},
		},
		{
			"described where the second page fails",
			func(s *stub) {
				s.pageSize = 1
				s.refuse = on("account:ListRegions", 2, refusal{Status: 500, Code: "InternalServerException", Message: "oh"})
			},
			[]string{"account:ListRegions", "account:ListRegions", "ec2:DescribeRegions"},
		},
		{
			"described where listing is not offered",
			func(s *stub) {
				s.refuse = on("account:ListRegions", 1, refusal{Status: 404, Code: "", Message: "page not found"})
			},
			[]string{"account:ListRegions", "ec2:DescribeRegions"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := estate()
			test.change(s)
			d := account.New(s.config("eu-west-1"), account.Options{RoleARN: roleIn(managementID)})
			session := enter(t, d, member(memberID, "data"))
			got, err := d.Regions(t.Context(), session)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(enabled, got); diff != "" {
				t.Errorf("regions (-want +got):\n%s", diff)
			}
			var asked []string
			for _, c := range s.calls {
				if strings.HasSuffix(c.Op, "Regions") {
					asked = append(asked, c.Op)
					if !strings.HasPrefix(c.Key, "ASIA"+memberID) {
						t.Errorf("%s with key %s", c.Op, c.Key)
					}
				}
			}
			if diff := cmp.Diff(test.asked, asked); diff != "" {
				t.Errorf("calls (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRegionsErrors(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(*stub)
		class  awserr.Class
		says   []string
	}{
		{
			"both denied",
			func(s *stub) {
				s.refuse = func(c call) *refusal {
					if strings.HasSuffix(c.Op, "Regions") {
						return &refusal{Status: 403, Code: "UnauthorizedOperation", Message: "not you in " + c.Op}
					}
					return nil
				}
			},
			awserr.Denied, []string{memberID, "not you in account:ListRegions", "not you in ec2:DescribeRegions"},
		},
		{
			"denied and unreachable",
			func(s *stub) {
				s.refuse = func(c call) *refusal {
					switch c.Op {
					case "account:ListRegions":
						return &refusal{Status: 403, Code: "AccessDeniedException", Message: "no"}
					case "ec2:DescribeRegions":
						return &refusal{Err: &net.DNSError{Err: "no such host", IsNotFound: true}}
					}
					return nil
				}
			},
			awserr.Unreachable, []string{"AccessDeniedException", "no such host"},
		},
		{"no region at all", func(s *stub) { s.regions = nil }, awserr.Failed, []string{"names no region"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := estate()
			test.change(s)
			d := account.New(s.config("eu-west-1"), account.Options{RoleARN: roleIn(managementID)})
			got, err := d.Regions(t.Context(), enter(t, d, member(memberID, "data")))
			if err == nil || len(got) > 0 {
				t.Fatalf("got %v and error %v", got, err)
			}
			if class := awserr.ClassOf(err); class != test.class {
				t.Errorf("class %q, want %q", class, test.class)
			}
			for _, part := range test.says {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("error lacks %q: %v", part, err)
				}
			}
			var known *awserr.Error
			if !errors.As(err, &known) || !strings.Contains(known.Fix, `"account:ListRegions"`) {
				t.Errorf("no fix: %v", err)
			}
		})
	}
}

// TestAllRegions has an account tell of the regions that it has not enabled, too.
func TestAllRegions(t *testing.T) {
	t.Parallel()
	for name, denied := range map[string]bool{"listed": false, "described where listing is denied": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := estate()
			s.pageSize = 2
			if denied {
				s.refuse = on("account:ListRegions", 1, refusal{Status: 403, Code: "AccessDeniedException", Message: "no"})
			}
			d := account.New(s.config("eu-west-1"), account.Options{RoleARN: roleIn(managementID)})
			got, err := d.AllRegions(t.Context(), enter(t, d, member(memberID, "data")))
			if err != nil {
				t.Fatal(err)
			}
			if want := sortedKeys(s.regions); !cmp.Equal(want, got) {
				t.Errorf("regions %v, want %v", got, want)
			}
			if asked := len(s.made("ec2:DescribeRegions")) > 0; asked != denied {
				t.Errorf("ec2:DescribeRegions asked: %v", asked)
			}
		})
	}
	s := estate()
	s.refuse = func(c call) *refusal {
		if strings.HasSuffix(c.Op, "Regions") {
			return &refusal{Status: 403, Code: "UnauthorizedOperation", Message: "not you"}
		}
		return nil
	}
	d := account.New(s.config("eu-west-1"), account.Options{RoleARN: roleIn(managementID)})
	if got, err := d.AllRegions(t.Context(), enter(t, d, member(memberID, "data"))); awserr.ClassOf(err) != awserr.Denied {
		t.Errorf("regions %v, error %v", got, err)
	}
}

func TestPartitions(t *testing.T) {
	t.Parallel()
	arn := func(partition string) string { return "arn:" + partition + ":iam::" + memberID + ":role/R" }
	tests := []struct {
		name                    string
		options                 account.Options
		region                  string
		partition, home         string
		sts, organizations, ec2 string // hosts
		organizationsSignedFor  string
		listsRegions            bool
	}{
		{
			name: "commercial", options: account.Options{RoleARN: arn("aws")}, region: "ap-south-1",
			partition: "aws", home: "ap-south-1", sts: "sts.ap-south-1.amazonaws.com",
			organizations: "organizations.us-east-1.amazonaws.com", organizationsSignedFor: "us-east-1", listsRegions: true,
		},
		{
			name: "GovCloud by ARN, base elsewhere", options: account.Options{RoleARN: arn("aws-us-gov")}, region: "eu-west-1",
			partition: "aws-us-gov", home: "us-gov-west-1", sts: "sts.us-gov-west-1.amazonaws.com",
			organizations: "organizations.us-gov-west-1.amazonaws.com", organizationsSignedFor: "us-gov-west-1", ec2: "ec2.us-gov-west-1.amazonaws.com",
		},
		{
			name: "GovCloud by ARN, base in it", options: account.Options{RoleARN: arn("aws-us-gov")}, region: "us-gov-east-1",
			partition: "aws-us-gov", home: "us-gov-east-1", sts: "sts.us-gov-east-1.amazonaws.com",
			organizations: "organizations.us-gov-west-1.amazonaws.com", organizationsSignedFor: "us-gov-west-1", ec2: "ec2.us-gov-east-1.amazonaws.com",
		},
		{
			name: "China by option", options: account.Options{RoleARN: arn("aws-cn"), Partition: "aws-cn"},
			partition: "aws-cn", home: "cn-north-1", sts: "sts.cn-north-1.amazonaws.com.cn",
			organizations: "organizations.cn-northwest-1.amazonaws.com.cn", organizationsSignedFor: "cn-northwest-1", ec2: "ec2.cn-north-1.amazonaws.com.cn",
		},
		{
			name: "China by region", region: "cn-northwest-1",
			partition: "aws-cn", home: "cn-northwest-1", sts: "sts.cn-northwest-1.amazonaws.com.cn", ec2: "ec2.cn-northwest-1.amazonaws.com.cn",
		},
		{
			name: "nothing says", partition: "aws", home: "us-east-1", sts: "sts.us-east-1.amazonaws.com", listsRegions: true,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := estate()
			s.caller = "arn:" + test.partition + ":iam::" + toolingID + ":user/ops"
			s.roles = map[string]trust{test.options.RoleARN: {}}
			s.accounts = []orgAccount{active(memberID, "data")}
			d := account.New(s.config(test.region), test.options)
			listing, err := d.List(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			session := enter(t, d, listing.Accounts[0])
			if session.Partition != test.partition || session.Config.Region != test.home {
				t.Errorf("partition %s, region %s", session.Partition, session.Config.Region)
			}
			if _, err := d.Regions(t.Context(), session); err != nil {
				t.Fatal(err)
			}
			if asked := len(s.made("account:ListRegions")) > 0; asked != test.listsRegions {
				t.Errorf("account:ListRegions asked: %v", asked)
			}
			for op, host := range map[string]string{
				"sts:GetCallerIdentity": test.sts, "sts:AssumeRole": test.sts,
				"organizations:ListAccounts": test.organizations, "ec2:DescribeRegions": test.ec2,
			} {
				for _, c := range s.made(op) {
					if c.Host != host {
						t.Errorf("%s went to %s, want %s", op, c.Host, host)
					}
				}
			}
			for _, c := range s.made("organizations:ListAccounts") {
				if c.Region != test.organizationsSignedFor {
					t.Errorf("organizations signed for %s", c.Region)
				}
			}
		})
	}
}

func TestPartitionOfRegion(t *testing.T) {
	t.Parallel()
	for region, want := range map[string]string{
		"us-east-1": "aws", "us-gov-west-1": "aws-us-gov", "cn-north-1": "aws-cn", "": "aws", "mx-central-1": "aws",
		"us-iso-east-1": "aws-iso", "us-isob-east-1": "aws-iso-b", "eusc-de-east-1": "aws-eusc",
	} {
		if got := account.PartitionOfRegion(region); got != want {
			t.Errorf("%s lies in %s, want %s", region, got, want)
		}
		if main := account.MainRegion(want); account.PartitionOfRegion(main) != want {
			t.Errorf("the main region of %s is %s", want, main)
		}
	}
}
