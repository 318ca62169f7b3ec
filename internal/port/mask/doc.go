// Package mask decides what of a text or a document may leave the process as an example, a line of
// the log, or a value in a plan.
//
// Members that hold commands, scripts, labels or free options are blanked whole, by their names
// (fields.go). In all others, a value is masked if the name beside it says that it is a secret
// (names.go, beside.go) or if it has the form of one (forms.go, keys.go), also inside JSON, and
// behind base64, URL encoding or entities (encoded.go). Names and shape stay, so that a mapping can
// be written from an example.
//
// It is best effort: nothing tells a secret without a form under a name that says nothing. It refuses
// to guess from single letters, and leaves what identifies a resource: ARNs, ids, digests, dates.
package mask
