package jq

import (
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/itchyny/gojq"
)

// How the calls of gojq's own functions are bounded, by name and number of arguments. A test
// makes sure that each function of gojq is in the prelude, or in one of these tables.
var (
	// checksOfInput stand before a call and look at its input.
	checksOfInput = map[string]string{
		"transpose/0": "!transposable", "explode/0": "!explodable", "tonumber/0": "!countable", "fromjson/0": "!parsable",
	}
	// checksOfArgument stand before a call and look at its input and its first argument.
	checksOfArgument = map[string]string{
		"setpath/2": "!reachable", "getpath/1": "!reachable", "delpaths/1": "!deletable",
		"contains/1": "!pairable", "inside/1": "!pairable",
		"strftime/1": "!formattable", "strptime/1": "!formattable", "jn/2": "!computable", "yn/2": "!computable",
	}
	// replacements do the same as gojq's functions, and charge what they build.
	replacements = map[string]string{
		"split/1": "!split", "join/1": "!join", "index/1": "!index", "rindex/1": "!rindex", "indices/1": "!indices",
	}
	// growing functions build something, which is checked after the call.
	growing = words(`
		add/0 ascii_downcase/0 ascii_upcase/0 delpaths/1 explode/0 flatten/0 flatten/1 frexp/0 gmtime/0 implode/0
		keys/0 modf/0 modulemeta/0 path/1 reverse/0 setpath/2 sort/0 strftime/1 strptime/1 tojson/0 tonumber/0 tostring/0
		unique/0 _sort_by/1 _unique_by/1`)
	// making functions build much at once, which is checked with all its parts.
	making = words(`builtins/0 fromjson/0 transpose/0 _group_by/1`)
	// moving functions return numbers, booleans or what others built.
	moving = words(`
		acos/0 acosh/0 asin/0 asinh/0 atan/0 atan2/2 atanh/0 bsearch/1 cbrt/0 ceil/0 contains/1 copysign/2 cos/0 cosh/0 debug/1
		drem/2 empty/0 endswith/1 env/0 erf/0 erfc/0 error/0 error/1 exp/0 exp10/0 exp2/0 expm1/0 fabs/0 fdim/2 floor/0 fma/3
		fmax/2 fmin/2 fmod/2 gamma/0 getpath/1 halt/0 halt_error/0 halt_error/1 has/1 hypot/2 infinite/0 inside/1 isfinite/0
		isinfinite/0 isnan/0 isnormal/0 j0/0 j1/0 jn/2 ldexp/2 length/0 lgamma/0 log/0 log10/0 log1p/0 log2/0 logb/0 ltrim/0
		ltrimstr/1 max/0 min/0 mktime/0 nan/0 nearbyint/0 nextafter/2 nexttoward/2 now/0 pow/2 remainder/2 rint/0 round/0 rtrim/0
		rtrimstr/1 scalb/2 scalbln/2 significand/0 sin/0 sinh/0 sqrt/0 startswith/1 tan/0 tanh/0 tgamma/0 toboolean/0 trim/0
		trimstr/1 trunc/0 type/0 utf8bytelength/0 y0/0 y1/0 yn/2 _max_by/1 _min_by/1 _range/3 _last/1`)
	// harmless functions are written in JQ, and neither iterate nor build nor call themselves.
	harmless = words(`
		IN/1 IN/2 abs/0 all/2 any/2 arrays/0 booleans/0 finites/0 first/0 first/1 fromdate/0 fromdateiso8601/0 in/1 isempty/1
		iterables/0 last/0 last/1 limit/2 normals/0 not/0 nth/2 nulls/0 numbers/0 objects/0 range/1 range/2 range/3 scalars/0
		select/1 skip/2 strings/0 todate/0 todateiso8601/0 values/0`)
	// unavailable functions do not compile.
	unavailable = words(`input/0 inputs/0`)
)

