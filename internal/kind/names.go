package kind

import "reflect"

// Modeled gives the members of resources, at any depth, the names that the API's
// model has for them, where those differ from the names on the wire. T is the SDK's
// struct of a resource, whose fields carry the model's names. The keys of maps are
// the user's own and stay.
func Modeled[T any](items func(Object) []*Resource) func(Object) []*Resource {
	return func(page Object) []*Resource {
		resources := items(page)
		for _, r := range resources {
			r.Properties = modelNames(r.Properties, reflect.TypeFor[T]()).(Object)
		}
		return resources
	}
}

func modelNames(value any, model reflect.Type) any {
	for model.Kind() == reflect.Pointer {
		model = model.Elem()
	}
	switch value := value.(type) {
	case []any:
		if model.Kind() == reflect.Slice {
			for i := range value {
				value[i] = modelNames(value[i], model.Elem())
			}
		}
	case Object:
		if model.Kind() != reflect.Struct {
			return value
		}
		named := make(Object, len(value))
		for name, member := range value {
			if of, ok := memberType(model, name); ok {
				member = modelNames(member, of)
			}
			named[fieldName(name)] = member
		}
		return named
	}
	return value
}
