package mapping

import (
	"maps"
	"slices"

	"portolan/internal/mapping/jq"
)

// expansion makes several items of a document, one for each element of an array in it
// (itemsToParse).
type expansion struct {
	query *jq.Expression
	name  string // key of the element in the item
	path  []any  // what the items leave out of the document, nil for nothing
}

// each calls yield with each item, as long as it returns true: the document without the array, and
// with the element instead.
// Without an array it calls skip once; err is nil if the expression worked and returned something
// else.
func (x *expansion) each(b *jq.Budget, doc map[string]any, yield func(map[string]any) bool, skip func(reason string, err error)) {
	v, err := x.query.First(b, doc)
	if err != nil {
		skip(jq.Reason(err), err)
		return
	}
	elements, ok := v.([]any)
	if !ok {
		skip("the expression returned "+article(v)+", not an array", nil)
		return
	}
	parent, _ := without(doc, x.path).(map[string]any)
	for _, element := range elements {
		item := make(map[string]any, len(parent)+1)
		maps.Copy(item, parent)
		item[x.name] = element
		if !yield(item) {
			return
		}
	}
}

// without returns v without the value at path, or v itself if there is none. It copies only what
// leads to the path.
func without(v any, path []any) any {
	if len(path) == 0 {
		return v
	}
	switch key := path[0].(type) {
	case string:
		object, _ := v.(map[string]any)
		inner, ok := object[key]
		if !ok {
			return v
		}
		copied := maps.Clone(object)
		if len(path) == 1 {
			delete(copied, key)
		} else {
			copied[key] = without(inner, path[1:])
		}
		return copied
	case int:
		array, _ := v.([]any)
		if key < 0 || key >= len(array) {
			return v
		}
		copied := slices.Clone(array)
		if len(path) == 1 {
			return slices.Delete(copied, key, key+1)
		}
		copied[key] = without(array[key], path[1:])
		return copied
	default:
		return v
	}
}
