// Package port speaks Port's HTTP API as an Ocean integration does, so that Port attributes its writes
// to the existing integration: same paths, same User-Agent, same integration record, same entities.
//
// The package decides how a call is made: which token it carries and when that is renewed, whether a
// failed call may be retried and after how long, how fast to go near Port's rate limit, how entities
// are split into requests, and which entities of a request Port took. It does not decide what is
// written. It knows no cloud and no mapping: entities and default blueprints are pieces of encoded
// JSON.
//
// It never
//   - overwrites a mapping in Port, which is the user's;
//   - touches an integration that Port itself hosts;
//   - waits beyond the deadline of a context: the caller learns at once that the wait cannot end in
//     time, and has that time to put things in order;
//   - follows a redirect, which could carry credentials to another host;
//   - puts a token, a credential or a whole answer of Port into an error or a log.
//
// No goroutine outlives a call, and Client is safe for concurrent use.
package port
