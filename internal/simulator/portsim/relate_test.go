package portsim_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/simulator/portsim"
)

func TestMissingTargets(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, target, want string }{
		{"are made when their blueprint allows it", `{"identifier":"target","title":"T","schema":{"properties":{"p":{"type":"string"}}}}`, ""},
		{"are not made when it requires a property", `{"identifier":"target","title":"T","schema":{"properties":{"p":{"type":"string"}},"required":["p"]}}`, `"p" of blueprint "target" is required`},
		{"are never made in a protected blueprint", "", `entity "new" of blueprint "_team" was not found`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := start(t, portsim.Options{})
			target := "_team"
			if test.target != "" {
				target = "target"
				if err := p.PutBlueprint([]byte(test.target)); err != nil {
					t.Fatal(err)
				}
			}
			source := fmt.Sprintf(`{"identifier":"source","title":"S","schema":{"properties":{}},
				"relations":{"to":{"target":%q,"required":true,"many":false}}}`, target)
			if err := p.PutBlueprint([]byte(source)); err != nil {
				t.Fatal(err)
			}
			r := p.post("/v1/blueprints/source/entities/bulk"+create, entitiesOf(`{"identifier":"a","relations":{"to":"new"}}`))
			if test.want == "" {
				p.want(r, 200)
				p.entity("target", "new")
				return
			}
			if p.want(r, 207); !strings.Contains(r.raw, string(mustJSON(t, test.want))[1:len(string(mustJSON(t, test.want)))-1]) {
				t.Errorf("answer %s, want %q", r.raw, test.want)
			}
		})
	}
}

func TestSearchIdentifier(t *testing.T) {
	t.Parallel()
	search := func(property, value string) string {
		return fmt.Sprintf(`{"identifier":{"combinator":"and","rules":[{"property":%q,"operator":"=","value":%q}]},"title":"found"}`, property, value)
	}
	for _, test := range []struct{ name, body, want string }{
		{"one match", search("arn", "one"), ""},
		{"by identifier", search("$identifier", "a"), ""},
		{"no match creates nothing", search("arn", "none"), "matched 0 entities"},
		{"two matches", search("arn", "two"), "matched 2 entities"},
		{"unknown property", search("none", "x"), "is not in blueprint"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := start(t, portsim.Options{})
			p.put(upsert, `{"identifier":"a","properties":{"arn":"one"}}`, `{"identifier":"b","properties":{"arn":"two"}}`, `{"identifier":"c","properties":{"arn":"two"}}`)
			r := p.post(bulk+merge, entitiesOf(test.body))
			if test.want == "" {
				p.want(r, 200)
				if got := r.body["entities"].([]any)[0].(map[string]any)["identifier"]; got != "a" || p.entity("bucket", "a").Title != "found" {
					t.Errorf("identifier %v", got)
				}
				return
			}
			p.want(r, 207)
			failure := r.body["errors"].([]any)[0].(map[string]any)
			if failure["identifier"] != "unknown" || !strings.Contains(failure["message"].(string), test.want) {
				t.Errorf("error %v, want unknown with %q", failure, test.want)
			}
			if n := len(p.Entities("bucket")); n != 3 {
				t.Errorf("%d entities, want 3", n)
			}
		})
	}
}

func TestSearchRelation(t *testing.T) {
	t.Parallel()
	p := start(t, portsim.Options{})
	p.put(create, `{"identifier":"a","properties":{"arn":"x"}}`, `{"identifier":"b","properties":{"arn":"x"}}`)
	p.put(upsert, `{"identifier":"c","relations":{"copies":{"combinator":"or","rules":[
		{"property":"arn","operator":"in","value":["x"]},{"combinator":"and","rules":[{"property":"$identifier","operator":"=","value":"c"}]}]}}}`)
	if d := cmp.Diff(map[string]any{"copies": []any{"a", "b"}}, p.entity("bucket", "c").Relations); d != "" {
		t.Error(d)
	}
	for i := range 101 {
		p.put(upsert, fmt.Sprintf(`{"identifier":"n%d","properties":{"arn":"y"}}`, i))
	}
	r := p.post(bulk+upsert, entitiesOf(`{"identifier":"d","relations":{"copies":{"combinator":"and","rules":[{"property":"arn","operator":"=","value":"y"}]}}}`))
	if p.want(r, 207); !strings.Contains(r.raw, "matched 101 entities") {
		t.Errorf("answer %s", r.raw)
	}
}
