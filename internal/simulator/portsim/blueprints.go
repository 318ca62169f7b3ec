package portsim

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// systemBlueprints exist in every organization. A write may not create their entities as
// missing relation targets, and they cannot be deleted.
var systemBlueprints = []string{
	`{"identifier":"_user","title":"User","icon":"User","schema":{"properties":{"status":{"type":"string"}}}}`,
	`{"identifier":"_team","title":"Team","icon":"Team","schema":{"properties":{"description":{"type":"string"}}}}`,
}

// blueprint is a blueprint with the parts that rules are made of taken out.
type blueprint struct {
	identifier string
	definition map[string]any
	properties map[string]property
	relations  map[string]relation
	mirrors    map[string][]string // name to path
	calculated map[string]bool     // names of calculation and aggregation properties
	required   []string
	createdAt  time.Time
	updatedAt  time.Time
}

type relation struct {
	target         string
	required, many bool
}

func (b *blueprint) system() bool { return strings.HasPrefix(b.identifier, "_") }

// wire is a blueprint as the API answers it, with every part present.
func (b *blueprint) wire() map[string]any {
	out := map[string]any{
		"relations": map[string]any{}, "mirrorProperties": map[string]any{},
		"calculationProperties": map[string]any{}, "aggregationProperties": map[string]any{},
	}
	maps.Copy(out, cloneValue(b.definition).(map[string]any))
	schema := out["schema"].(map[string]any)
	if schema["required"] == nil {
		schema["required"] = []any{}
	}
	out["createdAt"], out["updatedAt"] = stamp(b.createdAt), stamp(b.updatedAt)
	return out
}

// compile takes a definition of sound form apart, and checks what its parts say
// of each other and of other blueprints.
func (c *catalog) compile(definition map[string]any) (*blueprint, *refusal) {
	b := &blueprint{
		identifier: definition["identifier"].(string),
		definition: definition,
		properties: map[string]property{},
		relations:  map[string]relation{},
		mirrors:    map[string][]string{},
		calculated: map[string]bool{},
	}
	schema := definition["schema"].(map[string]any)
	for name, v := range schema["properties"].(map[string]any) {
		p, r := compileProperty(name, v.(map[string]any))
		if r != nil {
			return nil, r
		}
		b.properties[name] = p
	}
	for _, name := range texts(schema["required"]) {
		if _, ok := b.properties[name]; !ok {
			return nil, invalid("schema.required names %q, which is not a property", name)
		}
		b.required = append(b.required, name)
	}
	for _, step := range []func(*blueprint) *refusal{c.compileRelations, c.compileMirrors, c.compileCalculated} {
		if r := step(b); r != nil {
			return nil, r
		}
	}
	return b, nil
}

// texts returns the strings of a JSON array of strings, or none.
func texts(v any) []string {
	items, _ := v.([]any)
	out := make([]string, len(items))
	for i, s := range items {
		out[i] = s.(string)
	}
	return out
}

func members(definition map[string]any, name string) map[string]any {
	m, _ := definition[name].(map[string]any)
	return m
}

func (c *catalog) compileRelations(b *blueprint) *refusal {
	for name, v := range members(b.definition, "relations") {
		m := v.(map[string]any)
		r := relation{m["target"].(string), m["required"].(bool), m["many"].(bool)}
		if c.blueprints[r.target] == nil && r.target != b.identifier {
			return missing("relation %q: blueprint %q was not found", name, r.target)
		}
		b.relations[name] = r
	}
	return nil
}

func (c *catalog) compileMirrors(b *blueprint) *refusal {
	for name, v := range members(b.definition, "mirrorProperties") {
		if r := b.free(name); r != nil {
			return r
		}
		path := strings.Split(v.(map[string]any)["path"].(string), ".")
		at := b
		for _, step := range path[:len(path)-1] {
			r, ok := at.relations[step]
			if !ok {
				return invalid("mirror property %q: %q is not a relation of %q", name, step, at.identifier)
			}
			if r.target != b.identifier {
				at = c.blueprints[r.target]
			}
		}
		last := path[len(path)-1]
		if len(path) < 2 || !strings.HasPrefix(last, "$") && !at.has(last) {
			return invalid("mirror property %q: the path %q ends at no property", name, strings.Join(path, "."))
		}
		b.mirrors[name] = path
	}
	return nil
}

func (c *catalog) compileCalculated(b *blueprint) *refusal {
	for _, group := range []string{"calculationProperties", "aggregationProperties"} {
		for name, v := range members(b.definition, group) {
			if r := b.free(name); r != nil {
				return r
			}
			target, aggregates := v.(map[string]any)["target"].(string)
			if aggregates && c.blueprints[target] == nil && target != b.identifier {
				return missing("aggregation property %q: blueprint %q was not found", name, target)
			}
			b.calculated[name] = true
		}
	}
	return nil
}

// has says whether the blueprint has a property of the name, of any sort.
func (b *blueprint) has(name string) bool {
	_, own := b.properties[name]
	_, mirrored := b.mirrors[name]
	return own || mirrored || b.calculated[name]
}

