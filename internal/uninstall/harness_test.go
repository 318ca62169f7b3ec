package uninstall_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"portolan/internal/console"
	"portolan/internal/port"
	"portolan/internal/resync/snapshot"
	"portolan/internal/simulator/portsim"
	"portolan/internal/state"
	"portolan/internal/uninstall"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	ours   = "port-ocean/aws-v3/2.20.11-beta/my-aws/exporter"
	older  = "port-ocean/aws-v3/1.0.0/my-aws/exporter"
	theirs = "port-ocean/aws-v3/2.20.11-beta/other-aws/exporter"
	person = "a person"
)

const (
	bulkDelete = "/v1/blueprints/{blueprint}/bulk/entities/delete"
	ownRoute   = "/v1/integration/{integration}"
)

// tenant is a simulated Port, and what works on it.
type tenant struct {
	*portsim.Server
	t    *testing.T
	deps uninstall.Deps
}

func newTenant(t *testing.T) *tenant {
	t.Helper()
	return newTenantOf(t, portsim.Options{KeepBodies: true})
}

func newTenantOf(t *testing.T, o portsim.Options) *tenant {
	t.Helper()
	sim := portsim.New(o)
	url, stop, err := sim.Listen("")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = stop() })
	client, err := port.New(port.Options{
		BaseURL: url, Type: "aws-v3", Identifier: "my-aws",
		Credentials: func(context.Context) (string, string, error) { return "client", "secret", nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	w := &tenant{Server: sim, t: t, deps: uninstall.Deps{Port: client, Integration: "my-aws", Source: "test", Log: slog.New(slog.DiscardHandler)}}
	w.blueprint("account", nil)
	w.blueprint("cluster", map[string]string{"account": "account", "parent": "cluster"})
	w.blueprint("service", map[string]string{"cluster": "cluster", "account": "account"})
	w.integration("aws-v3")
	return w
}

func (w *tenant) blueprint(name string, relations map[string]string) {
	w.t.Helper()
	made := map[string]any{}
	for name, target := range relations {
		made[name] = map[string]any{"target": target, "required": false, "many": false}
	}
	w.must(w.PutBlueprint(encode(map[string]any{
		"identifier": name, "title": name, "schema": map[string]any{"properties": map[string]any{}}, "relations": made,
	})))
}

func (w *tenant) integration(kind string) {
	w.t.Helper()
	w.must(w.PutIntegration(encode(map[string]any{
		"installationId": "my-aws", "installationAppType": kind, "version": "1.0.0", "changelogDestination": map[string]any{}, "config": map[string]any{},
	})))
}

// put writes an entity with relations "cluster=c1".
func (w *tenant) put(writer, blueprint, identifier string, relations ...string) {
	w.t.Helper()
	related := map[string]any{}
	for _, r := range relations {
		name, target, _ := strings.Cut(r, "=")
		related[name] = target
	}
	w.must(w.PutEntity(blueprint, encode(map[string]any{
		"identifier": identifier, "title": identifier, "properties": map[string]any{}, "relations": related,
	}), writer))
}

// estate is 1 account, 3 clusters one above the other, 240 services, and what others have.
func (w *tenant) estate() {
	w.t.Helper()
	w.put(older, "account", "a1")
	w.put(ours, "cluster", "c1", "account=a1")
	w.put(ours, "cluster", "c2", "account=a1", "parent=c1")
	w.put(ours, "cluster", "c0", "account=a1", "parent=c2")
	for i := range 240 {
		w.put(ours, "service", fmt.Sprintf("s%03d", i), "cluster=c1", "account=a1")
	}
	w.put(theirs, "account", "a9")
	w.put(person, "service", "mine")
}

func (w *tenant) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func encode(v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return text
}

// catalog lists all that Port holds.
func (w *tenant) catalog() (all []string) {
	for _, blueprint := range []string{"account", "cluster", "service"} {
		for _, e := range w.Entities(blueprint) {
			all = append(all, blueprint+"/"+e.Identifier)
		}
	}
	return all
}

func (w *tenant) run(request uninstall.Request) *uninstall.Result {
	w.t.Helper()
	r, err := uninstall.Run(w.t.Context(), w.deps, request)
	w.must(err)
	return r
}

// writes lists the requests that change something.
func (w *tenant) writes() (all []string) {
	for _, r := range w.Requests() {
		reads := r.Method == "GET" || strings.HasSuffix(r.Route, "/access_token") || strings.HasSuffix(r.Route, "/datasource-entities") ||
			strings.HasSuffix(r.Route, "/entities/search")
		if !reads {
			all = append(all, r.Method+" "+r.Path)
		}
		if r.Query.Get("delete_dependents") == "true" {
			w.t.Errorf("%s %s takes dependents along", r.Method, r.Path)
		}
	}
	return all
}

func text(t *testing.T, r *uninstall.Result) string {
	t.Helper()
	var b strings.Builder
	if err := r.Write(console.Fixed(&b, 1000)); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// withSnapshots returns a store with snapshots of some accounts.
func withSnapshots(t *testing.T, accounts ...string) state.Store {
	t.Helper()
	store := state.NewMemory()
	for _, account := range accounts {
		header := snapshot.Header{Account: account, Run: "r", Started: time.Now(), Ended: time.Now()}
		data, err := snapshot.Encode(header, slices.Values([]snapshot.Entry(nil)))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := store.Put(t.Context(), "snapshots/"+account+".gz", data, ""); err != nil {
			t.Fatal(err)
		}
	}
	return store
}
