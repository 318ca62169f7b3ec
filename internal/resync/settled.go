package resync

import (
	"context"
	"errors"
	"sync"
	"time"

	"portolan/internal/aws/kind"
	"portolan/internal/mapping"
	"portolan/internal/report"
	"portolan/internal/resync/cell"
	"portolan/internal/resync/scope"
	"portolan/internal/resync/snapshot"
	"portolan/internal/resync/upsert"
)

// settling is how the reading of a cell uses and remembers what cannot change any more
// ([kind.Lasting]). It is nil for a kind of which everything may change.
type settling struct {
	*Engine
	cell   cell.Name
	of     cell.Coverage
	kind   *kind.Kind
	wishes []scope.Wish

	mu    sync.Mutex
	known map[string]snapshot.Settled // by key, what a resource gave about which nothing is asked

	// gathered is what the resource that is being taken gave, or all that was beneath its parent
	// so far. Spoilt says that it cannot be remembered.
	gathered snapshot.Settled
	spoilt   bool
}

// settlingOf begins to follow what lasts in the reading of a cell. Where listings may end short, each
// resource has to be met in each run.
func (e *Engine) settlingOf(t task, wishes []scope.Wish) *settling {
	if t.unit.Kind.Lasting == nil || t.unit.Kind.Confirm != nil || !e.memory.Fingerprints() {
		return nil
	}
	return &settling{Engine: e, cell: t.name(), of: t.coverage(), kind: t.unit.Kind, wishes: wishes, known: map[string]snapshot.Settled{}}
}

// settled returns the proof with which nothing has to be asked about a resource, or beneath it.
// If documents are wanted as examples, a few are read all the same.
func (s *settling) settled(key string) (kind.Proof, bool) {
	was, ok := s.memory.Settled(s.cell, key)
	if age := s.Started.Sub(was.At); !ok || age < 0 || age >= s.kind.Lasting.For || s.reading.examples.lacks(s.wishes) {
		return kind.Proof{}, false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.known[key] = was
	return kind.Proof(was.Proof), true
}

// add begins with a document.
func (s *settling) add(lacking bool) {
	if s != nil {
		s.gathered.Documents++
		s.spoilt = s.spoilt || lacking
	}
}

// spoil says that what is gathered is not all that the resource gives.
func (s *settling) spoil() {
	if s != nil {
		s.spoilt = true
	}
}

// gave adds what an entry of the mapping made of a document.
func (s *settling) gave(entry *mapping.Resource, fingerprint mapping.Fingerprint, made mapping.Result) {
	if s == nil {
		return
	}
	trace, ok := entry.Trace(made)
	s.spoilt = s.spoilt || !ok || fingerprint == mapping.Fingerprint{}
	s.gathered.Gave = append(s.gathered.Gave, snapshot.Gave{Entry: entry.Index, Fingerprint: snapshot.Sum(fingerprint), Trace: trace})
}

// taken ends a resource, unless it is remembered together with all that is beneath its parent.
func (s *settling) taken(resource *kind.Found, err error) {
	if s == nil {
		return
	}
	s.spoilt = s.spoilt || err != nil
	if !s.kind.Lasting.Beneath {
		s.remember(resource)
	}
}

// ends takes the end of what is beneath a parent, and says whether it is one.
func (s *settling) ends(resource *kind.Found) bool {
	if s == nil || !resource.Ends() {
		return false
	}
	s.remember(resource)
	return true
}

// remember leaves what is gathered to the next run, if it lasts, and begins anew.
func (s *settling) remember(resource *kind.Found) {
	_ = s.take(resource.Key()) // it was asked about all the same
	gathered, spoilt := s.gathered, s.spoilt
	s.gathered, s.spoilt = snapshot.Settled{}, false
	proof := resource.Lasts()
	if spoilt || proof == (kind.Proof{}) {
		return
	}
	gathered.Proof, gathered.At = snapshot.Sum(proof), time.Now().UTC().Truncate(time.Second)
	s.memory.Settle(s.cell, resource.Key(), gathered)
}

// errForgotten cannot happen, since what a run remembers does not change. It keeps the cell from
// losing entities.
var errForgotten = errors.New("the state no longer has the entities of a resource")

// again hands on what a resource gave the last time, or all that is beneath it, and remembers it. It
// returns of how many documents that was.
func (e *Engine) again(ctx context.Context, s *settling, key string) (documents int, err error) {
	was := s.take(key)
	counts := report.Counts{Fetched: was.Documents}
	e.Progress.Resources.Add(int64(was.Documents))
	defer func() { e.book.Count(s.of, counts) }()
	for _, gave := range was.Gave {
		entry := s.entry(gave.Entry)
		if entry == nil {
			return was.Documents, errForgotten
		}
		fingerprint := mapping.Fingerprint(gave.Fingerprint)
		result, ok := entry.Retrace(gave.Trace, e.remembered(s.cell, fingerprint))
		if !ok {
			return was.Documents, errForgotten
		}
		e.book.Unmapped.Note(entry, result, func() string { return key })
		from := origin{upsert.Origin{Coverage: s.of, Cell: s.cell, Entry: entry.Index}, fingerprint}
		if err := e.giveAll(ctx, from, result, &counts); err != nil {
			return was.Documents, err
		}
	}
	e.memory.Settle(s.cell, key, was)
	return was.Documents, nil
}

// take returns what a resource gave, and forgets it.
func (s *settling) take(key string) snapshot.Settled {
	s.mu.Lock()
	defer s.mu.Unlock()
	was := s.known[key]
	delete(s.known, key)
	return was
}

// entry returns the entry of the mapping with an index; nil if it does not want the cell.
func (s *settling) entry(index int) *mapping.Resource {
	for _, w := range s.wishes {
		if w.Entry.Index == index {
			return w.Entry
		}
	}
	return nil
}
