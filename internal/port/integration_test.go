package port_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/port"
	"portolan/internal/simulator/portsim"
)

// ocean is an integration as another release created it, with a mapping of the
// user's.
const ocean = `{"installationId":"my-aws","installationAppType":"aws-v3","version":"9.9.9","changelogDestination":{},
	"config":{"resources":[{"kind":"theirs"}]},"createPortResourcesOrigin":"Default"}`

// tenant is a simulated Port behind a socket, and a client of it.
func tenant(t *testing.T, changes ...func(*port.Options)) (*portsim.Server, *port.Client) {
	t.Helper()
	sim := portsim.New(portsim.Options{ClientID: clientID, ClientSecret: clientSecret, KeepBodies: true})
	socket := httptest.NewServer(sim)
	t.Cleanup(socket.Close)
	c := client(t, nil, append([]func(*port.Options){func(o *port.Options) {
		o.BaseURL, o.HTTP, o.Initialize, o.Defaults = socket.URL, nil, true, defaults()
	}}, changes...)...)
	t.Cleanup(c.Close)
	return sim, c
}

// defaults are two blueprints. The first points at the second and derives something
// through that relation.
func defaults() port.Defaults {
	return port.Defaults{
		Config: json.RawMessage(`{"deleteDependentEntities":true,"createMissingRelatedEntities":true,` +
			`"enableMergeEntity":true,"entityDeletionThreshold":0.9,"resources":[{"kind":"ours"}]}`),
		Blueprints: []json.RawMessage{
			json.RawMessage(`{"identifier":"bucket","title":"Bucket","schema":{"properties":{"arn":{"type":"string"}}},` +
				`"relations":{"account":{"target":"account","required":false,"many":false}},` +
				`"mirrorProperties":{"owner":{"path":"account.name"}}}`),
			json.RawMessage(`{"identifier":"account","title":"Account","schema":{"properties":{"name":{"type":"string"}}}}`),
		},
	}
}

// writes are the requests that change something, without the token calls.
func writes(sim *portsim.Server) []string {
	all := []string{}
	for _, r := range sim.Requests() {
		if r.Method != http.MethodGet && r.Path != tokenPath {
			all = append(all, r.Method+" "+r.Path)
		}
	}
	return all
}

