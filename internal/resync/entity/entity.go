// Package entity names the entities of a run, and remembers many of them in little room.
//
// It decides what makes two entities the same one. What an entity holds is package
// mapping's, and what becomes of it the run's.
package entity

import (
	"crypto/sha256"

	"portolan/internal/mapping"
)

// Ref is the key of an entity in Port.
type Ref struct{ Blueprint, Identifier string }

// String is how a report names the entity: "blueprint/identifier".
func (r Ref) String() string { return r.Blueprint + "/" + r.Identifier }

// Hash is compared to find out whether an entity has changed. No content has the zero
// Hash.
type Hash [16]byte

// Content is what is remembered of what an entity holds.
type Content struct {
	Hash Hash
	// Document is the fingerprint of the document that the entity was made of, with which
	// Nulls can be used; zero if all of the entity has to be made to know what it holds.
	Document mapping.Fingerprint
	Nulls    mapping.Nulls
}

// HashOf hashes how an entity is written, and what is sent of it.
func HashOf(content []byte) Hash {
	sum := sha256.Sum256(content)
	return Hash(sum[:16])
}
