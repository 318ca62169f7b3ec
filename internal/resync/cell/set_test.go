package cell_test

import (
	"fmt"
	"testing"

	"portolan/internal/resync/cell"
)

// TestSet holds cells apart, whatever account, region and kind, and
// however many there are.
func TestSet(t *testing.T) {
	t.Parallel()
	s := cell.NewSet()
	var cells []cell.Name
	for _, a := range []string{"", "000000000001", "000000000002"} {
		for i := range 40 {
			for k := range 300 {
				cells = append(cells, cell.Name{Account: cell.Account(a), Region: cell.Region(fmt.Sprint("region-", i)), Kind: cell.Kind(fmt.Sprint("kind-", k))})
			}
		}
	}
	for i, c := range cells {
		if i%3 == 0 {
			s.Add(c)
		}
	}
	for i, c := range cells {
		if s.Has(c) != (i%3 == 0) {
			t.Fatalf("%+v is in the set: %v", c, s.Has(c))
		}
	}
}
