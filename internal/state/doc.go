// Package state keeps what a run leaves to the next: the snapshot of each account,
// the history of runs, and the lease that lets one run write at a time.
//
// A [Store] holds named blobs: in a bucket of S3, in a folder, or in memory. It
// writes on condition only. Who wants to replace a blob names the version it has
// seen, and gets [ErrConflict] if that is no longer the present one. A write is
// whole or not there at all, also if the process dies in the middle of it.
//
// A [Snapshot] says which entities Portolan put into Port for one account. It is a
// memory, not a source of truth: a run without it is slower and more careful, and
// never wrong. So the package would rather give none than a wrong one. A snapshot
// that is damaged, of another account, or of a newer form is refused with an error
// that says which ([ErrDamaged], [ErrForeign], [ErrNewer]), and means that nothing
// is known. It is never an empty snapshot, for an empty snapshot says that every entity
// in Port is somebody else's. Nothing of a snapshot is shown before all of it has been
// checked.
//
// A [Lease] has a generation, which increases with each holder, whatever happens to
// the lease itself. Snapshots and the history's latest entry carry the generation under
// which they were written, and a write of an older one is refused ([ErrFenced]): a
// run that was asleep while another took over does no harm.
//
// The package decides nothing about entities, and never what is to be done without
// state; it retries nothing but what lost a race; it logs nothing. Nothing that it
// writes holds a secret: hashes, names and counts, and the report of each run.
package state
