package plain

import "reflect"

// Each returns a deep copy of a value in which show has replaced every text, keys of maps
// included. It is told the name of the field that holds the text, "" if none does. Fields
// that are not exported are copied as they are.
func Each[T any](value T, show func(field, text string) string) T {
	of := reflect.ValueOf(&value).Elem()
	of.Set(each(of, "", show))
	return value
}

func each(v reflect.Value, field string, show func(field, text string) string) reflect.Value {
	shown := reflect.New(v.Type()).Elem()
	shown.Set(v)
	switch v.Kind() {
	case reflect.String:
		shown.SetString(show(field, v.String()))
	case reflect.Pointer:
		if !v.IsNil() {
			shown.Set(reflect.New(v.Type().Elem()))
			shown.Elem().Set(each(v.Elem(), field, show))
		}
	case reflect.Interface:
		if !v.IsNil() {
			shown.Set(each(v.Elem(), field, show))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if of := v.Type().Field(i); of.IsExported() {
				shown.Field(i).Set(each(v.Field(i), of.Name, show))
			}
		}
	case reflect.Slice:
		if !v.IsNil() {
			shown.Set(reflect.MakeSlice(v.Type(), v.Len(), v.Len()))
			for i := range v.Len() {
				shown.Index(i).Set(each(v.Index(i), field, show))
			}
		}
	case reflect.Map:
		if !v.IsNil() {
			shown.Set(reflect.MakeMapWithSize(v.Type(), v.Len()))
			for key, member := range v.Seq2() {
				shown.SetMapIndex(each(key, field, show), each(member, field, show))
			}
		}
	}
	return shown
}
