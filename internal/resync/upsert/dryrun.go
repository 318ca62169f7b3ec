package upsert

import (
	"context"
	"encoding/json"
	"reflect"
	"slices"
	"sync"

	"portolan/internal/fit"
	"portolan/internal/mapping"
	"portolan/internal/port"
	"portolan/internal/resync/entity"
)

// DryRun is the Sink that writes nothing. It judges what would be sent by the blueprints,
// and compares it with what Port holds.
type DryRun struct {
	port       Port
	options    port.UpsertOptions
	blueprints map[string]port.Blueprint
	shown      *shown
	self       string
	outcomes   Outcomes

	abort context.CancelCauseFunc
	taken *entity.Set // entities that Port would take

	mu      sync.Mutex
	open    map[string][]*Entity // not compared yet, by blueprint
	waiting []dependent
}

// Plan is what a dry run goes by.
type Plan struct {
	// Options are those with which entities would be written.
	Options port.UpsertOptions
	// Blueprints are as a resync would find them, by identifier.
	Blueprints map[string]port.Blueprint
	// Mask hides secrets in a document, and Resources are the mapping's: both say which
	// values may be shown.
	Mask      func(map[string]any) map[string]any
	Resources []*mapping.Resource
	// Self is the name of this integration among other writers.
	Self string
}

// NewDryRun returns a Sink that writes nothing.
func NewDryRun(p Port, plan Plan, out Outcomes) *DryRun {
	return &DryRun{
		port: p, options: plan.Options, blueprints: plan.Blueprints, self: plan.Self, outcomes: out,
		shown: newShown(plan.Mask, plan.Resources), taken: entity.NewSet(plan.Options.ResyncID), open: make(map[string][]*Entity),
	}
}

// Resume has nothing to do: Suspend leaves nothing.
func (d *DryRun) Resume([]*Entity) {}

// Open needs no workers: Send compares.
func (d *DryRun) Open(ctx context.Context, _ int) context.Context {
	ctx, d.abort = context.WithCancelCause(ctx)
	return ctx
}

// Send gathers entities by blueprint, so that Port is asked for many at once.
func (d *DryRun) Send(ctx context.Context, e *Entity) error {
	d.mu.Lock()
	full := append(d.open[e.Blueprint], e)
	d.open[e.Blueprint] = full
	if len(full) < port.MaxFind {
		d.mu.Unlock()
		return nil
	}
	if ctx.Err() != nil { // the reading is over; it is compared with the rest
		d.mu.Unlock()
		return context.Cause(ctx)
	}
	delete(d.open, e.Blueprint)
	d.mu.Unlock()
	return d.compare(ctx, e.Blueprint, full)
}

// Close compares the rest, and finds out what becomes of the entities that depend on others.
func (d *DryRun) Close(ctx context.Context) {
	d.compareRest(ctx)
	d.settle(ctx)
}

// Suspend compares the rest. Other invocations may read what relations lead to: they are
// taken to lead somewhere.
func (d *DryRun) Suspend(ctx context.Context) []*Entity {
	d.compareRest(ctx)
	for _, w := range d.waiting {
		d.take(w.entity, w.outcome)
	}
	d.waiting = nil
	return nil
}

func (d *DryRun) compareRest(ctx context.Context) {
	for blueprint, entities := range d.open {
		for some := range slices.Chunk(entities, port.MaxFind) {
			_ = d.compare(ctx, blueprint, some) // its error has ended the run
		}
	}
	d.open = nil
}

// compare finds out what would become of entities. Its error ends the run.
func (d *DryRun) compare(ctx context.Context, blueprint string, entities []*Entity) error {
	var identifiers []string
	for _, e := range entities {
		if !e.Search {
			identifiers = append(identifiers, e.Key)
		}
	}
	held, err := d.port.Find(ctx, blueprint, identifiers)
	if err != nil {
		o := unanswered(ctx, err)
		d.abort(err)
		for _, e := range entities {
			d.outcomes.Record(e, o)
		}
		return err
	}
	for _, e := range entities {
		var has *port.Entity
		if entity, there := held[e.Key]; there {
			has = &entity
		}
		var sent content
		if err := json.Unmarshal(e.Body, &sent); err != nil {
			panic(err) // it was encoded here
		}
		switch o := d.judge(e, sent, has); {
		case o.Fate == Failed:
			d.outcomes.Record(e, o)
		case e.Search || !d.wait(e, sent, o):
			d.take(e, o)
		}
	}
	return nil
}

func (d *DryRun) take(e *Entity, o Outcome) {
	d.taken.Add(e.Ref())
	d.outcomes.Record(e, o)
}

// content is the body of an entity as it is sent; missing members are nil.
type content struct {
	Title, Icon, Team *any
	fit.Entity
}

// judge says what a resync would do to an entity that Port holds so; nil is one that
// Port does not hold.
func (d *DryRun) judge(e *Entity, sent content, held *port.Entity) Outcome {
	misfit := sent.Values(d.blueprints)
	if misfit == nil && !e.Search {
		misfit = sent.Complete(held, d.options.Merge, d.blueprints)
	}
	if misfit != nil {
		return Outcome{Fate: Failed, Err: misfit}
	}
	o := Outcome{Fate: Updated, Identifier: e.Key}
	switch {
	case e.Search:
		o.Changes = []Change{{"all", "(found by a search when it is written)", "(written)"}}
	case held == nil:
		if o = e.taken(e.Key, true); o.Fate == Updated {
			o.Changes = []Change{{"all", "(as another resource or entry of the mapping makes it)", "(written again)"}}
		}
	default:
		o.Changes = d.differences(e, sent, *held)
		if e.Owner != "" {
			o.Changes = append(o.Changes, Change{"last written by", e.Owner, d.self})
		}
		if len(o.Changes) == 0 {
			o.Fate = Unchanged
		}
	}
	return o
}

// differences returns the fields of an entity that writing it would change.
func (d *DryRun) differences(e *Entity, sent content, held port.Entity) []Change {
	var changes []Change
	add := func(name string, old, now any) {
		if !same(now, old) {
			changes = append(changes, d.shown.change(e.Entry, name, old, now))
		}
	}
	for _, field := range []struct {
		name string
		sent *any
		held any
	}{{"title", sent.Title, held.Title}, {"icon", sent.Icon, held.Icon}, {"team", sent.Team, held.Team}} {
		switch {
		case field.sent != nil:
			add(field.name, field.held, *field.sent)
		case !d.options.Merge:
			add(field.name, field.held, nil)
		}
	}
	d.members("properties.", sent.Properties, held.Properties, add)
	d.members("relations.", sent.Relations, held.Relations, add)
	return changes
}

// members adds those of a section that would be written, in order of their names.
func (d *DryRun) members(section string, sent, held map[string]any, add func(name string, old, now any)) {
	var names []string
	for name := range sent {
		names = append(names, name)
	}
	if !d.options.Merge {
		for name := range held {
			if _, given := sent[name]; !given {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	for _, name := range names {
		add(section+name, held[name], sent[name])
	}
}

// same compares two values of JSON. Port returns an empty list where nothing was set.
func same(a, b any) bool { return reflect.DeepEqual(a, b) || empty(a) && empty(b) }

func empty(value any) bool {
	list, isList := value.([]any)
	return value == nil || isList && len(list) == 0
}
