package mapping

import (
	"errors"
	"math"
	"strings"
	"sync"

	"github.com/itchyny/gojq"
)

// query is one compiled expression. Most expressions of a mapping are a text
// in quotes, a plain path or a sum of them, which need no interpreter.
type query struct {
	text  string // as it is written in the mapping
	fixed bool   // value is the result, whatever the document
	value any
	path  []string // not nil: the keys that lead to the result
	sum   []*query // not nil: the result if each of them gives a text
	// filled says that each text of the sum must hold something.
	filled bool
	either []*query // not nil: the first of them that is there is the result
	run    func(*budget, any) (any, error)
}

// first returns the first output of the expression for a document, nil if there
// is none. The result may share parts with the document; neither may be changed.
func (q *query) first(b *budget, doc any) (any, error) {
	switch {
	case q.fixed:
		return q.value, nil
	case q.path != nil:
		return follow(doc, q.path)
	}
	if text, ok := q.concatenate(b, doc); ok {
		return text, nil
	}
	if v, ok := q.choose(b, doc); ok {
		return v, nil
	}
	return q.run(b, doc)
}

// concatenate adds up the terms of a sum. It leaves to the interpreter what is
// no text, and what is too long to be one.
func (q *query) concatenate(b *budget, doc any) (string, bool) {
	if q.sum == nil {
		return "", false
	}
	var room [16]string
	texts, size := room[:0], 0
	for _, term := range q.sum {
		v, err := term.first(b, doc)
		text, ok := v.(string)
		if size += len(text); err != nil || !ok || size > maxBytes || q.filled && text == "" && !term.fixed {
			return "", false
		}
		texts = append(texts, text)
	}
	return strings.Join(texts, ""), true
}

// choose returns the first of the terms that is neither null nor false, or else the last.
// It leaves errors to the interpreter.
func (q *query) choose(b *budget, doc any) (value any, ok bool) {
	for _, term := range q.either {
		v, err := term.first(b, doc)
		if err != nil {
			return nil, false
		}
		if value = v; v != nil && v != false {
			break
		}
	}
	return value, q.either != nil
}

func follow(v any, path []string) (any, error) {
	for _, key := range path {
		switch object := v.(type) {
		case map[string]any:
			v = object[key]
		case nil:
			return nil, nil
		default:
			return nil, plainError("expected an object but got: " + gojq.TypeOf(v))
		}
	}
	return number(v), nil
}

// number replaces the two kinds of number that JSON does not have: the largest
// number stands for infinity, null for what is not a number.
func number(v any) any {
	if f, ok := v.(float64); ok {
		switch {
		case math.IsNaN(f):
			return nil
		case math.IsInf(f, 0):
			return math.Copysign(math.MaxFloat64, f)
		}
	}
	return v
}

const errHalted plainError = "the program halted"

// interpreted returns the run function of a program.
//
// del and the update operators write into parts which they did not make: the
// values stay what they are, but two writes at once end the process. Programs
// with them therefore get their own copy of the document, and their compiled
// code, which holds constants, is never used twice at a time.
func interpreted(program *gojq.Query) (func(*budget, any) (any, error), error) {
	code, err := gojq.Compile(program, functions()...)
	if err != nil {
		return nil, err
	}
	if !updates(program) {
		return func(b *budget, doc any) (any, error) { return evaluate(code, b, doc) }, nil
	}
	pool := sync.Pool{New: func() any {
		again, err := gojq.Compile(program, functions()...)
		if err != nil {
			return err
		}
		return again
	}}
	pool.Put(code)
	return func(b *budget, doc any) (any, error) {
		switch own := pool.Get().(type) {
		case *gojq.Code:
			defer pool.Put(own)
			return evaluate(own, b, clone(doc))
		case error:
			return nil, own
		default:
			return nil, plainError("the expression is not available")
		}
	}, nil
}

func updates(program *gojq.Query) bool {
	found := false
	visitor{
		query: func(q *gojq.Query) {
			switch q.Op {
			case gojq.OpModify, gojq.OpUpdateAdd, gojq.OpUpdateSub, gojq.OpUpdateMul,
				gojq.OpUpdateDiv, gojq.OpUpdateMod, gojq.OpUpdateAlt:
				found = true
			}
		},
		term: func(t *gojq.Term) {
			if t.Func != nil {
				switch t.Func.Name {
				case "del", "delpaths", "map_values", "walk", "_modify":
					found = true
				}
			}
		},
	}.walk(program)
	return found
}

// evaluate runs code until its first output. A defect of the interpreter, which
// panics on what it does not expect, is an error of this one evaluation.
func evaluate(code *gojq.Code, b *budget, doc any) (v any, err error) {
	defer func() {
		if defect := recover(); defect != nil {
			v, err = nil, plainError("the expression cannot be evaluated")
		}
	}()
	v, ok := code.RunWithContext(b, doc).Next()
	if !ok {
		return nil, nil
	}
	if err, failed := v.(error); failed {
		var halted *gojq.HaltError
		if errors.As(err, &halted) {
			return nil, errHalted
		}
		return nil, err
	}
	if err := bounded(v); err != nil {
		return nil, err
	}
	return number(v), nil
}
