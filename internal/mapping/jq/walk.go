package jq

import (
	"strconv"
	"strings"

	"github.com/itchyny/gojq"
)

// visitor visits each part of a program, children before their parent, so that it may replace
// the part that it visits.
type visitor struct {
	query      func(*gojq.Query)
	term       func(*gojq.Term)
	key        func(*gojq.String) // a text that is a key of an object or of a pattern
	definition func(*gojq.FuncDef)
	// defined are the functions of the program that can be called where the visitor is, by name
	// and number of arguments.
	defined []string
}

func (v *visitor) walk(q *gojq.Query) {
	if q == nil {
		return
	}
	outside := len(v.defined)
	defer func() { v.defined = v.defined[:outside] }()
	for _, def := range q.FuncDefs {
		v.defined = append(v.defined, def.Name+"/"+strconv.Itoa(len(def.Args)))
		inside := len(v.defined)
		for _, arg := range def.Args {
			v.defined = append(v.defined, strings.TrimPrefix(arg, "$")+"/0")
		}
		v.walk(def.Body)
		v.defined = v.defined[:inside]
		if v.definition != nil {
			v.definition(def)
		}
	}
	v.walkTerm(q.Term)
	v.walk(q.Left)
	v.patterns(q.Patterns)
	v.walk(q.Right)
	if v.query != nil {
		v.query(q)
	}
}

func (v *visitor) walkTerm(t *gojq.Term) {
	if t == nil {
		return
	}
	v.index(t.Index)
	if t.Func != nil {
		for _, arg := range t.Func.Args {
			v.walk(arg)
		}
	}
	if t.Object != nil {
		for _, entry := range t.Object.KeyVals {
			v.keys(entry.KeyString)
			v.walk(entry.KeyQuery)
			v.walk(entry.Val)
		}
	}
	if t.Array != nil {
		v.walk(t.Array.Query)
	}
	if t.Unary != nil {
		v.walkTerm(t.Unary.Term)
	}
	v.text(t.Str)
	v.control(t)
	v.walk(t.Query)
	for _, suffix := range t.SuffixList {
		v.index(suffix.Index)
	}
	if v.term != nil {
		v.term(t)
	}
}

func (v *visitor) control(t *gojq.Term) {
	if c := t.If; c != nil {
		v.walk(c.Cond)
		v.walk(c.Then)
		for _, branch := range c.Elif {
			v.walk(branch.Cond)
			v.walk(branch.Then)
		}
		v.walk(c.Else)
	}
	if c := t.Try; c != nil {
		v.walk(c.Body)
		v.walk(c.Catch)
	}
	if c := t.Reduce; c != nil {
		v.walk(c.Query)
		v.patterns(c.Patterns)
		v.walk(c.Start)
		v.walk(c.Update)
	}
	if c := t.Foreach; c != nil {
		v.walk(c.Query)
		v.patterns(c.Patterns)
		v.walk(c.Start)
		v.walk(c.Update)
		v.walk(c.Extract)
	}
	if t.Label != nil {
		v.walk(t.Label.Body)
	}
}

func (v *visitor) patterns(patterns []*gojq.Pattern) {
	for _, p := range patterns {
		if p == nil {
			continue
		}
		v.patterns(p.Array)
		for _, entry := range p.Object {
			v.keys(entry.KeyString)
			v.walk(entry.KeyQuery)
			v.patterns([]*gojq.Pattern{entry.Val})
		}
	}
}

func (v *visitor) index(i *gojq.Index) {
	if i == nil {
		return
	}
	v.keys(i.Str)
	v.walk(i.Start)
	v.walk(i.End)
}

func (v *visitor) text(s *gojq.String) {
	if s == nil {
		return
	}
	for _, q := range s.Queries {
		v.walk(q)
	}
}

func (v *visitor) keys(s *gojq.String) {
	v.text(s)
	if s != nil && v.key != nil {
		v.key(s)
	}
}
