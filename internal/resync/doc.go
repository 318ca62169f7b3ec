// Package resync is the run: it makes Port's catalog equal to AWS, once.
//
// A run goes one way. Accounts are entered, each gives its cells (a kind in a
// region of an account), cells are read into documents, documents are mapped to
// entities, and those that changed are given to package upsert, which sends them. Every
// arrow is bounded. What remains of an entity after it is sent is eight bytes, to know at the
// end that it was produced, and with a state what the next run has to know of it.
// Then stale entities are deleted, where the run has looked. A plan is the same run
// with upsert's dry run, and writes nothing.
//
// All concurrency of the program is decided here: how many accounts are entered ahead,
// how many cells are read at a time, how many calls an account or one of its
// services sees at a time, how many bulks are on their way to Port. The packages
// around it are called from its goroutines and start few or none of their own.
//
// No failure of an account, a region, a kind or a resource stops another. Each is
// written to the ledger, and what the ledger does not show as complete loses no
// entity. The run starts nothing that it cannot finish before its deadline.
package resync
