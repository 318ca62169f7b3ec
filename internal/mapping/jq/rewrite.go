package jq

import (
	"strconv"
	"strings"
	"sync"

	"github.com/itchyny/gojq"
)

// moving holds gojq's functions whose results need no check: they return numbers or booleans,
// or what others built. A function that is not here is checked, so that a new one of gojq is.
var moving = map[string]bool{
	"all": true, "any": true, "arrays": true, "booleans": true, "capture": true, "contains": true, "empty": true, "endswith": true,
	"error": true, "finites": true, "first": true, "getpath": true, "gsub": true, "halt": true, "halt_error": true, "has": true, "in": true,
	"index": true, "inside": true, "isempty": true, "isvalid": true, "IN": true, "iterables": true, "last": true,
	"length": true, "limit": true, "ltrim": true, "ltrimstr": true, "match": true, "normals": true, "not": true, "nth": true,
	"now": true, "nulls": true, "numbers": true, "objects": true, "range": true, "recurse": true, "repeat": true,
	"rindex": true, "rtrim": true, "rtrimstr": true, "scalars": true, "scan": true, "select": true, "skip": true,
	"splits": true, "startswith": true, "strings": true, "sub": true, "test": true, "trim": true, "trimstr": true, "type": true,
	"until": true, "values": true, "while": true,
}

// builtins holds gojq's functions, by name and number of arguments.
var builtins = sync.OnceValue(func() map[string]bool {
	program, err := gojq.Parse("builtins[]")
	if err != nil {
		panic(err)
	}
	all := map[string]bool{}
	for run := program.Run(nil); ; {
		v, ok := run.Next()
		if !ok {
			return all
		}
		all[v.(string)] = true
	}
})

// The checks that stand before a call, by name and number of arguments: of the input alone,
// or of the input and the first argument.
var (
	checksOfInput = map[string]string{
		"transpose/0": "_transposable", "explode/0": "_explodable", "tonumber/0": "_countable", "fromjson/0": "_parsable",
	}
	checksOfArgument = map[string]string{
		"join/1": "_joinable", "setpath/2": "_reachable", "contains/1": "_pairable", "inside/1": "_pairable",
		"index/1": "_findable", "rindex/1": "_findable", "indices/1": "_findable", "split/1": "_splittable",
		"strftime/1": "_formattable", "strflocaltime/1": "_formattable", "strptime/1": "_formattable",
		"jn/2": "_computable", "yn/2": "_computable",
	}
)

// budgetVariable holds the [Budget]. An expression cannot mention it.
const budgetVariable = "$__portolan_budget"

// built is the check of what was just built.
func built() *gojq.Query { return call("_bounded", call(budgetVariable)) }

// bound rewrites a program so that the size of each value that it builds is checked. What only
// moves values around, such as paths and conditions, stays as it is.
func bound(program *gojq.Query) {
	own := map[string]bool{}
	visitor{query: func(q *gojq.Query) {
		for _, def := range q.FuncDefs {
			own[def.Name+"/"+strconv.Itoa(len(def.Args))] = true
			for _, arg := range def.Args {
				own[strings.TrimPrefix(arg, "$")+"/0"] = true
			}
		}
	}}.walk(program)
	visitor{query: boundQuery, term: func(t *gojq.Term) { boundTerm(t, own) }}.walk(program)
}

func boundQuery(q *gojq.Query) {
	switch q.Op {
	case gojq.OpMul:
		checkOperands(q, "_multipliable")
	case gojq.OpSub:
		checkOperands(q, "_subtractable")
	case gojq.OpDiv:
		checkOperands(q, "_divisible")
	case gojq.OpUpdateDiv:
		spellOut(q, gojq.OpDiv, "_divisible")
	case gojq.OpUpdateMul:
		spellOut(q, gojq.OpMul, "_multipliable")
	case gojq.OpUpdateSub:
		spellOut(q, gojq.OpSub, "_subtractable")
	case gojq.OpAdd, gojq.OpAssign, gojq.OpModify, gojq.OpUpdateAdd, gojq.OpUpdateAlt:
	default:
		return
	}
	inner := *q
	inner.Imports, inner.Meta = nil, nil
	*q = gojq.Query{Meta: q.Meta, Imports: q.Imports, Left: &inner, Op: gojq.OpPipe, Right: built()}
}

// checkOperands turns l * r into: r as $r | l as $l | check($l; $r) | $l * $r.
func checkOperands(q *gojq.Query, check string) {
	checked := &gojq.Query{
		Left: call(check, call("$__left"), call("$__right")), Op: gojq.OpPipe,
		Right: &gojq.Query{Left: call("$__left"), Op: q.Op, Right: call("$__right")},
	}
	left := &gojq.Query{}
	bind(left, q.Left, "$__left", checked)
	bind(q, q.Right, "$__right", left)
}

