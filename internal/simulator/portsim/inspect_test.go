package portsim_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/simulator/portsim"
)

func TestStateBeforeTheFirstCall(t *testing.T) {
	t.Parallel()
	p := start(t, portsim.Options{})
	if err := p.PutIntegration([]byte(integration)); err != nil {
		t.Fatal(err)
	}
	if err := p.PutEntity("bucket", []byte(`{"identifier":"a"}`), exporter); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"_team", "_user", "account", "bucket"}, p.Blueprints()); d != "" {
		t.Error(d)
	}
	var want, got any
	for raw, into := range map[string]*any{accountBlueprint: &want, string(definition(t, p, "account")): &got} {
		if err := json.Unmarshal([]byte(raw), into); err != nil {
			t.Fatal(err)
		}
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	p.want(p.send(request{method: "GET", path: own}), 200)
	if ids, _ := p.listed(""); len(ids) != 1 {
		t.Errorf("owned %v", ids)
	}
}

func definition(t *testing.T, p *port, blueprint string) json.RawMessage {
	t.Helper()
	raw, ok := p.Blueprint(blueprint)
	if !ok {
		t.Fatalf("no blueprint %q", blueprint)
	}
	return raw
}

func TestWrongStateIsRefused(t *testing.T) {
	t.Parallel()
	p := installed(t)
	for _, test := range []struct {
		name, part string
		put        func() error
	}{
		{"blueprint that is not JSON", "unexpected EOF", func() error { return p.PutBlueprint([]byte(`{`)) }},
		{"blueprint of a wrong form", "lacks the key", func() error { return p.PutBlueprint([]byte(`{}`)) }},
		{"blueprint that exists", "exists", func() error { return p.PutBlueprint([]byte(bucketBlueprint)) }},
		{"entity of an unknown blueprint", "not found", func() error { return p.PutEntity("none", []byte(`{"identifier":"a"}`), "x") }},
		{"entity of a wrong form", "unknown key", func() error { return p.PutEntity("bucket", []byte(`{"identifier":"a","x":1}`), "x") }},
		{"entity that its blueprint refuses", "not in the schema", func() error {
			return p.PutEntity("bucket", []byte(`{"identifier":"a","properties":{"x":1}}`), "x")
		}},
		{"integration of a wrong form", "lacks the key", func() error { return p.PutIntegration([]byte(`{}`)) }},
		{"integration that exists", "exists", func() error { return p.PutIntegration([]byte(integration)) }},
		{"mapping of an unknown integration", "not found", func() error { return p.SetConfig("none", []byte(`{}`)) }},
		{"mapping that is not JSON", "invalid character", func() error { return p.SetConfig("my-aws", []byte(`x`)) }},
		{"resync of an unknown integration", "not found", func() error { return p.RequestResync("none") }},
	} {
		t.Run(test.name, func(t *testing.T) {
			if err := test.put(); err == nil || !strings.Contains(err.Error(), test.part) {
				t.Errorf("error %v, want %q", err, test.part)
			}
		})
	}
	if _, ok := p.Integration("none"); ok {
		t.Error("an integration that does not exist")
	}
}

func TestAbsentIntegrationRefusesEveryRoute(t *testing.T) {
	t.Parallel()
	p := start(t, portsim.Options{})
	for _, q := range []request{
		{method: "PATCH", path: own, body: `{}`},
		{method: "PATCH", path: own + "/config", body: `{"config":{}}`},
		{method: "PATCH", path: own + "/resync-state", body: running},
		{method: "GET", path: own + "/resync-request"},
		{method: "DELETE", path: own},
	} {
		t.Run(q.method+" "+q.path, func(t *testing.T) {
			p.refused(p.send(q), 404, "not_found", "my-aws")
		})
	}
}
