package jq

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/itchyny/gojq"
)

// FuzzFirst checks that an expression that compiles ends, with a JSON value, for any input,
// and cannot read the environment.
func FuzzFirst(f *testing.F) {
	for _, expression := range []string{
		`.`, `.a.b[0]`, `(.t // [] | map(select(.Key == "Name")) | first | .Value) // .n`, `"a:" + .s + ":" + (.n | tostring)`,
		`.a |= (. // {}) | del(.a.b)`, `[limit(3; repeat(1))]`, `reduce range(40) as $i (.; [., .])`, `$ENV, env, (env | keys)`,
		`"x" * 1e9`, `test("(?<a>.)+"; "gx")`, `{(.s): 1, "\(.n)": @base32}`, `. as [$a, {b: $c}] ?// $a | $a`, `label $x | 1, break $x`,
		`def f(g; $h): g | f(g; $h); f(.; 1)`, `try error({a: 1}) catch .a`, `input`, `import "x" as x; .`, `'a' + 'b'`, `.[1e9] = 1`,
		`strftime("%Y"), strptime("%Z")`, `walk(if type == "object" then with_entries(.key |= ascii_upcase) else . end)`, `halt_error`,
		`tojson | fromjson`, `[paths]`, `getpath(["a", "b"])`, `.n * .n *= 2`, `splits(", *"; null)`, `@sh "\(.)"`, `ltrimstr(1)`, `$__loc__`,
	} {
		f.Add(expression, document)
		f.Add(expression, `{"a":null,"t":[1,[2]],"n":1e400,"s":"é"}`)
	}
	f.Fuzz(func(t *testing.T, expression, text string) {
		if len(text) > 4096 || len(expression) > 1024 {
			return
		}
		var doc map[string]any
		decoder := json.NewDecoder(strings.NewReader(text))
		decoder.UseNumber()
		if decoder.Decode(&doc) != nil {
			return
		}
		t.Setenv("PORTOLAN_FUZZ", "leaked-from-the-environment")
		admitted, err := Admit(doc)
		if err != nil {
			return
		}
		e, wrong := Compile(expression)
		if (e == nil) == (wrong == nil) || wrong != nil && wrong.Cause == "" {
			t.Fatalf("%q compiles to %v, %+v", expression, e, wrong)
		}
		if e == nil {
			return
		}
		v, err := e.First(NewBudget(t.Context()), admitted)
		if err != nil {
			if Reason(err) == "" {
				t.Errorf("%q fails without a reason: %v", expression, err)
			}
			return
		}
		switch result := AppendJSON(nil, v); {
		case !json.Valid(result):
			t.Errorf("%q makes %s", expression, result)
		case strings.Contains(string(result), "leaked-from-the-environment"):
			t.Errorf("%q reads the environment", expression)
		}
	})
}

