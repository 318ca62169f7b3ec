package account

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/aws/awsname"
)

func TestRoles(t *testing.T) {
	t.Parallel()
	tests := []struct {
		arn  string
		want role
		ok   bool
	}{
		{"arn:aws:iam::111111111111:role/PortRead", role{"aws", "111111111111", "/", "PortRead"}, true},
		{"arn:aws-cn:iam::111111111111:role/a/b/PortRead", role{"aws-cn", "111111111111", "/a/b/", "PortRead"}, true},
		{"arn:aws:iam::111111111111:role/", role{}, false},
		{"arn:aws:iam::111111111111:user/PortRead", role{}, false},
		{"arn:aws:iam::1111:role/PortRead", role{}, false},
		{"arn:moon:iam::111111111111:role/PortRead", role{}, false},
		{"", role{}, false},
	}
	for _, test := range tests {
		t.Run(test.arn, func(t *testing.T) {
			t.Parallel()
			got, err := parseRole(test.arn)
			if (err == nil) != test.ok {
				t.Fatalf("error %v", err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("role (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPrincipals(t *testing.T) {
	t.Parallel()
	tests := []struct {
		arn  string
		want principal
		ok   bool
	}{
		{
			"arn:aws:sts::111111111111:assumed-role/Portolan/i-0abc",
			principal{"aws", "111111111111", "Portolan", "arn:aws:iam::111111111111:role/Portolan"}, true,
		},
		{"arn:aws:iam::111111111111:user/a/ops", principal{"aws", "111111111111", "", "arn:aws:iam::111111111111:user/a/ops"}, true},
		{"arn:aws:iam::111111111111:root", principal{"aws", "111111111111", "", "arn:aws:iam::111111111111:root"}, true},
		{"arn:aws:sts::x:assumed-role/R/s", principal{}, false},
		{"who", principal{}, false},
	}
	for _, test := range tests {
		t.Run(test.arn, func(t *testing.T) {
			t.Parallel()
			got, err := parsePrincipal(test.arn)
			if (err == nil) != test.ok {
				t.Fatalf("error %v", err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("principal (-want +got):\n%s", diff)
			}
		})
	}
}

func FuzzParseRole(f *testing.F) {
	f.Add("arn:aws:iam::111111111111:role/PortRead")
	f.Add("arn:aws-us-gov:iam::111111111111:role/a//b/PortRead")
	f.Add("arn:aws:iam::111111111111:role//x:y/z")
	f.Fuzz(func(t *testing.T, arn string) {
		r, err := parseRole(arn)
		if err != nil {
			return
		}
		if r.String() != arn {
			t.Fatalf("%q comes back as %q", arn, r)
		}
		moved := r.in("999999999999").String()
		if !awsname.IsRoleARN(moved) {
			t.Fatalf("%q moves to %q", arn, moved)
		}
	})
}

func FuzzParsePrincipal(f *testing.F) {
	f.Add("arn:aws:sts::111111111111:assumed-role/Portolan/i-0abc")
	f.Add("arn:aws:iam::111111111111:user/ops")
	f.Fuzz(func(t *testing.T, arn string) {
		p, err := parsePrincipal(arn)
		if err == nil && (!awsname.IsAccountID(p.Account) || p.ARN == "") {
			t.Fatalf("%q returns %+v", arn, p)
		}
	})
}
