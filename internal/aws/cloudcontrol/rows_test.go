package cloudcontrol_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"portolan/internal/aws/awsname"
	"portolan/internal/aws/cloudcontrol"
)

var (
	rowName     = regexp.MustCompile(`^AWS::[A-Za-z0-9]+::[A-Za-z0-9]+$`)
	rowList     = regexp.MustCompile(`^(yes|no|yes filter:\w+(,\w+)*|parent\??:\w+([,|+]\w+)*)$`)
	rowScope    = regexp.MustCompile(`^(regional|global\?|global-list|regional\+us-east-1|home|global:([a-z0-9-]+))$`)
	rowProperty = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9]*([./][A-Za-z][A-Za-z0-9]*)*$`)
	rowTags     = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9.]*(\[\]|\{\})(\.Tags\[\])?!?)?$`)
	rowAction   = regexp.MustCompile(`^([A-Za-z0-9-]*:[A-Za-z0-9*]+)$`)
	rowCount    = regexp.MustCompile(`^([0-9]|[12][0-9]|3[0-4]|new)$`)
)

// TestRows looks at the form of every row, so that a newer table cannot bring what the code does
// not know.
func TestRows(t *testing.T) {
	t.Parallel()
	known := awsname.Regions("aws")
	for _, of := range cloudcontrol.All() {
		wrong := func(what, value string) { t.Errorf("%s: %s is %q", of.Name, what, value) }
		if !rowName.MatchString(of.Name) {
			wrong("the name", of.Name)
		}
		if !rowList.MatchString(of.List) {
			wrong("how it is listed", of.List)
		}
		if !of.Listable() && !of.Read {
			wrong("what is neither listed nor read", of.List)
		}
		at := rowScope.FindStringSubmatch(of.Scope)
		if at == nil || at[2] != "" && !slices.Contains(known, at[2]) {
			wrong("the scope", of.Scope)
		}
		if len(of.Identifier) == 0 {
			wrong("the identifier", "")
		}
		for _, property := range of.Identifier {
			if !rowProperty.MatchString(property) {
				wrong("a part of the identifier", property)
			}
		}
		for _, action := range slices.Concat(of.ListActions, of.ReadActions) {
			if !rowAction.MatchString(action) {
				wrong("an action", action)
			}
		}
		if !rowTags.MatchString(of.Tags) {
			wrong("the property with the tags", of.Tags)
		}
		if of.ARN != "" && !rowProperty.MatchString(of.ARN) {
			wrong("the property with the ARN", of.ARN)
		}
		if rowCount.MatchString(of.Regions) {
			continue
		}
		for region := range strings.SplitSeq(of.Regions, "/") {
			if !slices.Contains(known, region) {
				wrong("a region", region)
			}
		}
	}
}

// TestParents looks at the properties of parents: each alternative has some, and a type that is
// listed by itself has none.
func TestParents(t *testing.T) {
	t.Parallel()
	beneath, doubts := 0, 0
	for _, of := range cloudcontrol.All() {
		alternatives, doubtful := of.Parent()
		if (alternatives != nil) != strings.HasPrefix(of.List, "parent") || doubtful != strings.HasPrefix(of.List, "parent?") {
			t.Errorf("%s is listed as %q: %v, doubtful %v", of.Name, of.List, alternatives, doubtful)
		}
		for _, names := range alternatives {
			if len(names) == 0 {
				t.Errorf("%s has an alternative without properties", of.Name)
			}
			for _, name := range names {
				if !rowProperty.MatchString(name) {
					t.Errorf("%s has a parent's property %q", of.Name, name)
				}
			}
		}
		if alternatives != nil {
			beneath++
		}
		if doubtful {
			doubts++
		}
	}
	if beneath < 350 || doubts < 50 {
		t.Errorf("%d types are listed beneath a parent, %d perhaps", beneath, doubts)
	}
}

// TestPermissionsOfEveryRow wants a permission for every type that can be read, or a reason why it
// has none: its handlers declare none, or none that may be granted.
func TestPermissionsOfEveryRow(t *testing.T) {
	t.Parallel()
	for _, of := range cloudcontrol.All() {
		declared := slices.Concat(of.ListActions, of.ReadActions)
		granted := len(of.Permissions()) - len(cloudcontrol.Own(of.Permissions()))
		if len(declared) > 0 && granted == 0 && len(of.Withheld()) == 0 {
			t.Errorf("%s declares %v and gets nothing", of.Name, declared)
		}
		if !slices.IsSorted(of.Permissions()) {
			t.Errorf("the permissions of %s are not sorted", of.Name)
		}
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	names := cloudcontrol.Names()
	if !slices.IsSorted(names) || len(slices.Compact(slices.Clone(names))) != len(names) {
		t.Error("the names are not sorted, or have one twice")
	}
	for _, name := range []string{"AWS::Account::Info", "AWS::SQS::Queue", "AWS::IAM::Role"} {
		if !slices.Contains(names, name) {
			t.Errorf("no %s", name)
		}
	}
	for _, name := range names {
		if k, _ := cloudcontrol.Resolve(name); k == nil {
			t.Errorf("%s is named and does not resolve", name)
		}
	}
	if slices.Contains(names, "AWS::OpenSearchService::Domain") {
		t.Error("a type is named that cannot be listed")
	}
}

func TestResolveAll(t *testing.T) {
	t.Parallel()
	all, err := cloudcontrol.ResolveAll(cloudcontrol.Words("AWS::IAM::Role,AWS::SQS::Queue  AWS::IAM::Role", "\tAWS::EC2::VPC\n"))
	if err != nil || len(all) != 3 || all[0].Type != "AWS::IAM::Role" || all[2].Type != "AWS::EC2::VPC" {
		t.Errorf("%d kinds, %v", len(all), err)
	}
	for name, want := range map[string]string{
		"AWS::IAM::Rol":                  `did you mean "AWS::IAM::Role"?`,
		"AWS::OpenSearchService::Domain": "no call that lists",
		strings.Repeat("x", 1000):        "…",
		"Nonsense":                       `"Nonsense", which is not a kind`,
	} {
		if _, err := cloudcontrol.ResolveAll([]string{name}); err == nil || !strings.Contains(err.Error(), want) || len(err.Error()) > 300 {
			t.Errorf("%.20s: %v", name, err)
		}
	}
}
