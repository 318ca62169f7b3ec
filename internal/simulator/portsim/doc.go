// Package portsim is a stand-in for Port: its HTTP API as an exporter uses it,
// with the state behind it, served on loopback for the demo, the tests and the
// benchmarks.
//
// A stand-in is only useful if it refuses what the real service
// refuses. So this one knows the exact form of every request: a key,
// a query parameter or a User-Agent that the API does not define is an error
// here, even if the real service ignores it. Tokens expire, rate limits
// are enforced, an entity is checked against the schema of its blueprint, relations need
// their targets, and whoever writes an entity last owns it. If Port's
// documentation leaves a behaviour open, the stricter reading is used.
//
// Failures are scripted with faults: a status, a delay, a connection cut before
// or after the write took place, a bulk in which some entities fail. Time comes
// only from the given clock. What happened can be read back: the catalog, the
// integration and its resync states, and every request with its outcome.
//
// The package does not calculate what Port calculates (mirror, calculation and
// aggregation properties, scorecards), stores nothing on disk, and does not import
// packages of the product: it must not share the mistakes of what it tests.
package portsim
