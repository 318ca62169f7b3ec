package resync

import (
	"context"
	"sync"

	"portolan/internal/kind"
	"portolan/internal/mapping"
)

// maxExamples is how many documents of each of the mapping's resources Port
// keeps for its mapping tester.
const maxExamples = 5

// examples collects the first documents of each resource of the mapping. They are
// a courtesy: to send them may fail.
type examples struct {
	wanted bool
	mu     sync.Mutex
	first  map[int][]kind.Object
	kinds  map[int]string
}

func newExamples(wanted bool) *examples {
	return &examples{wanted: wanted, first: make(map[int][]kind.Object), kinds: make(map[int]string)}
}

func (e *examples) offer(resource *mapping.Resource, document kind.Object) {
	if !e.wanted {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.first[resource.Index]) < maxExamples {
		e.first[resource.Index] = append(e.first[resource.Index], document)
		e.kinds[resource.Index] = resource.Kind
	}
}

// send gives the collected documents to Port and returns the first error.
func (e *examples) send(ctx context.Context, to Port) (first error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for index, documents := range e.first {
		if err := to.SendExamples(ctx, e.kinds[index], documents); err != nil && first == nil {
			first = err
		}
	}
	return first
}
