// Package distributed makes one run in several invocations: one begins it and divides the
// accounts into batches, several read a batch each, as often as it takes, and one
// finishes it. They execute the phases of package resync's engine, and pass their results
// on through the state. Any of them may die, or run twice at the same time.
//
// It decides what the invocations pass on and what a step answers to the state
// machine. The engine decides what a run reads, writes and deletes.
package distributed

import "portolan/internal/report"

// Begun is the answer of Begin.
type Begun struct {
	// Status is "begun", or "skipped" if another run is under way.
	Status string `json:"status"`
	Run    string `json:"run"`
	// Items is where the batches are: an array of [Item] in JSON.
	Items Place `json:"items,omitzero"`
	// Concurrency is how many batches are to be read at a time.
	Concurrency int `json:"concurrency,omitempty"`
	// Report is that of a run which was skipped.
	Report *report.Report `json:"report,omitempty"`
}

// BegunStatus is the status of a run that has begun.
const BegunStatus = "begun"

// Place is an object in S3. If the state is elsewhere, Key is for people.
type Place struct {
	Bucket string `json:"bucket,omitempty"`
	Key    string `json:"key"`
}

// Item is a batch of accounts that one invocation reads.
type Item struct {
	Batch    int      `json:"batch"`
	Accounts []string `json:"accounts"` // ids
}

// Leg is the answer of Read: one invocation's way through a batch.
type Leg struct {
	Run   string `json:"run"`
	Batch int    `json:"batch"`
	// Done says that the batch need not be read on.
	Done bool `json:"done"`
	// Legs counts the invocations that have read the batch so far.
	Legs  int `json:"legs"`
	Cells int `json:"cells"` // read in this one
	Left  int `json:"left"`  // not read for want of time
}