// FuzzDirect checks that an evaluation without the interpreter has the same result as the
// interpreter, and fails in the same cases.
func FuzzDirect(f *testing.F) {
	for _, expression := range []string{
		`.a`, `.a.b."c d"`, `."a"["b"]`, `.a.b.c.d`, `"text"`, `'text'`, `null`, `true`, `"a:" + .s`, `.s + .s + "x"`, `.n + "x"`, `.z + .z`,
		`"" + .s`, `.s + null`, `("a" + .s) + (.a.b + "c")`, `.a["b"].c`, `."é"`, `."\u0000"`, `"\n" + ."\"".x`, `.t.x`, `.s.x`, `.["a"]`, `"a" + "b"`,
		`[.s, .a.b] | select(all(length > 0)) | join("/")`, `[.s, .n] | select(all(length > 0)) | join(":")`, `[.s, .z] | select(all(length > 0)) | join("")`,
		`[.s] | select(all(length > 0)) | join("é")`, `.a // .s`, `.z // .s // "x"`, `.z // false`, `.s.x // .n`, `.n // .s.x`, `null // .s.x`, `.z // .z`, `(.z // .s) // 1`,
		`.a | objects`, `.a | objects | .b`, `.z | objects | .b`, `.s | objects | (.b | objects | .[]) = "x"`, `.s.x | objects | .b`, `.t | arrays | .[0]`,
		`.s | strings | split("/") | last`, `.n | strings | error`, `.n | strings, 1`, `.n | strings // 1`, `.n | strings as $x | 1`, `.n as $x | strings | 1`,
		`.n | (strings | 1)`, `.n | strings? | 1`, `.n | def strings: 2; strings | 1`, `def strings: 2; .n | strings | 1`, `.a.b | objects | .x = 1`,
	} {
		f.Add(expression, document)
		f.Add(expression, `{"a":{"b":"x"},"t":[1],"s":"é","n":1.50,"z":null,"é":1e999,"":{"":"y"}}`)
	}
	f.Fuzz(func(t *testing.T, expression, text string) {
		var doc map[string]any
		decoder := json.NewDecoder(strings.NewReader(text))
		decoder.UseNumber()
		if decoder.Decode(&doc) != nil || len(text) > 4096 || len(expression) > 256 {
			return
		}
		admitted, err := Admit(doc)
		if err != nil {
			return
		}
		q, wrong := Compile(expression)
		if wrong != nil || !q.fixed && q.path == nil && q.sum == nil && q.either == nil && q.only == nil {
			return
		}
		program, err := gojq.Parse(doubleQuotes(expression))
		if err != nil {
			t.Fatalf("%q is evaluated and does not parse: %v", expression, err)
		}
		run, err := interpreted(program)
		if err != nil {
			t.Fatalf("%q is evaluated and does not compile: %v", expression, err)
		}
		got, failed := q.First(NewBudget(t.Context()), admitted)
		want, fails := run(NewBudget(t.Context()), admitted)
		if (failed != nil) != (fails != nil) {
			t.Fatalf("%q of %s fails with %v, of the interpreter with %v", expression, text, failed, fails)
		}
		if diff := cmp.Diff(want, got); fails == nil && diff != "" {
			t.Errorf("%q of %s (-interpreter +direct):\n%s", expression, text, diff)
		}
	})
}

