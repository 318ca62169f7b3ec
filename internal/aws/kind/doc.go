// Package kind says what a kind of AWS resource is, and reads one.
//
// A Kind is a declaration that reads like a form: its type, its client, how its
// resources are listed, which calls complete them, which AWS permissions that takes, and
// which properties its documents have. Read turns the declaration and a Target (an
// account, a region, credentials) into a stream of documents and errors.
//
// Four things are decided here, for every kind alike:
//
//   - A document repeats AWS's answer, not the SDK's idea of it. The SDK's structs have
//     lost what the answer distinguishes: the names on the wire, absent and zero, the
//     digits of a number. Where AWS answers JSON, the document is made from the body
//     itself; the struct only says which members are times, and what is a structure and
//     what a map. A member that is null is dropped, as if AWS had not answered it. XML
//     cannot be read without a model, so there the struct is the model: its fields have
//     the API's member names.
//   - What completes a resource is joined by the resource's identifier, never by its
//     position in an answer.
//   - No error is lost. An error of the listing ends the stream; an error of a later call
//     is yielded and the stream goes on. A resource that AWS says does not exist any more
//     is not an error. Whoever reads the stream to its end without an error has seen every
//     resource there was.
//   - What an answer about one resource may conclude: see FollowUp.
//
// The package imports no AWS service, never logs, never retries (the SDK's retryer does)
// and decides nothing about deleting or about Port.
package kind
