package portsim_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/simulator/portsim"
)

func TestUpsertStoresWhatWasSent(t *testing.T) {
	t.Parallel()
	p := start(t, portsim.Options{})
	p.put(create, `{"identifier":"a","blueprint":"bucket","title":"A","icon":"Bucket","team":"core",
		"properties":{"size":12345678901234567890,"public":false,"arn":"","tags":[]},
		"relations":{"account":"111","copies":["b"]}}`)
	want := portsim.Entity{
		Blueprint: "bucket", Identifier: "a", Title: "A", Icon: "Bucket", Team: []string{"core"},
		Properties: map[string]any{
			"size": json.Number("12345678901234567890"), "public": false, "arn": "", "tags": []any{}, "tier": "standard",
		},
		Relations:  map[string]any{"account": "111", "copies": []any{"b"}},
		Datasource: exporter, CreatedAt: p.clock.Now(), UpdatedAt: p.clock.Now(),
	}
	if d := cmp.Diff(want, p.entity("bucket", "a")); d != "" {
		t.Error(d)
	}
	bare := portsim.Entity{
		Blueprint: "account", Identifier: "111", Properties: map[string]any{}, Relations: map[string]any{},
		Datasource: exporter, CreatedAt: p.clock.Now(), UpdatedAt: p.clock.Now(),
	}
	if d := cmp.Diff(bare, p.entity("account", "111")); d != "" {
		t.Error(d)
	}
}

