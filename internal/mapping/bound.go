package mapping

import (
	"encoding/json"
	"errors"
	"math/big"

	"github.com/itchyny/gojq"
)

// A program may not build a value larger than this. Port takes no request
// above 1 MiB, so no value that can be sent comes near.
const (
	maxValues = 1 << 17 // values inside a value
	maxBytes  = 8 << 20 // bytes of all text inside a value
	maxDepth  = 512     // arrays and objects inside each other
	maxBits   = 4096    // length of an integer
)

// maxExpression is the longest expression, in bytes.
const maxExpression = 64 << 10

var errTooLarge = errors.New("the value is too large")

// bounded says whether v, with everything inside it, keeps the limits. Parts
// that occur several times count each time, as they will when v is written.
func bounded(v any) error {
	m := measure{values: maxValues, bytes: maxBytes}
	if !m.fits(v, maxDepth) {
		return errTooLarge
	}
	return nil
}

type measure struct{ values, bytes int }

func (m *measure) fits(v any, depth int) bool {
	m.values--
	if m.values < 0 || depth < 0 {
		return false
	}
	switch v := v.(type) {
	case string:
		m.bytes -= len(v)
	case json.Number:
		m.bytes -= len(v)
	case *big.Int:
		return v.BitLen() <= maxBits
	case []any:
		for _, element := range v {
			if !m.fits(element, depth-1) {
				return false
			}
		}
	case map[string]any:
		for key, element := range v {
			m.bytes -= len(key)
			if !m.fits(element, depth-1) {
				return false
			}
		}
	}
	return m.bytes >= 0
}

// joinable keeps join from repeating a long separator many times.
func joinable(v, separator any) error {
	text, _ := separator.(string)
	count := 0
	switch v := v.(type) {
	case []any:
		count = len(v)
	case map[string]any:
		count = len(v)
	}
	if count*len(text) > maxBytes {
		return errTooLarge
	}
	return nil
}

// transposable keeps transpose from filling up many short rows for a long one.
func transposable(v any) error {
	rows, _ := v.([]any)
	longest := 0
	for _, row := range rows {
		if row, ok := row.([]any); ok {
			longest = max(longest, len(row))
		}
	}
	if len(rows)*longest > maxValues {
		return errTooLarge
	}
	return nil
}

// multipliable keeps * from repeating a text, or growing an integer, without end.
func multipliable(left, right any) error {
	for _, pair := range [][2]any{{left, right}, {right, left}} {
		if text, ok := pair[0].(string); ok {
			if times, ok := gojq.ToFloat64(pair[1]); ok && times*float64(len(text)) > maxBytes {
				return errTooLarge
			}
		}
	}
	if bits(left)+bits(right) > maxBits {
		return errTooLarge
	}
	return nil
}

func bits(v any) int {
	switch v := v.(type) {
	case *big.Int:
		return v.BitLen()
	case json.Number:
		return len(v) * 4
	default:
		return 0
	}
}

// growing are the functions whose result can be much larger than their input.
var growing = map[string]bool{
	"add": true, "flatten": true, "format": true, "implode": true, "join": true,
	"map_values": true, "setpath": true, "tojson": true, "tostring": true,
	"transpose": true, "walk": true, "with_entries": true,
}

// bound rewrites a program so that the size of each value which it builds is
// checked. What only moves values around, as paths and conditions do, stays.
func bound(program *gojq.Query) {
	visitor{query: boundQuery, term: boundTerm}.walk(program)
}

func boundQuery(q *gojq.Query) {
	switch q.Op {
	case gojq.OpMul:
		checkProduct(q)
	case gojq.OpUpdateMul:
		update := &gojq.Query{Left: q.Left, Op: gojq.OpModify, Right: &gojq.Query{
			Left: identity(), Op: gojq.OpMul, Right: call("$__right"),
		}}
		checkProduct(update.Right)
		bind(q, q.Right, "$__right", update)
	case gojq.OpAdd, gojq.OpAssign, gojq.OpModify, gojq.OpUpdateAdd, gojq.OpUpdateAlt:
	default:
		return
	}
	inner := *q
	inner.Imports, inner.Meta = nil, nil
	*q = gojq.Query{Meta: q.Meta, Imports: q.Imports, Left: &inner, Op: gojq.OpPipe, Right: call("_bounded")}
}

// checkProduct turns l * r into: r as $r | l as $l | check them | $l * $r.
func checkProduct(q *gojq.Query) {
	product := &gojq.Query{
		Left: call("_multipliable", call("$__left"), call("$__right")), Op: gojq.OpPipe,
		Right: &gojq.Query{Left: call("$__left"), Op: gojq.OpMul, Right: call("$__right")},
	}
	left := &gojq.Query{}
	bind(left, q.Left, "$__left", product)
	bind(q, q.Right, "$__right", left)
}

// bind makes q: value as $name | body. Definitions and imports of q stay.
func bind(q, value *gojq.Query, name string, body *gojq.Query) {
	*q = gojq.Query{
		Meta: q.Meta, Imports: q.Imports, FuncDefs: q.FuncDefs,
		Left: value, Op: gojq.OpPipe, Patterns: []*gojq.Pattern{{Name: name}}, Right: body,
	}
}

func boundTerm(t *gojq.Term) {
	bare := *t
	bare.SuffixList = nil
	built := &gojq.Query{Term: &bare}
	switch t.Type {
	case gojq.TermTypeArray:
		if t.Array.Query == nil {
			return
		}
	case gojq.TermTypeObject:
		if len(t.Object.KeyVals) == 0 {
			return
		}
	case gojq.TermTypeFormat:
	case gojq.TermTypeString:
		if t.Str.Queries == nil {
			return
		}
	case gojq.TermTypeFunc:
		if !growing[t.Func.Name] {
			return
		}
		built = checked(t.Func, built)
	default:
		return
	}
	*t = gojq.Term{Type: gojq.TermTypeQuery, SuffixList: t.SuffixList, Query: &gojq.Query{
		Left: built, Op: gojq.OpPipe, Right: call("_bounded"),
	}}
}

// checked puts the check of the arguments before those calls that need one.
func checked(f *gojq.Func, built *gojq.Query) *gojq.Query {
	switch {
	case f.Name == "transpose" && len(f.Args) == 0:
		return &gojq.Query{Left: call("_transposable"), Op: gojq.OpPipe, Right: built}
	case f.Name == "join" && len(f.Args) == 1:
		q := &gojq.Query{}
		bind(q, f.Args[0], "$__between", &gojq.Query{
			Left: call("_joinable", call("$__between")), Op: gojq.OpPipe,
			Right: call("join", call("$__between")),
		})
		return q
	default:
		return built
	}
}

func identity() *gojq.Query {
	return &gojq.Query{Term: &gojq.Term{Type: gojq.TermTypeIdentity}}
}

// call is a call of a function, or a variable when the name starts with $.
func call(name string, args ...*gojq.Query) *gojq.Query {
	return &gojq.Query{Term: &gojq.Term{Type: gojq.TermTypeFunc, Func: &gojq.Func{Name: name, Args: args}}}
}
