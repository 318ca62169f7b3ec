package portsim

import (
	"encoding/json"
	"slices"
	"strings"
)

// find returns the entities of a blueprint that a search object matches, by
// identifier. Calculated properties cannot be searched; mirror properties only
// where the caller allows it, through one single relation.
func (c *catalog) find(b *blueprint, q map[string]any, mirrors bool) ([]*Entity, *refusal) {
	if r := b.searchable(q, mirrors); r != nil {
		return nil, r
	}
	var found []*Entity
	for _, e := range c.sorted(b.identifier) {
		if c.matches(e, q) {
			found = append(found, e)
		}
	}
	return found, nil
}

func (b *blueprint) searchable(q map[string]any, mirrors bool) *refusal {
	for _, v := range q["rules"].([]any) {
		rule := v.(map[string]any)
		if _, nested := rule["rules"]; nested {
			if r := b.searchable(rule, mirrors); r != nil {
				return r
			}
			continue
		}
		name := rule["property"].(string)
		path, mirrored := b.mirrors[name]
		_, own := b.properties[name]
		switch {
		case own || slices.Contains(ownFacts, name):
		case mirrored && (!mirrors || len(path) != 2 || b.relations[path[0]].many):
			return invalid("search: mirror property %q of blueprint %q cannot be used here", name, b.identifier)
		case mirrored:
		case b.calculated[name]:
			return invalid("search: calculated property %q of blueprint %q cannot be used", name, b.identifier)
		default:
			return invalid("search: property %q is not in blueprint %q", name, b.identifier)
		}
	}
	return nil
}

// ownFacts are the names of what every entity has.
var ownFacts = []string{"$identifier", "$title", "$icon", "$blueprint", "$team", "$datasource", "$createdAt", "$updatedAt"}

// matches holds an entity against a search object.
func (c *catalog) matches(e *Entity, q map[string]any) bool {
	holds := func(v any) bool {
		rule := v.(map[string]any)
		if _, nested := rule["rules"]; nested {
			return c.matches(e, rule)
		}
		return operators[rule["operator"].(string)](c.fact(e, rule["property"].(string)), rule["value"])
	}
	rules := q["rules"].([]any)
	if q["combinator"] == "or" {
		return slices.ContainsFunc(rules, holds)
	}
	return !slices.ContainsFunc(rules, func(v any) bool { return !holds(v) })
}

// fact is what an entity says to the name of a rule, nil when it says nothing.
func (c *catalog) fact(e *Entity, name string) any {
	switch name {
	case "$identifier":
		return e.Identifier
	case "$title":
		return orNil(e.Title)
	case "$icon":
		return orNil(e.Icon)
	case "$blueprint":
		return e.Blueprint
	case "$datasource":
		return e.Datasource
	case "$createdAt":
		return stamp(e.CreatedAt)
	case "$updatedAt":
		return stamp(e.UpdatedAt)
	case "$team":
		team := make([]any, len(e.Team))
		for i, t := range e.Team {
			team[i] = t
		}
		return team
	}
	b := c.blueprints[e.Blueprint]
	if path := b.mirrors[name]; len(path) == 2 {
		id, _ := e.Relations[path[0]].(string)
		if target := c.entity(key{b.relations[path[0]].target, id}); target != nil {
			return c.fact(target, path[1])
		}
		return nil
	}
	return e.Properties[name]
}

// operators compare what an entity has with what a rule wants.
var operators = map[string]func(has, want any) bool{
	"=":  same,
	"in": func(has, want any) bool { return listed(want, has) },
	"containsAny": func(has, want any) bool {
		items, _ := has.([]any)
		return slices.ContainsFunc(items, func(v any) bool { return listed(want, v) })
	},
	"contains": func(has, want any) bool {
		switch has := has.(type) {
		case nil:
			return want == nil
		case string:
			part, ok := want.(string)
			return ok && strings.Contains(has, part)
		case []any:
			wanted, many := want.([]any)
			if !many {
				wanted = []any{want}
			}
			return !slices.ContainsFunc(wanted, func(v any) bool { return !listed(has, v) })
		}
		return false
	},
}

// listed says whether a list has the value. Numbers also match as text.
func listed(list, v any) bool {
	items, _ := list.([]any)
	return slices.ContainsFunc(items, func(item any) bool {
		if n, ok := v.(json.Number); ok && item == n.String() {
			return true
		}
		return same(item, v)
	})
}
