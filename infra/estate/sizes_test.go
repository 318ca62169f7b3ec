package estate_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"sort"
	"strings"
	"testing"
	"testing/fstest"

	"portolan/infra/config"
	"portolan/internal/aws/cloudcontrol"
)

// large are installations of 5,000 accounts.
var large = map[string]map[string]any{
	"large list": {"accountRoleArns": largeList("arn:aws:iam::%012d:role/port/PortOceanReadRole")},
	"large organization": {
		"organizationId": "o-a1b2c3d4e5", "organizationRootId": "r-ab12", "accountsExclude": largeList("%012d"), "scale": "distributed",
	},
	"most kinds":                mostKinds(map[string]any{"organizationId": "o-a1b2c3d4e5", "organizationRootId": "r-ab12"}),
	"most kinds of one account": mostKinds(map[string]any{"singleAccount": true}),
	"every kind by AWS's policy": {
		"organizationId": "o-a1b2c3d4e5", "organizationRootId": "r-ab12", "readAccess": "ReadOnlyAccess", "kinds": strings.Join(cloudcontrol.Names(), " "),
	},
}

// mostKinds adds to an installation as many kinds as it takes, in order of name.
func mostKinds(context map[string]any) map[string]any {
	names := cloudcontrol.Names()
	with := func(n int) map[string]any {
		more := maps.Clone(context)
		more["kinds"] = strings.Join(names[:n], " ")
		return more
	}
	most := sort.Search(len(names), func(n int) bool {
		_, err := config.Load(with(n+1), fstest.MapFS{})
		return err != nil
	})
	if most < 500 || most == len(names) {
		panic(fmt.Sprintf("%d of %d kinds fit", most, len(names)))
	}
	return with(most)
}

var installedLarge = map[string]*installation{}

func largeList(format string) []any {
	list := make([]any, 5000)
	for i := range list {
		list[i] = fmt.Sprintf(format, 100000000000+i)
	}
	return list
}

// The limits of AWS that a deployment can meet, in bytes or characters.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
const (
	maxTemplate       = 1 << 20
	maxStackSetBody   = 51200
	maxInline         = 10240
	maxManaged        = 6144
	maxPoliciesOfRole = 10
	maxVariables      = 4096
)

// TestSizes computes what AWS limits, for every mode and for thousands of accounts.
func TestSizes(t *testing.T) {
	every := maps.Clone(installed)
	maps.Copy(every, installedLarge)
	for name, i := range every {
		within := func(what string, size, limit int) {
			if size > limit {
				t.Errorf("%s: %s has a size of %d, and AWS takes %d", name, what, size, limit)
			}
		}
		within("the template", len(i.text), maxTemplate)
		checkPolicies(t, name, i.template, within)
		for id, body := range i.template.bodies() {
			within("the template of "+id, len(body), maxStackSetBody)
		}
		if i.members.Resources != nil {
			checkPolicies(t, name+", members", i.members, within)
		}
		size := 0
		for variable, value := range at(i.template.one(t, "AWS::Lambda::Function").Properties, "Environment", "Variables").(map[string]any) {
			size += len(variable) + sizeOf(t, value)
		}
		within("the function's environment", size, maxVariables)
	}
}

// checkPolicies looks at the policies of each role.
func checkPolicies(t *testing.T, name string, in template, within func(string, int, int)) {
	t.Helper()
	inline, managed := map[string]int{}, map[string]int{}
	for id, r := range in.Resources {
		switch r.Type {
		case "AWS::IAM::Policy", "AWS::IAM::ManagedPolicy":
			size := sizeOf(t, r.Properties["PolicyDocument"])
			for _, role := range r.Properties["Roles"].([]any) {
				text, err := json.Marshal(role)
				if err != nil {
					t.Fatal(err)
				}
				if r.Type == "AWS::IAM::Policy" {
					inline[string(text)] += size
				} else {
					managed[string(text)]++
					within("the policy "+id, size, maxManaged)
				}
			}
		}
	}
	for role, size := range inline {
		within("the inline policies of "+role, size, maxInline)
	}
	for role, n := range managed {
		within("how many policies has "+role, n, maxPoliciesOfRole)
	}
	if len(inline)+len(managed) == 0 {
		t.Errorf("%s has no policy", name)
	}
}

// sizeOf counts the characters of a value without white space.
func sizeOf(t *testing.T, value any) int {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return len(strings.Join(strings.Fields(string(text)), ""))
}
