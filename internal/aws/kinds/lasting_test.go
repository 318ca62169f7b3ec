package kinds_test

import (
	"testing"

	"portolan/internal/aws/kinds"
)

// TestLastingKinds have nothing that is not covered by what they declare to last: no optional follow-ups, whose
// answers would be left out, and no other proof that a resource is gone than the listing.
func TestLastingKinds(t *testing.T) {
	t.Parallel()
	some := 0
	for _, k := range kinds.All {
		l := k.Lasting
		if l == nil {
			continue
		}
		some++
		if len(k.Optional) > 0 || k.Confirm != nil {
			t.Errorf("%s has optional follow-ups or confirms", k.Type)
		}
		if l.Final == nil || l.For <= 0 || l.Tags != nil && (l.Beneath || l.Tags.Call == nil || l.Tags.Form.Property == "" || l.Tags.Form.Key == "") {
			t.Errorf("%s: %+v is not complete", k.Type, l)
		}
		for _, f := range k.Default {
			if f.Call != nil && !f.Essential && l.Tags == nil {
				t.Errorf("%s: a refused %s would be remembered as an answer", k.Type, f.Name)
			}
		}
	}
	if some == 0 {
		t.Error("no kind lasts")
	}
}
