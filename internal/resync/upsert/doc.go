// Package upsert writes the entities of a run to Port.
//
// An entity goes through a Guard, which holds back entities of others until it is known what
// share of the run they are, and then to a Sink: a Writer sends bulks to Port, a DryRun
// compares with what Port has and sends nothing. Both report to Outcomes what became of each
// entity, once. In a run of several invocations each invocation suspends, and the last one
// resumes what waited.
//
// The package decides what a request contains, in which order entities are sent, which are
// sent again, and whose entities may be written. It does not know the run or its report, which
// decide which entities there are and what their outcome means.
package upsert
