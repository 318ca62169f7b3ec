package mapping

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/itchyny/gojq"
)

// FuzzDirect wants what is evaluated without the interpreter to give just what the
// interpreter gives, and to fail where it fails.
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
		admitted, _, err := admit(doc, 0)
		if err != nil {
			return
		}
		q, defect := compile(expression)
		if defect != nil || !q.fixed && q.path == nil && q.sum == nil && q.either == nil {
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
		got, failed := q.first(newBudget(t.Context()), admitted)
		want, fails := run(newBudget(t.Context()), admitted)
		if (failed != nil) != (fails != nil) {
			t.Fatalf("%q of %s fails with %v, of the interpreter with %v", expression, text, failed, fails)
		}
		if diff := cmp.Diff(want, got); fails == nil && diff != "" {
			t.Errorf("%q of %s (-interpreter +direct):\n%s", expression, text, diff)
		}
	})
}