func start(t *testing.T, c *port.Client) port.Integration {
	t.Helper()
	in, err := c.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return in
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestStartCreatesTheIntegrationOnce(t *testing.T) {
	t.Parallel()
	sim, c := tenant(t)
	in := start(t, c)
	want := []string{
		"POST /v1/integration", "PATCH /v1/integration/my-aws",
		"POST /v1/blueprints", "POST /v1/blueprints", // bare
		"PATCH /v1/blueprints/bucket", // with its relation
		"PATCH /v1/blueprints/bucket", // with what is derived through it
		"PATCH /v1/integration/my-aws",
	}
	if diff := cmp.Diff(want, writes(sim)); diff != "" {
		t.Error(diff)
	}
	if in.ProcessingMode != "ocean-core" || !in.ResourcesReady || in.Version != port.PeerVersion {
		t.Errorf("integration %+v", in)
	}
	if got := string(in.Config); !strings.Contains(got, "ours") {
		t.Errorf("mapping %s", got)
	}
	if len(in.Notes) != 2 {
		t.Errorf("notes %q, want one of the integration and one of the blueprints", in.Notes)
	}
	sim.ForgetRequests()
	if again := start(t, c); len(again.Notes) != 0 {
		t.Errorf("notes of the second start: %q", again.Notes)
	}
	if got := writes(sim); len(got) != 0 {
		t.Errorf("the second start writes: %v", got)
	}
}

func TestCreatedIntegrationHasTheseKeysAlone(t *testing.T) {
	t.Parallel()
	sim, c := tenant(t)
	start(t, c)
	bodies := map[string]string{}
	for _, r := range sim.Requests() {
		if name := r.Method + " " + r.Path; bodies[name] == "" {
			bodies[name] = string(r.Body)
		}
	}
	want := map[string]string{
		"POST /v1/integration": `{"installationId":"my-aws","installationAppType":"aws-v3","version":"2.20.11-beta",` +
			`"changelogDestination":{},"config":` + string(defaults().Config) + `,"actionsProcessingEnabled":false,` +
			`"incrementalSyncEnabled":false,"createPortResourcesOrigin":"Default"}`,
		"PATCH /v1/integration/my-aws": `{"changelogDestination":{},"installationAppType":"aws-v3","version":"2.20.11-beta",` +
			`"actionsProcessingEnabled":false,"incrementalSyncEnabled":false,"processingMode":"ocean-core"}`,
	}
	for name, body := range want {
		if diff := cmp.Diff(body, bodies[name]); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestUserAgentOfEachRoute(t *testing.T) {
	t.Parallel()
	sim, c := tenant(t)
	start(t, c)
	must(t, c.SendExamples(t.Context(), "k", []map[string]any{{"a": "b"}}))
	must(t, c.SetResyncState(t.Context(), port.ResyncState{Status: port.Running, Start: time.Now()}))
	_, err := c.Delete(t.Context(), "bucket", []string{"a"}, port.DeleteOptions{})
	must(t, err)
	for _, r := range sim.Requests() {
		want := plainAgent
		if r.Method != http.MethodGet && (strings.HasPrefix(r.Route, "/v1/blueprints") || r.Route == portsim.SearchRoute) {
			want = exporterAgent
		}
		if r.UserAgent != want || r.Status >= 300 && r.Status != http.StatusNotFound {
			t.Errorf("%s %s: %d as %s, want %s", r.Method, r.Path, r.Status, r.UserAgent, want)
		}
	}
}

func TestTakenOverIntegrationIsPatchedOnce(t *testing.T) {
	t.Parallel()
	sim, c := tenant(t, func(o *port.Options) { o.Initialize = false })
	must(t, sim.PutIntegration([]byte(ocean)))
	for range 2 {
		if in := start(t, c); !cmp.Equal(string(in.Config), `{"resources":[{"kind":"theirs"}]}`) {
			t.Errorf("mapping %s", in.Config)
		}
	}
	if diff := cmp.Diff([]string{"PATCH /v1/integration/my-aws"}, writes(sim)); diff != "" {
		t.Error(diff)
	}
	got, _ := sim.Integration("my-aws")
	if got.ProcessingMode != "ocean-core" || got.Version != port.PeerVersion || got.Initialized || got.ResyncRequests != 1 {
		t.Errorf("in Port: %+v", got)
	}
	if slices.Contains(sim.Blueprints(), "bucket") {
		t.Error("a default blueprint was created without Initialize")
	}
}

// TestEmptyStart uses the origin Empty: a new integration has a mapping without resources
// and no blueprint, and Port knows that this is intended. An existing one does not change.
func TestEmptyStart(t *testing.T) {
	t.Parallel()
	const nothing = `{"createMissingRelatedEntities":true,"deleteDependentEntities":true,"enableMergeEntity":true,"entityDeletionThreshold":0.9,"resources":[]}`
	sim, c := tenant(t, func(o *port.Options) { o.Empty = true })
	before := sim.Blueprints()
	if seen, err := c.Preview(t.Context()); err != nil || !seen.Absent || seen.Initializes {
		t.Errorf("a preview returns %+v, %v", seen, err)
	}
	for range 2 {
		in := start(t, c)
		if in.Origin != "Empty" || !in.ResourcesReady {
			t.Errorf("the integration is %+v", in)
		}
		sameJSON(t, "the mapping", in.Config, nothing)
	}
	if diff := cmp.Diff(before, sim.Blueprints()); diff != "" {
		t.Errorf("blueprints (-before +after):\n%s", diff)
	}
	want := []string{"POST /v1/integration", "PATCH /v1/integration/my-aws", "PATCH /v1/integration/my-aws"}
	if diff := cmp.Diff(want, writes(sim)); diff != "" {
		t.Errorf("writes of two starts (-want +got):\n%s", diff)
	}

	sim, c = tenant(t, func(o *port.Options) { o.Empty = true })
	must(t, sim.PutIntegration([]byte(ocean)))
	if in := start(t, c); !cmp.Equal(string(in.Config), `{"resources":[{"kind":"theirs"}]}`) || in.ResourcesReady {
		t.Errorf("an old integration is %+v", in)
	}
}

// TestHostedIntegrationIsLeftAlone has Port answer as for one that it runs.
func TestHostedIntegrationIsLeftAlone(t *testing.T) {
	t.Parallel()
	for _, hosted := range []string{"Saas", "SaasOAuth2"} {
		t.Run(hosted, func(t *testing.T) {
			t.Parallel()
			s := &script{answers: []reply{ok(`{"integration":{"installationId":"my-aws","installationType":"` + hosted + `"}}`)}}
			_, err := client(t, s).Start(t.Context())
			if err == nil || !strings.Contains(err.Error(), "OCEAN__INTEGRATION__IDENTIFIER") || len(s.calls) != 1 {
				t.Errorf("error %v after %d calls", err, len(s.calls))
			}
		})
	}
}

func TestDeleteIntegration(t *testing.T) {
	t.Parallel()
	sim, c := tenant(t)
	start(t, c)
	for range 2 { // the second time it is gone already
		must(t, c.DeleteIntegration(t.Context()))
		if _, there := sim.Integration("my-aws"); there {
			t.Error("the integration is still there")
		}
	}
}

func TestDeleteIntegrationOfOthers(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ fields, says string }{
		"hosted by Port":  {`"installationAppType":"aws-v3","installationType":"Saas"`, "is hosted by Port"},
		"of another type": {`"installationAppType":"kubernetes"`, "is of type kubernetes, not aws-v3"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &script{answers: []reply{ok(`{"integration":{"installationId":"my-aws",` + test.fields + `}}`)}}
			err := client(t, s).DeleteIntegration(t.Context())
			if err == nil || !strings.Contains(err.Error(), test.says) || len(s.calls) != 1 {
				t.Errorf("error %v after %d calls", err, len(s.calls))
			}
		})
	}
}