// FuzzBounded compares what a program returns with its checks and without.
func FuzzBounded(f *testing.F) {
	for _, expression := range []string{
		`.a[]`, `.a[]?`, `..`, `[..]`, `.a.b[].c`, `.t[0][1:]`, `.s[1:]`, `.s[0:2] + "x"`, `.t |= map(1)`, `.t[] |= 1`, `.t[.n] = 1`,
		`.t[1:] = [1]`, `.t[.n:] |= empty`, `(.a, .s) = 1`, `.n += 1`, `.s += "x"`, `.n -= 1, .n *= 2`, `.n /= 2`, `.n %= 2`, `.z //= 1`,
		`path(..)`, `[paths]`, `[paths(type == "number")]`, `getpath(["a", "b"])`, `getpath(["t", 0]) = 2`, `path(getpath(["a", "b"]))`,
		`setpath(["a", "b"]; 1)`, `delpaths([["a"]])`, `del(.a, .t[0])`, `del(.t[])`, `pick(.a.b)`, `to_entries`, `with_entries(.value |= 1)`,
		`[.t[] as [$x] | $x]`, `. as {a: $x, "s": $y, ("n", "z"): $z} | [$x, $y, $z]`, `. as {"\("a", "s")": $x} | $x`,
		`. as [$a] ?// $a | [$a]`, `{a: .n, "b\(.n)": 1, (.s): 2, $__loc__}`, `{"\(.s)"}`, `{"a", n}`, `."\("a", "s")"`,
		`"a\(.n)b\(.s, .z)"`, `@json "x\(.a)"`, `@html "<\(.s)>"`, `@text "\(.n)"`, `@base64`, `[.t | @csv, @tsv, @sh]`, `@uri "\(.s)"`,
		`reduce .t[] as $x (0; . + 1)`, `foreach range(3) as $i (0; . + $i; [., $i])`, `[limit(3; repeat(1))]`, `first(range(9))`,
		`[.[] | strings]`, `map_values(1)`, `walk(if type == "number" then . + 1 end)`, `[tostream]`, `fromstream(tostream)`,
		`[1 | truncate_stream([[0], 1], [[1, 0], 2])]`, `group_by(.a)`, `[.t[] | tostring] | sort | unique`, `[3, 1] | sort_by(-.)`,
		`min_by(.a)`, `[{a: 1}] | max_by(.a)`, `any`, `all`, `[true] | any(. == true)`, `nth(1; range(9))`, `.t | nth(0)`, `.t | first, last`,
		`[[1, 2], [3, 4]] | [combinations]`, `[0, 1] | [combinations(2)]`, `[[1], [2, 3]] | transpose`, `[1, [2]] | flatten`,
		`.s | split("b")`, `.s | [splits("b")]`, `["a", null, 1, true] | join(",")`, `{a: "x"} | join("-")`, `[1, 2] | join(3)`,
		`.s | index("b"), rindex("b"), indices("b")`, `"aéaé" | indices("é")`, `"" | index("")`, `[1, 2, 1] | indices(1)`, `[1, 2] | .[[2]]`,
		`"aaa" | indices("aa")`, `null | indices(1)`, `1 | index("a")`, `"a" | split(1)`, `"" | split(",")`, `"ab" | split("")`,
		`[1, 2, 3] - [2]`, `"a" * 3`, `3 * "a"`, `{a: {b: 1}} * {a: {c: 2}}`, `"a,b" / ","`, `4 / 2`, `5 - 1`, `1 - .n`, `. - 1`,
		`[.[]?]`, `try error("x") catch .`, `label $f | 1, break $f, 2`, `def f(x): x * 2; f(.n)`, `def f($x; g): $x + g; f(1; .n)`,
		`def map(f): "own"; map(1)`, `def join(f): f; join(.n)`, `def recurse: 1; ..`, `(def tojson: 1; .) | tojson`, `def f: def g: 1; g; f`,
		`def fac: if . <= 1 then 1 else . * (. - 1 | fac) end; 5 | fac`, `[recurse(if . < 3 then . + 1 else empty end)]`, `[.n | while(. < 9; . + 1)]`,
		`INDEX(.t[]; .)`, `[.t[]] | IN([1])`, `[1, 2] | JOIN({"1": "a"}; tostring)`, `ascii_downcase`, `[.s | explode] | map(implode)`, `tojson | fromjson`,
		`"1" | tonumber`, `contains({a: 1})`, `"abc" | contains("b")`, `[1] | inside([1, 2])`, `0 | todate`, `"2015-03-05T23:51:47Z" | fromdate`, `gmtime | mktime`,
		`env`, `input_line_number`, `splits("a")`, `ltrimstr("a")`, `has("a")`, `keys`, `length`, `add`, `add(.t[])`, `[.t[], .t[]] | add`,
	} {
		f.Add(expression, `{"a":{"b":[{"c":1}]},"s":"abc","t":[1,[2,3],{"x":null}],"n":2,"z":null}`)
		f.Add(expression, `{"a":"b","t":"abab","s":"é","n":1.50}`)
	}
	own := map[string]bool{}
	for _, def := range prelude() {
		own[def.Name+"/"+strconv.Itoa(len(def.Args))] = true
	}
	f.Fuzz(func(t *testing.T, expression, text string) {
		var doc map[string]any
		decoder := json.NewDecoder(strings.NewReader(text))
		decoder.UseNumber()
		if decoder.Decode(&doc) != nil || doc == nil || len(text) > 1024 || len(expression) > 256 || strings.Contains(expression, "now") {
			return
		}
		admitted, err := Admit(doc)
		if err != nil {
			return
		}
		q, wrong := Compile(expression)
		program, err := gojq.Parse(doubleQuotes(expression))
		if wrong != nil || err != nil {
			return
		}
		for name := range names(program) { // what differs on purpose
			for arity := range 3 {
				if own[name+"/"+strconv.Itoa(arity)] && !builtins()[name+"/"+strconv.Itoa(arity)] {
					return
				}
			}
			switch name {
			case "debug", "format", "localtime", "strflocaltime", "ascii", "input_line_number", "modulemeta":
				return
			}
		}
		code, err := gojq.Compile(program, gojq.WithEnvironLoader(func() []string { return nil }))
		if err != nil {
			return
		}
		used := NewBudget(t.Context())
		got, failed := q.First(used, admitted)
		if Exhausted(failed) || used.room < maxBuilt-maxQuick {
			return // without checks it may take all memory there is
		}
		b := NewBudget(t.Context())
		want, _ := code.RunWithContext(b, clone(admitted)).Next()
		fails, _ := want.(error)
		if Exhausted(fails) {
			return
		}
		if (failed != nil) != (fails != nil) {
			t.Fatalf("%q of %s fails with %v, without checks with %v", expression, text, failed, fails)
		}
		if diff := cmp.Diff(number(want), got); fails == nil && diff != "" {
			t.Errorf("%q of %s (-without +with checks):\n%s", expression, text, diff)
		}
	})
}
