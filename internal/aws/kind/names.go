package kind

import (
	"path"
	"reflect"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"
)

// modelNamed are the services whose documents have the names of the API's model where
// the wire has others. AWS's SDK for Python, and with it Ocean, names every member as
// the model does. For all JSON services but these the wire has the same name.
//
// MSK's members begin with a capital in the model and with a small letter on the wire:
// https://docs.aws.amazon.com/msk/1.0/apireference/clusters.html
var modelNamed = map[string]bool{"kafka": true}

// normalizer makes of a JSON answer what documents repeat: members have the names that
// documents have, times have one form, and members that are null are absent.
type normalizer struct{ modelNames bool }

// normalize rewrites a JSON answer. The model is the SDK's struct of the answer: it says
// which members are times, and tells structures from maps, whose keys are the user's own.
func normalize(answer Object, model reflect.Type) Object {
	n := normalizer{modelNames: modelNamed[path.Base(model.PkgPath())]}
	return n.value(answer, model).(Object)
}

// value rewrites a value, in place if it can. The model is nil for a member that the SDK
// does not know yet.
func (n normalizer) value(value any, model reflect.Type) any {
	for model != nil && model.Kind() == reflect.Pointer {
		model = model.Elem()
	}
	if isDocument(model) {
		return value
	}
	switch value := value.(type) {
	case nil:
		return nil
	case []any:
		// Without an element that is null, the others would change places.
		of := element(model, reflect.Slice)
		for i, entry := range value {
			if _, text := entry.(string); !text || isTime(of) {
				value[i] = n.value(entry, of)
			}
		}
		return value
	case Object:
		if of := element(model, reflect.Map); of != nil {
			for key, entry := range value {
				if _, text := entry.(string); !text || isTime(of) {
					value[key] = n.value(entry, of)
				}
			}
			return value
		}
		return n.structure(value, membersOf(model))
	default:
		if model == timeType {
			return timeText(value)
		}
		return value
	}
}

func (n normalizer) structure(object Object, of members) Object {
	named := object
	if n.modelNames {
		named = make(Object, len(object))
	}
	for name, member := range object {
		if member == nil {
			delete(named, name)
			continue
		}
		if _, text := member.(string); text && !n.modelNames && (!of.times || !isTime(of.types[name])) {
			continue // it stays as it is, as most do
		}
		as := name
		if n.modelNames {
			as = fieldName(name)
		}
		named[as] = n.value(member, of.types[name])
	}
	return named
}

func isTime(model reflect.Type) bool {
	return model == timeType || model != nil && model.Kind() == reflect.Pointer && model.Elem() == timeType
}

// isDocument reports whether a member holds any JSON, which stays as it is:
// https://smithy.io/2.0/spec/simple-types.html#document
func isDocument(model reflect.Type) bool {
	return model != nil && model.Kind() == reflect.Interface && model.Name() == "Interface"
}

// element returns the type of the elements of a slice or a map; nil if the model is
// something else.
func element(model reflect.Type, kind reflect.Kind) reflect.Type {
	if model == nil || model.Kind() != kind {
		return nil
	}
	return model.Elem()
}

// members are the types of a structure's members by the names that they may have on the wire:
// the field's own, or the same with a small first letter.
type members struct {
	types map[string]reflect.Type
	times bool // whether there is a time among them
}

var modelMembers sync.Map // reflect.Type → members

func membersOf(model reflect.Type) members {
	if model == nil || model.Kind() != reflect.Struct {
		return members{}
	}
	if known, ok := modelMembers.Load(model); ok {
		return known.(members)
	}
	of := members{types: make(map[string]reflect.Type, 2*model.NumField())}
	for i := range model.NumField() {
		if field := model.Field(i); field.IsExported() && field.Name != "ResultMetadata" {
			name := memberName(field)
			of.types[name] = field.Type
			of.types[wireName(name)] = field.Type
			of.times = of.times || isTime(field.Type)
		}
	}
	modelMembers.Store(model, of)
	return of
}

var timeType = reflect.TypeFor[time.Time]()

// memberName returns the model's name of a field. The SDK adds an underscore to a word that
// it uses itself: String_.
func memberName(field reflect.StructField) string { return strings.TrimSuffix(field.Name, "_") }

// fieldName is the SDK's rule from an API's member name to a Go field's name.
func fieldName(member string) string {
	first, size := utf8.DecodeRuneInString(member)
	return string(unicode.ToUpper(first)) + member[size:]
}

// wireName returns a field's name with a small first letter.
func wireName(field string) string {
	first, size := utf8.DecodeRuneInString(field)
	return string(unicode.ToLower(first)) + field[size:]
}
