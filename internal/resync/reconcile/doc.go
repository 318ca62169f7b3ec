// Package reconcile decides which entities Port should lose.
//
// It weighs what Port says this integration owns against what a run produced, what
// is remembered of where each entity came from, and what the run could not see. It
// is pure: it reads nothing, sends nothing, and the same facts always give the same
// decision. When in doubt an entity stays: a stale entity costs a wrong line in a
// catalog until the next run, a wrong delete costs its history and everything that
// hangs on it.
//
// It refuses to decide from a partial view. An entity whose cell is remembered goes
// only if that cell was read to its end, or is gone on purpose. Of an entity of
// which nothing is remembered, every cell that could have given it must have been.
// And it refuses what looks like a mistake: too many at once, of everything or of
// one kind in one account, stay until a person says that they may go.
package reconcile
