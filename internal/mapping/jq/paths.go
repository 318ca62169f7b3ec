package jq

import (
	"slices"

	"github.com/itchyny/gojq"
)

// Path is a path into the document for which an expression asks.
type Path struct {
	// Names are the members from the top: .Properties.Tags[0] asks for Properties, Tags.
	Names []string
	// Spare says that the expression only asks for it where there may be something else, beside
	// the operator //.
	Spare bool
}

// Paths returns the paths into the document that an expression certainly asks for, each once. What
// it asks of values that it has computed, or inside functions of which the input is not known, is
// not among them. It returns nil if the expression does not parse.
func Paths(expression string) []Path {
	program, err := gojq.Parse(doubleQuotes(expression))
	if err != nil {
		return nil
	}
	var w paths
	w.query(program, []string{})
	return w.found
}

// paths gathers the paths of an expression. Where a query is evaluated is a path too: empty for
// the document itself, nil for what is not known.
type paths struct {
	found []Path
	spare bool // beside //
}

func (w *paths) add(names []string) {
	for i, other := range w.found {
		if slices.Equal(other.Names, names) {
			w.found[i].Spare = other.Spare && w.spare
			return
		}
	}
	w.found = append(w.found, Path{Names: names, Spare: w.spare})
}

// query looks at a query that is evaluated at a path, and returns the path of its result.
func (w *paths) query(q *gojq.Query, at []string) []string {
	switch {
	case q == nil || at == nil:
		return nil
	case q.Term != nil:
		return w.term(q.Term, at)
	case q.Op == gojq.OpPipe && len(q.Patterns) > 0: // . as $x | …: the rest is evaluated at the same place
		w.query(q.Left, at)
		return w.query(q.Right, at)
	case q.Op == gojq.OpPipe:
		return w.query(q.Right, w.query(q.Left, at))
	}
	outside := w.spare
	w.spare = outside || q.Op == gojq.OpAlt
	w.all(at, q.Left, q.Right)
	w.spare = outside
	return nil
}

func (w *paths) all(at []string, queries ...*gojq.Query) {
	for _, q := range queries {
		w.query(q, at)
	}
}

// term looks at a term, and returns the path of its result: nil after the first step that is not
// the name of a member.
func (w *paths) term(t *gojq.Term, at []string) []string {
	var result []string
	switch t.Type {
	case gojq.TermTypeIdentity:
		result = at
	case gojq.TermTypeIndex:
		result = w.index(t.Index, at, at)
	case gojq.TermTypeQuery:
		result = w.query(t.Query, at)
	case gojq.TermTypeFunc:
		if t.Func.Name == "select" { // its input is its result
			w.all(at, t.Func.Args...)
			result = at
		}
	default:
		w.inside(t, at)
	}
	for _, suffix := range t.SuffixList {
		switch {
		case suffix.Optional:
		case suffix.Index != nil:
			result = w.index(suffix.Index, result, at)
		default:
			result = nil
		}
	}
	return result
}

// index returns the path of a member beneath a path. What computes the name is evaluated at the
// place of the whole term.
func (w *paths) index(i *gojq.Index, beneath, at []string) []string {
	w.all(at, i.Start, i.End)
	name, ok := keyOf(i).(string)
	if !ok || beneath == nil {
		return nil
	}
	path := append(slices.Clone(beneath), name)
	w.add(path)
	return slices.Clone(path)
}

// inside looks at the queries of terms that compute something.
func (w *paths) inside(t *gojq.Term, at []string) {
	if t.Object != nil {
		for _, entry := range t.Object.KeyVals {
			w.all(at, entry.KeyQuery, entry.Val)
		}
	}
	if t.Array != nil {
		w.query(t.Array.Query, at)
	}
	if t.Unary != nil {
		w.term(t.Unary.Term, at)
	}
	if t.Str != nil {
		w.all(at, t.Str.Queries...)
	}
	if t.If != nil {
		w.all(at, t.If.Cond, t.If.Then, t.If.Else)
		for _, branch := range t.If.Elif {
			w.all(at, branch.Cond, branch.Then)
		}
	}
	if t.Try != nil {
		w.query(t.Try.Body, at)
	}
	if t.Reduce != nil {
		w.all(at, t.Reduce.Query, t.Reduce.Start)
	}
	if t.Foreach != nil {
		w.all(at, t.Foreach.Query, t.Foreach.Start)
	}
	if t.Label != nil {
		w.query(t.Label.Body, at)
	}
}
