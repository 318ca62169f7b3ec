// Package reconcile decides which entities Port should lose.
//
// It compares what this integration owns according to Port with what a run produced,
// where each entity came from, and what the run could not see. It
// is pure: it does no I/O, and the same facts always lead to the same
// decision. In doubt an entity stays: a stale entity costs a wrong line in a
// catalog until the next run, a wrong delete costs the entity's history and everything
// that depends on it.
//
// It does not decide from a partial view. An entity with a remembered cell is deleted
// only if that cell was read to its end, or was taken out on purpose. For an entity of
// unknown origin, that must be true of every cell that it could have come from. Where listings
// are known to end short, AWS must also have said of its resource that it does not exist.
// And it keeps what looks like a mistake: too many at once, in total or of
// one kind in one account, stay until a person allows the deletes.
package reconcile
