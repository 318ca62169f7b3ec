package portsim_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/simulator/portsim"
)

const (
	own         = "/v1/integration/my-aws"
	integration = `{"installationId":"my-aws","installationAppType":"aws-v3","version":"1.2.3","changelogDestination":{},
		"config":{"resources":[]},"actionsProcessingEnabled":false,"incrementalSyncEnabled":false,"createPortResourcesOrigin":"Default"}`
	running = `{"status":"running","lastResyncStart":"2026-03-01T12:00:00.5+00:00","lastResyncEnd":null,"nextResync":null,"intervalInMinuets":null}`
)

// installed is a server with the integration my-aws.
func installed(t *testing.T) *port {
	t.Helper()
	p := start(t, portsim.Options{})
	p.want(p.post("/v1/integration", integration), 201)
	p.ForgetRequests()
	return p
}

func (p *port) patch(path, body string) response {
	p.t.Helper()
	return p.send(request{method: "PATCH", path: path, body: body})
}

func TestIntegrationIsCreatedOnce(t *testing.T) {
	t.Parallel()
	p := start(t, portsim.Options{})
	p.refused(p.send(request{method: "GET", path: own}), 404, "not_found", "my-aws")
	p.want(p.post("/v1/integration", integration), 201)
	p.refused(p.post("/v1/integration", integration), 409, "conflict", "exists")
	r := p.want(p.send(request{method: "GET", path: own + "?oceanCoreVersion=0.48.12&isPolling=false"}), 200)
	got := r.body["integration"].(map[string]any)
	for name, want := range map[string]any{
		"installationId": "my-aws", "identifier": "my-aws", "installationType": "OnPrem", "processingMode": "dsp",
		"arePortResourcesInitialized": false, "version": "1.2.3", "createPortResourcesOrigin": "Default",
		"logAttributes":    map[string]any{"ingestId": "my-aws", "ingestUrl": "http://example.com/ingest/logs/my-aws"},
		"metricAttributes": map[string]any{"ingestUrl": "http://example.com/ingest/metrics/my-aws"},
	} {
		if d := cmp.Diff(want, got[name]); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
	p.want(p.send(request{method: "DELETE", path: own}), 200)
	p.want(p.send(request{method: "GET", path: own}), 404)
}

func TestIntegrationForm(t *testing.T) {
	t.Parallel()
	replace := func(old, new string) string { return strings.Replace(integration, old, new, 1) }
	for _, test := range []struct{ name, query, body, part string }{
		{"unknown key", "", replace(`"config"`, `"eventListener":{},"config"`), `unknown key "eventListener"`},
		{"processing mode", "", replace(`"config"`, `"processingMode":"ocean-core","config"`), `unknown key "processingMode"`},
		{"no type", "", replace(`"installationAppType":"aws-v3",`, ""), `lacks the key "installationAppType"`},
		{"type in capitals", "", replace("aws-v3", "AWS"), "matches"},
		{"slash in the identifier", "", replace("my-aws", "my/aws"), "matches"},
		{"unknown origin", "", replace(`"Default"`, `"Ocean"`), "one of Port, Default, Empty"},
		{"unknown destination", "", replace(`"changelogDestination":{}`, `"changelogDestination":{"type":"POLLING"}`), "one of KAFKA"},
		{"config is text", "", replace(`{"resources":[]}`, `"x"`), "config has to be an object"},
		{"resources are not a list", "", replace(`[]`, `{}`), "resources has to be an array"},
		{"provisioning of a type that cannot be", "?integration_modes=create_resources", replace("Default", "Port"), "integration_modes"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := start(t, portsim.Options{})
			p.refused(p.post("/v1/integration"+test.query, test.body), 422, "invalid_request", test.part)
		})
	}
}

func TestWhatRaisesAResyncRequest(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		do     func(*port)
		raised int
	}{
		{"creation", func(*port) {}, 0},
		{"patch of the integration", func(p *port) { p.want(p.patch(own, `{"version":"2.0.0"}`), 200) }, 1},
		{"empty patch", func(p *port) { p.want(p.patch(own, `{}`), 200) }, 1},
		{"patch of the mapping", func(p *port) { p.want(p.patch(own+"/config", `{"config":{"resources":[]}}`), 200) }, 1},
		{"patch of the mapping that skips it", func(p *port) {
			q := request{method: "PATCH", path: own + "/config", body: `{"config":{}}`, header: map[string]string{"x-skip-resync": "true"}}
			p.want(p.send(q), 200)
		}, 0},
		{"resync state", func(p *port) { p.want(p.patch(own+"/resync-state", running), 200) }, 0},
		{"button", func(p *port) {
			if err := p.RequestResync("my-aws"); err != nil {
				p.t.Fatal(err)
			}
		}, 1},
		{"mapping changed by a person", func(p *port) {
			if err := p.SetConfig("my-aws", []byte(`{"resources":"unsound"}`)); err != nil {
				p.t.Fatal(err)
			}
		}, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := installed(t)
			p.clock.Advance(time.Minute)
			test.do(p)
			r := p.want(p.send(request{method: "GET", path: own + "/resync-request"}), 200)
			if in, _ := p.Integration("my-aws"); in.ResyncRequests != test.raised {
				t.Errorf("%d requests, want %d", in.ResyncRequests, test.raised)
			}
			asked, _ := r.body["request"].(map[string]any)
			if (asked != nil) != (test.raised > 0) || asked != nil && asked["updatedAt"] != "2026-03-01T12:01:00.000Z" {
				t.Errorf("request %v", asked)
			}
		})
	}
}

