package portsim_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/simulator/portsim"
)

func (p *port) identifiers(blueprint string) []string {
	ids := []string{}
	for _, e := range p.Entities(blueprint) {
		ids = append(ids, e.Identifier)
	}
	return ids
}

func TestBulkDelete(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, path, body string
		status           int
		deleted          []any
		left             []string
	}{
		{"without dependents", remove + "?delete_dependents=false", `{"entities":["free"]}`, 200, []any{"free"}, []string{"from", "to"}},
		{"a dependent stops the whole", remove + "?delete_dependents=false", `{"entities":["free","to"]}`, 403, nil, []string{"free", "from", "to"}},
		{"a dependent of the same request stops it too", remove + "?delete_dependents=false", `{"entities":["from","to"]}`, 403, nil, []string{"free", "from", "to"}},
		{"dependents go along", remove + "?delete_dependents=true", `{"entities":["to"]}`, 200, []any{"to"}, []string{"free"}},
		{"the unknown are not named", remove + "?delete_dependents=true", `{"entities":["free","gone","free"]}`, 200, []any{"free"}, []string{"from", "to"}},
		{"the flag is required", remove, `{"entities":["free"]}`, 422, nil, []string{"free", "from", "to"}},
		{"none named", remove + "?delete_dependents=true", `{"entities":[]}`, 422, nil, []string{"free", "from", "to"}},
		{"101 named", remove + "?delete_dependents=true", `{"entities":["free"` + strings.Repeat(`,"free"`, 100) + `]}`, 422, nil, []string{"free", "from", "to"}},
		{"unknown key", remove + "?delete_dependents=true", `{"entities":["free"],"force":true}`, 422, nil, []string{"free", "from", "to"}},
		{"unknown blueprint", "/v1/blueprints/none/bulk/entities/delete?delete_dependents=true", `{"entities":["free"]}`, 404, nil, []string{"free", "from", "to"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := start(t, portsim.Options{})
			p.put(upsert, `{"identifier":"to"}`, `{"identifier":"from","relations":{"copies":["to","from"]}}`, `{"identifier":"free"}`)
			r := p.want(p.post(test.path, test.body), test.status)
			if deleted, _ := r.body["deletedEntities"].([]any); !slices.Equal(deleted, test.deleted) {
				t.Errorf("deleted %v, want %v", deleted, test.deleted)
			}
			if d := cmp.Diff(test.left, p.identifiers("bucket")); d != "" {
				t.Error(d)
			}
			if test.status == 403 && r.body["error"] != "has_dependents" {
				t.Errorf("answer %s", r.raw)
			}
		})
	}
}

func TestDependentsOfOthersGoAlong(t *testing.T) {
	t.Parallel()
	p := start(t, portsim.Options{})
	p.put(create, `{"identifier":"mine","relations":{"account":"1"}}`)
	if err := p.PutEntity("bucket", []byte(`{"identifier":"theirs","relations":{"account":"1"}}`), "someone"); err != nil {
		t.Fatal(err)
	}
	p.want(p.post("/v1/blueprints/account/bulk/entities/delete?delete_dependents=true", `{"entities":["1"]}`), 200)
	if got := p.identifiers("bucket"); len(got) != 0 {
		t.Errorf("left %v", got)
	}
}

func TestDeleteOne(t *testing.T) {
	t.Parallel()
	p := start(t, portsim.Options{})
	p.put(upsert, `{"identifier":"a/b+c:d"}`)
	const path = "/v1/blueprints/bucket/entities/a%2Fb%2Bc%3Ad"
	p.want(p.send(request{method: "DELETE", path: path}), 422)
	p.want(p.send(request{method: "DELETE", path: path + "?delete_dependents=false"}), 200)
	p.refused(p.send(request{method: "DELETE", path: path + "?delete_dependents=false"}), 404, "not_found", "a/b+c:d")
}

const listing = "/v1/blueprints/entities/datasource-entities"

