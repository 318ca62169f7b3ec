package resync

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"portolan/internal/diag"
	"portolan/internal/fit"
	"portolan/internal/port"
	"portolan/internal/report"
	"portolan/internal/resync/entity"
)

// aimed is an entity of a plan that points at others for which Port makes nothing where a
// relation leads nowhere: it would be taken once all of them are there.
type aimed struct {
	parcel  parcel // without its body
	change  report.Change
	targets []entity.Ref
}

// needed says whether a relation can lead to an entity of a blueprint only if it is
// there: Port makes a bare one, if it may, of which nothing is required.
func (p *planner) needed(blueprint string) bool {
	return p.strict || fit.Entity{}.Complete(nil, false, map[string]port.Blueprint{"": p.blueprints[blueprint]}) != nil
}

// wait keeps an entity until it is known what the run produces, if it depends on that.
func (p *planner) wait(one parcel, change report.Change) bool {
	var sent content
	if err := json.Unmarshal(one.item.Body, &sent); err != nil {
		panic(err) // it was encoded here
	}
	waiting := aimed{parcel: one, change: change}
	waiting.parcel.item.Body = nil
	for name, value := range sent.Relations {
		list, many := value.([]any)
		if !many {
			list = []any{value}
		}
		for _, target := range list {
			ref := entity.Ref{Blueprint: p.blueprints[sent.Blueprint].Relations[name].Target}
			var named bool
			if ref.Identifier, named = target.(string); named && p.needed(ref.Blueprint) && ref != (entity.Ref{Blueprint: one.item.Blueprint, Identifier: one.item.Key}) {
				waiting.targets = append(waiting.targets, ref)
			}
		}
	}
	if len(waiting.targets) == 0 {
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.waiting = append(p.waiting, waiting)
	return true
}

// settle counts the entities that waited: those at whose targets Port holds, then those
// that point at these, and so on. The rest would fail, as a resync sends what failed again
// until a round brings nothing new.
func (p *planner) settle(ctx context.Context) {
	there, err := p.held(ctx)
	if err != nil {
		p.abort(err)
		for _, one := range p.waiting {
			p.refuse(one.parcel, err)
		}
		p.waiting = nil
		return
	}
	for {
		left := slices.DeleteFunc(slices.Clone(p.waiting), func(one aimed) bool {
			if slices.ContainsFunc(one.targets, func(ref entity.Ref) bool { return !there[ref] }) {
				return false
			}
			there[entity.Ref{Blueprint: one.parcel.item.Blueprint, Identifier: one.parcel.item.Key}] = true
			p.count(one.parcel, one.change)
			return true
		})
		if len(left) == len(p.waiting) {
			break
		}
		p.waiting = left
	}
	for _, one := range p.waiting {
		at := slices.IndexFunc(one.targets, func(ref entity.Ref) bool { return !there[ref] })
		misfit := &fit.Fault{Code: diag.EntityRefused, Text: fmt.Sprintf("a relation leads to an entity of %s that does not exist", one.targets[at].Blueprint)}
		one.change.Sort, one.change.Code, one.change.Reason, one.change.Fields = report.Fails, misfit.Code, misfit.Text, nil
		p.count(one.parcel, one.change)
	}
	p.waiting = nil
}

// held finds which targets Port holds, or would hold once the run has written what does
// not wait.
func (p *planner) held(ctx context.Context) (map[entity.Ref]bool, error) {
	there := make(map[entity.Ref]bool)
	wanted := make(map[string][]string)
	for _, one := range p.waiting {
		for _, ref := range one.targets {
			if _, asked := there[ref]; asked {
				continue
			}
			there[ref] = p.taken.Has(ref)
			if !there[ref] {
				wanted[ref.Blueprint] = append(wanted[ref.Blueprint], ref.Identifier)
			}
		}
	}
	for blueprint, identifiers := range wanted {
		for some := range slices.Chunk(identifiers, port.MaxFind) {
			found, err := p.port.Find(ctx, blueprint, some)
			if err != nil {
				return nil, err
			}
			for identifier := range found {
				there[entity.Ref{Blueprint: blueprint, Identifier: identifier}] = true
			}
		}
	}
	return there, nil
}
