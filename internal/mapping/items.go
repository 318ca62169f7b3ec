package mapping

import (
	"maps"
	"slices"

	"github.com/itchyny/gojq"
)

// expansion makes several items of one document, one for each element of an
// array in it (itemsToParse).
type expansion struct {
	query *query
	name  string // key of the element in the item
	path  []any  // what the items leave out of the document, nil for nothing
}

// each calls yield with each item: the document without the array it comes
// from, and with the element instead. Without an array it calls skip once; err
// is nil if the expression worked and gave something else.
func (x *expansion) each(b *budget, doc map[string]any, yield func(map[string]any), skip func(reason string, err error)) {
	v, err := x.query.first(b, doc)
	if err != nil {
		skip(reason(err), err)
		return
	}
	elements, ok := v.([]any)
	if !ok {
		skip("the expression gave "+article(v)+", not an array", nil)
		return
	}
	parent, _ := without(doc, x.path).(map[string]any)
	for _, element := range elements {
		item := make(map[string]any, len(parent)+1)
		maps.Copy(item, parent)
		item[x.name] = element
		yield(item)
	}
}

// without returns v without what lies at path, v itself if nothing lies there.
// Only what leads to the path is copied.
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

// source returns the path of the array that an itemsToParse expression starts
// from, nil if it starts from the whole document or from something made up.
func source(program *gojq.Query) []any {
	path, _ := origin(program, map[string]bool{})
	if len(path) == 0 {
		return nil
	}
	return path
}

// origin follows a program from its start. whole says that what the program
// gives is the document itself, so that what is piped after it starts there;
// the variables in roots hold the document.
func origin(q *gojq.Query, roots map[string]bool) (path []any, whole bool) {
	switch {
	case q == nil:
		return nil, false
	case q.Term != nil:
		return originTerm(q.Term, roots)
	case q.Op != gojq.OpPipe:
		return startOf(q.Left, roots)
	case len(q.Patterns) > 0:
		path, whole = origin(q.Left, roots)
		if whole && len(q.Patterns) == 1 && q.Patterns[0].Name != "" {
			inner := maps.Clone(roots)
			inner[q.Patterns[0].Name] = true
			return origin(q.Right, inner)
		}
		return path, false
	}
	if path, whole = origin(q.Left, roots); whole {
		return origin(q.Right, roots)
	}
	return path, false
}

// startOf is origin for the left side of an operator, whose result is not the
// document any more.
func startOf(q *gojq.Query, roots map[string]bool) ([]any, bool) {
	path, _ := origin(q, roots)
	return path, false
}

func originTerm(t *gojq.Term, roots map[string]bool) (path []any, whole bool) {
	switch t.Type {
	case gojq.TermTypeIdentity:
		whole = true
	case gojq.TermTypeIndex:
		key := keyOf(t.Index)
		if key == nil {
			return nil, false
		}
		path = []any{key}
	case gojq.TermTypeFunc:
		if !roots[t.Func.Name] && t.Func.Name != "select" {
			return nil, false
		}
		whole = true
	case gojq.TermTypeQuery:
		if path, whole = origin(t.Query, roots); !whole {
			return path, false
		}
	default:
		return nil, false
	}
	for _, suffix := range t.SuffixList {
		if suffix.Optional {
			continue
		}
		key := keyOf(suffix.Index)
		if key == nil {
			return path, false
		}
		path, whole = append(path, key), false
	}
	return path, whole
}
