package resync

import (
	"cmp"
	"context"
	"encoding/json"
	"reflect"
	"slices"
	"sync"

	"portolan/internal/port"
	"portolan/internal/report"
)

// maxPlanned bounds how many changes of each sort a plan lists one by one; it counts
// all.
const maxPlanned = 200

// planner is the sink of a run that only looks. It compares what would be sent with
// what Port holds.
type planner struct {
	port   Port
	ledger *ledger
	seen   *seen
	merge  bool
	done   func(int)
	abort  context.CancelCauseFunc

	mu      sync.Mutex
	open    map[string][]parcel
	changes []report.Change
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
		p.abort(err)
		for _, parcel := range parcels {
			p.ledger.countEntry(parcel.origin, parcel.entry, func(c *report.Counts) { c.Failed++ })
		}
		return err
	}
	for _, parcel := range parcels {
		change := report.Change{Blueprint: blueprint, Identifier: parcel.item.Key}
		entity, there := held[parcel.item.Key]
		switch {
		case parcel.search:
			change.Sort = report.Updated
			change.Fields = []string{"found by a search when it is written"}
		case !there:
			change.Sort = report.Created
		default:
			if change.Fields = p.differences(parcel.item.Body, entity); len(change.Fields) > 0 {
				change.Sort = report.Updated
			}
		}
		p.note(parcel, change)
	}
	p.done(len(parcels))
	return nil
}

func (p *planner) note(parcel parcel, change report.Change) {
	p.ledger.countEntry(parcel.origin, parcel.entry, func(c *report.Counts) {
		switch change.Sort {
		case report.Created:
			c.Created++
		case report.Updated:
			c.Updated++
		default:
			c.Unchanged++
		}
	})
	p.mu.Lock()
	defer p.mu.Unlock()
	if change.Sort != "" && len(p.changes) < maxPlanned {
		p.changes = append(p.changes, change)
	}
}

// listed gives the changes in a fixed order.
func (p *planner) listed() []report.Change {
	slices.SortFunc(p.changes, func(a, b report.Change) int {
		return cmp.Or(cmp.Compare(a.Blueprint, b.Blueprint), cmp.Compare(a.Identifier, b.Identifier))
	})
	return p.changes
}

// differences names the fields of an entity that writing the body would change.
func (p *planner) differences(body json.RawMessage, held port.Entity) []string {
	var sent struct {
		Title, Icon, Team     *any
		Properties, Relations map[string]any
	}
	if err := json.Unmarshal(body, &sent); err != nil {
		return []string{"the entity has no JSON form"}
	}
	var fields []string
	for _, field := range []struct {
		name string
		sent *any
		held any
	}{{"title", sent.Title, held.Title}, {"icon", sent.Icon, held.Icon}, {"team", sent.Team, held.Team}} {
		if field.sent != nil && !same(*field.sent, field.held) {
			fields = append(fields, field.name)
		}
	}
	fields = append(fields, p.membersThatDiffer("properties.", sent.Properties, held.Properties)...)
	return append(fields, p.membersThatDiffer("relations.", sent.Relations, held.Relations)...)
}

func (p *planner) membersThatDiffer(section string, sent, held map[string]any) []string {
	var fields []string
	for name, value := range sent {
		if !same(value, held[name]) {
			fields = append(fields, section+name)
		}
	}
	if !p.merge {
		for name, value := range held {
			if _, given := sent[name]; !given && value != nil {
				fields = append(fields, section+name)
			}
		}
	}
	slices.Sort(fields)
	return fields
}

// same compares two values of JSON. Port gives an empty list where nothing was set.
func same(a, b any) bool { return reflect.DeepEqual(a, b) || empty(a) && empty(b) }

func empty(value any) bool {
	list, isList := value.([]any)
	return value == nil || isList && len(list) == 0
}
