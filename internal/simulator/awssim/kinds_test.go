package awssim_test

import (
	"testing"

	"portolan/internal/simulator/awssim"
)

// TestPopulations checks for every kind that what is listed can be found by its
// identifier, put back and removed.
func TestPopulations(t *testing.T) {
	t.Parallel()
	for _, kind := range awssim.Kinds() {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			const count = 120
			s := start(t, population(smallEstate(), kind, ireland, count), awssim.Options{})
			resources := s.Resources(member, kind, ireland)
			if len(resources) != count && kind != awssim.Service && kind != awssim.DeploymentGroup && kind != awssim.PipelineExecution {
				t.Fatalf("%d resources, want %d", len(resources), count)
			}
			for _, r := range resources {
				if err := s.Put(member, r); err != nil {
					t.Error(err)
				}
				if !s.Remove(member, kind, ireland, r.ID) || s.Remove(member, kind, ireland, r.ID) {
					t.Errorf("%s cannot be removed, or twice", r.ID)
				}
			}
			if rest := s.Resources(member, kind, ireland); len(rest) > 0 {
				t.Errorf("%d are left", len(rest))
			}
		})
	}
}
