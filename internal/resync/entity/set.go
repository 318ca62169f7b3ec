package entity

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"sync"

	"portolan/internal/mapping"
)

// Set holds entities and the relations that lead from them to others, in eight bytes
// each. Two entities with the same hash look the same: a stale one then stays until the
// next run, which has another seed. So nothing is deleted by mistake. It is safe for
// concurrent use.
type Set struct {
	seed     string
	mu       sync.Mutex
	entities map[uint64]struct{}
	pointed  map[Relation]map[uint64]struct{}
}

// Relation is a relation of a blueprint. Only the blueprint's definition says where it
// leads.
type Relation struct{ Blueprint, Name string }

// NewSet returns an empty set. The seed is the run, so that all its processes hash alike.
func NewSet(seed string) *Set {
	return &Set{
		seed:     seed,
		entities: make(map[uint64]struct{}),
		pointed:  make(map[Relation]map[uint64]struct{}),
	}
}

// key hashes texts: an identifier, or a blueprint and an identifier.
func (s *Set) key(texts ...string) uint64 {
	var room [256]byte
	text := append(room[:0], s.seed...)
	for _, t := range texts {
		text = append(append(text, 0), t...)
	}
	sum := sha256.Sum256(text)
	return binary.LittleEndian.Uint64(sum[:8])
}

// Produce adds an entity and the targets of its relations. A relation that is a search
// leads to an existing entity, and Port creates nothing for it.
func (s *Set) Produce(e *mapping.Entity) {
	key := s.key(e.Blueprint, e.Key()) // hashed outside the lock, for which all readings wait
	s.mu.Lock()
	defer s.mu.Unlock()
	s.entities[key] = struct{}{}
	for _, field := range e.Relations {
		at := Relation{e.Blueprint, field.Name}
		targets, _ := field.Targets()
		for _, identifier := range targets {
			s.point(at, s.key(identifier))
		}
	}
}

func (s *Set) point(at Relation, key uint64) {
	if s.pointed[at] == nil {
		s.pointed[at] = make(map[uint64]struct{})
	}
	s.pointed[at][key] = struct{}{}
}

// Add adds an entity without its relations.
func (s *Set) Add(ref Ref) {
	key := s.key(ref.Blueprint, ref.Identifier)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.entities[key] = struct{}{}
}

// Has says whether the set holds an entity.
func (s *Set) Has(ref Ref) bool {
	key := s.key(ref.Blueprint, ref.Identifier)
	s.mu.Lock()
	defer s.mu.Unlock()
	_, ok := s.entities[key]
	return ok
}

// Relations returns the relations through which entities of the set point at others.
func (s *Set) Relations() []Relation {
	s.mu.Lock()
	defer s.mu.Unlock()
	relations := make([]Relation, 0, len(s.pointed))
	for r := range s.pointed {
		relations = append(relations, r)
	}
	return relations
}

// Points says whether an entity of the set points at an identifier through a relation.
func (s *Set) Points(r Relation, identifier string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, ok := s.pointed[r][s.key(identifier)]
	return ok
}

// Size counts the entities.
func (s *Set) Size() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.entities)
}

// Part is a set as one process of a run leaves it to another.
type Part struct {
	Entities []byte        `json:"entities,omitempty"` // eight bytes each
	Pointed  []PointedPart `json:"pointed,omitempty"`
}

// PointedPart is what entities point at through one relation.
type PointedPart struct {
	Blueprint string `json:"blueprint"`
	Relation  string `json:"relation"`
	Targets   []byte `json:"targets"` // eight bytes each
}

// Part returns what the set holds.
func (s *Set) Part() Part {
	s.mu.Lock()
	defer s.mu.Unlock()
	part := Part{Entities: packed(s.entities)}
	for at, targets := range s.pointed {
		part.Pointed = append(part.Pointed, PointedPart{at.Blueprint, at.Name, packed(targets)})
	}
	return part
}

// Whole says whether the part is as it was left.
func (p Part) Whole() bool {
	return len(p.Entities)%8 == 0 && !slices.ContainsFunc(p.Pointed, func(p PointedPart) bool { return len(p.Targets)%8 != 0 })
}

// Merge adds a part that is whole. It must come from a set of the same seed.
func (s *Set) Merge(part Part) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for key := range slices.Chunk(part.Entities, 8) {
		s.entities[binary.LittleEndian.Uint64(key)] = struct{}{}
	}
	for _, p := range part.Pointed {
		for key := range slices.Chunk(p.Targets, 8) {
			s.point(Relation{p.Blueprint, p.Relation}, binary.LittleEndian.Uint64(key))
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
