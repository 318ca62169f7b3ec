// Package snapshot keeps what the last run left of each account: which entities Portolan
// wrote to Port, with which hash, and from which cell.
//
// A [Snapshot] is a memory, not a source of truth: a run without it is slower and more
// careful, but never wrong. A snapshot that is damaged, of another account, or of a newer
// form is refused with an error that says which ([state.ErrDamaged], [state.ErrForeign],
// [state.ErrNewer]), and then nothing is known. It is never read as an empty snapshot, which
// would mean that every entity in Port belongs to somebody else. A snapshot is checked as a
// whole before any part of it is returned.
//
// While a run works, a snapshot is unpacked only as long as its account is read; else it is kept as
// it lies in the state.
//
// Snapshots hold hashes, fingerprints, names and counts, and no property of an entity. The names are
// those of entities and, of kinds about whose resources AWS has to be asked before their entities go,
// those of resources.
package snapshot
