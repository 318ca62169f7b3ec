package kind

import (
	"encoding/json"
	"math"
	"reflect"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"
)

var timeType = reflect.TypeFor[time.Time]()

// Timestamp writes a time as documents have it: ISO 8601 in UTC, with six digits
// of fraction if there is one.
func Timestamp(t time.Time) string {
	t = t.UTC().Round(time.Microsecond)
	if t.Nanosecond() == 0 {
		return t.Format("2006-01-02T15:04:05Z")
	}
	return t.Format("2006-01-02T15:04:05.000000Z")
}

// normalizeTimes rewrites, at any depth, the members of a JSON object that the
// SDK's type models as times: JSON carries them as seconds since 1970 or as text,
// by the service's choice.
func normalizeTimes(value any, model reflect.Type) any {
	for model.Kind() == reflect.Pointer {
		model = model.Elem()
	}
	if model == timeType {
		return timeText(value)
	}
	if !holdsTime(model) {
		return value
	}
	switch value := value.(type) {
	case []any:
		if model.Kind() == reflect.Slice {
			for i := range value {
				value[i] = normalizeTimes(value[i], model.Elem())
			}
		}
	case Object:
		for name, member := range value {
			if of, ok := memberType(model, name); ok {
				value[name] = normalizeTimes(member, of)
			}
		}
	}
	return value
}

func memberType(model reflect.Type, name string) (reflect.Type, bool) {
	switch model.Kind() {
	case reflect.Map:
		return model.Elem(), true
	case reflect.Struct:
		field, ok := model.FieldByName(fieldName(name))
		return field.Type, ok
	default:
		return nil, false
	}
}

// fieldName is the SDK's rule from an API's member name to a Go field's name.
func fieldName(member string) string {
	first, size := utf8.DecodeRuneInString(member)
	return string(unicode.ToUpper(first)) + member[size:]
}

func timeText(value any) any {
	switch value := value.(type) {
	case json.Number:
		seconds, err := value.Float64()
		if err != nil {
			return value
		}
		whole, fraction := math.Modf(seconds)
		return Timestamp(time.Unix(int64(whole), int64(math.Round(fraction*1e6))*1e3))
	case string:
		for _, layout := range []string{time.RFC3339Nano, time.RFC1123} {
			if t, err := time.Parse(layout, value); err == nil {
				return Timestamp(t)
			}
		}
	}
	return value
}

var timeHolders sync.Map // reflect.Type → bool

// holdsTime says whether a value of the type can hold a time at any depth.
func holdsTime(model reflect.Type) bool {
	if known, ok := timeHolders.Load(model); ok {
		return known.(bool)
	}
	holds := searchTime(model, map[reflect.Type]bool{})
	timeHolders.Store(model, holds)
	return holds
}

func searchTime(model reflect.Type, seen map[reflect.Type]bool) bool {
	if model == timeType {
		return true
	}
	if seen[model] {
		return false
	}
	seen[model] = true
	switch model.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		return searchTime(model.Elem(), seen)
	case reflect.Struct:
		for i := range model.NumField() {
			if field := model.Field(i); field.IsExported() && field.Name != "ResultMetadata" && searchTime(field.Type, seen) {
				return true
			}
		}
	}
	return false
}
