// Package upsert brings the entities of a run into Port.
//
// An entity goes through a Guard, which holds back what others wrote until it is known what
// share of the run that is, and then to a Sink: a Writer sends bulks to Port, a DryRun
// compares with what Port holds and sends nothing. Both tell Outcomes what became of each
// entity, once. A run that takes several invocations suspends in each, and what waited is
// resumed in the last one.
//
// The package decides what one request carries, in which order entities are sent, which are
// sent again, and whose entities may be written. It knows neither the run nor its report: which
// entities there are and what their outcome means is decided there.
package upsert
