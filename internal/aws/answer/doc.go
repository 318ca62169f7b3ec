// Package answer decides what counts as an answer of AWS, for every client that
// Portolan makes, and that each call ends.
//
// Between here and AWS there may be proxies, gateways and captive portals, and the
// SDK believes all of them: to it, a 404 page without a code is "NotFound", an empty
// body is an answer without members, and an unknown XML document is an empty list.
// Whoever deletes what a list lacks must not. [Guard] puts these rules into a
// client's middleware, around the SDK's own deserializer:
//
//   - An error counts only with a code of AWS, in the form of the service's protocol:
//     __type or the header X-Amzn-ErrorType with JSON; <ErrorResponse>, <Response> or
//     <Error> with XML.
//   - A success counts only if it is whole: an object in JSON, or the root element
//     that the operation's answer has, from its start to its end tag. Members that
//     the answer has must be some that the operation knows.
//   - An answer has a size, and an attempt a time, body included. What does not end
//     is given up, and a call that no attempt answers too.
//
// What does not count becomes a [fault.Unanswered], never a code of AWS. It is asked
// again by the SDK's retryer where that may help.
//
// [Renew] lets a call that met an expired session open a new one, and [Trail] sees
// that a listing's tokens lead on.
package answer
