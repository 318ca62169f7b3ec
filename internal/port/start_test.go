package port_test

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/port"
	"portolan/internal/simulator/portsim"
)

func initializing(o *port.Options) { o.Initialize, o.Defaults = true, defaults() }

func simulator() *portsim.Server {
	return portsim.New(portsim.Options{ClientID: clientID, ClientSecret: clientSecret})
}

func initialized(sim *portsim.Server) bool {
	in, _ := sim.Integration("my-aws")
	return in.Initialized
}

func sameJSON(t *testing.T, what string, got json.RawMessage, want string) {
	t.Helper()
	var g, w any
	if json.Unmarshal(got, &g) != nil || json.Unmarshal([]byte(want), &w) != nil || !cmp.Equal(g, w) {
		t.Errorf("%s is %s, want %s", what, got, want)
	}
}

// TestExistingIntegration starts with an integration that already exists.
func TestExistingIntegration(t *testing.T) {
	t.Parallel()
	const (
		current = `"installationAppType":"aws-v3","version":"2.20.11-beta","processingMode":"ocean-core","changelogDestination":{}`
		ready   = `"arePortResourcesInitialized":true`
		users   = `"config":{"resources":[],"mine":true}`
	)
	tests := map[string]struct {
		integration string
		plain       bool     // without Initialize
		writes      []string // besides those of blueprints
		blueprints  int      // creates and patches
		config      string
		note        string
		fails       string
	}{
		"ours": {integration: current + "," + ready + "," + users, config: `{"resources":[],"mine":true}`},
		"ours, and Port leaves out what is empty": {
			integration: `"installationAppType":"aws-v3","version":"2.20.11-beta","processingMode":"ocean-core",` + ready + "," + users,
			config:      `{"resources":[],"mine":true}`,
		},
		"taken over from Ocean": {
			integration: `"installationAppType":"aws-v3","version":"2.19.0","processingMode":"dsp","changelogDestination":{"type":"KAFKA"},` +
				`"actionsProcessingEnabled":true,` + ready + "," + users,
			writes: []string{"PATCH /integration/my-aws"}, config: `{"resources":[],"mine":true}`,
		},
		"of another type": {
			integration: `"installationAppType":"aws","version":"2.20.11-beta","processingMode":"ocean-core",` + ready + "," + users,
			writes:      []string{"PATCH /integration/my-aws"}, config: `{"resources":[],"mine":true}`, note: "of type aws until now",
		},
		"without a mapping": {
			integration: current + `,"config":{}`, writes: []string{"PATCH /integration/my-aws/config", "PATCH /integration/my-aws"},
			blueprints: 4, config: string(defaults().Config), note: "put the default mapping in place",
		},
		"with a mapping, without resources": {
			integration: current + "," + users, writes: []string{"PATCH /integration/my-aws"}, blueprints: 4, config: `{"resources":[],"mine":true}`,
		},
		"not to be initialized":  {integration: current + `,"config":{}`, plain: true, config: `{}`},
		"Port provisions it":     {integration: current + `,"createPortResourcesOrigin":"Port",` + users, config: `{"resources":[],"mine":true}`},
		"the user wants nothing": {integration: current + `,"createPortResourcesOrigin":"Empty","config":{}`, config: `{}`},
		"hosted by Port":         {integration: current + `,"installationType":"SaasOauth2",` + users, fails: "hosted by Port (installation type SaasOauth2)"},
		"on premises":            {integration: current + `,"installationType":"OnPrem",` + ready + "," + users, config: `{"resources":[],"mine":true}`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := existing(test.integration)
			c := client(t, s, initializing, func(o *port.Options) { o.Initialize = !test.plain })
			in, err := c.Start(t.Context())
			if test.fails != "" {
				if err == nil || !strings.Contains(err.Error(), test.fails) || len(s.calls) != 1 {
					t.Errorf("error %v after %d calls", err, len(s.calls))
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var integration []string
			blueprints := 0
			for _, call := range s.calls {
				switch {
				case call.Method == http.MethodGet:
				case strings.HasPrefix(call.Target, "/v1/blueprints"):
					blueprints++
				default:
					integration = append(integration, call.Method+" "+strings.TrimPrefix(call.Target, "/v1"))
				}
			}
			if diff := cmp.Diff(test.writes, integration); diff != "" || blueprints != test.blueprints {
				t.Errorf("%d writes of blueprints, want %d; %s", blueprints, test.blueprints, diff)
			}
			sameJSON(t, "the mapping", in.Config, test.config)
			if notes := strings.Join(in.Notes, "; "); !strings.Contains(notes, test.note) {
				t.Errorf("notes %q, want %q", notes, test.note)
			}
		})
	}
}

// existing is a Port with an integration, without blueprints.
func existing(members string) *script {
	fields := map[string]json.RawMessage{}
	if err := json.Unmarshal([]byte("{"+members+"}"), &fields); err != nil {
		panic(err)
	}
	made := map[string]bool{}
	return &script{answer: func(r seen) reply {
		switch path, _, _ := strings.Cut(strings.TrimPrefix(r.Target, "/v1"), "?"); {
		case path == "/integration/my-aws/config" || r.Method == http.MethodPatch && path == "/integration/my-aws":
			_ = json.Unmarshal([]byte(r.Body), &fields)
		case path == "/blueprints":
			var b struct{ Identifier string }
			_ = json.Unmarshal([]byte(r.Body), &b)
			made["/blueprints/"+b.Identifier] = true
		case strings.HasPrefix(path, "/blueprints/") && !made[path]:
			return refusal(404, "not_found", path)
		}
		text, _ := json.Marshal(map[string]any{"ok": true, "integration": fields})
		return ok(string(text))
	}}
}

func TestTakingBackOutlivesTheRun(t *testing.T) {
	t.Parallel()
	sim := simulator()
	ctx, cancel := context.WithCancel(t.Context())
	transport := handler(func(r *http.Request) (*http.Response, error) {
		if r.Method == http.MethodPatch && strings.HasPrefix(r.URL.Path, "/v1/blueprints/") {
			cancel()
		}
		return serve(sim)(r)
	})
	if _, err := client(t, transport, initializing).Start(ctx); err == nil {
		t.Fatal("no error")
	}
	c := client(t, serve(sim))
	for _, identifier := range []string{"account", "bucket"} {
		if _, err := c.Blueprint(t.Context(), identifier); !port.NotFound(err) {
			t.Errorf("%s is left: %v", identifier, err)
		}
	}
}

// TestLostAnswers has Port do what it was asked, and the answer get lost.
func TestLostAnswers(t *testing.T) {
	t.Parallel()
	for _, route := range []string{"/v1/integration", "/v1/blueprints"} {
		t.Run(route, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				sim := simulator()
				sim.Inject(portsim.Fault{Method: "POST", Route: route, Status: 502, Applied: true})
				c := client(t, serve(sim), initializing)
				if _, err := c.Start(t.Context()); err != nil {
					t.Fatal(err)
				}
				b, err := c.Blueprint(t.Context(), "bucket")
				if err != nil || len(b.Relations) != 1 || !initialized(sim) {
					t.Errorf("blueprint %+v, error %v", b, err)
				}
			})
		})
	}
}

