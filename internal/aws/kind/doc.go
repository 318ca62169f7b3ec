// Package kind says what a kind of AWS resource is, and reads one.
//
// A Kind is a declaration that reads like a form: its type, how its resources
// are listed, which calls complete them, which AWS permissions that takes, and
// which properties its document has. Read turns the declaration and a Target
// (an account, a region, credentials) into a stream of documents and errors.
//
// Three things are decided here, for every kind alike:
//
//   - A document repeats AWS's answer, not the SDK's idea of it. The structs of
//     the SDK have lost what the answer distinguishes: the names as they were on
//     the wire, absent against zero, the digits of a number. Where AWS answers
//     JSON, the document is made of the body itself; the struct says which
//     members are times, and what is a structure and what a map. A member that is
//     null is dropped, as if AWS had not answered it. Where AWS answers XML, which
//     cannot be read without a model, the struct is the model: its fields carry the
//     API's member names.
//   - What completes a resource is joined by the resource's identifier, never by
//     its position in an answer.
//   - No error is lost. An error of the listing ends the stream; an error of a
//     later call is yielded and the stream goes on. A resource of which AWS says
//     that it does not exist any more is no error. Whoever reads the stream to its
//     end without meeting an error has seen every resource there was.
//   - What an answer about one resource may conclude, which is said at FollowUp.
//
// The package imports no AWS service, never logs, never retries (the SDK's
// retryer does) and decides nothing about deleting or about Port.
package kind
