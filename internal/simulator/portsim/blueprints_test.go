package portsim_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/simulator/portsim"
)

func TestBlueprintForm(t *testing.T) {
	t.Parallel()
	with := func(part string) string {
		return `{"identifier":"new","title":"New","schema":{"properties":{"p":{"type":"string"}}},` + part + `}`
	}
	schema := func(properties string) string {
		return `{"identifier":"new","title":"New","schema":{"properties":{` + properties + `}}}`
	}
	for _, test := range []struct {
		name, body, part string
		status           int
	}{
		{"whole", with(`"icon":"AWS","description":"d","relations":{"account":{"target":"account","title":"A","required":false,"many":false}},
			"mirrorProperties":{"mail":{"title":"Mail","path":"account.email"}},
			"calculationProperties":{"c":{"title":"C","calculation":".properties.p","type":"string"}},
			"aggregationProperties":{"n":{"title":"N","target":"bucket","calculationSpec":{"func":"count","calculationBy":"entities"}}}`), "", 201},
		{"relation to itself", with(`"relations":{"up":{"target":"new","required":false,"many":false}}`), "", 201},
		{"exists", `{"identifier":"bucket","title":"B","schema":{"properties":{}}}`, "exists", 409},
		{"unknown key", with(`"colour":"red"`), `unknown key "colour"`, 422},
		{"no title", `{"identifier":"new","schema":{"properties":{}}}`, `lacks the key "title"`, 422},
		{"empty title", `{"identifier":"new","title":"","schema":{"properties":{}}}`, "1 to 100 characters", 422},
		{"title of 101 characters", `{"identifier":"new","title":"` + strings.Repeat("é", 101) + `","schema":{"properties":{}}}`, "1 to 100 characters", 422},
		{"description of 201 characters", with(`"description":"` + strings.Repeat("x", 201) + `"`), "0 to 200 characters", 422},
		{"identifier with =", `{"identifier":"a=b","title":"N","schema":{"properties":{}}}`, "matches", 422},
		{"identifier of two dots", `{"identifier":"..","title":"N","schema":{"properties":{}}}`, "matches", 422},
		{"identifier of 101 characters", `{"identifier":"` + strings.Repeat("x", 101) + `","title":"N","schema":{"properties":{}}}`, "at most 100", 422},
		{"no schema", `{"identifier":"new","title":"N"}`, `lacks the key "schema"`, 422},
		{"unknown type", schema(`"p":{"type":"text"}`), "one of string", 422},
		{"unknown format", schema(`"p":{"type":"string","format":"uri"}`), "one of date-time", 422},
		{"unknown key of a property", schema(`"p":{"type":"string","nullable":true}`), `unknown key "nullable"`, 422},
		{"enum of another type", schema(`"p":{"type":"string","enum":[1]}`), "not of type string", 422},
		{"default outside the enum", schema(`"p":{"type":"string","enum":["a"],"default":"b"}`), "not one of the allowed", 422},
		{"items of no array", schema(`"p":{"type":"string","items":{"type":"string"}}`), "items is for arrays", 422},
		{"name of a property with a space", schema(`"a b":{"type":"string"}`), "matches", 422},
		{"required names nothing", `{"identifier":"new","title":"N","schema":{"properties":{},"required":["p"]}}`, "not a property", 422},
		{"relation without many", with(`"relations":{"r":{"target":"account","required":false}}`), `lacks the key "many"`, 422},
		{"relation to nothing", with(`"relations":{"r":{"target":"nothing","required":false,"many":false}}`), `"nothing" was not found`, 404},
		{"mirror without its relation", with(`"mirrorProperties":{"m":{"path":"account.email"}}`), `"account" is not a relation`, 422},
		{"mirror of nothing", with(`"relations":{"account":{"target":"account","required":false,"many":false}},"mirrorProperties":{"m":{"path":"account.no"}}`), "ends at no property", 422},
		{"two properties of a name", with(`"calculationProperties":{"p":{"calculation":".x","type":"string"}}`), "used by two", 422},
		{"aggregation over nothing", with(`"aggregationProperties":{"n":{"target":"nothing","calculationSpec":{}}}`), `"nothing" was not found`, 404},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := start(t, portsim.Options{})
			r := p.want(p.post("/v1/blueprints", test.body), test.status)
			if !strings.Contains(strings.ReplaceAll(r.raw, `\"`, `"`), test.part) {
				t.Errorf("answer %s, want %q", r.raw, test.part)
			}
			if _, ok := p.Blueprint("new"); ok != (test.status == 201) {
				t.Errorf("stored: %t", ok)
			}
		})
	}
}

