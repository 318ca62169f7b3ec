package answer

import (
	"hash/maphash"

	"portolan/internal/aws/awserr"
)

// MaxEmptyPages is how many pages without a resource may follow one another in a
// listing. Services that filter a page after they cut it have some.
const MaxEmptyPages = 1000

// Trail follows the tokens of a listing. AWS may lead a client in a circle of any
// length, or on and on without a resource; the SDK's paginators would follow for ever.
// The zero value is the beginning of a listing.
type Trail struct {
	seed  maphash.Seed
	seen  map[uint64]struct{} // of tokens their hashes, so that a listing takes up little
	empty int
}

// Step takes in a page: whether it held anything, and the token that leads on, "" if
// it is the last. The error is a *awserr.Unanswered: the listing cannot be finished.
func (t *Trail) Step(held bool, token string) error {
	t.empty++
	if held {
		t.empty = 0
	}
	if token == "" {
		return nil
	}
	if t.empty >= MaxEmptyPages {
		return &awserr.Unanswered{Class: awserr.Failed, Why: "the listing leads on and on without a resource"}
	}
	if t.seen == nil {
		t.seed, t.seen = maphash.MakeSeed(), make(map[uint64]struct{})
	}
	hash := maphash.String(t.seed, token)
	if _, before := t.seen[hash]; before {
		return &awserr.Unanswered{Class: awserr.Failed, Why: "a page's token leads back to a page that was read before"}
	}
	t.seen[hash] = struct{}{}
	return nil
}
