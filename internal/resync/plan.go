package resync

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"sync"

	"portolan/internal/fit"
	"portolan/internal/port"
	"portolan/internal/report"
	"portolan/internal/resync/entity"
	"portolan/internal/resync/outcome"
)

// maxPlanned bounds how many changes of each sort a plan lists one by one; it counts
// all.
const maxPlanned = 200

// planner is the sink of a run that only looks. It judges what would be sent by the
// blueprints, and compares it with what Port holds.
type planner struct {
	port       Port
	book       *outcome.Book
	taken      *entity.Set // entities that Port would take
	merge      bool
	strict     bool                      // Port makes nothing for a relation that leads nowhere
	handsOn    bool                      // what relations lead to may be in another invocation of the run
	blueprints map[string]port.Blueprint // as a resync would find them
	shown      *shown
	self       string // what this integration is called beside other writers
	done       func(int)
	abort      context.CancelCauseFunc

	mu      sync.Mutex
	open    map[string][]parcel
	waiting []aimed
	changes []report.Change
	listed  map[string]int // changes, by sort
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

func (p *planner) start(_ context.Context, _ int, abort context.CancelCauseFunc) {
	p.abort = abort
	p.open = make(map[string][]parcel)
}

// send gathers entities by blueprint, so that Port is asked for many at once.
func (p *planner) send(ctx context.Context, parcel parcel) error {
	p.mu.Lock()
	blueprint := parcel.item.Blueprint
	p.open[blueprint] = append(p.open[blueprint], parcel)
	full := p.open[blueprint]
	if len(full) < port.MaxFind {
		p.mu.Unlock()
		return nil
	}
	if ctx.Err() != nil { // the reading is over; it is compared with the rest
		p.mu.Unlock()
		return context.Cause(ctx)
	}
	delete(p.open, blueprint)
	p.mu.Unlock()
	return p.compare(ctx, blueprint, full)
}

func (p *planner) finish(ctx context.Context) {
	for blueprint, parcels := range p.open {
		for some := range slices.Chunk(parcels, port.MaxFind) {
			_ = p.compare(ctx, blueprint, some) // its error has ended the run
		}
	}
	p.open = nil
	p.settle(ctx)
}

// refuse counts an entity of which it could not be found out what would become of it.
func (p *planner) refuse(parcel parcel, err error) {
	p.book.Count(parcel.origin, parcel.entry, func(c *report.Counts) { c.Failed++ })
	p.book.Untaken.Add(parcel.item.Blueprint, parcel.item.Key, err)
}

// compare counts what would become of entities. Its error ends the run.
func (p *planner) compare(ctx context.Context, blueprint string, parcels []parcel) error {
	var identifiers []string
	for _, parcel := range parcels {
		if !parcel.search {
			identifiers = append(identifiers, parcel.item.Key)
		}
	}
	held, err := p.port.Find(ctx, blueprint, identifiers)
	if err != nil {
		over := ctx.Err() != nil // and Port refused nothing
		p.abort(err)
		for _, parcel := range parcels {
			if over {
				p.book.Count(parcel.origin, parcel.entry, func(c *report.Counts) { c.Unsent++ })
			} else {
				p.refuse(parcel, err)
			}
		}
		return err
	}
	for _, parcel := range parcels {
		var has *port.Entity
		if entity, there := held[parcel.item.Key]; there {
			has = &entity
		}
		p.note(parcel, p.judge(parcel, has))
	}
	p.done(len(parcels))
	return nil
}

// content is the body of an entity as it is sent: what it does not mention is nil.
type content struct {
	Title, Icon, Team *any
	fit.Entity
}

// judge says what a resync would do to an entity that Port holds so; nil is one that
// Port does not hold.
func (p *planner) judge(parcel parcel, held *port.Entity) report.Change {
	change := changeOf(parcel)
	var sent content
	if err := json.Unmarshal(parcel.item.Body, &sent); err != nil {
		panic(err) // it was encoded here
	}
	misfit := sent.Values(p.blueprints)
	if misfit == nil && !parcel.search {
		misfit = sent.Complete(held, p.merge, p.blueprints)
	}
	switch {
	case misfit != nil:
		change.Sort, change.Code, change.Reason = report.Fails, misfit.Code, misfit.Text
	case parcel.search:
		change.Sort = report.Updated
		change.Fields = []report.FieldChange{{Name: "all", Old: "(found by a search when it is written)", New: "(written)"}}
	case held == nil && parcel.created(true):
		change.Sort = report.Created
	case held == nil:
		change.Sort = report.Updated
		change.Fields = []report.FieldChange{{Name: "all", Old: "(as another resource or entry of the mapping makes it)", New: "(written again)"}}
	default:
		change.Fields = p.differences(parcel, sent, *held)
		if parcel.owner != "" {
			change.Fields = append(change.Fields, report.FieldChange{Name: "last written by", Old: parcel.owner, New: p.self})
		}
		if len(change.Fields) > 0 {
			change.Sort = report.Updated
		}
	}
	return change
}

func changeOf(p parcel) report.Change {
	return report.Change{Blueprint: p.item.Blueprint, Identifier: p.item.Key, Account: p.origin.Account, Region: p.cell.Region}
}

// withhold lists an entity that a resync would not write.
func (p *planner) withhold(parcel parcel) {
	change := changeOf(parcel)
	change.Sort = report.Retained
	change.Fields = []report.FieldChange{{Name: "last written by", Old: parcel.owner, New: parcel.owner}}
	p.list(change)
}

// note counts what would become of an entity, unless that depends on others.
func (p *planner) note(parcel parcel, change report.Change) {
	if change.Sort == report.Fails || parcel.search || p.handsOn || !p.wait(parcel, change) {
		p.count(parcel, change)
	}
}

func (p *planner) count(parcel parcel, change report.Change) {
	if change.Sort == report.Fails {
		p.refuse(parcel, &fit.Fault{Code: change.Code, Text: change.Reason})
		p.list(change)
		return
	}
	p.taken.Add(entity.Ref{Blueprint: parcel.item.Blueprint, Identifier: parcel.item.Key})
	p.book.Count(parcel.origin, parcel.entry, func(c *report.Counts) {
		switch change.Sort {
		case report.Created:
			c.Created++
		case report.Updated:
			c.Updated++
		default:
			c.Unchanged++
		}
	})
	p.list(change)
}

// list keeps a change for the report, unless there are enough of its sort.
func (p *planner) list(change report.Change) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.listed == nil {
		p.listed = make(map[string]int)
	}
	if change.Sort != "" && p.listed[change.Sort] < maxPlanned {
		p.listed[change.Sort]++
		p.changes = append(p.changes, change)
	}
}

