package kind

import (
	"encoding/base64"
	"reflect"
	"sync"
	"time"
)

// structMember is a field of an SDK struct and the name that documents have for it.
type structMember struct {
	index int
	name  string
}

var structMembers sync.Map // reflect.Type → []structMember

func structMembersOf(model reflect.Type) []structMember {
	if known, ok := structMembers.Load(model); ok {
		return known.([]structMember)
	}
	var members []structMember
	for i := range model.NumField() {
		if field := model.Field(i); field.IsExported() && field.Name != "ResultMetadata" {
			members = append(members, structMember{i, memberName(field)})
		}
	}
	structMembers.Store(model, members)
	return members
}

// fromStruct returns the members of an SDK struct that AWS answered. It is for the XML
// protocols, whose member names are exactly those of the fields. What AWS did not answer is
// nil in the struct, or the empty text of an enumeration, and stays absent; a list that AWS
// answered empty stays.
func fromStruct(value reflect.Value) Object {
	members := structMembersOf(value.Type())
	answered := 0
	for _, m := range members {
		if !value.Field(m.index).IsZero() {
			answered++
		}
	}
	object := make(Object, answered)
	for _, m := range members {
		if member, answered := fromValue(value.Field(m.index)); answered {
			object[m.name] = member
		}
	}
	return object
}

func fromValue(value reflect.Value) (member any, answered bool) {
	switch value.Kind() {
	case reflect.Pointer:
		if value.IsNil() {
			return nil, false
		}
		return fromPresent(value.Elem()), true
	case reflect.Slice, reflect.Map:
		return fromPresent(value), !value.IsNil()
	case reflect.String:
		return value.String(), value.Len() > 0
	case reflect.Interface:
		return nil, false
	default:
		return fromPresent(value), true
	}
}

func fromPresent(value reflect.Value) any {
	switch value.Kind() {
	case reflect.Struct:
		if value.Type() == timeType {
			return timestamp(value.Interface().(time.Time))
		}
		return fromStruct(value)
	case reflect.Slice:
		if value.Type().Elem().Kind() == reflect.Uint8 {
			return base64.StdEncoding.EncodeToString(value.Bytes())
		}
		list := make([]any, value.Len())
		for i := range list {
			list[i] = fromPresent(value.Index(i))
		}
		return list
	case reflect.Map:
		object := make(Object, value.Len())
		for entries := value.MapRange(); entries.Next(); {
			object[entries.Key().String()] = fromPresent(entries.Value())
		}
		return object
	case reflect.String:
		return value.String()
	case reflect.Bool:
		return value.Bool()
	case reflect.Float32, reflect.Float64:
		return value.Float()
	default:
		return int(value.Int())
	}
}
