package kind

import (
	"encoding/base64"
	"reflect"
	"time"
)

// fromStruct returns the members of an SDK struct that AWS answered. It is for the XML
// protocols, whose member names are exactly those of the fields. What AWS did not answer is
// nil in the struct, or the empty text of an enumeration, and stays absent; a list that AWS
// answered empty stays.
func fromStruct(value reflect.Value) Object {
	object := make(Object, value.NumField())
	for i := range value.NumField() {
		field := value.Type().Field(i)
		if !field.IsExported() || field.Name == "ResultMetadata" {
			continue
		}
		if member, answered := fromValue(value.Field(i)); answered {
			object[memberName(field)] = member
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
		if t, ok := value.Interface().(time.Time); ok {
			return timestamp(t)
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
