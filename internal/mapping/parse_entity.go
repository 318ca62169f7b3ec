package mapping

import (
	"fmt"
	"maps"
	"slices"

	"portolan/internal/diag"
	"portolan/internal/mapping/jq"
)

// readMappings reads the entity mappings of a resource: an object, or an array of objects, each of
// which makes an entity of its own. One that cannot be used does not affect the others.
func (p *parser) readMappings(r *Resource, raw any) {
	const field = mappingsField
	switch raw := raw.(type) {
	case map[string]any:
		p.addTemplate(r, "", field, raw)
	case []any:
		if len(raw) == 0 {
			p.report(diag.MappingResource, field, "", diag.Diagnostic{Cause: "it is an empty list"})
			p.lose("")
		}
		for i, element := range raw {
			at := fmt.Sprintf("%s[%d]", field, i)
			if object, ok := p.object(element, at, false); ok {
				p.addTemplate(r, fmt.Sprintf("mappings[%d].", i), at, object)
			} else {
				p.lose("")
			}
		}
	default:
		p.report(diag.MappingResource, field, "", diag.Diagnostic{Cause: "it is " + missing(raw) + "; it must be an object, or a list of objects"})
		p.lose("")
	}
}

func (p *parser) addTemplate(r *Resource, prefix, field string, object map[string]any) {
	p.unknown(field, mappingsField, object)
	t := &template{
		identifier: p.key(prefix, "identifier", object, true),
		blueprint:  p.key(prefix, "blueprint", object, false),
		title:      p.optional(prefix, "title", object, false),
		icon:       p.optional(prefix, "icon", object, false),
		team:       p.optional(prefix, "team", object, true),
		properties: p.section(prefix, "properties", object, false),
		relations:  p.section(prefix, "relations", object, true),
	}
	if r.Blueprint == "" && t.blueprint != nil {
		r.Blueprint = t.blueprint.text
	}
	switch {
	case t.blueprint == nil:
		p.lose("")
	case t.identifier == nil:
		p.lose(t.fixedBlueprint())
	default:
		t.number = len(r.templates)
		t.fields = 3 + len(t.properties) + len(t.relations)
		r.templates = append(r.templates, t)
	}
}

// key reads a slot that every entity needs.
func (p *parser) key(prefix, name string, object map[string]any, searchable bool) *slot {
	if object[name] == nil {
		p.report(diag.MappingResource, prefix+name, "", diag.Diagnostic{Cause: "it is missing", Fix: "every entity needs identifier and blueprint"})
		return nil
	}
	return p.slot(diag.MappingResource, prefix+name, name, object[name], searchable)
}

func (p *parser) optional(prefix, name string, object map[string]any, searchable bool) *slot {
	if object[name] == nil {
		return nil
	}
	return p.slot(diag.MappingField, prefix+name, name, object[name], searchable)
}

// section reads properties or relations. A field that cannot be used is left
// out; its section stays.
func (p *parser) section(prefix, name string, object map[string]any, searchable bool) []*slot {
	if object[name] == nil {
		return nil
	}
	fields, ok := object[name].(map[string]any)
	if !ok {
		p.report(diag.MappingField, prefix+name, "", diag.Diagnostic{Cause: "it is " + article(object[name]) + ", not an object"})
		return nil
	}
	slots := make([]*slot, 0, len(fields))
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		if s := p.slot(diag.MappingField, prefix+name+"."+key, key, fields[key], searchable); s != nil {
			slots = append(slots, s)
		}
	}
	return slots
}

func (p *parser) slot(code diag.Code, field, name string, raw any, searchable bool) *slot {
	s := &slot{name: name, field: field}
	if text, ok := scalar(raw); ok {
		s.text = text
		if s.query = p.expression(code, field, text); s.query == nil {
			return nil
		}
		return s
	}
	object, isObject := raw.(map[string]any)
	if !isObject || !searchable {
		p.report(code, field, "", diag.Diagnostic{Cause: "it is " + article(raw) + ", not an expression"})
		return nil
	}
	s.text = string(jq.AppendJSON(nil, raw))
	if s.search = p.search(code, field, object); s.search == nil {
		return nil
	}
	return s
}

// search reads a search object, whose leaves all are expressions.
func (p *parser) search(code diag.Code, field string, object map[string]any) *search {
	combinator := p.leaf(code, field, "combinator", object)
	list, ok := object["rules"].([]any)
	if !ok || len(list) == 0 {
		p.report(code, field+".rules", "", diag.Diagnostic{Cause: "it is not a list of rules", Fix: "a search object has a combinator and at least one rule"})
		return nil
	}
	s := &search{combinator: combinator}
	for i, element := range list {
		at := fmt.Sprintf("%s.rules[%d]", field, i)
		object, ok := element.(map[string]any)
		if !ok {
			p.report(code, at, "", diag.Diagnostic{Cause: "it is " + article(element) + ", not a rule"})
			return nil
		}
		r, ok := p.rule(code, at, object)
		if !ok {
			return nil
		}
		s.rules = append(s.rules, r)
	}
	if combinator == nil {
		return nil
	}
	return s
}

func (p *parser) rule(code diag.Code, field string, object map[string]any) (rule, bool) {
	if object["combinator"] != nil {
		nested := p.search(code, field, object)
		return rule{nested: nested}, nested != nil
	}
	r := rule{
		property: p.leaf(code, field, "property", object),
		operator: p.leaf(code, field, "operator", object),
		value:    p.leaf(code, field, "value", object),
	}
	return r, r.property != nil && r.operator != nil && r.value != nil
}

func (p *parser) leaf(code diag.Code, field, name string, object map[string]any) *jq.Expression {
	text, ok := scalar(object[name])
	if !ok {
		p.report(code, field+"."+name, "", diag.Diagnostic{
			Cause: "it is " + missing(object[name]) + ", not an expression",
			Fix:   `each part of a search is a JQ expression, so that a plain text needs quotes of its own: '"and"'`,
		})
		return nil
	}
	return p.expression(code, field+"."+name, text)
}
