// Package state keeps bytes that outlive a run, and the lease that lets one run write at a
// time.
//
// A [Store] holds named blobs: in a bucket of S3, in a folder, or in memory. Every write is
// conditional. Whoever replaces a blob names the version that they have seen, and gets
// [ErrConflict] if that is no longer the current one. A write happens as a whole or not at
// all, even if the process dies in the middle of it.
//
// Others may be able to write to the bucket or the folder. A [Sealed] store tells the blobs that
// this installation has written from all others, which are [ErrDamaged]. A folder follows no link.
// What is larger than anything that a run leaves is refused before it is read.
//
// A [Form] describes a kind of record: its name, its format and its version. A record that
// is damaged, of something else, or of a newer version is refused with an error that says
// which ([ErrDamaged], [ErrForeign], [ErrNewer]), and then nothing is known. It never counts
// as empty.
//
// A [Lease] has a generation, which increases with each holder, whatever happens to the
// lease itself. Records that are written under a lease carry its generation, and an older
// run cannot replace them ([ErrFenced]): a run that was asleep while another took over does
// no harm.
//
// [History] keeps the reports of runs, and [Work] what the invocations of one run leave to
// each other.
//
// The package knows nothing of AWS resources and entities, and does not decide what happens
// without a state. It retries only what lost a race, and it logs nothing. Nothing that it
// writes holds a secret.
package state
