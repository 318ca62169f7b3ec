package portsim

import (
	"maps"
	"net/http"
	"time"
)

// write is one entity on its way into the catalog: who writes it, when, and
// what the query said of how.
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

// apply brings one entity of sound form into the blueprint, and tells whether
// it is new. Nothing is stored when it is refused.
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

// draft is what the write starts from: the stored entity when merging, else an
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

// fallBack gives a new entity the defaults of what was not supplied.
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

// identify gives the identifier that is meant: as written, or that of the one
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

// relate sets the relations that the body supplies, and gives the targets that
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

// aim gives the relation's value in the form that its blueprint wants.
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

// bulkUpsert answers 200 when every entity was taken and 207 when any was not.
func (s *Server) bulkUpsert(c *call) (answer, *refusal) {
	b, r := s.blueprint(c)
	if r != nil {
		return answer{}, r
	}
	w, taken, failed := s.newWrite(c), []any{}, []any{}
	for i, v := range c.body["entities"].([]any) {
		body := v.(map[string]any)
		name, _ := body["identifier"].(string)
		e, created, r := (*Entity)(nil), false, c.effect.fails(i, name)
		if r == nil {
			e, created, r = w.apply(b, body)
		}
		if r != nil {
			failed = append(failed, map[string]any{
				"index": i, "identifier": orUnknown(name), "statusCode": r.status, "error": r.code, "message": r.message,
			})
			continue
		}
		taken = append(taken, map[string]any{
			"index": i, "identifier": e.Identifier, "created": created, "additionalData": map[string]any{},
		})
	}
	status, keys := http.StatusOK, map[string]any{"entities": taken}
	if len(failed) > 0 {
		status, keys["errors"] = http.StatusMultiStatus, failed
	}
	return done(status, keys), nil
}

// orUnknown is how an answer names an entity that was meant by a search.
func orUnknown(identifier string) string {
	if identifier == "" {
		return "unknown"
	}
	return identifier
}

func (s *Server) upsertOne(c *call) (answer, *refusal) {
	b, r := s.blueprint(c)
	if r != nil {
		return answer{}, r
	}
	name, _ := c.body["identifier"].(string)
	if r := c.effect.fails(0, name); r != nil {
		return answer{}, r
	}
	w := s.newWrite(c)
	e, created, r := w.apply(b, c.body)
	if r != nil {
		return answer{}, r
	}
	status := http.StatusOK
	if created {
		status = http.StatusCreated
	}
	out := map[string]any{"identifier": e.Identifier, "blueprint": e.Blueprint}
	if !w.validateOnly {
		maps.Copy(out, s.catalog.wire(e))
	}
	return done(status, map[string]any{"entity": out}), nil
}