func words(list string) map[string]bool {
	set := map[string]bool{}
	for _, word := range strings.Fields(list) {
		set[word] = true
	}
	return set
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

// bound rewrites a program so that the size of each value that it builds is checked, and so is
// what the interpreter has to remember. What only moves values around, such as paths and
// conditions, stays as it is. The checks have names that no program can write, and return
// their input.
//
// The functions of the prelude are bounded where they can grow without end, those of a program
// wherever they are called.
func bound(program *gojq.Query, prelude bool) {
	v := &visitor{query: boundQuery, key: chargeParts}
	v.term = func(t *gojq.Term) { boundTerm(t, v.defined) }
	v.definition = func(def *gojq.FuncDef) {
		if !prelude || calls(def.Body, def.Name) {
			def.Body = frame(def.Body)
		}
	}
	v.walk(program)
}

// calls says whether a part of a program calls a function of a name.
func calls(q *gojq.Query, name string) bool { return names(q)[name] }

// frame charges what a function needs while it runs, before it does.
func frame(body *gojq.Query) *gojq.Query {
	size := 0
	(&visitor{query: func(*gojq.Query) { size++ }, term: func(*gojq.Term) { size++ }}).walk(body)
	return pipe(call("!frame", numeral(size)), body)
}

// maxVariables is how many variables an argument has that is not charged.
const maxVariables = 8

// closures charges arguments with many variables, which are made each time that the function
// uses the argument.
func closures(f *gojq.Func) {
	for i, arg := range f.Args {
		if n := variables(arg); n > maxVariables {
			f.Args[i] = pipe(call("!frame", numeral(n)), arg)
		}
	}
}

// variables counts the variables that the interpreter has for a part of a program, its own
// included.
func variables(q *gojq.Query) int {
	count := 0
	patterns := func(list []*gojq.Pattern) {
		for _, p := range list {
			count += 1 + 2*len(p.Array) + 2*len(p.Object)
		}
	}
	(&visitor{
		query: func(q *gojq.Query) {
			patterns(q.Patterns)
			if q.Op == gojq.OpAlt {
				count++
			}
		},
		term: func(t *gojq.Term) {
			switch {
			case t.Reduce != nil:
				patterns(t.Reduce.Patterns)
				count++
			case t.Foreach != nil:
				patterns(t.Foreach.Patterns)
				count++
			case t.Object != nil, t.Array != nil, t.Label != nil, t.Func != nil && len(t.Func.Args) > 0:
				count++
			}
		},
	}).walk(q)
	return count
}

// chargeParts charges the parts of a text that is a key.
func chargeParts(s *gojq.String) {
	for i, part := range s.Queries {
		if part.Term.Str == nil {
			s.Queries[i] = &gojq.Query{Term: &gojq.Term{Type: gojq.TermTypeQuery, Query: pipe(part, call("!text"))}}
		}
	}
}

func boundQuery(q *gojq.Query) {
	switch q.Op {
	case gojq.OpMul:
		checkOperands(q, "!multipliable")
	case gojq.OpSub:
		checkOperands(q, "!subtractable")
	case gojq.OpDiv:
		checkOperands(q, "!divisible")
	case gojq.OpUpdateMul:
		spellOut(q, gojq.OpMul)
		return
	case gojq.OpUpdateSub:
		spellOut(q, gojq.OpSub)
		return
	case gojq.OpUpdateDiv:
		spellOut(q, gojq.OpDiv)
		return
	case gojq.OpUpdateAdd:
		spellOut(q, gojq.OpAdd)
		return
	case gojq.OpAssign, gojq.OpModify, gojq.OpUpdateAlt, gojq.OpUpdateMod:
		if !near(q.Left) {
			q.Left = pipe(q.Left, call("!written"))
		}
	case gojq.OpAdd:
	default:
		return
	}
	if (q.Op == gojq.OpSub || q.Op == gojq.OpDiv) && (literal(q.Left) || literal(q.Right)) {
		return // a number
	}
	inner := *q
	inner.Imports, inner.Meta = nil, nil
	*q = gojq.Query{Meta: q.Meta, Imports: q.Imports, Left: &inner, Op: gojq.OpPipe, Right: call("!bounded")}
}

// near says whether a path leads only to keys, low positions and what is there already.
func near(path *gojq.Query) bool {
	for name := range names(path) {
		if name != "!iterable" && name != "!sliced" {
			return false
		}
	}
	return true
}

// checkOperands turns l * r into: r as $r | l as $l | check($l; $r) | $l * $r. With a number at
// one side, nothing but a product can grow.
func checkOperands(q *gojq.Query, check string) {
	if q.Op != gojq.OpMul && (literal(q.Left) || literal(q.Right)) {
		return
	}
	checked := pipe(call(check, call("$!left"), call("$!right")), &gojq.Query{Left: call("$!left"), Op: q.Op, Right: call("$!right")})
	left := &gojq.Query{}
	bind(left, q.Left, "$!left", checked)
	bind(q, q.Right, "$!right", left)
}

// literal says whether a part of a program is a written number.
func literal(q *gojq.Query) bool {
	return q.Term != nil && q.Term.Type == gojq.TermTypeNumber && len(q.Term.SuffixList)+len(q.FuncDefs) == 0
}

// spellOut turns p *= r into: r as $r | p |= (. * $r), with the checks inside.
func spellOut(q *gojq.Query, op gojq.Operator) {
	product := &gojq.Query{Left: identity(), Op: op, Right: call("$!operand")}
	boundQuery(product)
	update := &gojq.Query{Left: q.Left, Op: gojq.OpModify, Right: product}
	boundQuery(update)
	bind(q, q.Right, "$!operand", update)
}

// bind makes q: value as $name | body. Definitions and imports of q stay.
func bind(q, value *gojq.Query, name string, body *gojq.Query) {
	*q = gojq.Query{
		Meta: q.Meta, Imports: q.Imports, FuncDefs: q.FuncDefs,
		Left: value, Op: gojq.OpPipe, Patterns: []*gojq.Pattern{{Name: name}}, Right: body,
	}
}

func boundTerm(t *gojq.Term, defined []string) {
	boundIndex(t.Index)
	for _, suffix := range t.SuffixList {
		boundIndex(suffix.Index)
	}
	boundSuffixes(t)
	if t.Str != nil && t.Str.Queries != nil {
		interpolate(t)
		return
	}
	check := "!bounded"
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
	case gojq.TermTypeFunc:
		closures(t.Func)
		name := signature(t.Func)
		if slices.Contains(defined, name) {
			return
		}
		if own := replacements[name]; own != "" {
			t.Func.Name = own
			return
		}
		if check = checkOfResult(name); check == "" && checksOfInput[name] == "" && checksOfArgument[name] == "" {
			return
		}
	default:
		return
	}
	bare := *t
	bare.SuffixList = nil
	value := &gojq.Query{Term: &bare}
	if t.Func != nil {
		value = checked(t.Func, value)
	}
	if check != "" {
		value = pipe(value, call(check))
	}
	*t = gojq.Term{Type: gojq.TermTypeQuery, SuffixList: t.SuffixList, Query: value}
}

