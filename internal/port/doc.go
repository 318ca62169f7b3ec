// Package port speaks Port's HTTP API as an exporter of the Ocean family does,
// so that Port takes what it writes for the work of the integration that was
// there before: same paths, same User-Agent, same integration record, same
// entities.
//
// The package decides how a call travels: which token it carries and when that is
// renewed, whether a failed call may be sent again and how long to wait before,
// how fast to go when Port's rate limit comes near, how entities are cut into
// requests, and which entity of a request Port took. It decides nothing about
// what is written. It knows no cloud and no mapping: an entity is a piece of
// encoded JSON, a default blueprint is another.
//
// It refuses to
//   - overwrite a mapping that is already in Port: that is the user's;
//   - touch an integration that Port itself hosts;
//   - wait beyond the deadline of a context: the caller learns at once that the
//     wait cannot end in time, and has that time to put things in order;
//   - follow a redirect, which could carry credentials to another host;
//   - put a token, a credential or a whole answer of Port into an error or a log.
//
// No goroutine outlives a call, and all methods of Client may be called at the
// same time.
package port
