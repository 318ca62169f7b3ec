package kind_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/aws/kind"
)

var declared = &kind.Kind{
	Type: "AWS::Test::Thing",
	List: kind.Listing{Name: "ListThingsAction", Actions: []string{"svc:ListThings", "svc:ListGroups"}},
	Default: []kind.FollowUp{
		{Call: nil},
		{Name: "DescribeThingAction", Actions: []string{"svc:DescribeThing"}},
	},
	Optional: []kind.FollowUp{
		{Name: "GetTagsAction", Actions: []string{"svc:GetTags", "svc:ListThings"}},
		{Name: "GetAliasAction", Actions: []string{"svc:GetAlias"}},
		{Name: "GetNoCallAction"},
	},
}

func TestPermissions(t *testing.T) {
	t.Parallel()
	k := *declared
	k.Optional = append(slices.Clone(k.Optional), kind.FollowUp{
		Name: "GetParentsAction", Actions: []string{"svc:GetParents"}, Bulk: &kind.Bulk{Actions: []string{"svc:GetTree", "svc:ListThings"}},
	})
	want := []string{
		"svc:DescribeThing", "svc:GetAlias", "svc:GetParents", "svc:GetTags", "svc:GetTree", "svc:ListGroups", "svc:ListThings",
	}
	if diff := cmp.Diff(want, k.Permissions()); diff != "" {
		t.Errorf("permissions (-want +got):\n%s", diff)
	}
	if slices.Contains(k.AllActions(nil), "svc:GetTree") {
		t.Error("a reading needs what only saves calls")
	}
}

func TestAllActions(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ names, want []string }{
		"all of them": {nil, []string{"svc:DescribeThing", "svc:GetAlias", "svc:GetTags", "svc:ListGroups", "svc:ListThings"}},
		"none beside the default": {
			[]string{}, []string{"svc:DescribeThing", "svc:ListGroups", "svc:ListThings"},
		},
		"one, and one that is unknown": {
			[]string{"GetAliasAction", "GetNothingAction"},
			[]string{"svc:DescribeThing", "svc:GetAlias", "svc:ListGroups", "svc:ListThings"},
		},
		"one that needs what the listing needs": {
			[]string{"GetTagsAction"}, []string{"svc:DescribeThing", "svc:GetTags", "svc:ListGroups", "svc:ListThings"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, declared.AllActions(test.names)); diff != "" {
				t.Errorf("actions (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff([]string{"svc:ListThings", "svc:ListGroups"}, declared.List.Actions); diff != "" {
				t.Errorf("the declaration itself was changed (-want +got):\n%s", diff)
			}
		})
	}
}

func TestNamesOfActions(t *testing.T) {
	t.Parallel()
	if diff := cmp.Diff([]string{"GetTagsAction", "GetAliasAction", "GetNoCallAction"}, declared.OptionalNames()); diff != "" {
		t.Errorf("optional (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"ListThingsAction", "DescribeThingAction"}, declared.DefaultNames()); diff != "" {
		t.Errorf("default (-want +got):\n%s", diff)
	}
	if got := (&kind.Kind{}).OptionalNames(); got == nil || len(got) != 0 {
		t.Errorf("a kind without optional actions has %#v", got)
	}
}

func TestScopeNames(t *testing.T) {
	t.Parallel()
	for scope, want := range map[kind.Scope]string{kind.Regional: "regional", kind.Global: "global", kind.Management: "management"} {
		if scope.String() != want {
			t.Errorf("%d is %q, want %q", scope, scope, want)
		}
	}
}

func TestNamesOfForm(t *testing.T) {
	t.Parallel()
	form := kind.Form{Properties: "  Id Name\n\t\tTags\n"}
	if diff := cmp.Diff([]string{"Id", "Name", "Tags"}, form.Names()); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
}
