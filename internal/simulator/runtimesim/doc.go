// Package runtimesim is Lambda's runtime API (version 2018-06-01), as far as a
// custom runtime meets it: it starts the real bootstrap, hands it one event at a
// time, and takes the answer.
//
// It does to the process what Lambda does. It gives it Lambda's environment and
// nothing else, tells each event's deadline, kills it when the deadline passes or
// when it ends before it answered, starts it anew for the next event (also where it
// ended only after its last answer), and refuses an answer that is too large. What
// it measures is what Lambda bills: the time from the start of the process to its
// first request for an event, and the time of each event.
//
// It simulates no CPU share, no memory limit and no freezing between events.
package runtimesim
