package operate_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	organizationJSON = `{"Organization":{"Id":"o-a1b2c3d4e5","MasterAccountId":"111122223333","FeatureSet":"ALL"}}`
	rootsJSON        = `{"Roots":[{"Id":"r-a1b2","Name":"Root"}]}`
)

func access(status string) func(request) reply {
	return func(request) reply { return query("DescribeOrganizationsAccess", "<Status>"+status+"</Status>") }
}

// organizationCloud is a management account, not yet prepared.
func organizationCloud(t *testing.T) *cloud {
	return newCloud(t, map[string]func(request) reply{
		"sts:GetCallerIdentity": func(request) reply {
			return query("GetCallerIdentity", "<Account>"+account+"</Account><Arn>arn:aws:iam::111122223333:user/x</Arn><UserId>U</UserId>")
		},
		"organizations:DescribeOrganization":         func(request) reply { return ok(organizationJSON) },
		"organizations:ListRoots":                    func(request) reply { return ok(rootsJSON) },
		"cloudformation:DescribeOrganizationsAccess": access("DISABLED"),
		"cloudformation:ActivateOrganizationsAccess": func(request) reply { return query("ActivateOrganizationsAccess", "") },
		"cloudformation:DescribeStacks":              stacks(nil),
	})
}

func TestBootstrap(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "cdk.context.json")
	if err := os.WriteFile(path, []byte(`{"organizationId":"o-old","mine":{"a":["<b>"]}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	c := organizationCloud(t)
	c.operate("", "bootstrap-org", "--context-file", path).says(t, 0,
		"Organization: o-a1b2c3d4e5, root r-a1b2", "StackSets: trusted access is on now", "wrote organizationId=o-a1b2c3d4e5",
		"CDK: this account is not bootstrapped in eu-west-1; run make bootstrap")
	const want = `{
  "mine": {
    "a": [
      "<b>"
    ]
  },
  "organizationId": "o-a1b2c3d4e5",
  "organizationRootId": "r-a1b2"
}
`
	text, err := os.ReadFile(path)
	if diff := cmp.Diff(want, string(text)); diff != "" || err != nil {
		t.Errorf("%v: %s", err, diff)
	}
	if left, err := filepath.Glob(filepath.Join(filepath.Dir(path), ".*")); len(left) > 0 || err != nil {
		t.Errorf("%v is left behind: %v", left, err)
	}

	// The second time there is nothing to do.
	before, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	c = organizationCloud(t)
	c.answers["cloudformation:DescribeOrganizationsAccess"] = access("ENABLED")
	c.answers["cloudformation:DescribeStacks"] = stacks(map[string]map[string]string{"CDKToolkit": {}})
	c.operate("", "bootstrap-org", "--context-file", path).says(t, 0,
		"trusted access is on already", "has organizationId=o-a1b2c3d4e5 and organizationRootId=r-a1b2 already", "CDK: bootstrapped in eu-west-1 (CDKToolkit is CREATE_COMPLETE)")
	if slices.Contains(c.made(), "cloudformation:ActivateOrganizationsAccess") {
		t.Errorf("calls: %v", c.made())
	}
	if after, err := os.Stat(path); err != nil || !os.SameFile(before, after) {
		t.Errorf("the file was written again: %v", err)
	}
}

func TestBootstrapWhereItCannotBe(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		call   string
		answer func(request) reply
		says   string
	}{
		"no Organization": {"organizations:DescribeOrganization", jsonError("AWSOrganizationsNotInUseException", "Your account is not a member of an organization."),
			"the account 111122223333 does not belong to an Organization"},
		"a member": {"organizations:DescribeOrganization", func(request) reply { return ok(strings.Replace(organizationJSON, account, "999999999999", 1)) },
			"this is the account 111122223333, and the management account of the Organization is 999999999999; log in to that one"},
		"billing only": {"organizations:DescribeOrganization", func(request) reply { return ok(strings.Replace(organizationJSON, "ALL", "CONSOLIDATED_BILLING", 1)) },
			"enable all features in AWS Organizations first"},
		"not allowed to look":   {"organizations:DescribeOrganization", jsonError("AccessDeniedException", "no"), "allow organizations:DescribeOrganization"},
		"not allowed the roots": {"organizations:ListRoots", jsonError("AccessDeniedException", "no"), "allow organizations:ListRoots"},
		"forbidden by a policy": {"cloudformation:DescribeOrganizationsAccess", queryError("AccessDenied", "explicit deny in a service control policy"), "a service control policy of the Organization forbids it"},
		"not allowed to turn on": {"cloudformation:ActivateOrganizationsAccess", queryError("AccessDenied", "no"),
			"turn on trusted access: cloudformation:ActivateOrganizationsAccess: AccessDenied: no; allow"},
		"not in this partition": {"cloudformation:ActivateOrganizationsAccess", queryError("InvalidOperationException", "not supported in this region"), "not supported in this region"},
		"not logged in":         {"sts:GetCallerIdentity", queryError("InvalidClientTokenId", "The security token included in the request is invalid."), "InvalidClientTokenId"},
		"no look at stacks":     {"cloudformation:DescribeStacks", queryError("AccessDenied", "no"), "allow cloudformation:DescribeStacks"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := organizationCloud(t)
			c.answers[test.call] = test.answer
			path := filepath.Join(t.TempDir(), "cdk.context.json")
			c.operate("", "bootstrap-org", "--context-file", path).says(t, 1, test.says)
			if _, err := os.Stat(path); (err == nil) != (name == "no look at stacks") {
				t.Errorf("the context file: %v", err)
			}
		})
	}
}

func TestBootstrapKeepsABrokenFile(t *testing.T) {
	t.Parallel()
	for _, broken := range []string{"{", "[]", "null"} {
		path := filepath.Join(t.TempDir(), "cdk.context.json")
		if err := os.WriteFile(path, []byte(broken), 0o600); err != nil {
			t.Fatal(err)
		}
		organizationCloud(t).operate("", "bootstrap-org", "--context-file", path).says(t, 1, path+" is not a JSON object; fix it")
		if text, err := os.ReadFile(path); string(text) != broken || err != nil {
			t.Errorf("%v: %s", err, text)
		}
	}
}
