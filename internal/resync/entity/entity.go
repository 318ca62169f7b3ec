// Package entity names the entities of a run, and remembers many of them in little room.
//
// It decides what makes two entities the same one. What an entity holds is package
// mapping's, and what becomes of it the run's.
package entity

// Ref is the key of an entity in Port.
type Ref struct{ Blueprint, Identifier string }

// String is how a report names the entity: "blueprint/identifier".
func (r Ref) String() string { return r.Blueprint + "/" + r.Identifier }
