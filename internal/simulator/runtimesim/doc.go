// Package runtimesim simulates Lambda's runtime API (version 2018-06-01), as far as a
// custom runtime uses it: it starts the real bootstrap, hands it one event at a
// time, and takes the answer.
//
// It treats the process as Lambda does. The process gets Lambda's environment only, and
// is told each event's deadline. It is killed when the deadline passes. If it ends, it is
// started again for the next event. An answer that is too large is refused. The package
// measures what Lambda bills: the time from the start of the process to its
// first request for an event, and the time of each event.
//
// It does not simulate a memory limit or freezing between events.
package runtimesim
