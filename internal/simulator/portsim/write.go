package portsim

import (
	"net/http"
	"time"
)

// write is the write of one entity to the catalog: who writes it, when, and
// with which options from the query.
type write struct {
	catalog *catalog
	writer  string
	now     time.Time

	upsert, merge, createMissing, validateOnly bool
}

func (s *Server) newWrite(c *call) write {
	set := func(name string) bool { return c.query.Get(name) == "true" }
	return write{
		&s.catalog, c.agent.text, c.now,
		set("upsert"), set("merge"), set("create_missing_related_entities"), set("validation_only"),
	}
}

// apply writes one well-formed entity to the blueprint, and returns whether
// it is new. If it is refused, nothing is stored.
func (w write) apply(b *blueprint, body map[string]any) (e *Entity, created bool, r *refusal) {
	if at, ok := body["blueprint"]; ok && at != b.identifier {
		return nil, false, invalid("entity is of blueprint %s, the path says %q", show(at), b.identifier)
	}
	id, r := w.identify(b, body["identifier"])
	if r != nil {
		return nil, false, r
	}
	old := w.catalog.entity(key{b.identifier, id})
	if old != nil && !w.upsert {
		return nil, false, refuse(http.StatusConflict, "conflict", "entity %q exists already", id)
	}
	e = w.draft(b, id, old)
	if r := w.fill(b, e, body); r != nil {
		return nil, false, r
	}
	if old == nil {
		e.fallBack(b)
	}
	bare, r := w.relate(b, e, members(body, "relations"))
	if r != nil {
		return nil, false, r
	}
	if r := e.complete(b); r != nil {
		return nil, false, r
	}
	if !w.validateOnly {
		for _, target := range bare {
			w.catalog.put(target)
		}
		w.catalog.put(e)
	}
	return e, old == nil, nil
}

// draft is what the write starts from: the stored entity when merging, otherwise an
// empty one that keeps the date of creation.
func (w write) draft(b *blueprint, id string, old *Entity) *Entity {
	e := w.bare(key{b.identifier, id})
	if old == nil {
		return e
	}
	if w.merge {
		c := old.clone()
		c.UpdatedAt, c.Datasource = e.UpdatedAt, e.Datasource
		return &c
	}
	e.CreatedAt = old.CreatedAt
	return e
}

// bare is a new entity with nothing but its key.
func (w write) bare(k key) *Entity {
	at := w.now.Truncate(time.Millisecond)
	return &Entity{
		Blueprint: k.blueprint, Identifier: k.identifier,
		Properties: map[string]any{}, Relations: map[string]any{},
		Datasource: w.writer, CreatedAt: at, UpdatedAt: at,
	}
}

// fill sets what the body supplies; null clears.
func (w write) fill(b *blueprint, e *Entity, body map[string]any) *refusal {
	if v, ok := body["title"]; ok {
		e.Title, _ = v.(string)
	}
	if v, ok := body["icon"]; ok {
		e.Icon, _ = v.(string)
	}
	if v, ok := body["team"]; ok {
		team, r := w.team(v)
		if r != nil {
			return r
		}
		e.Team = team
	}
	properties := members(body, "properties")
	for _, name := range sortedKeys(properties) {
		p, ok := b.properties[name]
		v := properties[name]
		switch {
		case !ok && b.has(name):
			return invalid("property %q of blueprint %q is calculated and cannot be written", name, b.identifier)
		case !ok:
			return invalid("property %q is not in the schema of blueprint %q", name, b.identifier)
		case v == nil:
			delete(e.Properties, name)
			continue
		}
		if why := p.fault(v); why != "" {
			return invalid("property %q of blueprint %q: %s is %s", name, b.identifier, show(v), why)
		}
		e.Properties[name] = v
	}
	return nil
}

// fallBack returns a new entity the defaults of what was not supplied.
func (e *Entity) fallBack(b *blueprint) {
	for name, p := range b.properties {
		if _, ok := e.Properties[name]; !ok && p.fallback != nil {
			e.Properties[name] = cloneValue(p.fallback)
		}
	}
}

// complete checks that the entity has all that its blueprint requires.
func (e *Entity) complete(b *blueprint) *refusal {
	for _, name := range b.required {
		if _, ok := e.Properties[name]; !ok {
			return invalid("property %q of blueprint %q is required", name, b.identifier)
		}
	}
	for _, name := range sortedKeys(b.relations) {
		if b.relations[name].required && len(related(e.Relations[name])) == 0 {
			return invalid("relation %q of blueprint %q is required", name, b.identifier)
		}
	}
	return nil
}

func (w write) team(v any) ([]string, *refusal) {
	switch v := v.(type) {
	case string:
		return []string{v}, nil
	case []any:
		return texts(v), nil
	case map[string]any:
		found, r := w.catalog.find(w.catalog.blueprints["_team"], v, true)
		if r != nil {
			return nil, r
		}
		var ids []string
		for _, e := range found {
			ids = append(ids, e.Identifier)
		}
		return ids, nil
	}
	return nil, nil
}
