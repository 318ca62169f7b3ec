// Package portsim is a stand-in for Port: its HTTP API as an exporter uses it,
// with the state behind it, served on loopback for the demo, the tests and the
// benchmarks.
//
// A stand-in is only worth something when it refuses what the real service
// refuses. This one therefore knows the exact form of every request: a key,
// a query parameter or a User-Agent that the API does not define is an error
// here, even where the real service would look away. Tokens end, rate limits
// bite, an entity is held against the schema of its blueprint, relations need
// their targets, and whoever writes an entity last owns it. Where Port's
// documentation leaves a behaviour open, the stricter reading is taken.
//
// Failures are scripted with faults: a status, a delay, a connection cut before
// or after the write took place, a bulk in which some entities fail. Time is
// the given clock's alone. What happened can be read back: the catalog, the
// integration and its resync states, and every request with its outcome.
//
// A read-only page at / shows the catalog to a person.
//
// The package calculates nothing that Port calculates (mirror, calculation and
// aggregation properties, scorecards), keeps nothing on disk, and imports no
// package of the product: it must not share the mistakes of what it judges.
package portsim
