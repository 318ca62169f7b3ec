package cloudcontrol_test

import (
	"slices"
	"strings"
	"testing"

	"portolan/internal/aws/cloudcontrol"
)

func TestTable(t *testing.T) {
	t.Parallel()
	all := cloudcontrol.All()
	if len(all) < 1400 {
		t.Fatalf("the table has %d types", len(all))
	}
	if !slices.IsSortedFunc(all, func(a, b cloudcontrol.Type) int { return strings.Compare(a.Name, b.Name) }) {
		t.Error("the table is not in order of name")
	}
	for _, of := range all {
		if got, ok := cloudcontrol.Lookup(of.Name); !ok || got.List != of.List {
			t.Errorf("Lookup(%q) = %+v, %v", of.Name, got, ok)
		}
	}
	if _, ok := cloudcontrol.Lookup("AWS::No::Such"); ok {
		t.Error("a type is found that does not exist")
	}
}