// spellOut turns p *= r into: r as $r | p |= (. * $r), with the check inside.
func spellOut(q *gojq.Query, op gojq.Operator, check string) {
	update := &gojq.Query{Left: q.Left, Op: gojq.OpModify, Right: &gojq.Query{
		Left: identity(), Op: op, Right: call("$__right"),
	}}
	checkOperands(update.Right, check)
	bind(q, q.Right, "$__right", update)
}

// bind makes q: value as $name | body. Definitions and imports of q stay.
func bind(q, value *gojq.Query, name string, body *gojq.Query) {
	*q = gojq.Query{
		Meta: q.Meta, Imports: q.Imports, FuncDefs: q.FuncDefs,
		Left: value, Op: gojq.OpPipe, Patterns: []*gojq.Pattern{{Name: name}}, Right: body,
	}
}

func boundTerm(t *gojq.Term, own map[string]bool) {
	boundIndex(t.Index)
	for _, suffix := range t.SuffixList {
		boundIndex(suffix.Index)
	}
	if !builds(t, own) {
		return
	}
	if t.Str != nil {
		// The parts of a text are joined one after another, before the whole can be checked.
		for i, part := range t.Str.Queries {
			if _, fixed := constant(part); !fixed {
				t.Str.Queries[i] = &gojq.Query{Term: &gojq.Term{Type: gojq.TermTypeQuery, Query: &gojq.Query{
					Left: part, Op: gojq.OpPipe, Right: call("_charged", call(budgetVariable)),
				}}}
			}
		}
	}
	bare := *t
	bare.SuffixList = nil
	value := &gojq.Query{Term: &bare}
	if t.Func != nil {
		value = checked(t.Func, value)
	}
	*t = gojq.Term{Type: gojq.TermTypeQuery, SuffixList: t.SuffixList, Query: &gojq.Query{
		Left: value, Op: gojq.OpPipe, Right: built(),
	}}
}

// builds says whether a term has to be checked because it can build something large or take
// long.
func builds(t *gojq.Term, own map[string]bool) bool {
	switch t.Type {
	case gojq.TermTypeArray:
		return t.Array.Query != nil
	case gojq.TermTypeObject:
		return len(t.Object.KeyVals) > 0
	case gojq.TermTypeFormat:
		return true
	case gojq.TermTypeString:
		return t.Str.Queries != nil
	case gojq.TermTypeFunc:
		name := signature(t.Func)
		grows := builtins()[name] && !moving[t.Func.Name] && !own[name]
		return grows || checksOfInput[name] != "" || checksOfArgument[name] != ""
	default:
		return false
	}
}

// boundIndex checks a computed position. A negative position counts from the end and is never
// far.
func boundIndex(i *gojq.Index) {
	if i == nil || i.IsSlice || i.Start == nil || keyOf(i) != nil {
		return
	}
	if t := i.Start.Term; t != nil && t.Unary != nil && t.Unary.Op == gojq.OpSub && t.Unary.Term.Type == gojq.TermTypeNumber {
		return
	}
	at := &gojq.Query{}
	bind(at, i.Start, "$__at", &gojq.Query{
		Left: call("_reachable", call("$__at")), Op: gojq.OpPipe, Right: call("$__at"),
	})
	i.Start = at
}

// checked puts the check of a call before it.
func checked(f *gojq.Func, value *gojq.Query) *gojq.Query {
	if check := checksOfInput[signature(f)]; check != "" {
		return &gojq.Query{Left: call(check), Op: gojq.OpPipe, Right: value}
	}
	check := checksOfArgument[signature(f)]
	if check == "" {
		return value
	}
	args := append([]*gojq.Query{call("$__first")}, f.Args[1:]...)
	q := &gojq.Query{}
	bind(q, f.Args[0], "$__first", &gojq.Query{
		Left: call(check, call("$__first")), Op: gojq.OpPipe, Right: call(f.Name, args...),
	})
	return q
}

func identity() *gojq.Query {
	return &gojq.Query{Term: &gojq.Term{Type: gojq.TermTypeIdentity}}
}

// call is a call of a function, or a variable when the name starts with $.
func call(name string, args ...*gojq.Query) *gojq.Query {
	return &gojq.Query{Term: &gojq.Term{Type: gojq.TermTypeFunc, Func: &gojq.Func{Name: name, Args: args}}}
}