func TestPatchForms(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, path, body, part string
	}{
		{"unknown key", own, `{"name":"x"}`, `unknown key "name"`},
		{"identifier", own, `{"installationId":"other"}`, `unknown key "installationId"`},
		{"unknown mode", own, `{"processingMode":"fast"}`, "one of dsp, ocean-core"},
		{"config with more", own + "/config", `{"config":{},"version":"1.0.0"}`, `unknown key "version"`},
		{"config missing", own + "/config", `{}`, `lacks the key "config"`},
		{"state with the right spelling of minutes", own + "/resync-state", `{"status":"running","intervalInMinutes":1}`, `unknown key "intervalInMinutes"`},
		{"unknown status", own + "/resync-state", `{"status":"done"}`, "one of running"},
		{"time without zone", own + "/resync-state", `{"status":"running","lastResyncStart":"2026-03-01T12:00:00"}`, "with zone"},
		{"running without a start", own + "/resync-state", `{"status":"running"}`, "lastResyncStart"},
		{"completed without an end", own + "/resync-state", `{"status":"completed","lastResyncEnd":null}`, "lastResyncEnd"},
		{"interval of zero", own + "/resync-state", `{"status":"running","lastResyncStart":"2026-03-01T12:00:00Z","intervalInMinuets":0}`, "from 1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := installed(t)
			p.refused(p.patch(test.path, test.body), 422, "invalid_request", test.part)
		})
	}
}

func TestResyncStateHistory(t *testing.T) {
	t.Parallel()
	p := installed(t)
	p.want(p.patch(own+"/resync-state", running), 200)
	p.clock.Advance(time.Minute)
	p.want(p.patch(own+"/resync-state", `{"status":"completed","lastResyncEnd":"2026-03-01T12:01:00+00:00","nextResync":"2026-03-01T13:00:00+00:00","intervalInMinuets":60}`), 200)
	want := []portsim.ResyncState{
		{Status: "running", LastResyncStart: "2026-03-01T12:00:00.5+00:00", UpdatedAt: "2026-03-01T12:00:00.000Z"},
		{
			Status: "completed", LastResyncStart: "2026-03-01T12:00:00.5+00:00", LastResyncEnd: "2026-03-01T12:01:00+00:00",
			NextResync: "2026-03-01T13:00:00+00:00", IntervalMinutes: 60, UpdatedAt: "2026-03-01T12:01:00.000Z",
		},
	}
	in, _ := p.Integration("my-aws")
	if d := cmp.Diff(want, in.History); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(want[1], in.State); d != "" {
		t.Error(d)
	}
}

func TestExamples(t *testing.T) {
	t.Parallel()
	const path = own + "/kinds/AWS%3A%3AS3%3A%3ABucket/examples"
	p := installed(t)
	p.want(p.post(path, `{"examples":[{"Type":"AWS::S3::Bucket"}]}`), 200)
	in, _ := p.Integration("my-aws")
	want := map[string][]map[string]any{"AWS::S3::Bucket": {{"Type": "AWS::S3::Bucket"}}}
	if d := cmp.Diff(want, in.Examples); d != "" {
		t.Error(d)
	}
	p.refused(p.post(path, `{"examples":[]}`), 422, "invalid_request", "1 to 5")
	p.refused(p.post(path, `{"examples":[{},{},{},{},{},{}]}`), 422, "invalid_request", "1 to 5")
	p.refused(p.post(path, `{"examples":["x"]}`), 422, "invalid_request", "an object")
	p.refused(p.post("/v1/integration/other/kinds/k/examples", `{"examples":[{}]}`), 404, "not_found", "other")
}

func TestOrganization(t *testing.T) {
	t.Parallel()
	p := start(t, portsim.Options{FeatureFlags: []string{"USE_PROVISIONED_DEFAULTS"}, Provisionable: []string{"aws-v3"}})
	r := p.want(p.send(request{method: "GET", path: "/v1/organization"}), 200)
	if d := cmp.Diff([]any{"USE_PROVISIONED_DEFAULTS"}, r.body["organization"].(map[string]any)["featureFlags"]); d != "" {
		t.Error(d)
	}
	r = p.want(p.send(request{method: "GET", path: "/v1/integration/provision-enabled"}), 200)
	if d := cmp.Diff([]any{"aws-v3"}, r.body["integrations"]); d != "" {
		t.Error(d)
	}
}
