package resync

import (
	"context"
	"sync"

	"golang.org/x/sync/errgroup"

	"portolan/internal/aws/kind"
	"portolan/internal/mapping"
	"portolan/internal/resync/scope"
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
	// awaited are documents that are read for their sake alone. They are counted twice once
	// they have come, which only leaves out others that are not needed.
	awaited map[int]int
}

func newExamples(wanted bool) *examples {
	return &examples{wanted: wanted, first: make(map[int][]kind.Object), kinds: make(map[int]string), awaited: make(map[int]int)}
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

// lacks says whether a document of one of the resources is wanted that would not be read for its
// own sake, and counts on it.
func (e *examples) lacks(wishes []scope.Wish) bool {
	if !e.wanted {
		return false
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	lacks := false
	for _, w := range wishes {
		if index := w.Entry.Index; len(e.first[index])+e.awaited[index] < maxExamples {
			e.awaited[index]++
			lacks = true
		}
	}
	return lacks
}

// send returns the collected documents to Port, as many kinds at a time as there are
// workers, and returns the first error.
func (e *examples) send(ctx context.Context, to Port, workers int) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	var group errgroup.Group
	group.SetLimit(workers)
	for index, documents := range e.first {
		group.Go(func() error { return to.SendExamples(ctx, e.kinds[index], documents) })
	}
	return group.Wait()
}
