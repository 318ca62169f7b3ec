package resync

import (
	"context"
	"fmt"
	"time"

	"portolan/internal/fit"
	"portolan/internal/port"
	"portolan/internal/resync/entity"
	"portolan/internal/resync/upsert"
)

// writing is the way of entities into Port, or into a comparison.
type writing struct {
	options   port.UpsertOptions
	guard     *upsert.Guard
	suspended upsert.Suspended // what this invocation leaves to the one that ends the run
	unsent    string           // why Port was given up before all was sent, "" if it was not
}

// prepareWriting makes ready where the entities of the run go.
func (e *Engine) prepareWriting(ctx context.Context) error {
	m := e.scope.Mapping
	e.writing.options = port.UpsertOptions{
		Merge: m.EnableMergeEntity, CreateMissing: m.CreateMissingRelatedEntities, ResyncID: e.Run,
	}
	out, to := outcomes{e}, upsertPort{e.Port, e.memory.Wrote}
	var sink upsert.Sink = upsert.NewWriter(to, e.writing.options, out)
	if e.plans() {
		blueprints, err := e.blueprintsToBe(ctx)
		if err != nil {
			return err
		}
		sink = upsert.NewDryRun(to, upsert.Plan{
			Options: e.writing.options, Blueprints: blueprints, Mask: e.Port.Masked, Resources: m.Resources,
			Self: "integration " + e.Integration,
		}, out)
	}
	known := func(made *upsert.Entity) bool { return e.memory.Knows(made.Cell, made.Ref()) }
	e.writing.guard = upsert.NewGuard(sink, to, upsert.Rules{
		Run: e.Run, Began: e.beginning.before, Ours: e.memory.Ours, Known: known, TakeOver: e.Request.TakeOwnership, MustKnow: e.plans(),
	}, out)
	return nil
}

// blueprintsToBe returns the blueprints as a resync would find them.
func (e *Engine) blueprintsToBe(ctx context.Context) (map[string]port.Blueprint, error) {
	all, err := e.Port.Blueprints(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the blueprints: %w", err)
	}
	if e.beginning.integration.Initializes {
		fit.WithDefaults(all, e.Defaults)
	}
	return all, nil
}

// upsertPort notes that something was sent to Port.
type upsertPort struct {
	Port
	wrote func()
}

// Upsert is the client's.
func (p upsertPort) Upsert(ctx context.Context, blueprint string, items []port.Item, o port.UpsertOptions) ([]port.Outcome, error) {
	p.wrote()
	return p.Port.Upsert(ctx, blueprint, items, o)
}

// outcomes takes in what became of the run's entities.
type outcomes struct{ *Engine }

// Record counts an entity, and remembers what Port has of it.
func (e outcomes) Record(made *upsert.Entity, o upsert.Outcome) {
	e.book.RecordEntity(made, o, e.plans())
	settled := o.Fate == upsert.Created || o.Fate == upsert.Updated || o.Fate == upsert.Unchanged
	if settled {
		e.produced.Add(entity.Ref{Blueprint: made.Blueprint, Identifier: o.Identifier})
	}
	if settled || e.plans() && o.Fate == upsert.Failed {
		e.Progress.Entities.Add(1)
	}
	if o.Fate != upsert.Withheld { // what the run did not write, it does not remember
		e.noteWritten(made, o, settled)
	}
}

// noteWritten notes what Port took, or may have. What it found by a search may hold more than
// was sent, and is written again each time.
func (e outcomes) noteWritten(made *upsert.Entity, o upsert.Outcome, took bool) {
	ref := entity.Ref{Blueprint: made.Blueprint, Identifier: o.Identifier}
	switch {
	case took && !made.Search:
		e.memory.Produced(made.Cell, ref, made.Content, made.Resource, time.Now())
	case took:
		e.memory.Produced(made.Cell, ref, made.Content, made.Resource, time.Time{})
	case !made.Search:
		e.memory.Produced(made.Cell, made.Ref(), made.Content, made.Resource, time.Time{})
	}
}
