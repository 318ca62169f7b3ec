package jq

import (
	"strings"

	"github.com/itchyny/gojq"
)

// Names says whether an expression names a member of the document that it is given, such as
// Properties of .Properties.Name, and not only a member of something inside.
func Names(expression, member string) bool {
	if !strings.Contains(expression, member) {
		return false
	}
	program, err := gojq.Parse(doubleQuotes(expression))
	return err == nil && (&search{member: member}).query(program, true)
}

// search looks for a member in what is evaluated with the document as its input. Of what
// functions do with their arguments it knows only select.
type search struct{ member string }

func (s *search) query(q *gojq.Query, document bool) bool {
	switch {
	case q == nil || !document:
		return false
	case q.Term != nil:
		return s.term(q.Term)
	case s.query(q.Left, true):
		return true
	case q.Op == gojq.OpPipe && len(q.Patterns) == 0:
		_, whole := origin(q.Left, nil)
		return s.query(q.Right, whole)
	default:
		return s.query(q.Right, true)
	}
}

func (s *search) term(t *gojq.Term) bool {
	if t == nil {
		return false
	}
	if t.Type == gojq.TermTypeIndex && keyOf(t.Index) == any(s.member) {
		return true
	}
	if t.Type == gojq.TermTypeIdentity && len(t.SuffixList) > 0 && keyOf(t.SuffixList[0].Index) == any(s.member) {
		return true
	}
	found := s.query(t.Query, true)
	if t.Func != nil && t.Func.Name == "select" {
		for _, arg := range t.Func.Args {
			found = found || s.query(arg, true)
		}
	}
	if t.Object != nil {
		for _, entry := range t.Object.KeyVals {
			found = found || s.query(entry.KeyQuery, true) || s.query(entry.Val, true)
		}
	}
	if t.Array != nil {
		found = found || s.query(t.Array.Query, true)
	}
	if t.Unary != nil {
		found = found || s.term(t.Unary.Term)
	}
	if t.Str != nil {
		for _, q := range t.Str.Queries {
			found = found || s.query(q, true)
		}
	}
	return found || s.control(t)
}

func (s *search) control(t *gojq.Term) bool {
	one := func(queries ...*gojq.Query) bool {
		for _, q := range queries {
			if s.query(q, true) {
				return true
			}
		}
		return false
	}
	if c := t.If; c != nil {
		if one(c.Cond, c.Then, c.Else) {
			return true
		}
		for _, branch := range c.Elif {
			if one(branch.Cond, branch.Then) {
				return true
			}
		}
	}
	if c := t.Try; c != nil && one(c.Body) {
		return true
	}
	if c := t.Reduce; c != nil && one(c.Query, c.Start) {
		return true
	}
	if c := t.Foreach; c != nil && one(c.Query, c.Start) {
		return true
	}
	return t.Label != nil && one(t.Label.Body)
}
