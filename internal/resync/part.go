package resync

import (
	"context"
	"fmt"
	"strings"

	"portolan/internal/report"
	"portolan/internal/resync/entity"
	"portolan/internal/state"
)

// part is what one invocation of a run found out. The parts of all invocations make
// the run.
type part struct {
	Form  int        `json:"form"`
	Batch int        `json:"batch"`
	Done  []doneCell `json:"done"`
	// Late are the cells that the invocation came too late for. The next one of the
	// same batch reads them; those of the last one were not reached.
	Late      []cellRecord            `json:"late"`
	Ledger    *ledgerPart             `json:"ledger"`
	View      viewPart                `json:"view"`
	Seen      entity.Part             `json:"seen"`
	Faults    faultsPart              `json:"faults"`
	Refused   []report.EntityFault    `json:"refused"`
	Waiting   []waitingParcel         `json:"waiting"`
	Gate      gatePart                `json:"gate"`
	Snapshots map[string]string       `json:"snapshots"` // pieces of entities, by account
	Changes   []report.Change         `json:"changes"`
	AWS       map[string]report.Calls `json:"aws"`
	Port      map[string]report.Calls `json:"port"`
	Memory    uint64                  `json:"memory"`
	Details   detailsPart             `json:"details"`
	// Answered are the places where calls to AWS succeeded.
	Answered []string `json:"answered"`
}

// part returns what this invocation found out, and writes its entities beside it.
func (r *run) part(ctx context.Context, batch int) (*part, error) {
	snapshots, err := r.memory.leave(ctx, r.work, r.header())
	if err != nil {
		return nil, err
	}
	p := &part{
		Form: workForm, Batch: batch, Done: r.reach.finished(), Late: r.reach.missed(),
		Ledger: r.ledger.part(), View: r.view.part(), Seen: r.seen.Part(), Faults: r.faults.part(), Refused: r.refused.list(),
		Snapshots: snapshots, AWS: r.awsCalls(), Port: PortCalls(r.Port.Stats(), r.statsBefore), Memory: peakMemory(),
		Details: r.details.part(), Answered: r.calls.Answered(),
	}
	switch s := r.sink.(type) {
	case *planner:
		p.Changes = s.inOrder()
	case *sender:
		p.Waiting = s.waiting()
	}
	p.Gate = r.gate.part()
	return p, nil
}

// absorb takes in the part of another invocation. Last says that no later one of its
// batch takes up what it came too late for.
func (r *run) absorb(p *part, last bool) {
	for _, c := range p.Done {
		r.reach.recall(c.Cell)
	}
	if last {
		for _, record := range p.Late {
			r.reach.miss(record)
		}
	}
	r.times.took(p.Done...)
	r.details.absorb(p.Details)
	r.ledger.absorb(p.Ledger)
	r.view.absorb(p.View)
	r.seen.Merge(p.Seen)
	r.faults.absorb(p.Faults)
	r.refused.absorb(p.Refused)
	r.calls.AddAnswered(p.Answered...)
	addCalls(r.awsBefore, p.AWS)
	addCalls(r.portBefore, p.Port)
	for account, piece := range p.Snapshots {
		r.memory.pieces[account] = append(r.memory.pieces[account], piece)
	}
	r.memoryBefore = max(r.memoryBefore, p.Memory)
	switch s := r.sink.(type) {
	case *planner:
		s.absorb(p.Changes)
	case *sender:
		parcels := make([]parcel, len(p.Waiting))
		for i, w := range p.Waiting {
			parcels[i] = r.unpack(w)
		}
		s.keep(parcels)
	}
	r.gate.absorb(p.Gate, r.unpack)
}

// eachPart reads the parts of a batch, or of all where the batch is negative, one
// after the other in the order in which they were written. Last says that a part is
// the last of its batch. One that cannot be read is an error: what it knows is needed
// to tell what exists.
func (r *run) eachPart(ctx context.Context, batch int, take func(p *part, last bool)) error {
	prefix := partFolder
	if batch >= 0 {
		prefix = batchPrefix(batch)
	}
	names, err := r.work.Pieces(ctx, prefix)
	if err != nil {
		return err
	}
	for i, name := range names {
		p := &part{}
		if err := r.work.Load(ctx, name, p); err != nil {
			return err
		}
		if p.Form != workForm || len(p.Seen.Entities)%8 != 0 {
			return fmt.Errorf("%s: %w", r.work.Where(name), state.ErrDamaged)
		}
		take(p, i+1 == len(names) || !strings.HasPrefix(names[i+1], batchPrefix(p.Batch)))
	}
	return nil
}

func batchPrefix(batch int) string { return fmt.Sprintf("%s%06d-", partFolder, batch) }
