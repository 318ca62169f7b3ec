package portsim_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/simulator/portsim"
)

func TestSearchRules(t *testing.T) {
	t.Parallel()
	p := start(t, portsim.Options{})
	p.put(create,
		`{"identifier":"a","title":"Alpha","team":["x","y"],"properties":{"arn":"arn:one","size":1,"tags":[{"k":"v"}]},"relations":{"account":"1"}}`,
		`{"identifier":"b","properties":{"arn":"arn:two","size":2}}`)
	if err := p.PutEntity("bucket", []byte(`{"identifier":"c"}`), "port-ocean/aws-v3/1.2.3/my-aws-2/exporter"); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name, rules string
		want        []string
	}{
		{"= text", `{"property":"arn","operator":"=","value":"arn:one"}`, []string{"a"}},
		{"= number", `{"property":"size","operator":"=","value":2.0}`, []string{"b"}},
		{"= null", `{"property":"arn","operator":"=","value":null}`, []string{"1", "c"}},
		{"in", `{"property":"$identifier","operator":"in","value":["a","c","z"]}`, []string{"a", "c"}},
		{"contains text", `{"property":"$datasource","operator":"contains","value":"/my-aws/exporter"}`, []string{"1", "a", "b"}},
		{"contains one of a list", `{"property":"$team","operator":"contains","value":"x"}`, []string{"a"}},
		{"contains all of a list", `{"property":"$team","operator":"contains","value":["x","z"]}`, nil},
		{"containsAny", `{"property":"$team","operator":"containsAny","value":["x","z"]}`, []string{"a"}},
		{"and", `{"property":"$blueprint","operator":"=","value":"bucket"},{"property":"$title","operator":"=","value":"Alpha"}`, []string{"a"}},
		{"nested", `{"combinator":"or","rules":[{"property":"$identifier","operator":"=","value":"1"},{"property":"size","operator":"=","value":1}]}`, []string{"1", "a"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := p.want(p.post("/v1/entities/search?include=identifier", `{"combinator":"and","rules":[`+test.rules+`]}`), 200)
			var got []string
			for _, v := range r.body["entities"].([]any) {
				got = append(got, v.(map[string]any)["identifier"].(string))
			}
			if d := cmp.Diff(test.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestSearchComparesWholeValues(t *testing.T) {
	t.Parallel()
	p := start(t, portsim.Options{})
	long := strings.Repeat("x", 200)
	p.put(upsert, `{"identifier":"a","properties":{"arn":"`+long+`1"}}`, `{"identifier":"b","properties":{"arn":"`+long+`2"}}`)
	r := p.want(p.post("/v1/entities/search?include=identifier", `{"combinator":"and","rules":[{"property":"arn","operator":"=","value":"`+long+`2"}]}`), 200)
	if d := cmp.Diff([]any{map[string]any{"identifier": "b"}}, r.body["entities"]); d != "" {
		t.Error(d)
	}
}

func TestSearchForm(t *testing.T) {
	t.Parallel()
	p := start(t, portsim.Options{})
	const path = "/v1/entities/search"
	for _, test := range []struct{ name, query, body, part string }{
		{"unknown combinator", "", `{"combinator":"not","rules":[{"property":"a","operator":"=","value":1}]}`, "one of and, or"},
		{"no rules", "", `{"combinator":"and","rules":[]}`, "1 to 1000"},
		{"unknown operator", "", `{"combinator":"and","rules":[{"property":"a","operator":"like","value":"x"}]}`, "one of ="},
		{"boolean for =", "", `{"combinator":"and","rules":[{"property":"a","operator":"=","value":true}]}`, "value"},
		{"text for in", "", `{"combinator":"and","rules":[{"property":"a","operator":"in","value":"x"}]}`, "has to be an array"},
		{"rule without value", "", `{"combinator":"and","rules":[{"property":"a","operator":"="}]}`, `lacks the key "value"`},
		{"extra key", "", `{"combinator":"and","rules":[{"property":"a","operator":"=","value":1,"x":1}]}`, `unknown key "x"`},
		{"unknown part", "?include=everything", `{"combinator":"and","rules":[{"property":"a","operator":"=","value":1}]}`, "include"},
	} {
		t.Run(test.name, func(t *testing.T) {
			p.refused(p.post(path+test.query, test.body), 422, "invalid_request", test.part)
		})
	}
}

func TestSearchParts(t *testing.T) {
	t.Parallel()
	p := start(t, portsim.Options{})
	p.put(create, `{"identifier":"a","title":"A","properties":{"arn":"x"},"relations":{"account":"1"}}`)
	for _, test := range []struct {
		name, query string
		want        map[string]any
	}{
		{
			"named parts", "?exclude_calculated_properties=true&include=blueprint&include=identifier&include=properties.arn&include=relations.copies",
			map[string]any{
				"blueprint": "bucket", "identifier": "a",
				"properties": map[string]any{"arn": "x"}, "relations": map[string]any{"copies": []any{}},
			},
		},
		{
			"a property that is not set is null", "?include=properties.size",
			map[string]any{"properties": map[string]any{"size": nil}},
		},
		{
			"all but some", "?exclude=properties&exclude=relations&exclude=createdAt&exclude=updatedAt",
			map[string]any{
				"blueprint": "bucket", "identifier": "a", "title": "A", "icon": nil, "team": []any{},
				"$datasource": "port-ocean/aws-v3/1.2.3/my-aws/exporter",
			},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := p.want(p.post("/v1/entities/search"+test.query, `{"combinator":"and","rules":[{"property":"$identifier","operator":"=","value":"a"}]}`), 200)
			if d := cmp.Diff([]any{test.want}, r.body["entities"]); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestMirrorPropertiesInSearches(t *testing.T) {
	t.Parallel()
	const vault = `{"identifier":"vault","title":"V","schema":{"properties":{}},
		"relations":{"bucket":{"target":"bucket","required":false,"many":false}},
		"mirrorProperties":{"arn":{"path":"bucket.arn"},"mail":{"path":"bucket.account.email"}},
		"calculationProperties":{"calc":{"calculation":".x","type":"string"}}}`
	const door = `{"identifier":"door","title":"D","schema":{"properties":{}},
		"relations":{"vault":{"target":"vault","required":false,"many":false}}}`
	for _, test := range []struct{ name, entity, part string }{
		{"relation by a mirror property", `"identifier":"d","relations":{"vault":{"combinator":"and","rules":[{"property":"arn","operator":"=","value":"x"}]}}`, ""},
		{"relation by a mirror of two levels", `"identifier":"d","relations":{"vault":{"combinator":"and","rules":[{"property":"mail","operator":"=","value":"x"}]}}`, "cannot be used"},
		{"relation by a calculated property", `"identifier":"d","relations":{"vault":{"combinator":"and","rules":[{"property":"calc","operator":"=","value":"x"}]}}`, "cannot be used"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := start(t, portsim.Options{})
			for _, b := range []string{vault, door} {
				if err := p.PutBlueprint([]byte(b)); err != nil {
					t.Fatal(err)
				}
			}
			p.put(create, `{"identifier":"a","properties":{"arn":"x"}}`)
			p.want(p.post("/v1/blueprints/vault/entities/bulk"+create, entitiesOf(`{"identifier":"v","relations":{"bucket":"a"}}`)), 200)
			r := p.post("/v1/blueprints/door/entities/bulk"+create, entitiesOf(`{`+test.entity+`}`))
			if (r.status == 200) != (test.part == "") || !strings.Contains(r.raw, test.part) {
				t.Errorf("answer %d %s", r.status, r.raw)
			}
			byMirror := `{"identifier":{"combinator":"and","rules":[{"property":"arn","operator":"=","value":"x"}]}}`
			if r := p.post("/v1/blueprints/vault/entities/bulk"+merge, entitiesOf(byMirror)); r.status != 207 {
				t.Errorf("identifier by a mirror property: %d %s", r.status, r.raw)
			}
			calculated := `{"identifier":"v","properties":{"calc":"x"}}`
			if r := p.post("/v1/blueprints/vault/entities/bulk"+merge, entitiesOf(calculated)); !strings.Contains(r.raw, "is calculated") {
				t.Errorf("write of a calculated property: %d %s", r.status, r.raw)
			}
		})
	}
}
