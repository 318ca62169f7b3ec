package jq

import (
	"maps"

	"github.com/itchyny/gojq"
)

// Source returns the path to the value that an expression starts from: a string for each key,
// an int for each position. It returns nil if the expression starts from the whole document or
// from a value that it makes itself, or if it does not parse.
func Source(expression string) []any {
	program, err := gojq.Parse(doubleQuotes(expression))
	if err != nil {
		return nil
	}
	path, _ := origin(program, map[string]bool{})
	if len(path) == 0 {
		return nil
	}
	return path
}

// origin follows a program from its start. whole says that the program's output is the
// document itself, so that what follows the pipe starts there; the variables in roots hold
// the document.
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

// startOf is origin for the left side of an operator, whose result is no longer the document.
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
