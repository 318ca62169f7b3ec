package upsert

import (
	"context"
	"fmt"
	"slices"

	"portolan/internal/diag"
	"portolan/internal/fit"
	"portolan/internal/port"
	"portolan/internal/resync/entity"
)

// dependent is an entity of a dry run that points at others for which Port makes nothing
// where a relation leads nowhere: it would be taken once all of them are there.
type dependent struct {
	entity  *Entity // without its body
	outcome Outcome // if they are there
	targets []entity.Ref
}

// needed says whether a relation to an entity of a blueprint requires that it exists. If
// allowed, Port creates a bare one, unless its blueprint requires something.
func (d *DryRun) needed(blueprint string) bool {
	return !d.options.CreateMissing || fit.Entity{}.Complete(nil, false, map[string]port.Blueprint{"": d.blueprints[blueprint]}) != nil
}

// wait keeps an entity until it is known what the run produces, if it depends on that.
func (d *DryRun) wait(e *Entity, sent content, o Outcome) bool {
	w := dependent{entity: e, outcome: o}
	for name, value := range sent.Relations {
		list, many := value.([]any)
		if !many {
			list = []any{value}
		}
		for _, target := range list {
			ref := entity.Ref{Blueprint: d.blueprints[sent.Blueprint].Relations[name].Target}
			var named bool
			if ref.Identifier, named = target.(string); named && d.needed(ref.Blueprint) && ref != e.Ref() {
				w.targets = append(w.targets, ref)
			}
		}
	}
	if len(w.targets) == 0 {
		return false
	}
	e.Body = nil
	d.mu.Lock()
	defer d.mu.Unlock()
	d.waiting = append(d.waiting, w)
	return true
}

// settle finds out what becomes of the entities that waited. Those whose targets Port
// has are accepted, then those that point at these, and so on. The rest would fail, because a
// Writer retries failed entities until a round brings nothing new.
func (d *DryRun) settle(ctx context.Context) {
	waiting := d.waiting
	d.waiting = nil
	there, err := d.held(ctx, waiting)
	if err != nil {
		d.abort(err)
		for _, w := range waiting {
			d.outcomes.Record(w.entity, Outcome{Fate: Failed, Err: err})
		}
		return
	}
	missing := func(w dependent) int {
		return slices.IndexFunc(w.targets, func(ref entity.Ref) bool { return !there[ref] })
	}
	for {
		left := slices.DeleteFunc(slices.Clone(waiting), func(w dependent) bool {
			if missing(w) >= 0 {
				return false
			}
			there[w.entity.Ref()] = true
			d.take(w.entity, w.outcome)
			return true
		})
		if len(left) == len(waiting) {
			break
		}
		waiting = left
	}
	for _, w := range waiting {
		d.outcomes.Record(w.entity, Outcome{Fate: Failed, Err: &fit.Misfit{
			Code:  diag.EntityRefused,
			Cause: fmt.Sprintf("a relation leads to an entity of %s that does not exist", w.targets[missing(w)].Blueprint),
		}})
	}
}

// held finds which targets Port holds, or would hold once the run has written what does
// not wait.
func (d *DryRun) held(ctx context.Context, waiting []dependent) (map[entity.Ref]bool, error) {
	there := make(map[entity.Ref]bool)
	wanted := make(map[string][]string)
	for _, w := range waiting {
		for _, ref := range w.targets {
			if _, asked := there[ref]; asked {
				continue
			}
			there[ref] = d.taken.Has(ref)
			if !there[ref] {
				wanted[ref.Blueprint] = append(wanted[ref.Blueprint], ref.Identifier)
			}
		}
	}
	for blueprint, identifiers := range wanted {
		for some := range slices.Chunk(identifiers, port.MaxFind) {
			found, err := d.port.Find(ctx, blueprint, some)
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
