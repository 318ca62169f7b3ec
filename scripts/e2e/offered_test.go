//go:build e2e

package e2e

import (
	"encoding/json"
	"os"
	"testing"

	"portolan/internal/aws/kinds"
	"portolan/internal/aws/offered"
)

// TestListOfServicesByRegion reads AWS's list as moto has it, for the services of all
// kinds, and holds it against what was recorded of it.
func TestListOfServicesByRegion(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../internal/aws/kinds/testdata/services-by-region.json")
	if err != nil {
		t.Fatal(err)
	}
	var recorded struct{ Regions map[string][]string }
	if err := json.Unmarshal(text, &recorded); err != nil {
		t.Fatal(err)
	}
	list := offered.New(baseConfig(startMoto(t), "eu-west-1"))
	for _, k := range kinds.All {
		for _, region := range recorded.Regions[k.Service.OfferedAs] {
			if got, err := list.Offers(t.Context(), k.Service.OfferedAs, region, nil); got != offered.Offered {
				t.Fatalf("%s in %s: %q, %v", k.Service.OfferedAs, region, got, err)
			}
		}
	}
	if got, err := list.Offers(t.Context(), "memorydb", "af-south-1", nil); got != offered.NotOffered {
		t.Errorf("memorydb in af-south-1: %q, %v", got, err)
	}
}