func TestRefusedCreateIsTheError(t *testing.T) {
	t.Parallel()
	s := &script{answer: func(r seen) reply {
		if r.Method == http.MethodPost {
			return refusal(403, "forbidden", "not allowed")
		}
		return refusal(404, "not_found", "no integration")
	}}
	if _, err := client(t, s).Start(t.Context()); err == nil || !strings.Contains(err.Error(), "not allowed") || port.NotFound(err) {
		t.Errorf("error %v", err)
	}
}

func TestPersonalCredentialsAreNoted(t *testing.T) {
	t.Parallel()
	s := existing(`"installationAppType":"aws-v3","version":"2.20.11-beta","processingMode":"ocean-core","config":{"resources":[]}`)
	in, err := client(t, s, func(o *port.Options) {
		o.Credentials = func(context.Context) (string, string, error) { return "someone@example.test", clientSecret, nil }
	}).Start(t.Context())
	if err != nil || len(in.Notes) != 1 || !strings.Contains(in.Notes[0], "e-mail") || strings.Contains(in.Notes[0], "someone") {
		t.Errorf("notes %v, error %v", in.Notes, err)
	}
}

// TestRoundTrip speaks to a strict Port over the network: what it refuses, this
// package does wrong.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	sim, c := tenant(t)
	ctx := t.Context()
	start(t, c)
	began := time.Now()
	if err := c.SetResyncState(ctx, port.ResyncState{Status: port.Running, Start: began, Interval: time.Hour}); err != nil {
		t.Fatal(err)
	}
	if err := c.SendExamples(ctx, "AWS::EC2::Instance", []map[string]any{{"Password": "p"}}); err != nil {
		t.Fatal(err)
	}
	options := port.UpsertOptions{Merge: true, CreateMissing: true, ResyncID: runID}
	bucket := func(id, account string) port.Item {
		return port.Item{Key: id, Body: json.RawMessage(`{"identifier":"` + id + `","blueprint":"bucket","properties":{"arn":null},"relations":{"account":` + account + `}}`)}
	}
	outcomes, err := c.Upsert(ctx, "bucket", []port.Item{
		bucket("b-1", `"111122223333"`), bucket("b-2", "null"), bucket("not valid", "null"), bucket("b-3", `"111122223333"`),
	}, options)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"created b-1", "created b-2", "422", "created b-3"}, verdicts(outcomes)); diff != "" {
		t.Error(diff)
	}
	var owned []string
	for page, err := range c.Owned(ctx, time.Now().Add(time.Second)) {
		if err != nil {
			t.Fatal(err)
		}
		for _, ref := range page {
			owned = append(owned, ref.Blueprint+"/"+ref.Identifier)
		}
	}
	slices.Sort(owned)
	if diff := cmp.Diff([]string{"account/111122223333", "bucket/b-1", "bucket/b-2", "bucket/b-3"}, owned); diff != "" {
		t.Error(diff)
	}
	deleted, err := c.Delete(ctx, "bucket", []string{"b-1", "b-3"}, port.DeleteOptions{Dependents: true, ResyncID: runID})
	if err != nil || len(deleted) != 2 || len(sim.Entities("bucket")) != 1 {
		t.Errorf("deleted %v, error %v", deleted, err)
	}
	if err := c.SetResyncState(ctx, port.ResyncState{Status: port.Completed, Start: began, End: time.Now()}); err != nil {
		t.Fatal(err)
	}
	if skew := c.ServerTime(began).Sub(began); skew > 0 || skew < -2*time.Second {
		t.Errorf("skew %v", skew)
	}
}
