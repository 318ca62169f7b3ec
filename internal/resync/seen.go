package resync

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"sync"

	"portolan/internal/mapping"
	"portolan/internal/resync/reconcile"
)

// seen remembers which entities a run produced, and at which it pointed, in
// eight bytes each. Two entities with one hash are told apart by nobody: then a
// stale entity stays until the next run, which has another seed. Nothing is
// deleted by mistake.
type seen struct {
	seed     string // the run, so that all its processes hash alike
	mu       sync.Mutex
	entities map[uint64]struct{}
	pointed  map[relation]map[uint64]struct{}
}

// relation is a relation of a blueprint; only the blueprint's definition says
// where it points.
type relation struct{ blueprint, name string }

func newSeen(seed string) *seen {
	return &seen{
		seed:     seed,
		entities: make(map[uint64]struct{}),
		pointed:  make(map[relation]map[uint64]struct{}),
	}
}

// key hashes texts: an identifier, or a blueprint and an identifier.
func (s *seen) key(texts ...string) uint64 {
	var room [256]byte
	text := append(room[:0], s.seed...)
	for _, t := range texts {
		text = append(append(text, 0), t...)
	}
	sum := sha256.Sum256(text)
	return binary.LittleEndian.Uint64(sum[:8])
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
			s.point(at, s.key(identifier))
		}
	}
}

func (s *seen) point(at relation, key uint64) {
	if s.pointed[at] == nil {
		s.pointed[at] = make(map[uint64]struct{})
	}
	s.pointed[at][key] = struct{}{}
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
	_, ok := s.pointed[r][s.key(identifier)]
	return ok
}

// size counts the entities that the run produced.
func (s *seen) size() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.entities)
}

// seenPart is what one process of a run saw, for the others.
type seenPart struct {
	Entities []byte        `json:"entities,omitempty"` // eight bytes each
	Pointed  []pointedPart `json:"pointed,omitempty"`
}

type pointedPart struct {
	Blueprint string `json:"blueprint"`
	Relation  string `json:"relation"`
	Targets   []byte `json:"targets"` // eight bytes each
}

func (s *seen) part() seenPart {
	s.mu.Lock()
	defer s.mu.Unlock()
	part := seenPart{Entities: packed(s.entities)}
	for at, targets := range s.pointed {
		part.Pointed = append(part.Pointed, pointedPart{at.blueprint, at.name, packed(targets)})
	}
	return part
}

func (s *seen) absorb(part seenPart) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for key := range slices.Chunk(part.Entities, 8) {
		s.entities[binary.LittleEndian.Uint64(key)] = struct{}{}
	}
	for _, p := range part.Pointed {
		for key := range slices.Chunk(p.Targets, 8) {
			s.point(relation{p.Blueprint, p.Relation}, binary.LittleEndian.Uint64(key))
		}
	}
}

func packed(keys map[uint64]struct{}) []byte {
	bytes := make([]byte, 0, 8*len(keys))
	for key := range keys {
		bytes = binary.LittleEndian.AppendUint64(bytes, key)
	}
	return bytes
}