func (b *blueprint) free(name string) *refusal {
	if b.has(name) {
		return invalid("the name %q is used by two properties", name)
	}
	return nil
}

var newBlueprintQuery = params{"create_catalog_page": {accepts: boolean}}

func (s *Server) createBlueprint(c *call) (answer, *refusal) {
	b, r := s.addBlueprint(c.body, c.now)
	if r != nil {
		return answer{}, r
	}
	return done(http.StatusCreated, map[string]any{"blueprint": b.wire()}), nil
}

func (s *Server) addBlueprint(definition map[string]any, now time.Time) (*blueprint, *refusal) {
	b, r := s.catalog.compile(definition)
	if r != nil {
		return nil, r
	}
	if s.catalog.blueprints[b.identifier] != nil {
		return nil, refuse(http.StatusConflict, "blueprint_already_exists", "blueprint %q exists already", b.identifier)
	}
	b.createdAt, b.updatedAt = now, now
	s.catalog.blueprints[b.identifier] = b
	return b, nil
}

// blueprint returns the blueprint of the call's path.
func (s *Server) blueprint(c *call) (*blueprint, *refusal) {
	id := c.params["blueprint"]
	if b := s.catalog.blueprints[id]; b != nil {
		return b, nil
	}
	return nil, missing("blueprint %q was not found", id)
}

func (s *Server) readBlueprint(c *call) (answer, *refusal) {
	b, r := s.blueprint(c)
	if r != nil {
		return answer{}, r
	}
	return done(http.StatusOK, map[string]any{"blueprint": b.wire()}), nil
}

func (s *Server) listBlueprints(*call) (answer, *refusal) {
	list := []any{}
	for _, id := range sortedKeys(s.catalog.blueprints) {
		list = append(list, s.catalog.blueprints[id].wire())
	}
	return done(http.StatusOK, map[string]any{"blueprints": list}), nil
}

// patchBlueprint replaces the given parts as wholes. A relation that is gone
// takes its values out of the entities.
func (s *Server) patchBlueprint(c *call) (answer, *refusal) {
	old, r := s.blueprint(c)
	if r != nil {
		return answer{}, r
	}
	b, r := s.editBlueprint(old, c.body, c.now)
	if r != nil {
		return answer{}, r
	}
	return done(http.StatusOK, map[string]any{"blueprint": b.wire()}), nil
}

func (s *Server) editBlueprint(old *blueprint, parts map[string]any, now time.Time) (*blueprint, *refusal) {
	definition := maps.Clone(old.definition)
	maps.Copy(definition, parts)
	if definition["identifier"] != old.identifier {
		return nil, invalid("the identifier of a blueprint cannot be changed here")
	}
	b, r := s.catalog.compile(definition)
	if r != nil {
		return nil, r
	}
	for name, was := range old.relations {
		is, kept := b.relations[name]
		if kept && (is.target != was.target || is.many != was.many) {
			return nil, invalid("relation %q: target and many cannot be changed", name)
		}
	}
	entities := s.catalog.sorted(b.identifier)
	for _, e := range entities {
		s.catalog.remove(e.key())
	}
	b.createdAt, b.updatedAt = old.createdAt, now
	s.catalog.blueprints[b.identifier] = b
	for _, e := range entities {
		s.catalog.put(e.within(b))
	}
	return b, nil
}

// within is the entity without what the blueprint does not know.
func (e *Entity) within(b *blueprint) *Entity {
	kept := *e
	kept.Properties, kept.Relations = maps.Clone(e.Properties), maps.Clone(e.Relations)
	maps.DeleteFunc(kept.Properties, func(name string, _ any) bool { _, ok := b.properties[name]; return !ok })
	maps.DeleteFunc(kept.Relations, func(name string, _ any) bool { _, ok := b.relations[name]; return !ok })
	return &kept
}

// deleteBlueprint refuses while the blueprint has entities or another blueprint
// relates to it.
func (s *Server) deleteBlueprint(c *call) (answer, *refusal) {
	b, r := s.blueprint(c)
	if r != nil {
		return answer{}, r
	}
	if b.system() {
		return answer{}, refuse(http.StatusForbidden, "protected_blueprint", "blueprint %q is protected", b.identifier)
	}
	if n := len(s.catalog.entities[b.identifier]); n > 0 {
		return answer{}, refuse(http.StatusForbidden, "has_dependents", "blueprint %q has %d entities", b.identifier, n)
	}
	for _, id := range sortedKeys(s.catalog.blueprints) {
		targets := func(r relation) bool { return r.target == b.identifier }
		if id != b.identifier && slices.ContainsFunc(slices.Collect(maps.Values(s.catalog.blueprints[id].relations)), targets) {
			return answer{}, refuse(http.StatusForbidden, "has_dependents", "blueprint %q relates to %q", id, b.identifier)
		}
	}
	delete(s.catalog.blueprints, b.identifier)
	return done(http.StatusOK, nil), nil
}
