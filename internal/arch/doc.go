// Package arch holds the rules of the house that no compiler checks, as tests: who
// may import whom, that what is exported is explained, and what may not stand in
// the tree. It has no code of its own.
package arch
