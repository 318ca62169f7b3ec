package jq

import (
	"errors"
	"math"
	"strings"
	"sync"

	"github.com/itchyny/gojq"
)

// Expression is a compiled expression. It is safe for concurrent use. Most expressions of a
// mapping are a quoted text, a plain path or a sum of them, and need no interpreter.
type Expression struct {
	text  string // as it is written in the mapping
	parts int    // that have to be compiled
	fixed bool   // value is the result, whatever the document
	value any
	path  []string      // not nil: the keys that lead to the result
	sum   []*Expression // not nil: the result, if each of them is a text
	// filled says that no text of the sum may be empty.
	filled bool
	either []*Expression // not nil: the result is the first that is neither null nor false
	only   *selection    // not nil: there is no result without such a value
	clock  bool          // the result depends on the time
	run    func(*Budget, any) (any, error)
}

// String returns the expression as it was written.
func (e *Expression) String() string { return e.text }

// Parts returns how many parts of the expression were compiled, and so what it needs of memory for as
// long as it lives: some KB each at most.
func (e *Expression) Parts() int { return e.parts }

// Constant returns the result of an expression that has the same for every document; ok is
// false for any other.
func (e *Expression) Constant() (value any, ok bool) { return e.value, e.fixed }

// Clock says whether the same document may have another result at another time.
func (e *Expression) Clock() bool { return e.clock }

// First returns the first output of the expression for a document that Admit returned, or nil
// if there is none. The result may share parts with the document; neither may be changed.
// Reason says of an error what may be told of it.
func (e *Expression) First(b *Budget, doc any) (any, error) {
	if b.document.kept -= sizeOfResult; b.Full() {
		return nil, ErrTooMuch
	}
	return e.first(b, doc)
}

func (e *Expression) first(b *Budget, doc any) (any, error) {
	switch {
	case e.fixed:
		return e.value, nil
	case e.path != nil:
		return follow(doc, e.path)
	}
	if text, ok := e.concatenate(b, doc); ok {
		return text, nil
	}
	if v, ok := e.choose(b, doc); ok {
		return v, nil
	}
	if e.only != nil && e.only.lacks(doc) {
		return nil, nil
	}
	return e.run(b, doc)
}

// concatenate adds up the terms of a sum. It leaves terms that are not texts, and texts that
// become too long, to the interpreter.
func (e *Expression) concatenate(b *Budget, doc any) (string, bool) {
	if e.sum == nil {
		return "", false
	}
	var room [16]string
	texts, size := room[:0], 0
	for _, term := range e.sum {
		v, err := term.first(b, doc)
		text, ok := v.(string)
		if size += len(text); err != nil || !ok || size > maxBytes || e.filled && text == "" && !term.fixed {
			return "", false
		}
		texts = append(texts, text)
	}
	text := strings.Join(texts, "")
	return text, b.keep(text) == nil
}

// selection is the beginning of an expression such as .a.b | objects | .c: what follows has
// only a value of that type.
type selection struct {
	path []string
	is   string // gojq's name of the type
}

// lacks reports whether a document has no such value. It leaves errors to the interpreter.
func (s *selection) lacks(doc any) bool {
	v, err := follow(doc, s.path)
	return err == nil && gojq.TypeOf(v) != s.is
}

// choose returns the first of the terms that is neither null nor false, or the last. It
// leaves errors to the interpreter.
func (e *Expression) choose(b *Budget, doc any) (value any, ok bool) {
	for _, term := range e.either {
		v, err := term.first(b, doc)
		if err != nil {
			return nil, false
		}
		if value = v; v != nil && v != false {
			break
		}
	}
	return value, e.either != nil
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

// number replaces the numbers that JSON does not have: infinity by the largest number, NaN by
// null.
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

// machine is a compiled program. It runs for one item at a time, as the functions that charge
// what it builds have to know the budget.
type machine struct {
	code   *gojq.Code
	budget *Budget
}

func assembled(program *gojq.Query) (*machine, error) {
	m := &machine{}
	code, err := gojq.Compile(program, m.functions()...)
	m.code = code
	return m, err
}

// interpreted returns the run function of a program.
//
// In gojq, del and the update operators write into parts that they did not make. The values
// stay the same, but two writes at once end the process. Programs with these operators
// therefore get their own copy of the document.
func interpreted(program *gojq.Query) (func(*Budget, any) (any, error), error) {
	first, err := assembled(program)
	if err != nil {
		return nil, err
	}
	copies := updates(program)
	pool := sync.Pool{New: func() any {
		another, err := assembled(program)
		if err != nil {
			return err
		}
		return another
	}}
	pool.Put(first)
	return func(b *Budget, doc any) (any, error) {
		m, ok := pool.Get().(*machine)
		if !ok {
			return nil, plainError("the expression is not available")
		}
		if copies {
			doc = clone(doc)
		}
		v, err := m.first(b, doc)
		pool.Put(m)
		return v, err
	}, nil
}

func updates(program *gojq.Query) bool {
	found := false
	(&visitor{
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
				case "del", "delpaths":
					found = true
				}
			}
		},
	}).walk(program)
	return found
}

// first runs the program until its first output. gojq panics on what it does not expect, which
// is an error of this one evaluation.
func (m *machine) first(b *Budget, doc any) (v any, err error) {
	m.budget = b
	defer func() {
		m.budget = nil
		b.release()
		if recover() != nil {
			v, err = nil, plainError("the expression cannot be evaluated")
		}
	}()
	v, ok := m.code.RunWithContext(b, doc).Next()
	if b.err != nil {
		return nil, b.err
	}
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
	return number(v), b.keep(v)
}
