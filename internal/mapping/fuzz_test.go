package mapping

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

func FuzzCompile(f *testing.F) {
	samples, err := filepath.Glob("testdata/samples/*/mapping.yml")
	if err != nil || len(samples) == 0 {
		f.Fatalf("no samples: %v", err)
	}
	for _, path := range samples {
		text, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		raw, err := ParseYAML(text)
		if err != nil {
			f.Fatal(err)
		}
		f.Add([]byte(raw))
	}
	f.Add([]byte(`{"resources":[{"kind":"k","selector":{"query":true,"includeActions":["a"],"regionPolicy":{"allow":["r"]},"maxConcurrentAccounts":-1},` +
		`"port":{"itemsToParse":".a[]","entity":{"mappings":[{"identifier":{"combinator":"'and'","rules":[{"property":"'p'","operator":"'='","value":1}]},"blueprint":".b"}]}}}]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		config, err := Compile(raw, func(kind string) (Actions, bool) { return Actions{Optional: []string{"a"}}, kind != "" })
		if err != nil {
			return
		}
		if config.EntityDeletionThreshold < 0 || config.EntityDeletionThreshold > 1 {
			t.Errorf("threshold %v", config.EntityDeletionThreshold)
		}
		for _, r := range config.Resources {
			if len(r.templates) == 0 || r.selector == nil || r.Kind == "" || r.Selector.MaxConcurrentAccounts < 1 || len(r.Selector.IncludeActions) > maxActions {
				t.Errorf("resource %+v cannot be used", r)
			}
		}
		for _, p := range config.Diagnostics {
			if p.Cause == "" {
				t.Errorf("diagnostic without a cause: %+v", p)
			}
		}
	})
}

func FuzzMap(f *testing.F) {
	for _, expression := range []string{
		`.`, `.a.b[0]`, `"a:" + .s + ":" + (.n | tostring)`, `[limit(3; repeat(1))]`, `.t | map(.Key)`, `{combinator: "and", rules: []}`,
		`try error({a: 1}) catch .a`, `'a' + 'b'`, `.[1e9] = 1`, `[.t[]?]`, `.n == 5`, `null`,
	} {
		f.Add(expression, `{"s": "a,b", "n": 5, "t": [{"Key": "Name", "Value": "x"}], "a": {"b": ["c"]}, "big": 123456789012345678901234567890}`)
		f.Add(expression, `{"a":null,"t":[1,[2]],"n":1e400,"s":"é"}`)
	}
	f.Fuzz(func(t *testing.T, expression, text string) {
		var doc map[string]any
		decoder := json.NewDecoder(strings.NewReader(text))
		decoder.UseNumber()
		if decoder.Decode(&doc) != nil || len(text) > 4096 || len(expression) > 1024 {
			return
		}
		quoted, err := json.Marshal(expression)
		if err != nil || !utf8.ValidString(expression) {
			return
		}
		all := string(quoted)
		config, err := Compile([]byte(`{"resources":[
			{"kind":"k","selector":{"query":"true"},"port":{"entity":{"mappings":{"identifier":"1","blueprint":"\"b\"","title":`+all+`,"team":`+all+`,"properties":{"p":`+all+`},"relations":{"r":`+all+`}}}}},
			{"kind":"k","selector":{"query":`+all+`},"port":{"itemsToParse":`+all+`,"entity":{"mappings":{"identifier":`+all+`,"blueprint":`+all+`}}}}]}`),
			func(string) (Actions, bool) { return Actions{}, true })
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range config.Resources {
			result := MapBothWays(t, r, doc)
			for _, e := range result.Entities {
				body := e.AppendJSON(nil)
				if !json.Valid(body) {
					t.Errorf("%s makes %s", expression, body)
				}
			}
			for _, failure := range result.Errors {
				if failure.Reason == "" || failure.Field == "" {
					t.Errorf("failure without a reason: %+v", failure)
				}
			}
		}
	})
}
