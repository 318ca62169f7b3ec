package resync

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"portolan/internal/aws/account"
	"portolan/internal/diag"
	"portolan/internal/invocation"
	"portolan/internal/report"
	"portolan/internal/state"
)

// The pieces of work that the invocations of a run leave to each other.
const (
	briefPiece  = "brief.json.gz"
	itemsPiece  = "items.json"
	heldPiece   = "held.json.gz"
	partFolder  = "parts/"
	snapshotsOf = "snapshots/"
)

// workForm is the form of all pieces. One of another form counts as not there.
const workForm = 1

// brief is what every invocation of a run has to know. It does not change.
type brief struct {
	Form       int                `json:"form"`
	Run        string             `json:"run"`
	Request    invocation.Request `json:"request"`
	Program    string             `json:"program"`
	Started    time.Time          `json:"started"`
	Before     time.Time          `json:"before"` // what Port said of its clock then
	Generation uint64             `json:"generation"`
	Mapping    json.RawMessage    `json:"mapping"`
	Sign       signature          `json:"sign"`
	Last       state.Last         `json:"last"`
	Trusted    bool               `json:"trusted"` // the piece held tells what may stay unwritten
	Listing    account.Listing    `json:"listing"`
	Batches    [][]string         `json:"batches"` // accounts
	// Concurrency is how many batches are read at a time.
	Concurrency int `json:"concurrency"`
	// Initializes says that a resync would create the default blueprints.
	Initializes bool              `json:"initializes,omitempty"`
	PortNotes   []string          `json:"portNotes"`
	Diagnostics []diag.Diagnostic `json:"diagnostics"`
	// NewerRegions are those that exist although AWS's SDK does not know them.
	NewerRegions []string `json:"newerRegions,omitempty"`
	// What the beginning has asked of AWS and Port.
	AWS  map[string]report.Calls `json:"aws"`
	Port map[string]report.Calls `json:"port"`
}

// loadBrief reads what the run's beginning wrote. ErrNotFound says that the run has
// ended, or was given up for another.
func loadBrief(ctx context.Context, store state.Store, run string) (brief, error) {
	if store == nil {
		return brief{}, errNoState
	}
	var b brief
	if err := state.NewWork(store, run).Load(ctx, briefPiece, &b); err != nil {
		return brief{}, err
	}
	if b.Form != workForm {
		return brief{}, fmt.Errorf("run %s was begun by version %s of Portolan, and this is another; begin it again", run, b.Program)
	}
	return b, nil
}

// runOf is newRun for an invocation of a run that has begun.
func runOf(d Deps, b brief) *run {
	r := newRunOf(d, b.Request, b.Run, b.Started)
	r.before, r.sign, r.listing, r.batches = b.Before, b.Sign, b.Listing, b.Batches
	r.names = names{newer: b.NewerRegions}
	r.work = state.NewWork(d.State, b.Run)
	r.reach.lists = true
	return r
}
