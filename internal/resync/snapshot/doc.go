// Package snapshot keeps what the last run left of each account: which entities Portolan
// put into Port, with which hash, and from which cell.
//
// A [Snapshot] is a memory, not a source of truth: a run without it is slower and more
// careful, and never wrong. So a snapshot that is damaged, of another account, or of a newer
// form is refused with an error that says which ([state.ErrDamaged], [state.ErrForeign],
// [state.ErrNewer]), and then nothing is known. It is never read as an empty snapshot, which
// would say that every entity in Port is somebody else's. Nothing of a snapshot is returned
// before all of it has been checked.
//
// Snapshots hold hashes, names and counts, and no property of an entity.
package snapshot
