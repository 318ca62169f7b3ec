// Package syncstatus tells Port how a run goes while it goes: what Port's page of a resync
// shows of each entry of the mapping, of the reconciliation, and of the run as a whole.
//
// It decides when Port is told what, and how long the end of a run waits for that. What the
// counts are is the run's.
package syncstatus