// inOrder returns the changes in a fixed order.
func (p *planner) inOrder() []report.Change {
	slices.SortFunc(p.changes, func(a, b report.Change) int {
		return cmp.Or(cmp.Compare(a.Blueprint, b.Blueprint), cmp.Compare(a.Identifier, b.Identifier), cmp.Compare(a.Sort, b.Sort))
	})
	return p.changes
}

func (p *planner) absorb(changes []report.Change) {
	for _, change := range changes {
		p.list(change)
	}
}

// differences returns the fields of an entity that writing it would change.
func (p *planner) differences(parcel parcel, sent content, held port.Entity) []report.FieldChange {
	var fields []report.FieldChange
	add := func(name string, old, now any) {
		if !same(now, old) {
			fields = append(fields, p.shown.change(parcel.entry, name, old, now))
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
		case !p.merge:
			add(field.name, field.held, nil)
		}
	}
	p.members("properties.", sent.Properties, held.Properties, add)
	p.members("relations.", sent.Relations, held.Relations, add)
	return fields
}

// members hands on those of a section that would be written, in order of their names.
func (p *planner) members(section string, sent, held map[string]any, add func(name string, old, now any)) {
	var names []string
	for name := range sent {
		names = append(names, name)
	}
	if !p.merge {
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

// same compares two values of JSON. Port gives an empty list where nothing was set.
func same(a, b any) bool { return reflect.DeepEqual(a, b) || empty(a) && empty(b) }

func empty(value any) bool {
	list, isList := value.([]any)
	return value == nil || isList && len(list) == 0
}
