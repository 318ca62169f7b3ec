package portsim

// identify returns the identifier that is meant: as written, or that of the one
// entity which the search object matches.
func (w write) identify(b *blueprint, v any) (string, *refusal) {
	q, search := v.(map[string]any)
	if !search {
		return v.(string), nil
	}
	found, r := w.catalog.find(b, q, false)
	if r != nil {
		return "", r
	}
	if len(found) != 1 {
		return "", missing("search for an entity of blueprint %q matched %d entities, not one", b.identifier, len(found))
	}
	return found[0].Identifier, nil
}

// relate sets the relations in the body, and returns the targets that
// have to be created for them.
func (w write) relate(b *blueprint, e *Entity, values map[string]any) ([]*Entity, *refusal) {
	var bare []*Entity
	for _, name := range sortedKeys(values) {
		rel, ok := b.relations[name]
		if !ok {
			return nil, invalid("relation %q is not in blueprint %q", name, b.identifier)
		}
		v, r := w.aim(name, rel, values[name])
		if r != nil {
			return nil, r
		}
		if v == nil {
			delete(e.Relations, name)
			continue
		}
		e.Relations[name] = v
		for _, id := range related(v) {
			target := key{rel.target, id}
			if target == e.key() || w.catalog.entity(target) != nil {
				continue
			}
			made, r := w.supply(name, target)
			if r != nil {
				return nil, r
			}
			bare = append(bare, made)
		}
	}
	return bare, nil
}

// maxMatches is how many entities a search relation may match.
const maxMatches = 100

// aim returns the relation's value in the form that its blueprint wants.
func (w write) aim(name string, rel relation, v any) (any, *refusal) {
	if q, ok := v.(map[string]any); ok {
		return w.aimBySearch(name, rel, q)
	}
	form := identifier
	if rel.many {
		form = list(0, 10_000, identifier)
	}
	if err := orNull(form)("relation "+name, v); err != nil {
		return nil, invalid("%v", err)
	}
	return cloneValue(v), nil
}

func (w write) aimBySearch(name string, rel relation, q map[string]any) (any, *refusal) {
	if err := searchObject("relation "+name, q); err != nil {
		return nil, invalid("%v", err)
	}
	found, r := w.catalog.find(w.catalog.blueprints[rel.target], q, true)
	if r != nil {
		return nil, r
	}
	switch {
	case len(found) > maxMatches:
		return nil, invalid("relation %q: the search matched %d entities, at most %d are possible", name, len(found), maxMatches)
	case !rel.many && len(found) != 1:
		return nil, missing("relation %q: the search matched %d entities of blueprint %q, not one", name, len(found), rel.target)
	case !rel.many:
		return found[0].Identifier, nil
	}
	ids := make([]any, len(found))
	for i, e := range found {
		ids[i] = e.Identifier
	}
	return ids, nil
}

// supply makes the missing target of a relation, if that was asked for and the
// target's blueprint lets an empty entity be.
func (w write) supply(name string, target key) (*Entity, *refusal) {
	b := w.catalog.blueprints[target.blueprint]
	if !w.createMissing || b.system() {
		return nil, missing("relation %q: entity %q of blueprint %q was not found", name, target.identifier, target.blueprint)
	}
	e := w.bare(target)
	e.fallBack(b)
	if r := e.complete(b); r != nil {
		return nil, invalid("relation %q: entity %q cannot be created: %s", name, target.identifier, r.message)
	}
	return e, nil
}
