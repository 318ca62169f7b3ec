package cell_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/resync/cell"
)

var names = []struct {
	name             cell.Name
	text, key, place string
}{
	{cell.Name{Account: "111122223333", Region: "eu-west-1", Kind: "AWS::SQS::Queue"}, "111122223333 eu-west-1 AWS::SQS::Queue", "111122223333", "in account 111122223333, eu-west-1"},
	{cell.Name{Account: "111122223333", Kind: "AWS::S3::Bucket"}, "111122223333  AWS::S3::Bucket", "111122223333", "in account 111122223333"},
	{cell.Name{Kind: "AWS::Organizations::Unit"}, "  AWS::Organizations::Unit", cell.Organization, "in the Organization"},
	{cell.Name{}, "  ", cell.Organization, "in the Organization"},
}

func TestName(t *testing.T) {
	t.Parallel()
	all := map[cell.Name]int{}
	for i, test := range names {
		all[test.name] = i
		text, err := test.name.MarshalText()
		if err != nil || string(text) != test.text {
			t.Errorf("%+v is written %q, %v", test.name, text, err)
		}
		var again cell.Name
		if err := again.UnmarshalText(text); err != nil || again != test.name {
			t.Errorf("%q is read as %+v, %v", text, again, err)
		}
		if test.name.Key() != test.key || cell.AccountOf(test.name.Key()) != test.name.Account {
			t.Errorf("the key of %+v is %q", test.name, test.name.Key())
		}
		if test.name.Place() != test.place {
			t.Errorf("%+v is %q", test.name, test.name.Place())
		}
	}
	roundTrip(t, all)
}

func TestCoverage(t *testing.T) {
	t.Parallel()
	all := map[cell.Coverage]int{
		{Account: "111122223333", Kind: "AWS::SQS::Queue"}: 1, {Kind: "AWS::Organizations::Unit"}: 2, {Account: "111122223333"}: 3, {}: 4,
	}
	for c := range all {
		text, err := c.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		var again cell.Coverage
		if err := again.UnmarshalText(text); err != nil || again != c {
			t.Errorf("%q is read as %+v, %v", text, again, err)
		}
	}
	roundTrip(t, all)
}

// roundTrip writes a map as JSON and reads it again.
func roundTrip[K comparable](t *testing.T, all map[K]int) {
	t.Helper()
	text, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	again := map[K]int{}
	if err := json.Unmarshal(text, &again); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(all, again); diff != "" {
		t.Errorf("%s (-want +got):\n%s", text, diff)
	}
}

func TestTextsThatNameNothing(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "111122223333", "111122223333 AWS::SQS::Queue", "a b c d"} {
		before := cell.Name{Kind: "as it was"}
		n := before
		if err := n.UnmarshalText([]byte(text)); err == nil || n != before {
			t.Errorf("%q names the cell %+v", text, n)
		}
	}
	for _, text := range []string{"", "111122223333"} {
		if err := new(cell.Coverage).UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q names a coverage", text)
		}
	}
}
