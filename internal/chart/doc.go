// Package chart is what Portolan remembers of its own entities from run to run:
// in which cell each was read, what it held when Port last took it, and for how
// many runs it has not been seen.
//
// There is one chart for each account. An entity is in it by a hash of its key, so
// that a chart says nothing of an estate to whoever reads it, and takes the same
// few bytes for every entity. The names of entities come from Port, which lists
// what an integration owns.
//
// A chart decides nothing. It is never a reason to delete an entity, only a reason
// to keep one: it knows which cells must have been read before an entity may go.
// And it refuses to be read as what it is not: a chart that is damaged, of another
// account, or of a later format is an error, never an empty chart.
package chart