func TestMergeAndReplace(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, query, body string
		properties        map[string]any
		relations         map[string]any
		title             string
	}{
		{
			"merge keeps what is not supplied", merge, `{"identifier":"a","properties":{"public":true}}`,
			map[string]any{"arn": "x", "tier": "standard", "public": true}, map[string]any{"copies": []any{"a"}}, "A",
		},
		{
			"replace drops what is not supplied", upsert, `{"identifier":"a","properties":{"public":true}}`,
			map[string]any{"public": true}, map[string]any{}, "",
		},
		{
			"null clears when merging", merge, `{"identifier":"a","title":null,"properties":{"arn":null},"relations":{"copies":null}}`,
			map[string]any{"tier": "standard"}, map[string]any{}, "",
		},
		{
			"null clears when replacing", upsert, `{"identifier":"a","properties":{"arn":null},"relations":{"account":null}}`,
			map[string]any{}, map[string]any{}, "",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := start(t, portsim.Options{})
			p.put(upsert, `{"identifier":"a","title":"A","properties":{"arn":"x"},"relations":{"copies":["a"]}}`)
			created := p.clock.Now()
			p.clock.Advance(time.Minute)
			p.put(test.query, test.body)
			e := p.entity("bucket", "a")
			got := []any{e.Properties, e.Relations, e.Title, e.CreatedAt, e.UpdatedAt}
			want := []any{test.properties, test.relations, test.title, created, created.Add(time.Minute)}
			if d := cmp.Diff(want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestTheLastWriterOwnsAnEntity(t *testing.T) {
	t.Parallel()
	p := start(t, portsim.Options{})
	if err := p.PutEntity("bucket", []byte(`{"identifier":"a"}`), "port-ocean/aws-v3/1.0.0/other/exporter"); err != nil {
		t.Fatal(err)
	}
	p.put(merge, `{"identifier":"a"}`)
	if got := p.entity("bucket", "a").Datasource; got != exporter {
		t.Errorf("datasource %q, want %q", got, exporter)
	}
}

func TestBulkAnswersByIndex(t *testing.T) {
	t.Parallel()
	p := start(t, portsim.Options{})
	r := p.want(p.post(bulk+upsert, entitiesOf(
		`{"identifier":"a"}`,
		`{"identifier":"b","relations":{"account":"missing"}}`,
		`{"identifier":{"combinator":"and","rules":[{"property":"arn","operator":"=","value":"nothing"}]}}`,
		`{"identifier":"a"}`,
	)), 207)
	entities := []any{
		map[string]any{"index": 0.0, "identifier": "a", "created": true, "additionalData": map[string]any{}},
		map[string]any{"index": 3.0, "identifier": "a", "created": false, "additionalData": map[string]any{}},
	}
	if d := cmp.Diff(entities, r.body["entities"]); d != "" {
		t.Error(d)
	}
	for i, want := range []string{"1 b 404 not_found", "2 unknown 404 not_found"} {
		e := r.body["errors"].([]any)[i].(map[string]any)
		if got := fmt.Sprint(e["index"], " ", e["identifier"], " ", e["statusCode"], " ", e["error"]); got != want {
			t.Errorf("error %d is %q, want %q", i, got, want)
		}
	}
}

func TestEntityIsHeldAgainstItsBlueprint(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, entity, part string }{
		{"unknown property", `"properties":{"colour":"red"}`, `property "colour" is not in the schema`},
		{"string for number", `"properties":{"size":"1"}`, "not of type number"},
		{"number for string", `"properties":{"arn":1}`, "not of type string"},
		{"string for boolean", `"properties":{"public":"true"}`, "not of type boolean"},
		{"array for object", `"properties":{"policy":[]}`, "not of type object"},
		{"object for array", `"properties":{"tags":{}}`, "not of type array"},
		{"array with an item of another type", `"properties":{"tags":["a"]}`, "not of type object"},
		{"value outside the enum", `"properties":{"region":"mars"}`, "not one of the allowed"},
		{"number under the minimum", `"properties":{"size":-1}`, "too small"},
		{"number beyond a double", `"properties":{"size":1e999}`, "beyond the numbers"},
		{"time without zone", `"properties":{"created":"2026-01-01T00:00:00"}`, "not of format date-time"},
		{"date only", `"properties":{"created":"2026-01-01"}`, "not of format date-time"},
		{"text for url", `"properties":{"link":"nowhere"}`, "not of format url"},
		{"unknown relation", `"relations":{"owner":"x"}`, `relation "owner" is not in blueprint`},
		{"list for a relation to one", `"relations":{"account":["x"]}`, "has to be a string"},
		{"text for a relation to many", `"relations":{"copies":"x"}`, "has to be an array"},
		{"null among many", `"relations":{"copies":["a",null]}`, "has to be a string"},
		{"identifier of a target with a space", `"relations":{"account":"a b"}`, "has to be a string that matches"},
		{"missing target", `"relations":{"account":"nobody"}`, "was not found"},
		{"search over an unknown property", `"relations":{"account":{"combinator":"and","rules":[{"property":"no","operator":"=","value":"x"}]}}`, "is not in blueprint"},
		{"search without a match", `"relations":{"account":{"combinator":"and","rules":[{"property":"email","operator":"=","value":"x"}]}}`, "matched 0 entities"},
		{"search with an unknown key", `"relations":{"account":{"combinator":"and","rules":[{"property":"email","operator":"=","value":"x","x":1}]}}`, `unknown key "x"`},
		{"blueprint that differs from the path", `"blueprint":"account"`, `the path says "bucket"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := start(t, portsim.Options{})
			r := p.want(p.post(bulk+upsert, entitiesOf(`{"identifier":"good"}`, `{"identifier":"bad",`+test.entity+`}`)), 207)
			failure := r.body["errors"].([]any)[0].(map[string]any)
			if message := failure["message"].(string); !strings.Contains(message, test.part) || failure["index"] != 1.0 {
				t.Errorf("error %v, want index 1 with %q", failure, test.part)
			}
			if _, ok := p.Entity("bucket", "bad"); ok {
				t.Error("the refused entity was stored")
			}
			p.entity("bucket", "good")
		})
	}
}

func TestBulkRefusedAsAWhole(t *testing.T) {
	t.Parallel()
	many := strings.Repeat(`{"identifier":"a"},`, 20) + `{"identifier":"a"}`
	big := `{"identifier":"a","properties":{"arn":"` + strings.Repeat("x", 1<<20) + `"}}`
	for _, test := range []struct {
		name, body, code, part string
		status                 int
	}{
		{"no entity", entitiesOf(), "invalid_request", "1 to 20 items", 422},
		{"21 entities", entitiesOf(many), "invalid_request", "1 to 20 items, not 21", 422},
		{"over 1 MiB", entitiesOf(big), "payload_too_large", "1048576", 413},
		{"unknown key of the body", `{"entities":[{"identifier":"a"}],"upsert":true}`, "invalid_request", `unknown key "upsert"`, 422},
		{"unknown key of an entity", entitiesOf(`{"identifier":"a","name":"x"}`), "invalid_request", `unknown key "name"`, 422},
		{"key in another case", entitiesOf(`{"identifier":"a","Title":"x"}`), "invalid_request", `unknown key "Title"`, 422},
		{"no identifier", entitiesOf(`{"title":"x"}`), "invalid_request", `lacks the key "identifier"`, 422},
		{"number as identifier", entitiesOf(`{"identifier":1}`), "invalid_request", "has to be a string", 422},
		{"empty identifier", entitiesOf(`{"identifier":""}`), "invalid_request", "matches", 422},
		{"identifier with a space", entitiesOf(`{"identifier":"a b"}`), "invalid_request", "matches", 422},
		{"identifier with $", entitiesOf(`{"identifier":"f:$LATEST"}`), "invalid_request", "matches", 422},
		{"identifier of one dot", entitiesOf(`{"identifier":"."}`), "invalid_request", "matches", 422},
		{"identifier of two dots", entitiesOf(`{"identifier":".."}`), "invalid_request", "matches", 422},
		{"identifier of 1001 characters", entitiesOf(`{"identifier":"` + strings.Repeat("é", 1001) + `"}`), "invalid_request", "at most 1000", 422},
		{"number as title", entitiesOf(`{"identifier":"a","title":1}`), "invalid_request", "title has to be a string", 422},
		{"list as icon", entitiesOf(`{"identifier":"a","icon":[]}`), "invalid_request", "icon has to be a string", 422},
		{"null as properties", entitiesOf(`{"identifier":"a","properties":null}`), "invalid_request", "properties has to be an object", 422},
		{"search with an unknown operator", entitiesOf(`{"identifier":{"combinator":"and","rules":[{"property":"arn","operator":"~","value":"x"}]}}`), "invalid_request", "one of =", 422},
		{"not JSON", `{"entities":[}`, "bad_request", "not JSON", 400},
		{"two JSON values", `{"entities":[{"identifier":"a"}]}{}`, "bad_request", "more after", 400},
		{"NaN", entitiesOf(`{"identifier":"a","properties":{"size":NaN}}`), "bad_request", "not JSON", 400},
		{"not UTF-8", entitiesOf("{\"identifier\":\"\xff\"}"), "bad_request", "UTF-8", 400},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := start(t, portsim.Options{})
			p.refused(p.post(bulk+upsert, test.body), test.status, test.code, test.part)
			if got := p.Entities("bucket"); len(got) != 0 {
				t.Errorf("%d entities were stored", len(got))
			}
			if got := p.Requests()[0]; got.Size != len(test.body) || got.Status != test.status {
				t.Errorf("journal has %d of %d bytes and status %d", got.Size, len(test.body), got.Status)
			}
		})
	}
}

func TestIdentifierForms(t *testing.T) {
	t.Parallel()
	p := start(t, portsim.Options{})
	for _, id := range []string{
		"arn:aws:s3:::a", "a/b", `a\b`, "a=b", "a+b", "a@b", "...", "é", strings.Repeat("é", 1000),
	} {
		p.put(upsert, `{"identifier":`+string(mustJSON(t, id))+`}`)
		p.entity("bucket", id)
	}
}

func mustJSON(t *testing.T, v any) []byte {
	t.Helper()
	out, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestOneMebibyteIsTaken(t *testing.T) {
	t.Parallel()
	p := start(t, portsim.Options{})
	frame := len(entitiesOf(`{"identifier":"a","properties":{"arn":""}}`))
	p.put(upsert, `{"identifier":"a","properties":{"arn":"`+strings.Repeat("x", 1<<20-frame)+`"}}`)
	if got := p.Requests()[0].Size; got != 1<<20 {
		t.Errorf("size %d", got)
	}
}

func TestUpsertQuery(t *testing.T) {
	t.Parallel()
	const resync = "&ocean_info_resync_id=7b0f3d0e-58d1-4a55-9f3f-0b8f3c2d1a11"
	for _, test := range []struct {
		name, query string
		status      int
	}{
		{"none", "", 200},
		{"with the event", upsert + "&ocean_info_event_type=resync" + resync, 200},
		{"run id", upsert + "&run_id=1", 422},
		{"unknown parameter", upsert + "&force=true", 422},
		{"boolean in capitals", "?upsert=True", 422},
		{"parameter twice", "?upsert=true&upsert=true", 422},
		{"unknown event type", "?ocean_info_event_type=cron", 422},
		{"resync id without the type", "?ocean_info_event_type=start" + resync, 422},
		{"resync id that is not a uuid", "?ocean_info_event_type=resync&ocean_info_resync_id=1", 422},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := start(t, portsim.Options{})
			p.want(p.post(bulk+test.query, entitiesOf(`{"identifier":"a"}`)), test.status)
		})
	}
}

func TestWithoutUpsertAnEntityIsNotOverwritten(t *testing.T) {
	t.Parallel()
	p := start(t, portsim.Options{})
	p.put(upsert, `{"identifier":"a"}`)
	p.refused(p.post("/v1/blueprints/bucket/entities?upsert=false", `{"identifier":"a"}`), 409, "conflict", "exists")
}

func TestTeamForms(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, team string
		want       []string
	}{
		{"one", `"core"`, []string{"core"}},
		{"several", `["core","web"]`, []string{"core", "web"}},
		{"null", `null`, nil},
		{"search", `{"combinator":"and","rules":[{"property":"$title","operator":"=","value":"Core team"}]}`, []string{"core"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := start(t, portsim.Options{})
			if err := p.PutEntity("_team", []byte(`{"identifier":"core","title":"Core team"}`), "someone"); err != nil {
				t.Fatal(err)
			}
			p.put(upsert, `{"identifier":"a","team":"old"}`)
			p.put(merge, `{"identifier":"a","team":`+test.team+`}`)
			if d := cmp.Diff(test.want, p.entity("bucket", "a").Team); d != "" {
				t.Error(d)
			}
		})
	}
}

func BenchmarkPutTwentyEntities(b *testing.B) {
	s := portsim.New(portsim.Options{})
	if err := s.PutBlueprint([]byte(`{"identifier":"bucket","title":"B","schema":{"properties":{"arn":{"type":"string"}}}}`)); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		for i := range 20 {
			if err := s.PutEntity("bucket", fmt.Appendf(nil, `{"identifier":"%d","properties":{"arn":"x"}}`, i), exporter); err != nil {
				b.Fatal(err)
			}
		}
	}
}

func TestValidationOnlyStoresNothing(t *testing.T) {
	t.Parallel()
	p := start(t, portsim.Options{})
	p.put("?upsert=true&create_missing_related_entities=true&validation_only=true", `{"identifier":"a","relations":{"account":"1"}}`)
	if n := len(p.Entities("bucket")) + len(p.Entities("account")); n != 0 {
		t.Errorf("%d entities were stored", n)
	}
}

func TestUpsertOne(t *testing.T) {
	t.Parallel()
	p := start(t, portsim.Options{})
	const one = "/v1/blueprints/bucket/entities"
	r := p.want(p.post(one+upsert, `{"identifier":"a","properties":{"arn":"x"}}`), 201)
	if got := r.body["entity"].(map[string]any)["properties"].(map[string]any)["arn"]; got != "x" {
		t.Errorf("arn %v", got)
	}
	p.want(p.post(one+upsert, `{"identifier":"a"}`), 200)
	p.refused(p.post(one+upsert, `{"identifier":"a","relations":{"account":"no"}}`), 404, "not_found", "account")
	p.refused(p.post("/v1/blueprints/none/entities"+upsert, `{"identifier":"a"}`), 404, "not_found", `"none"`)
	p.refused(p.post("/v1/blueprints/none/entities/bulk"+upsert, entitiesOf(`{"identifier":"a"}`)), 404, "not_found", `"none"`)
}

func TestRequiredParts(t *testing.T) {
	t.Parallel()
	const strict = `{"identifier":"strict","title":"S","schema":{"properties":{"p":{"type":"string"}},"required":["p"]},
		"relations":{"to":{"target":"account","required":true,"many":false}}}`
	for _, test := range []struct {
		name, query, body string
		status            int
	}{
		{"all there", create, `{"identifier":"a","properties":{"p":"x"},"relations":{"to":"1"}}`, 200},
		{"no property", create, `{"identifier":"a","relations":{"to":"1"}}`, 207},
		{"null property", create, `{"identifier":"a","properties":{"p":null},"relations":{"to":"1"}}`, 207},
		{"no relation", create, `{"identifier":"a","properties":{"p":"x"}}`, 207},
		{"null relation", create, `{"identifier":"a","properties":{"p":"x"},"relations":{"to":null}}`, 207},
		{"merged over what is there", merge, `{"identifier":"old"}`, 200},
		{"replacing what is there", upsert, `{"identifier":"old"}`, 207},
		{"clearing what is there", merge, `{"identifier":"old","properties":{"p":null}}`, 207},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := start(t, portsim.Options{})
			if err := p.PutBlueprint([]byte(strict)); err != nil {
				t.Fatal(err)
			}
			const path = "/v1/blueprints/strict/entities/bulk"
			p.want(p.post(path+create, entitiesOf(`{"identifier":"old","properties":{"p":"x"},"relations":{"to":"1"}}`)), 200)
			p.want(p.post(path+test.query, entitiesOf(test.body)), test.status)
		})
	}
}
