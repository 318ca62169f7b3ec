// Package mapping turns the documents that readers yield into the entities that Port keeps,
// by the mapping that the user edits in Port: for each resource kind a selector, and a JQ
// expression for every field of the entity. Package jq beneath it runs the expressions.
//
// It is pure. It reads no file, no environment and no network, starts no goroutine, and
// returns the same entities for the same document and mapping on any machine. Only a mapping
// that asks for the time (now) gets what changes, and one that takes so much time that its
// items are stopped.
//
// # What it decides
//
// [Compile] reads the whole mapping once and compiles every expression. What is wrong in one
// resource becomes a diagnostic and costs only what cannot work without it: a bad property is
// left out of the entities (and so never clears what Port holds), a bad identifier costs its
// entity mapping, a bad selector its resource. What is lost is listed, because entities of it
// may be in Port.
//
// [Resource.Map] runs the expressions on one document. The first output of an expression
// counts; no output is null. The selector must return true or false: anything else is an
// error, and so is an identifier that Port would not take. An expression that fails at run
// time returns null, which is sent and clears the field, and the reason is in [Result.Nulls].
// An entity without identifier or blueprint is dropped. The [Result] keeps the outcomes
// apart, with the entity's blueprint and identifier where they are known, so that the caller
// can keep what must not be deleted.
//
// An item whose programs go beyond the bounds of package jq is an error of that item alone. If
// several items of a resource took too long, the others are errors without being tried.
//
// The package does not decide what is sent, retried or deleted, and it never logs. Reasons
// hold nothing of a document, whose values may be secrets.
package mapping
