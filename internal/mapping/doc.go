// Package mapping turns the documents that readers yield into the entities that
// Port keeps, by the mapping that the user edits in Port: for each resource
// kind a selector and a JQ expression for every field of the entity.
//
// It is pure. It reads no file, no environment and no network, starts no
// goroutine, and gives the same entities for the same document and mapping on
// any machine; only a mapping that asks for the time (now) gets what changes.
//
// # What it decides
//
// [Compile] reads the whole mapping once and compiles every expression. What is
// wrong in one resource becomes a [Problem] and costs only what cannot work
// without it: a bad property is left out of the entities (and so never clears
// what Port holds), a bad identifier costs its entity mapping, a bad selector
// its resource. What is lost is listed, because entities of it may be in Port.
//
// [Resource.Map] runs the expressions on one document. The first output of an
// expression counts; no output is null. The selector must give true or false:
// anything else is an error, as is an identifier that Port would not take. An
// expression that fails at run time gives null, which is sent and clears the
// field, and the reason is in [Result.Nulls]. An entity without identifier or
// blueprint is dropped. Each outcome is kept apart in the [Result], with the
// entity's blueprint and identifier where they are known, so that the caller
// can keep what must not be deleted.
//
// It refuses to decide what is sent, retried or deleted, and it never logs.
// Reasons hold nothing of a document, whose values may be secrets.
//
// # Bounds
//
// A mapping is a program that anybody with the right to edit it can write. The
// programs of one item share a number of steps and, as a second line, some
// seconds; values that a program builds are limited in size, depth and digits,
// and so is what takes long in a single step, such as matching a regular
// expression with more than 128 KiB of text. To this end programs are rewritten
// before they are compiled: the checks stand where values are built.
// A program that meets a bound makes an error of its item, never a null. The
// environment is empty, and there are no modules, files or further inputs.
//
// # Differences from libjq 1.8
//
// Expressions run on gojq. For what mappings use the two agree; the prelude of
// this package adds what gojq lacks (toarray, keys_unsorted, leaf_paths, date,
// dateadd, datesub, @base32, @base32d, debug, input_line_number and others).
// These differences remain:
//
//   - Regular expressions are RE2: no look-around, back-references, atomic
//     groups, possessive quantifiers, \h or \Z, and no flags x, n and l. One that
//     is written out in the mapping is refused when the mapping is loaded. \d, \w
//     and \s match ASCII only.
//   - The keys of objects have no order of their own: .[], to_entries, tojson and
//     keys_unsorted go by the alphabet.
//   - Integers are exact at any size, up to 4096 bits; libjq rounds them beyond
//     2^53 when it computes. Whole numbers are written without a fraction, and
//     tostring writes 1e17 as 100000000000000000.
//   - Local time is UTC. fromdate takes offsets from UTC beside Z.
//   - A string can be indexed by a number ("abc" | .[1] is "b"), @base64d keeps
//     bytes that are not UTF-8 until they are sent, and messages that catch gets
//     are worded differently.
//   - $__loc__, $__prog_args, modules, input and inputs
//     do not exist; using one is a problem at load. env and $ENV are {}.
//   - An empty expression is a problem; libjq takes it for the whole document.
package mapping