// checkOfResult returns the check that stands after a call, or nothing.
func checkOfResult(name string) string {
	switch {
	case growing[name]:
		return "!bounded"
	case making[name]:
		return "!made"
	default:
		return ""
	}
}

// boundSuffixes charges each .[] of a term before it runs, and each slice.
func boundSuffixes(t *gojq.Term) {
	if t.Type == gojq.TermTypeIndex && t.Index.IsSlice {
		t.Type, t.SuffixList = gojq.TermTypeIdentity, append([]*gojq.Suffix{{Index: t.Index}}, t.SuffixList...)
		t.Index = nil
	}
	for i := 0; i < len(t.SuffixList); i++ {
		s := t.SuffixList[i]
		check := ""
		switch {
		case s.Iter:
			check = "!iterable"
		case s.Index != nil && s.Index.IsSlice:
			check = "!sliced"
		default:
			continue
		}
		before := *t
		before.SuffixList = t.SuffixList[:i:i]
		guarded := call(check)
		if before.Type != gojq.TermTypeIdentity || i > 0 {
			guarded = pipe(&gojq.Query{Term: &before}, guarded)
		}
		*t = gojq.Term{Type: gojq.TermTypeQuery, Query: guarded, SuffixList: t.SuffixList[i:]}
		i = 0
	}
}

// interpolate turns "a\(p)b" into "a" + (p | tostring) + "b": the parts of a text are joined one
// after another, so each of them is charged.
func interpolate(t *gojq.Term) {
	format := call("!text")
	if t.Type == gojq.TermTypeFormat && t.Format != "@text" {
		format = pipe(&gojq.Query{Term: &gojq.Term{Type: gojq.TermTypeFormat, Format: t.Format}}, call("!bounded"))
	}
	var sum *gojq.Query
	for _, part := range t.Str.Queries {
		if part.Term.Str == nil {
			part = pipe(part, format)
		}
		if sum == nil {
			sum = part
		} else {
			sum = &gojq.Query{Left: sum, Op: gojq.OpAdd, Right: part}
		}
	}
	*t = gojq.Term{Type: gojq.TermTypeQuery, SuffixList: t.SuffixList, Query: pipe(sum, call("!bounded"))}
}

// boundIndex checks a computed position. A negative position counts from the end and is never
// far.
func boundIndex(i *gojq.Index) {
	if i == nil || i.IsSlice || i.Start == nil {
		return
	}
	key := keyOf(i)
	if position, isNumber := key.(int); key != nil && (!isNumber || position <= nearby) {
		return
	}
	if t := i.Start.Term; t != nil && t.Unary != nil && t.Unary.Op == gojq.OpSub && t.Unary.Term.Type == gojq.TermTypeNumber {
		return
	}
	i.Start = pipe(i.Start, call("!indexable"))
}

// checked puts the check of a call before it.
func checked(f *gojq.Func, value *gojq.Query) *gojq.Query {
	if check := checksOfInput[signature(f)]; check != "" {
		return pipe(call(check), value)
	}
	check := checksOfArgument[signature(f)]
	if check == "" {
		return value
	}
	args := append([]*gojq.Query{call("$!first")}, f.Args[1:]...)
	q := &gojq.Query{}
	bind(q, f.Args[0], "$!first", pipe(call(check, call("$!first")), call(f.Name, args...)))
	return q
}

func identity() *gojq.Query {
	return &gojq.Query{Term: &gojq.Term{Type: gojq.TermTypeIdentity}}
}

func pipe(left, right *gojq.Query) *gojq.Query {
	return &gojq.Query{Left: left, Op: gojq.OpPipe, Right: right}
}

func numeral(n int) *gojq.Query {
	return &gojq.Query{Term: &gojq.Term{Type: gojq.TermTypeNumber, Number: strconv.Itoa(n)}}
}

// call is a call of a function, or a variable when the name starts with $.
func call(name string, args ...*gojq.Query) *gojq.Query {
	return &gojq.Query{Term: &gojq.Term{Type: gojq.TermTypeFunc, Func: &gojq.Func{Name: name, Args: args}}}
}
