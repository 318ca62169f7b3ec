package portsim

import (
	"maps"
	"slices"
	"time"
)

// key names an entity in the whole catalog.
type key struct{ blueprint, identifier string }

// catalog is the software catalog: blueprints, their entities, and who points
// at whom. A stored Entity is never changed, only replaced.
type catalog struct {
	blueprints map[string]*blueprint
	entities   map[string]map[string]*Entity
	inbound    map[key]map[key]bool // target to the entities that relate to it

	now    func() time.Time
	recent []replaced // changes that a lagging list may not show yet, the oldest first; nil without a lag
}

// replaced is what a change took the place of. Old is nil if there was nothing.
type replaced struct {
	key key
	old *Entity
	at  time.Time
}

func newCatalog() catalog {
	return catalog{
		blueprints: map[string]*blueprint{}, entities: map[string]map[string]*Entity{}, inbound: map[key]map[key]bool{},
	}
}

// Entity is an entity as the catalog holds it. Numbers in Properties are
// json.Number, as they were sent. A relation is a string, or a []any of strings
// when it is many. Datasource is the User-Agent of the last writer.
type Entity struct {
	Blueprint, Identifier string
	Title, Icon           string
	Team                  []string
	Properties, Relations map[string]any
	Datasource            string
	CreatedAt, UpdatedAt  time.Time
}

func (e *Entity) key() key { return key{e.Blueprint, e.Identifier} }

// clone is a copy that shares nothing.
func (e *Entity) clone() Entity {
	c := *e
	c.Team = slices.Clone(e.Team)
	c.Properties = cloneValue(e.Properties).(map[string]any)
	c.Relations = cloneValue(e.Relations).(map[string]any)
	return c
}

func cloneValue(v any) any {
	switch v := v.(type) {
	case map[string]any:
		m := make(map[string]any, len(v))
		for k, x := range v {
			m[k] = cloneValue(x)
		}
		return m
	case []any:
		l := make([]any, len(v))
		for i, x := range v {
			l[i] = cloneValue(x)
		}
		return l
	}
	return v
}

func (c *catalog) entity(k key) *Entity { return c.entities[k.blueprint][k.identifier] }

// put stores an entity in place of the one with the same key.
func (c *catalog) put(e *Entity) {
	old := c.entity(e.key())
	c.note(e.key(), old)
	if old != nil {
		c.unlink(old)
	}
	if c.entities[e.Blueprint] == nil {
		c.entities[e.Blueprint] = map[string]*Entity{}
	}
	c.entities[e.Blueprint][e.Identifier] = e
	for _, target := range c.targets(e) {
		if c.inbound[target] == nil {
			c.inbound[target] = map[key]bool{}
		}
		c.inbound[target][e.key()] = true
	}
}

// remove drops an entity. What relates to it has to be gone already.
func (c *catalog) remove(k key) {
	if e := c.entity(k); e != nil {
		c.note(k, e)
		c.unlink(e)
		delete(c.entities[k.blueprint], k.identifier)
	}
}

// note keeps what a change replaces, while lists lag.
func (c *catalog) note(k key, old *Entity) {
	if c.recent != nil {
		c.recent = append(c.recent, replaced{k, old, c.now()})
	}
}

// listed returns the entities as a list shows them that is late by lag.
func (c *catalog) listed(now time.Time, lag time.Duration) map[string]map[string]*Entity {
	if lag <= 0 {
		return c.entities
	}
	settled := now.Add(-lag)
	shown := make(map[string]map[string]*Entity, len(c.entities))
	for bp, entities := range c.entities {
		shown[bp] = maps.Clone(entities)
	}
	for _, change := range slices.Backward(c.recent) {
		switch {
		case !change.at.After(settled):
		case change.old == nil:
			delete(shown[change.key.blueprint], change.key.identifier)
		case shown[change.key.blueprint] != nil:
			shown[change.key.blueprint][change.key.identifier] = change.old
		}
	}
	return shown
}

func (c *catalog) unlink(e *Entity) {
	for _, target := range c.targets(e) {
		delete(c.inbound[target], e.key())
		if len(c.inbound[target]) == 0 {
			delete(c.inbound, target)
		}
	}
}

// targets are the keys that an entity relates to.
func (c *catalog) targets(e *Entity) []key {
	var keys []key
	for name, v := range e.Relations {
		for _, id := range related(v) {
			keys = append(keys, key{c.blueprints[e.Blueprint].relations[name].target, id})
		}
	}
	return keys
}

// related are the identifiers in a relation's value.
func related(v any) []string {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []any:
		ids := make([]string, len(v))
		for i, id := range v {
			ids[i] = id.(string)
		}
		return ids
	}
	return nil
}

// dependents are the entities which relate to the given one, itself left out.
func (c *catalog) dependents(k key) []key {
	var keys []key
	for from := range maps.Keys(c.inbound[k]) {
		if from != k {
			keys = append(keys, from)
		}
	}
	return keys
}

// sorted returns a blueprint's entities by identifier.
func (c *catalog) sorted(blueprint string) []*Entity {
	all := make([]*Entity, 0, len(c.entities[blueprint]))
	for _, id := range sortedKeys(c.entities[blueprint]) {
		all = append(all, c.entities[blueprint][id])
	}
	return all
}

// stamp is a time as the API writes it.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// wire is an entity as the API answers it: what the blueprint knows and the
// entity lacks is null, or an empty list for a relation to many.
func (c *catalog) wire(e *Entity) map[string]any {
	bp := c.blueprints[e.Blueprint]
	properties, relations := make(map[string]any, len(bp.properties)), make(map[string]any, len(bp.relations))
	for name := range bp.properties {
		properties[name] = e.Properties[name]
	}
	for name, r := range bp.relations {
		relations[name] = e.Relations[name]
		if relations[name] == nil && r.many {
			relations[name] = []any{}
		}
	}
	team := e.Team
	if team == nil {
		team = []string{}
	}
	return map[string]any{
		"identifier": e.Identifier, "blueprint": e.Blueprint, "title": orNil(e.Title), "icon": orNil(e.Icon),
		"team": team, "properties": properties, "relations": relations,
		"createdAt": stamp(e.CreatedAt), "updatedAt": stamp(e.UpdatedAt),
	}
}

func orNil(s string) any {
	if s == "" {
		return nil
	}
	return s
}
