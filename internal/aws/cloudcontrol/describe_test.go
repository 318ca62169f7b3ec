package cloudcontrol_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"portolan/internal/aws/cloudcontrol"
	"portolan/internal/simulator/awssim"
)

// TestDescribe learns a type that the table lacks, and reads it.
func TestDescribe(t *testing.T) { // not parallel: what is learned, all know
	const misspelt = "AWS::Later::Nothing"
	later := awssim.LaterType
	if _, known := cloudcontrol.Lookup(later); known {
		t.Fatalf("the table has %s", later)
	}
	w := newWorld(t, []string{"cloudformation:ListResources"})
	if err := cloudcontrol.Describe(t.Context(), w.target(ireland).Config, []string{later, misspelt, "nonsense"}); err == nil ||
		!strings.Contains(err.Error(), cloudcontrol.DescribeAction) || cloudcontrol.Find(later) != nil {
		t.Errorf("without the permission: %v", err)
	}
	w = newWorld(t, nil, resource(later, ireland, "one"), resource(later, ireland, "two"))
	if err := cloudcontrol.Describe(t.Context(), w.target(ireland).Config, []string{later, misspelt, "nonsense"}); err != nil {
		t.Fatal(err)
	}
	if cloudcontrol.Find(misspelt) != nil || cloudcontrol.Find(later) == nil {
		t.Fatal("the wrong types are known")
	}
	if documents := w.named(later, ireland); len(documents) != 2 {
		t.Errorf("%v", ids(documents))
	}
	w.ForgetCalls()
	if err := cloudcontrol.Describe(t.Context(), aws.Config{}, []string{later}); err != nil || w.asked("DescribeType") > 0 {
		t.Errorf("it is asked again: %v", err)
	}
}

// TestSchemas are those of AWS's types.
func TestSchemas(t *testing.T) {
	t.Parallel()
	of, err := cloudcontrol.FromSchema("AWS::Later::Thing", `{"primaryIdentifier": ["/properties/A", "/properties/B"], "handlers": {
		"list": {"permissions": ["later:ListThings", "later:DescribeThing"], "handlerSchema": {"required": ["A"]}}, "read": {"permissions": ["later:GetThing"]}}}`)
	if err != nil || !slices.Equal(of.Identifier, []string{"A", "B"}) || of.List != "parent:A" || !of.Read || of.ListActions[0] != "later:DescribeThing" {
		t.Errorf("%+v, %v", of, err)
	}
	if why, _ := of.Unreadable(); !strings.Contains(why, "beneath a parent") {
		t.Errorf("a type beneath a parent that nobody knows: %q", why)
	}
	of, err = cloudcontrol.FromSchema("AWS::Later::Thing", `{"primaryIdentifier": ["/properties/A"], "handlers": {"create": {}}}`)
	if why, _ := of.Unreadable(); err != nil || why == "" {
		t.Errorf("a type that is not listed: %+v, %v", of, err)
	}
	if _, err = cloudcontrol.FromSchema("AWS::Later::Thing", "no JSON"); err == nil {
		t.Error("no schema is read as one")
	}
}

// TestCompoundIdentifiers: a part may hold what joins the parts.
func TestCompoundIdentifiers(t *testing.T) {
	t.Parallel()
	const of = "AWS::Cassandra::Table"
	one := resource(of, ireland, "a|b|things")
	one.Attributes = map[string]any{"KeyspaceName": "a|b", "TableName": "things"}
	w := newWorld(t, nil, one, resource(of, ireland, "plain|things"))
	if got := ids(w.named(of, ireland)); !slices.Equal(got, []string{"a|b|things", "plain|things"}) {
		t.Fatalf("%v", got)
	}
	k := cloudcontrol.Find(of)
	if exists, err := k.Confirming(w.target(ireland))(t.Context(), `{"KeyspaceName":"a|b","TableName":"things"}`); !exists || err != nil {
		t.Errorf("it is remembered by an identifier that does not work: %t, %v", exists, err)
	}
}

// TestTrails keeps those of the place; others show in every region.
func TestTrails(t *testing.T) {
	t.Parallel()
	const of = "AWS::CloudTrail::Trail"
	here, there := resource(of, ireland, "here"), resource(of, virgina, "there")
	there.Attributes = map[string]any{"IsMultiRegionTrail": true}
	w := newWorld(t, nil, here, there)
	if got := ids(w.named(of, ireland)); !slices.Equal(got, []string{"here"}) {
		t.Errorf("in %s: %v", ireland, got)
	}
	if got := ids(w.named(of, virgina)); !slices.Equal(got, []string{"there"}) {
		t.Errorf("in %s: %v", virgina, got)
	}
}
