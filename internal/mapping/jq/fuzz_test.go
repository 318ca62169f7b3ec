package jq

import (
	"encoding/json"
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
		if wrong != nil || !q.fixed && q.path == nil && q.sum == nil && q.either == nil {
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
