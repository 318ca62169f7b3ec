package mapping

import (
	"strings"

	"portolan/internal/mapping/jq"
)

// Entity is what a mapping makes of a document: the body of one item of Port's
// upsert calls. Its values may share parts with the document that it was made
// of; neither may be changed.
type Entity struct {
	// Identifier is a text, or a search object (map[string]any) that names the one entity of
	// Blueprint that matches its rules.
	Identifier any
	// Blueprint is the identifier of the blueprint.
	Blueprint string
	// Title, Icon and Team hold the values that the mapping sets; nil if
	// it does not set them. A set value may be nil, which clears it in Port.
	Title, Icon, Team *Field
	// Properties and Relations are sorted by name. They are nil if the mapping
	// does not have that section at all, and are then left out of the body.
	Properties, Relations []Field
	// Nulls are the fields that are null. Plain says that nothing else is to be told of the
	// fields, so that Nulls can be remembered instead of them.
	Nulls Nulls
	Plain bool
	// Template says which of the resource's mappings made it.
	Template int
	// Known says that the entity was remembered. It then has no fields but its relations.
	Known bool
}

// Nulls is which of an entity's fields are null, relations aside. Only the same mapping can
// read it.
type Nulls uint64

// Remembered says whether an entity was made of the same document before, and which of its
// fields were null. It is not asked about entities whose identifier is a search.
type Remembered func(blueprint, identifier string) (nulls Nulls, ok bool)

// Field is a named value. The value has only the types of JSON, where numbers
// are int, float64, json.Number or *big.Int.
type Field struct {
	Name  string
	Value any
}

// Key names the entity within its blueprint: its identifier, or the JSON of its search object, which
// starts with a brace and therefore cannot be an identifier.
func (e *Entity) Key() string {
	if text, ok := e.Identifier.(string); ok {
		return text
	}
	return string(jq.AppendJSON(nil, e.Identifier))
}

// Search says whether the identifier is a search object. Such an entity is
// never created, and its own identifier is known only from Port's answer.
func (e *Entity) Search() bool {
	_, text := e.Identifier.(string)
	return !text
}

// Targets returns the identifiers that the relation names, none for null. The
// targets of a relation that is a search object are not known: ok is false.
func (f Field) Targets() (identifiers []string, ok bool) {
	switch value := f.Value.(type) {
	case nil:
		return nil, true
	case string:
		return []string{value}, true
	case []any:
		for _, element := range value {
			text, isText := element.(string)
			if !isText {
				return nil, false
			}
			identifiers = append(identifiers, text)
		}
		return identifiers, true
	default:
		return nil, false
	}
}

// AppendJSON appends the body of the entity to b: compact JSON with the keys
// that the mapping sets and no others, always in the same order. Equal entities
// have equal bodies.
func (e *Entity) AppendJSON(b []byte) []byte {
	b = append(b, `{"identifier":`...)
	b = jq.AppendJSON(b, e.Identifier)
	b = appendField(b, `,"title":`, e.Title)
	b = appendField(b, `,"icon":`, e.Icon)
	b = append(b, `,"blueprint":`...)
	b = jq.AppendText(b, e.Blueprint)
	b = appendField(b, `,"team":`, e.Team)
	b = appendFields(b, `,"properties":{`, e.Properties)
	b = appendFields(b, `,"relations":{`, e.Relations)
	return append(b, '}')
}

// MarshalJSON returns the body as AppendJSON does.
func (e Entity) MarshalJSON() ([]byte, error) { return e.AppendJSON(nil), nil }

func appendField(b []byte, key string, f *Field) []byte {
	if f == nil {
		return b
	}
	return jq.AppendJSON(append(b, key...), f.Value)
}

func appendFields(b []byte, opening string, fields []Field) []byte {
	if fields == nil {
		return b
	}
	b = append(b, opening...)
	for i, f := range fields {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(jq.AppendText(b, f.Name), ':')
		b = jq.AppendJSON(b, f.Value)
	}
	return append(b, '}')
}

// falsy says whether a value does not count as an identifier or a blueprint.
func falsy(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case bool:
		return !v
	case string:
		return v == ""
	case int:
		return v == 0
	case float64:
		return v == 0
	case []any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	default:
		return isNumber(v) && strings.Trim(jq.ToString(v), "-0.") == ""
	}
}
