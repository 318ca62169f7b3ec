package answer

import (
	"hash/maphash"

	"portolan/internal/aws/awserr"
)

// MaxEmptyPages is how many pages without a resource may follow one another in a listing.
// Services that filter a page after cutting it have some.
const MaxEmptyPages = 1000

// Trail follows the tokens of a listing. They may lead in a circle of any length, or on and
// on without a resource, and the SDK's paginators would follow them for ever. The zero
// value is the beginning of a listing.
type Trail struct {
	seed  maphash.Seed
	seen  map[uint64]struct{} // the tokens' hashes, which take up less than tokens
	empty int
}

// Step records a page: whether it held anything, and the token of the next page, "" on the
// last page. An error means that the listing cannot be finished; it is a
// *awserr.Unanswered.
func (t *Trail) Step(held bool, token string) error {
	t.empty++
	if held {
		t.empty = 0
	}
	if token == "" {
		return nil
	}
	if t.empty >= MaxEmptyPages {
		return &awserr.Unanswered{Class: awserr.Failed, Why: "the listing goes on and on without a resource"}
	}
	if t.seen == nil {
		t.seed, t.seen = maphash.MakeSeed(), make(map[uint64]struct{})
	}
	hash := maphash.String(t.seed, token)
	if _, before := t.seen[hash]; before {
		return &awserr.Unanswered{Class: awserr.Failed, Why: "a page's token leads back to an earlier page"}
	}
	t.seen[hash] = struct{}{}
	return nil
}
