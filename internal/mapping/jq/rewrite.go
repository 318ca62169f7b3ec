package jq

import "github.com/itchyny/gojq"

// growing holds the functions whose result can be much larger than their input.
var growing = map[string]bool{
	"add": true, "explode": true, "flatten": true, "format": true, "fromjson": true, "implode": true,
	"join": true, "map_values": true, "setpath": true, "split": true, "tojson": true, "tostring": true,
	"transpose": true, "walk": true, "with_entries": true,
}

// The checks that stand before a call, by name and number of arguments: of the input alone,
// or of the input and the first argument.
var (
	checksOfInput = map[string]string{
		"transpose/0": "_transposable",
		"test/1":      "_matchable", "test/2": "_matchable", "match/1": "_matchable", "match/2": "_matchable",
		"capture/1": "_matchable", "capture/2": "_matchable", "scan/1": "_matchable", "scan/2": "_matchable",
		"splits/1": "_matchable", "splits/2": "_matchable", "split/2": "_matchable",
		"sub/2": "_matchable", "sub/3": "_matchable", "gsub/2": "_matchable", "gsub/3": "_matchable",
	}
	checksOfArgument = map[string]string{
		"join/1": "_joinable", "setpath/2": "_reachable", "contains/1": "_pairable", "inside/1": "_pairable",
		"index/1": "_findable", "rindex/1": "_findable", "indices/1": "_findable",
	}
)

// bound rewrites a program so that the size of each value that it builds is checked. What only
// moves values around, such as paths and conditions, stays as it is.
func bound(program *gojq.Query) {
	visitor{query: boundQuery, term: boundTerm}.walk(program)
}

func boundQuery(q *gojq.Query) {
	switch q.Op {
	case gojq.OpMul:
		checkOperands(q, "_multipliable")
	case gojq.OpSub:
		checkOperands(q, "_subtractable")
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
	*q = gojq.Query{Meta: q.Meta, Imports: q.Imports, Left: &inner, Op: gojq.OpPipe, Right: call("_bounded")}
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

func boundTerm(t *gojq.Term) {
	boundIndex(t.Index)
	for _, suffix := range t.SuffixList {
		boundIndex(suffix.Index)
	}
	if !builds(t) {
		return
	}
	bare := *t
	bare.SuffixList = nil
	built := &gojq.Query{Term: &bare}
	if t.Func != nil {
		built = checked(t.Func, built)
	}
	*t = gojq.Term{Type: gojq.TermTypeQuery, SuffixList: t.SuffixList, Query: &gojq.Query{
		Left: built, Op: gojq.OpPipe, Right: call("_bounded"),
	}}
}

// builds says whether a term has to be checked because it can build something large or take
// long.
func builds(t *gojq.Term) bool {
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
		return growing[t.Func.Name] || checksOfInput[name] != "" || checksOfArgument[name] != ""
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
func checked(f *gojq.Func, built *gojq.Query) *gojq.Query {
	if check := checksOfInput[signature(f)]; check != "" {
		return &gojq.Query{Left: call(check), Op: gojq.OpPipe, Right: built}
	}
	check := checksOfArgument[signature(f)]
	if check == "" {
		return built
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