func (p *port) listed(more string) (ids []string, next string) {
	p.t.Helper()
	r := p.want(p.post(listing, `{"datasource_prefix":"port-ocean/aws-v3/","datasource_suffix":"/my-aws/exporter"`+more+`}`), 200)
	for _, v := range r.body["entities"].([]any) {
		e := v.(map[string]any)
		ids = append(ids, fmt.Sprint(e["blueprint"], "/", e["identifier"]))
	}
	next, _ = r.body["next"].(string)
	return ids, next
}

func TestOwnedEntities(t *testing.T) {
	t.Parallel()
	p := start(t, portsim.Options{})
	for id, writer := range map[string]string{
		"other-identifier": "port-ocean/aws-v3/1.2.3/my-aws-2/exporter",
		"longer":           "port-ocean/aws-v3/1.2.3/not-my-aws/exporter",
		"gitops":           base + "/gitops",
		"other-type":       "port-ocean/gcp/1.2.3/my-aws/exporter",
		"person":           "someone@example.com",
		"older-version":    "port-ocean/aws-v3/0.9.0/my-aws/exporter",
	} {
		if err := p.PutEntity("bucket", []byte(`{"identifier":"`+id+`"}`), writer); err != nil {
			t.Fatal(err)
		}
	}
	p.clock.Advance(time.Second)
	p.put(create, `{"identifier":"new","relations":{"account":"1"}}`)
	all := []string{"account/1", "bucket/new", "bucket/older-version"}
	for _, test := range []struct {
		name, more string
		want       []string
	}{
		{"all", ``, all},
		{"not after the time", `,"before":"2026-03-01T12:00:00Z"`, all[2:]},
		{"at the time", `,"before":"2026-03-01T13:00:01.000000+01:00"`, all},
		{"before all", `,"before":"2026-03-01T11:59:59Z"`, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, next := p.listed(test.more)
			if d := cmp.Diff(test.want, got); d != "" || next != "" {
				t.Errorf("next %q, %s", next, d)
			}
		})
	}
}

func TestOwnedPages(t *testing.T) {
	t.Parallel()
	p := start(t, portsim.Options{})
	var want []string
	for i := range 7 {
		p.put(upsert, fmt.Sprintf(`{"identifier":"%d"}`, i))
		want = append(want, fmt.Sprintf("bucket/%d", i))
	}
	var got []string
	pages := 0
	for from := ""; ; pages++ {
		more := `,"limit":3`
		if from != "" {
			more += `,"from":"` + from + `"`
		}
		ids, next := p.listed(more)
		got = append(got, ids...)
		if from = next; from == "" {
			break
		}
		if len(ids) != 3 {
			t.Fatalf("page of %d", len(ids))
		}
	}
	if d := cmp.Diff(want, got); d != "" || pages != 2 {
		t.Errorf("%d pages after the first, %s", pages, d)
	}
}

func TestOwnedForm(t *testing.T) {
	t.Parallel()
	p := start(t, portsim.Options{})
	p.put(upsert, `{"identifier":"a"}`, `{"identifier":"b"}`)
	_, next := p.listed(`,"limit":1`)
	const owner = `"datasource_prefix":"port-ocean/aws-v3/","datasource_suffix":"/my-aws/exporter"`
	for _, test := range []struct{ name, body, part string }{
		{"no suffix", `{"datasource_prefix":"port-ocean/aws-v3/"}`, "datasource_suffix"},
		{"empty prefix", `{"datasource_prefix":"","datasource_suffix":"/x"}`, "1 to 1000"},
		{"limit of zero", `{` + owner + `,"limit":0}`, "from 1 to 5000"},
		{"limit of 5001", `{` + owner + `,"limit":5001}`, "from 1 to 5000"},
		{"time without zone", `{` + owner + `,"before":"2026-03-01T12:00:00"}`, "with zone"},
		{"invented cursor", `{` + owner + `,"from":"abc"}`, "not a cursor"},
		{"cursor of another listing", `{` + owner + `,"from":"` + next + `","before":"2026-03-01T12:00:00Z"}`, "other parameters"},
		{"unknown key", `{` + owner + `,"blueprint":"bucket"}`, `unknown key "blueprint"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			p.refused(p.post(listing, test.body), 422, "invalid_request", test.part)
		})
	}
}
