// Package jq compiles and runs JQ expressions that strangers wrote, in a sandbox.
//
// A mapping is a program that anybody with the right to edit it can write. So the environment
// is empty, there are no modules, files or further inputs, and every evaluation is bounded. The
// programs of one item share a number of steps, the bytes that they build (128 MiB, whether
// kept or not) and, as a second line of defence, some seconds; the items of one document share
// a multiple of the steps and of the time, and the size of all results ([Budget]). Each value
// is limited in size, depth and digits. A program that meets a bound returns an error that is
// [Exhausted].
//
// The interpreter cannot be stopped inside a single step, and what it allocates cannot be seen
// from outside. So no step may take long or build much: programs are rewritten before they are
// compiled, and the checks stand before and after whatever builds, iterates, compares or calls
// itself. gojq's functions that are written in JQ are part of the prelude and are rewritten in
// the same way; those that are written in Go are in the tables of the checks. gojq's internal
// functions do not exist for a program. Regular expressions are matched here, since gojq needs
// time in proportion to the square of the text. They are limited in length, and so is the
// product of their length and that of the text.
//
// Of all programs that run at a time, only one may build more than 4 MiB; the others wait.
// Beside the 128 MiB it can make the interpreter remember some 200 MiB: where it is in each
// function and each .[] that has not ended.
//
// # Differences from libjq 1.8
//
// Expressions run on gojq. The two agree on what mappings use; the prelude of this package
// adds what gojq lacks (toarray, keys_unsorted, leaf_paths, date, dateadd, datesub, @base32,
// @base32d, debug, input_line_number and others). These differences remain:
//
//   - Regular expressions are RE2: no look-around, back-references, atomic groups, possessive
//     quantifiers, \h or \Z, and no flags x, n and l. A pattern that is written out in the
//     expression is refused when it is compiled. \d, \w and \s match ASCII only.
//   - The keys of objects have no order of their own: .[], to_entries, tojson and
//     keys_unsorted go by the alphabet.
//   - Integers are exact at any size, up to 4096 bits; libjq rounds them beyond 2^53 when it
//     computes. Whole numbers are written without a fraction, and tostring writes 1e17 as
//     100000000000000000.
//   - Local time is UTC. fromdate takes offsets from UTC beside Z.
//   - A string can be indexed by a number ("abc" | .[1] is "b"), @base64d keeps bytes that are
//     not UTF-8 until they are sent, and messages that catch gets are worded differently.
//   - $__loc__, $__prog_args, modules, input and inputs do not exist; an expression that uses
//     one does not compile. env and $ENV are {}.
//   - An empty expression is an error; libjq takes it for the whole document.
package jq
