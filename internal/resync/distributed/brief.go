package distributed

import (
	"context"
	"fmt"
	"strings"

	"portolan/internal/resync"
	"portolan/internal/state"
)

// The pieces of work that the invocations of a run leave to each other.
const (
	briefPiece = "brief.json.gz"
	oursPiece  = "ours.json.gz"
	partFolder = "parts/"
)

// workForm is the form of all pieces. One of another form counts as not there.
const workForm = 3

// brief is what every invocation of a run has to know. It does not change.
type brief struct {
	Form int `json:"form"`
	resync.Identity
	Program     string           `json:"program"`
	Generation  uint64           `json:"generation"` // of the lease
	Batches     [][]string       `json:"batches"`    // accounts
	Concurrency int              `json:"concurrency"`
	Beginning   resync.Beginning `json:"beginning"`
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

// part is what one invocation of a run found out.
type part struct {
	Form  int `json:"form"`
	Batch int `json:"batch"`
	resync.Part
}

// eachPart reads the parts of a batch, or of all batches if batch is negative, one
// after the other in the order in which they were written. Last says that a part is
// the last of its batch. A part that cannot be read is an error: without it, it is not
// known what exists.
func eachPart(ctx context.Context, work *state.Work, batch int, take func(p *part, last bool) error) error {
	prefix := partFolder
	if batch >= 0 {
		prefix = batchPrefix(batch)
	}
	names, err := work.Pieces(ctx, prefix)
	if err != nil {
		return err
	}
	legs := make(map[int]int)
	for i, name := range names {
		p := &part{}
		if err := work.Load(ctx, name, p); err != nil {
			return err
		}
		// A part that is missing has cells that nothing tells of.
		if p.Form != workForm || !p.Whole() || name != partName(p.Batch, legs[p.Batch]) {
			return fmt.Errorf("%s: %w", work.Where(name), state.ErrDamaged)
		}
		legs[p.Batch]++
		if err := take(p, i+1 == len(names) || !strings.HasPrefix(names[i+1], batchPrefix(p.Batch))); err != nil {
			return fmt.Errorf("%s: %w: %w", work.Where(name), state.ErrDamaged, err)
		}
	}
	return nil
}

func partName(batch, leg int) string { return fmt.Sprintf("%s%04d.json.gz", batchPrefix(batch), leg) }

func batchPrefix(batch int) string { return fmt.Sprintf("%s%06d-", partFolder, batch) }
