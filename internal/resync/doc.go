// Package resync is the run: it makes Port's catalog equal to AWS, once.
//
// A run goes one way: prepare, read, reconcile, persist, report. Accounts are entered, each
// has its cells (a kind in a region), cells are read into documents, documents are mapped to
// entities, and those that changed are given to package upsert, which sends them. Every arrow
// is bounded. Then stale entities are deleted, where the run has looked. A plan is the same
// run with a sink that compares, and writes nothing.
//
// The phases are methods of [Engine]; [Run] calls them in one process, package distributed in
// several. All concurrency of the program is decided here: how many accounts are entered
// ahead, how many cells are read at a time, how many bulks are on their way to Port. The
// parts beneath are called from its goroutines, and start few or none of their own.
//
// No failure of an account, a region, a kind or a resource stops another. Each is recorded in
// package outcome, and what is not recorded there as read whole loses no entity. The run
// starts nothing that it cannot finish before its deadline.
package resync
