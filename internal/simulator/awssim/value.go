package awssim

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"
)

// object is an answer's structure with its members in order. Values are strings,
// booleans, numbers, nil, objects, maps and slices of these.
type object []member

type member struct {
	name  string
	value any
}

// with lays a resource's own attributes over the made-up ones: a null removes a
// member, anything else replaces or adds it.
func (o object) with(attributes map[string]any) object {
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		value := attributes[name]
		at := slices.IndexFunc(o, func(m member) bool { return m.name == name })
		switch {
		case value == nil && at >= 0:
			o = slices.Delete(o, at, at+1)
		case value == nil:
		case at >= 0:
			o[at].value = value
		default:
			o = append(o, member{name, value})
		}
	}
	return o
}

// optional appends a text to an answer if there is one.
func (o object) optional(name, value string) object {
	if value == "" {
		return o
	}
	return append(o, member{name, value})
}

// including is the object with one more member.
func (o object) including(name string, value any) object {
	return append(o, member{name, value})
}

// without is the attributes, except those that are not members of the answer itself.
func without(attributes map[string]any, names ...string) map[string]any {
	rest := maps.Clone(attributes)
	for _, name := range names {
		delete(rest, name)
	}
	return rest
}

// get is the value of a member, nil if there is none.
func (o object) get(name string) any {
	for _, m := range o {
		if m.name == name {
			return m.value
		}
	}
	return nil
}

// fields returns a value as an object if it is one in either form.
func fields(value any) (object, bool) {
	switch v := value.(type) {
	case object:
		return v, true
	case map[string]any:
		return fromMap(v), true
	case map[string]string:
		return fromMap(v), true
	}
	return nil, false
}

func fromMap[V any](m map[string]V) object {
	o := make(object, 0, len(m))
	for _, name := range slices.Sorted(maps.Keys(m)) {
		o = append(o, member{name, m[name]})
	}
	return o
}

// elements returns a value as a list if it is one.
func elements(value any) ([]any, bool) {
	switch v := value.(type) {
	case []any:
		return v, true
	case []object:
		return widen(v), true
	case []string:
		return widen(v), true
	}
	return nil, false
}

func widen[T any](list []T) []any {
	wide := make([]any, len(list))
	for i, item := range list {
		wide[i] = item
	}
	return wide
}

// appendJSON appends a value as JSON.
func appendJSON(dst []byte, value any) []byte {
	if o, ok := fields(value); ok {
		dst = append(dst, '{')
		for i, m := range o {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendQuoted(dst, m.name)
			dst = append(dst, ':')
			dst = appendJSON(dst, m.value)
		}
		return append(dst, '}')
	}
	if list, ok := elements(value); ok {
		dst = append(dst, '[')
		for i, item := range list {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendJSON(dst, item)
		}
		return append(dst, ']')
	}
	switch v := value.(type) {
	case nil:
		return append(dst, "null"...)
	case string:
		return appendQuoted(dst, v)
	default:
		return appendPlain(dst, v)
	}
}

func appendQuoted(dst []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c >= utf8.RuneSelf || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			quoted, _ := json.Marshal(s)
			return append(dst, quoted...)
		}
	}
	dst = append(dst, '"')
	dst = append(dst, s...)
	return append(dst, '"')
}

// appendPlain appends a number or boolean, which look alike in JSON and XML.
func appendPlain(dst []byte, value any) []byte {
	switch v := value.(type) {
	case bool:
		return strconv.AppendBool(dst, v)
	case int:
		return strconv.AppendInt(dst, int64(v), 10)
	case int64:
		return strconv.AppendInt(dst, v, 10)
	case float64:
		return strconv.AppendFloat(dst, v, 'f', -1, 64)
	case json.Number:
		return append(dst, v...)
	}
	return fmt.Append(dst, value)
}

// epoch writes a time as the JSON protocols do: seconds with milliseconds.
func epoch(t time.Time) json.Number {
	return json.Number(strconv.FormatFloat(float64(t.UnixMilli())/1000, 'f', -1, 64))
}

// stamp writes a time as the XML protocols do.
func stamp(t time.Time) string {
	return t.UTC().Format("2006-01-02T15:04:05.000Z")
}

// tagList writes tags as a list of pairs under the given member names.
func tagList(tags map[string]string, key, value string) []object {
	list := make([]object, 0, len(tags))
	for _, name := range slices.Sorted(maps.Keys(tags)) {
		list = append(list, object{{key, name}, {value, tags[name]}})
	}
	return list
}
