// Package answer decides what counts as an answer of AWS, for every client that Portolan
// makes, and that each call ends.
//
// Between here and AWS there may be proxies, gateways and captive portals, and the SDK
// believes all of them: to it, a 404 page without a code is "NotFound", an empty body is
// an answer without members, and an unknown XML document is an empty list. Whoever deletes
// what a list lacks must not believe them. [Guard] puts these rules into a client's
// middleware, around the SDK's own deserializer:
//
//   - An error counts only if it has a code of AWS, in the form of the service's protocol:
//     __type or the header X-Amzn-ErrorType with JSON; <ErrorResponse>, <Response> or
//     <Error> with XML.
//   - A success counts only if it is complete: an object in JSON, or the root element of
//     the operation's answer in XML, from its start tag to its end tag. At least one of
//     its members, if it has any, must be one that the operation knows.
//   - An answer has a size, and an attempt a time, which includes reading the body. An
//     attempt that does not end is given up, and so is a call that no attempt answers.
//     Large answers are read by a few calls at a time.
//
// What does not count becomes an [awserr.Unanswered], never a code of AWS. The SDK's
// retryer asks again where that may help.
//
// [Renew] lets a call that met an expired session open a new one. [Client] bounds what comes
// before a body, and follows no redirect. [Pages] is the one way to read a list: its tokens
// have to lead on, to something new.
//
// The package knows no service's lists and decides nothing about retries. It does not bound
// what a complete answer of the permitted size becomes in memory; that is its reader's.
package answer
