package resync

import (
	"hash/maphash"
	"sync"

	"portolan/internal/mapping"
	"portolan/internal/reconcile"
)

// seen remembers which entities a run produced, and at which it pointed, in
// eight bytes each. Two entities with one hash are told apart by nobody: then a
// stale entity stays until the next run, which has another seed. Nothing is
// deleted by mistake.
type seen struct {
	seed     maphash.Seed
	mu       sync.Mutex
	entities map[uint64]struct{}
	pointed  map[relation]map[uint64]struct{}
}

// relation is a relation of a blueprint; only the blueprint's definition says
// where it points.
type relation struct{ blueprint, name string }

func newSeen() *seen {
	return &seen{
		seed:     maphash.MakeSeed(),
		entities: make(map[uint64]struct{}),
		pointed:  make(map[relation]map[uint64]struct{}),
	}
}

func (s *seen) key(blueprint, identifier string) uint64 {
	return maphash.Comparable(s.seed, reconcile.Ref{Blueprint: blueprint, Identifier: identifier})
}

// produced remembers an entity and what its relations point at. A relation that
// is a search points at what exists already, and Port makes nothing for it.
func (s *seen) produced(e *mapping.Entity) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.entities[s.key(e.Blueprint, e.Key())] = struct{}{}
	for _, field := range e.Relations {
		at := relation{e.Blueprint, field.Name}
		targets, _ := field.Targets()
		for _, identifier := range targets {
			if s.pointed[at] == nil {
				s.pointed[at] = make(map[uint64]struct{})
			}
			s.pointed[at][maphash.String(s.seed, identifier)] = struct{}{}
		}
	}
}

// taken remembers the identifier under which Port took an entity, which is not
// the one sent if that was a search.
func (s *seen) taken(blueprint, identifier string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.entities[s.key(blueprint, identifier)] = struct{}{}
}

func (s *seen) has(ref reconcile.Ref) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, ok := s.entities[s.key(ref.Blueprint, ref.Identifier)]
	return ok
}

// relations lists the relations through which entities of this run point at
// others.
func (s *seen) relations() []relation {
	s.mu.Lock()
	defer s.mu.Unlock()
	relations := make([]relation, 0, len(s.pointed))
	for r := range s.pointed {
		relations = append(relations, r)
	}
	return relations
}

func (s *seen) points(r relation, identifier string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, ok := s.pointed[r][maphash.String(s.seed, identifier)]
	return ok
}

// size counts the entities that the run produced.
func (s *seen) size() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.entities)
}
