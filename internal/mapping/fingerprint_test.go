package mapping_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"portolan/internal/mapping"
)

// TestFingerprint gives different documents different ones, and the same document the same.
func TestFingerprint(t *testing.T) {
	t.Parallel()
	plain := `{"identifier":".a","blueprint":"\"b\""}`
	r := compile(t, resource(`{}`, plain)).Resources[0]
	seen := map[mapping.Fingerprint]string{{}: "nothing"}
	for _, doc := range []map[string]any{
		{}, {"a": nil}, {"a": ""}, {"a": false}, {"a": true}, {"a": 0}, {"a": 1}, {"a": -1}, {"a": 0.5}, {"a": json.Number("0")}, {"a": "0"},
		{"a": json.Number("0.0")}, {"a": []any{}}, {"a": map[string]any{}}, {"a": []any{nil}}, {"a": []any{[]any{}}}, {"a": []any{"x", "y"}},
		{"a": []any{"y", "x"}}, {"a": []any{"xy"}}, {"a": []any{"x"}, "y": nil}, {"a": "x", "b": "y"}, {"a": "y", "b": "x"}, {"ab": "x"}, {"b": "x"},
		{"a": map[string]any{"b": "x"}}, {"a": map[string]any{}, "b": "x"}, {"a": "\xff"}, {"a": "\ufffd"}, {"a": "s\x01x"},
	} {
		fingerprint := r.Fingerprint(doc)
		if other, taken := seen[fingerprint]; taken {
			t.Errorf("%v has the fingerprint of %s", doc, other)
		}
		seen[fingerprint] = fmt.Sprint(doc)
		for range 5 {
			if copied := shuffled(doc); r.Fingerprint(copied) != fingerprint {
				t.Errorf("%v has two fingerprints", doc)
			}
		}
	}
	second := compile(t, `{"resources":[`+entry(`true`, plain)+`,`+entry(`true`, plain)+`]}`).Resources[1]
	if second.Fingerprint(map[string]any{"a": 1}) == r.Fingerprint(map[string]any{"a": 1}) {
		t.Error("two entries of the mapping have the same fingerprint of a document")
	}
	if r.Fingerprint(map[string]any{"a": struct{}{}}) != (mapping.Fingerprint{}) {
		t.Error("a document with what JSON does not have has a fingerprint")
	}
}

// shuffled is a copy, so that a map has another order.
func shuffled(v map[string]any) map[string]any {
	copied := map[string]any{}
	for key, value := range v {
		if inner, ok := value.(map[string]any); ok {
			value = shuffled(inner)
		}
		copied[key] = value
	}
	return copied
}

func entry(selector, mappings string) string {
	return `{"kind":"AWS::S3::Bucket","selector":{"query":"` + selector + `"},"port":{"entity":{"mappings":` + mappings + `}}}`
}

// TestNothingIsRememberedOfTheTime, wherever an expression asks for it.
func TestNothingIsRememberedOfTheTime(t *testing.T) {
	t.Parallel()
	const mappings = `{"identifier":"ID","blueprint":"BLUEPRINT","title":"TITLE","icon":"ICON","team":"TEAM","properties":{"p":"PROPERTY"},"relations":{
		"r":"RELATION","s":{"combinator":"COMBINATOR","rules":[{"property":"LEFT","operator":"OPERATOR","value":"RIGHT"},
			{"combinator":"\"or\"","rules":[{"property":"INNER","operator":"\"=\"","value":"1"}]}]}}}`
	const all = `{"resources":[{"kind":"AWS::S3::Bucket","selector":{"query":"SELECTOR"},"port":{"itemsToParse":"ITEMS","entity":{"mappings":[` + mappings + `]}}}]}`
	places := []string{
		"ID", "BLUEPRINT", "TITLE", "ICON", "TEAM", "PROPERTY", "RELATION", "COMBINATOR", "LEFT", "OPERATOR", "RIGHT", "INNER", "SELECTOR", "ITEMS",
	}
	of := func(place, with string) *mapping.Resource {
		text := all
		for _, p := range places {
			expression := ".a"
			if p == place {
				expression = with
			}
			text = strings.Replace(text, `"`+p+`"`, string(encoded(t, expression)), 1)
		}
		c := compile(t, text)
		if len(c.Resources) != 1 {
			t.Fatalf("%s: %v", place, diagnostics(c))
		}
		return c.Resources[0]
	}
	doc := map[string]any{"a": "x"}
	if of("", "").Fingerprint(doc) == (mapping.Fingerprint{}) {
		t.Error("a document has no fingerprint")
	}
	for _, place := range places {
		for _, with := range []string{
			"now", `.a + (now|todate)`, `def f: now; .a | f`, `"\(now)"`, `if .a then now else . end`, `[.a[]? | select(. < now)]`,
			`.a as {x: $y, (now|tostring): $z} | $y`, `reduce now as $x (0; .)`, `try now catch .`, `.a // now`, `{a: now}`, `.a[now:]`,
		} {
			if of(place, with).Fingerprint(doc) != (mapping.Fingerprint{}) {
				t.Errorf("%s is %s, and there is a fingerprint", place, with)
			}
		}
	}
}

func encoded(t *testing.T, v any) []byte {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// TestNullsAreRemembered, each of a field, and only where nothing else is to be told.
func TestNullsAreRemembered(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		mappings string
		plain    bool
	}{
		"none":               {`{"identifier":"1","blueprint":"\"b\"","title":".a","properties":{"p":".a"}}`, true},
		"title and property": {`{"identifier":"1","blueprint":"\"b\"","title":".no","team":".a","properties":{"p":".no","q":".a","r":".no"}}`, true},
		"of a relation":      {`{"identifier":"1","blueprint":"\"b\"","icon":".no","properties":{"p":".no"},"relations":{"p":".no","q":".a"}}`, true},
		"a failure":          {`{"identifier":"1","blueprint":"\"b\"","title":".no","properties":{"p":".a|error(\"x\")"}}`, false},
		"a failed relation":  {`{"identifier":"1","blueprint":"\"b\"","title":".no","relations":{"p":".a|error(\"x\")"}}`, true},
		"nothing but a key":  {`{"identifier":"1","blueprint":"\"b\""}`, true},
		"the 62nd property":  {`{"identifier":"1","blueprint":"\"b\"","properties":{` + many(61) + `,"z":".no"}}`, false},
		"the 61st property":  {`{"identifier":"1","blueprint":"\"b\"","properties":{` + many(60) + `,"z":".no"}}`, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := compile(t, resource(`{}`, test.mappings)).Resources[0]
			result := mapping.MapBothWays(t, r, map[string]any{"a": "x"})
			if len(result.Entities) != 1 || result.Entities[0].Plain != test.plain {
				t.Errorf("%+v; want plain %t", result, test.plain)
			}
		})
	}
}

// many are properties, none of them null.
func many(n int) string {
	fields := make([]string, n)
	for i := range fields {
		fields[i] = fmt.Sprintf(`"f%02d":".a"`, i)
	}
	return strings.Join(fields, ",")
}

// BenchmarkFingerprint is what it costs to recognise a document.
func BenchmarkFingerprint(b *testing.B) {
	r := compile(b, resource(`{}`, `{"identifier":".a","blueprint":"\"b\""}`)).Resources[0]
	doc := document(b, thing)
	b.ReportAllocs()
	for b.Loop() {
		r.Fingerprint(doc)
	}
}
