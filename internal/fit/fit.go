// Package fit says whether what a mapping makes fits the blueprints that Port has. The
// doctor asks it before anything is read, a plan of every entity. It is pure, and says
// only what Port would refuse for certain: formats, patterns and bounds of values are
// left to Port.
package fit

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"portolan/internal/diag"
	"portolan/internal/mapping"
	"portolan/internal/port"
)

// Misfit is something that Port would refuse.
type Misfit struct {
	Code  diag.Code
	Cause string
}

// Error says what does not fit.
func (m *Misfit) Error() string { return m.Cause }

// DiagCode returns the code.
func (m *Misfit) DiagCode() diag.Code { return m.Code }

func misfit(code diag.Code, format string, args ...any) *Misfit {
	return &Misfit{code, fmt.Sprintf(format, args...)}
}

// Shape compares what an entry of the mapping fills, for any document, with its
// blueprint. If an expression decides the blueprint, the entities are compared instead.
func Shape(shape mapping.Shape, all map[string]port.Blueprint) []*Misfit {
	if shape.Blueprint == "" {
		return nil
	}
	b, there := all[shape.Blueprint]
	if !there {
		return []*Misfit{missing(shape.Blueprint)}
	}
	var misfits []*Misfit
	for _, name := range b.Schema.Required {
		if !strings.HasPrefix(name, "$") && !slices.Contains(shape.Properties, name) {
			misfits = append(misfits, misfit(diag.RequiredUnfed,
				"the blueprint %s requires the property %s, which the mapping does not fill", b.Identifier, name))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(b.Relations)) {
		if b.Relations[name].Required && !slices.Contains(shape.Relations, name) {
			misfits = append(misfits, misfit(diag.RequiredUnfed,
				"the blueprint %s requires the relation %s, which the mapping does not fill", b.Identifier, name))
		}
	}
	for _, name := range shape.Properties {
		if f := property(b, name); f != nil {
			misfits = append(misfits, f)
		}
	}
	for _, name := range shape.Relations {
		if f := relation(b, name, all); f != nil {
			misfits = append(misfits, f)
		}
	}
	return misfits
}

func missing(blueprint string) *Misfit {
	return misfit(diag.BlueprintMissing, "it makes entities of %s, which Port does not have", blueprint)
}

func property(b port.Blueprint, name string) *Misfit {
	if _, known := b.Schema.Properties[name]; !known {
		return misfit(diag.PropertyUnknown, "the blueprint %s has no property %s", b.Identifier, name)
	}
	return nil
}

func relation(b port.Blueprint, name string, all map[string]port.Blueprint) *Misfit {
	r, known := b.Relations[name]
	if !known {
		return misfit(diag.RelationTarget, "the blueprint %s has no relation %s", b.Identifier, name)
	}
	if _, leads := all[r.Target]; !leads {
		return misfit(diag.RelationTarget, "the relation %s of %s leads to %s, which Port does not have", name, b.Identifier, r.Target)
	}
	return nil
}

// Entity is an entity as it would be written: members that are not mentioned are not
// sent, null clears what Port has.
type Entity struct {
	Blueprint             string
	Properties, Relations map[string]any
}

// Values says why Port would refuse an entity's values, nil if there is no known reason.
func (e Entity) Values(all map[string]port.Blueprint) *Misfit {
	b, there := all[e.Blueprint]
	if !there {
		return missing(e.Blueprint)
	}
	for _, name := range slices.Sorted(maps.Keys(e.Properties)) {
		if f := property(b, name); f != nil {
			return f
		}
		if why := mismatch(b.Schema.Properties[name], e.Properties[name]); why != "" {
			return misfit(diag.EntityRefused, "the property %s of the blueprint %s: the value is %s", name, b.Identifier, why)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(e.Relations)) {
		if f := relation(b, name, all); f != nil {
			return f
		}
		if why := misaimed(b.Relations[name], e.Relations[name]); why != "" {
			return misfit(diag.EntityRefused, "the relation %s of the blueprint %s: the value is %s", name, b.Identifier, why)
		}
	}
	return nil
}

// Complete says what an entity with fitting values would lack once it is written, nil if
// nothing. Held is the entity in Port, nil if there is none, and merge whether its values
// stay if the entity does not mention them.
func (e Entity) Complete(held *port.Entity, merge bool, all map[string]port.Blueprint) *Misfit {
	var kept port.Entity
	if held != nil && merge {
		kept = *held
	}
	value := func(given, kept map[string]any, name string) any {
		if value, mentioned := given[name]; mentioned {
			return value
		}
		return kept[name]
	}
	b := all[e.Blueprint]
	for _, name := range b.Schema.Required {
		_, mentioned := e.Properties[name]
		byDefault := held == nil && !mentioned && known(b.Schema.Properties[name].Default) != nil
		if !strings.HasPrefix(name, "$") && !byDefault && value(e.Properties, kept.Properties, name) == nil {
			return misfit(diag.RequiredUnfed, "the blueprint %s requires the property %s, which the entity lacks", b.Identifier, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(b.Relations)) {
		target := value(e.Relations, kept.Relations, name)
		list, many := target.([]any)
		if b.Relations[name].Required && (target == nil || many && len(list) == 0) {
			return misfit(diag.RequiredUnfed, "the blueprint %s requires the relation %s, which the entity lacks", b.Identifier, name)
		}
	}
	return nil
}

// mismatch says why a value does not suit a property, "" if it may. Null clears.
func mismatch(p port.Property, value any) string {
	if value == nil {
		return ""
	}
	if p.Type != "" && p.Type != typeOf(value) {
		return "not of type " + p.Type
	}
	allowed, _ := known(p.Enum).([]any)
	if len(allowed) > 0 && !slices.ContainsFunc(allowed, func(one any) bool { return reflect.DeepEqual(one, value) }) {
		return "not one of those that the blueprint allows"
	}
	var item port.Property
	list, many := value.([]any)
	if !many || known(p.Items) == nil || json.Unmarshal(p.Items, &item) != nil {
		return ""
	}
	for _, one := range list {
		if one == nil && item.Type != "" {
			return "a list that holds null"
		}
		if why := mismatch(item, one); why != "" {
			return "a list that holds a value which is " + why
		}
	}
	return ""
}

// known decodes JSON; nil if it cannot be decoded.
func known(raw json.RawMessage) (value any) {
	if json.Unmarshal(raw, &value) != nil {
		return nil
	}
	return value
}

// typeOf names the JSON type of a value.
func typeOf(value any) string {
	switch value.(type) {
	case string:
		return "string"
	case bool:
		return "boolean"
	case []any:
		return "array"
	case map[string]any:
		return "object"
	default:
		return "number"
	}
}

// misaimed says why a value does not fit a relation, "" if it may. An object is a
// search; only Port knows its result.
func misaimed(r port.Relation, value any) string {
	switch value := value.(type) {
	case nil, map[string]any:
		return ""
	case string:
		if r.Many {
			return "one identifier, and the relation leads to many"
		}
		return ""
	case []any:
		if !r.Many {
			return "a list, and the relation leads to one entity"
		}
		for _, target := range value {
			if _, text := target.(string); !text {
				return "a list with something that is not an identifier"
			}
		}
		return ""
	default:
		return "not an identifier"
	}
}

// WithDefaults adds the blueprints that a first run creates, as Port's API takes them,
// to those that Port has, unless it has them.
func WithDefaults(all map[string]port.Blueprint, defaults []json.RawMessage) {
	for _, text := range defaults {
		var b port.Blueprint
		if err := json.Unmarshal(text, &b); err != nil {
			panic(err) // they are the program's own
		}
		if _, there := all[b.Identifier]; !there {
			all[b.Identifier] = b
		}
	}
}