func TestReadBlueprint(t *testing.T) {
	t.Parallel()
	p := start(t, portsim.Options{})
	r := p.want(p.send(request{method: "GET", path: "/v1/blueprints/account"}), 200)
	want := map[string]any{
		"identifier": "account", "title": "Account", "relations": map[string]any{}, "mirrorProperties": map[string]any{},
		"calculationProperties": map[string]any{}, "aggregationProperties": map[string]any{},
		"schema": map[string]any{
			"properties": map[string]any{"email": map[string]any{"type": "string", "format": "email"}}, "required": []any{},
		},
		"createdAt": "2026-03-01T12:00:00.000Z", "updatedAt": "2026-03-01T12:00:00.000Z",
	}
	if d := cmp.Diff(want, r.body["blueprint"]); d != "" {
		t.Error(d)
	}
	p.refused(p.send(request{method: "GET", path: "/v1/blueprints/none"}), 404, "not_found", "none")
}

func TestPatchBlueprint(t *testing.T) {
	t.Parallel()
	p := start(t, portsim.Options{})
	p.put(create, `{"identifier":"a","properties":{"arn":"x"},"relations":{"account":"1","copies":["a"]}}`)
	const path = "/v1/blueprints/bucket"
	p.refused(p.patch(path, `{"relations":{"owner":{"target":"nobody","required":false,"many":false}}}`), 404, "not_found", "nobody")
	p.refused(p.patch(path, `{"relations":{"account":{"target":"bucket","required":false,"many":false}}}`), 422, "invalid_request", "cannot be changed")
	p.refused(p.patch(path, `{"identifier":"other"}`), 422, "invalid_request", "identifier")
	p.want(p.patch(path, `{"title":"Pail","relations":{"copies":{"target":"bucket","required":false,"many":true}}}`), 200)
	e := p.entity("bucket", "a")
	if d := cmp.Diff(map[string]any{"copies": []any{"a"}}, e.Relations); d != "" {
		t.Error(d)
	}
	if e.Properties["arn"] != "x" {
		t.Error("a property was lost")
	}
	p.want(p.send(request{method: "DELETE", path: "/v1/blueprints/account/entities/1?delete_dependents=false"}), 200)
}

func TestDeleteBlueprint(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, blueprint string
		before          func(*port)
		status          int
		part            string
	}{
		{"empty", "bucket", func(*port) {}, 200, ""},
		{"with entities", "bucket", func(p *port) { p.put(upsert, `{"identifier":"a"}`) }, 403, "has 1 entities"},
		{"target of a relation", "account", func(*port) {}, 403, "relates to"},
		{"of the system", "_team", func(*port) {}, 403, "protected"},
		{"unknown", "none", func(*port) {}, 404, "not found"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := start(t, portsim.Options{})
			test.before(p)
			r := p.want(p.send(request{method: "DELETE", path: "/v1/blueprints/" + test.blueprint}), test.status)
			if !strings.Contains(r.raw, test.part) {
				t.Errorf("answer %s, want %q", r.raw, test.part)
			}
		})
	}
}

func TestPropertyRules(t *testing.T) {
	t.Parallel()
	const blueprint = `{"identifier":"rules","title":"R","schema":{"properties":{
		"text":{"type":"string","minLength":2,"maxLength":3,"pattern":"^[a-z]+$"},
		"number":{"type":"number","exclusiveMinimum":0,"exclusiveMaximum":10,"enum":[1,2.5]},
		"list":{"type":"array","minItems":1,"maxItems":2,"uniqueItems":true,"items":{"type":"string","enum":["a","b"]}},
		"mail":{"type":"string","format":"email"},"v4":{"type":"string","format":"ipv4"},"v6":{"type":"string","format":"ipv6"}}}}`
	for _, test := range []struct {
		name, value string
		good        bool
	}{
		{"text", `"text":"ab"`, true},
		{"text too short", `"text":"a"`, false},
		{"text too long", `"text":"abcd"`, false},
		{"text outside the pattern", `"text":"AB"`, false},
		{"number", `"number":1.0`, true},
		{"number outside the enum", `"number":2`, false},
		{"list", `"list":["a","b"]`, true},
		{"list too short", `"list":[]`, false},
		{"list too long", `"list":["a","b","a"]`, false},
		{"list with a value twice", `"list":["a","a"]`, false},
		{"list with a value outside the enum", `"list":["c"]`, false},
		{"mail", `"mail":"a@b.c"`, true},
		{"mail with a name", `"mail":"A <a@b.c>"`, false},
		{"ipv4", `"v4":"10.0.0.1"`, true},
		{"ipv6 for ipv4", `"v4":"::1"`, false},
		{"ipv6", `"v6":"::1"`, true},
		{"empty string for ipv6", `"v6":""`, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := start(t, portsim.Options{})
			if err := p.PutBlueprint([]byte(blueprint)); err != nil {
				t.Fatal(err)
			}
			r := p.post("/v1/blueprints/rules/entities/bulk"+upsert, entitiesOf(`{"identifier":"a","properties":{`+test.value+`}}`))
			if (r.status == 200) != test.good {
				t.Errorf("answer %d %s", r.status, r.raw)
			}
		})
	}
}
