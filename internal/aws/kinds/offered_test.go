package kinds_test

import (
	"encoding/json"
	"os"
	"slices"
	"testing"

	"portolan/internal/aws/kind"
)

// TestOfferedAs holds the name under which each kind's service stands in AWS's list of
// services by region against a list that was recorded. A name that the list does not
// have would leave it unknown for ever where the service is offered.
func TestOfferedAs(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/services-by-region.json")
	if err != nil {
		t.Fatal(err)
	}
	var list struct {
		Services []string
		Regions  map[string][]string
	}
	if err := json.Unmarshal(text, &list); err != nil {
		t.Fatal(err)
	}
	each(t, func(t *testing.T, k *kind.Kind) {
		calls := len(k.AllActions(nil)) > 0
		if calls != (k.Service.OfferedAs != "") {
			t.Errorf("OfferedAs is %q; it is empty where a kind makes no call, and only there", k.Service.OfferedAs)
		}
		if !calls {
			return
		}
		if !slices.Contains(list.Services, k.Service.OfferedAs) {
			t.Errorf("the list has no service %q", k.Service.OfferedAs)
		}
		if regions, recorded := list.Regions[k.Service.OfferedAs]; recorded && !slices.Contains(regions, "us-east-1") {
			t.Errorf("the list has no %s in us-east-1, where every service is offered", k.Service.OfferedAs)
		}
	})
}
