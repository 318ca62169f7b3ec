package kinds_test

import (
	"net/http"
	"testing"

	"portolan/internal/aws/kinds"
)

// TestListingThatSaysItIsCut wants no page taken for the last that says of itself that
// there is more.
func TestListingThatSaysItIsCut(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{"Keys":[],"Truncated":true}`, `{"Keys":[],"NextMarker":"","Truncated":true}`, `{"Keys":[],"NextMarker":null,"Truncated":true}`} {
		r := newReplay(t, kinds.KMSKey)
		r.spoil = func(operation string, _ int, _ *http.Request) *reply {
			if operation == "ListKeys" {
				return &reply{http.StatusOK, body}
			}
			return nil
		}
		if documents, errs := r.read(kinds.KMSKey); len(documents) != 0 || len(errs) != 1 {
			t.Errorf("%s: documents %v, errors %v, want an error", body, documents, errs)
		}
	}
}
