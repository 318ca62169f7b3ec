package uninstall_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.uber.org/goleak"

	"portolan/internal/port"
	"portolan/internal/report"
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
	sim := portsim.New(portsim.Options{KeepBodies: true})
	url, stop, err := sim.Listen("")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = stop() })
	client, err := port.New(port.Options{
		BaseURL: url, Type: "aws-v3", Identifier: "my-aws",
		Credentials: func(context.Context, bool) (string, string, error) { return "client", "secret", nil },
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
		reads := r.Method == "GET" || strings.HasSuffix(r.Route, "/access_token") || strings.HasSuffix(r.Route, "/datasource-entities")
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
	if err := r.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestPlanChangesNothing(t *testing.T) {
	t.Parallel()
	w := newTenant(t)
	w.estate()
	before := w.catalog()
	r, err := uninstall.Plan(t.Context(), w.deps, uninstall.Request{Entities: true, Integration: true})
	w.must(err)
	want := &uninstall.Result{
		Integration: "my-aws", Status: uninstall.Planned,
		Entities: &uninstall.Entities{Owned: 244, Blueprints: []uninstall.Blueprint{
			{Blueprint: "account", Owned: 1, Samples: []string{"a1"}},
			{Blueprint: "cluster", Owned: 3, Samples: []string{"c0", "c1", "c2"}},
			{Blueprint: "service", Owned: 240, Samples: []string{"s000", "s001", "s002", "s003", "s004"}},
		}},
		DataSource: &uninstall.DataSource{Present: true},
	}
	if diff := cmp.Diff(want, r, cmpopts.IgnoreFields(uninstall.Result{}, "Notices")); diff != "" {
		t.Error(diff)
	}
	if len(w.writes()) > 0 || !slices.Equal(before, w.catalog()) || r.ExitCode() != 0 {
		t.Errorf("the plan writes %v and exits with %d", w.writes(), r.ExitCode())
	}
	for _, says := range []string{"Nothing has been deleted", "244 entities", "service", "s000", "would go", "PORTOLAN_STATE is not set"} {
		if !strings.Contains(text(t, r), says) {
			t.Errorf("it does not say %q:\n%s", says, text(t, r))
		}
	}
}

func TestRunDeletesWhatIsOwned(t *testing.T) {
	t.Parallel()
	w := newTenant(t)
	w.estate()
	w.deps.Progress = &uninstall.Progress{}
	r := w.run(uninstall.Request{Entities: true})
	if diff := cmp.Diff([]string{"account/a9", "service/mine"}, w.catalog()); diff != "" {
		t.Errorf("what is left (-want +got):\n%s", diff)
	}
	if r.Status != report.Completed || r.Entities.Deleted != 244 || r.ExitCode() != 0 || r.DataSource != nil {
		t.Errorf("%+v", r)
	}
	if deleted, of := w.deps.Progress.Deleted.Load(), w.deps.Progress.Of.Load(); deleted != 244 || of != 244 {
		t.Errorf("progress %d of %d", deleted, of)
	}
	if _, there := w.Integration("my-aws"); !there {
		t.Error("the integration is gone, which nobody asked for")
	}
	if got := w.Blueprints(); !slices.Contains(got, "service") {
		t.Errorf("blueprints %v", got)
	}
	w.writes()
}

func TestRunKeepsWhatOthersPointAt(t *testing.T) {
	t.Parallel()
	w := newTenant(t)
	w.estate()
	w.put(theirs, "service", "foreign", "cluster=c1")
	r := w.run(uninstall.Request{Entities: true, Integration: true})
	want := []string{"account/a1", "account/a9", "cluster/c1", "service/foreign", "service/mine"}
	if diff := cmp.Diff(want, w.catalog()); diff != "" {
		t.Errorf("what is left (-want +got):\n%s", diff)
	}
	if r.Status != report.Incomplete || r.ExitCode() != 3 || r.Entities.Deleted != 242 {
		t.Errorf("%+v", r)
	}
	for _, says := range []string{"not all of it: 2 entities are left", "- cluster: Port: POST", "has_dependents", "the data source my-aws stays: entities"} {
		if !strings.Contains(strings.ToLower(text(t, r)), strings.ToLower(says)) {
			t.Errorf("it does not say %q:\n%s", says, text(t, r))
		}
	}
	if _, there := w.Integration("my-aws"); !there {
		t.Error("the integration is gone, though entities are left")
	}
	// Once they are gone, another run does the rest.
	w.put(theirs, "service", "foreign")
	if r := w.run(uninstall.Request{Entities: true, Integration: true}); r.Status != report.Completed || !r.DataSource.Deleted {
		t.Errorf("%+v", r)
	}
	if diff := cmp.Diff([]string{"account/a9", "service/foreign", "service/mine"}, w.catalog()); diff != "" {
		t.Error(diff)
	}
}

func TestRunLeavesACircle(t *testing.T) {
	t.Parallel()
	w := newTenant(t)
	w.put(ours, "cluster", "a")
	w.put(ours, "cluster", "b", "parent=a")
	w.put(ours, "cluster", "a", "parent=b")
	w.put(ours, "cluster", "alone")
	r := w.run(uninstall.Request{Entities: true})
	if diff := cmp.Diff([]string{"cluster/a", "cluster/b"}, w.catalog()); diff != "" || r.Status != report.Incomplete {
		t.Errorf("%s: %s", r.Status, diff)
	}
}

func TestRunTellsWhatALostAnswerDid(t *testing.T) {
	t.Parallel()
	w := newTenant(t)
	w.put(ours, "account", "a1")
	w.put(ours, "account", "a2")
	w.Inject(portsim.Fault{Route: bulkDelete, Cut: true, Applied: true})
	if r := w.run(uninstall.Request{Entities: true}); r.Status != report.Completed || r.Entities.Deleted != 2 {
		t.Errorf("%+v", r)
	}
}

func TestRunEndsWhereItMayNotDelete(t *testing.T) {
	t.Parallel()
	w := newTenant(t)
	w.estate()
	w.Inject(portsim.Fault{Route: bulkDelete, Times: -1, Status: 403, Body: `{"ok":false,"error":"forbidden","message":"no permission"}`})
	_, err := uninstall.Run(t.Context(), w.deps, uninstall.Request{Entities: true, Integration: true})
	if err == nil || !strings.Contains(err.Error(), "no permission") || len(w.writes()) != 1 {
		t.Errorf("%v after %v", err, w.writes())
	}
}

func TestRunIsStopped(t *testing.T) {
	t.Parallel()
	w := newTenant(t)
	w.estate()
	ctx, stop := context.WithCancel(t.Context())
	w.deps.Port = &stopping{Port: w.deps.Port, after: 2, stop: stop}
	r, err := uninstall.Run(ctx, w.deps, uninstall.Request{Entities: true, Integration: true})
	w.must(err)
	if r.Status != report.Incomplete || r.Entities.Deleted != 200 || len(w.Entities("service")) != 41 || r.DataSource.Deleted {
		t.Errorf("%d services are left, %+v", len(w.Entities("service")), r)
	}
}

// stopping stops after some deletes.
type stopping struct {
	uninstall.Port
	after int
	stop  func()
}

func (s *stopping) Delete(ctx context.Context, blueprint string, identifiers []string, o port.DeleteOptions) ([]string, error) {
	deleted, err := s.Port.Delete(ctx, blueprint, identifiers, o)
	if s.after--; s.after == 0 {
		s.stop()
	}
	return deleted, err
}

func TestDataSource(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		prepare func(w *tenant)
		want    uninstall.DataSource
		left    bool
		says    string
	}{
		"there": {func(*tenant) {}, uninstall.DataSource{Present: true, Deleted: true}, false, "were deleted"},
		"not there": {func(w *tenant) { w.must(w.deps.Port.DeleteIntegration(w.t.Context())) },
			uninstall.DataSource{}, false, "There is no data source my-aws"},
		"of another type": {func(w *tenant) {
			w.must(w.deps.Port.DeleteIntegration(w.t.Context()))
			w.integration("kubernetes")
		}, uninstall.DataSource{Present: true, Kept: "the integration my-aws is of type kubernetes, not aws-v3"}, true, "stays: the integration"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newTenant(t)
			w.put(ours, "account", "a1")
			test.prepare(w)
			r := w.run(uninstall.Request{Integration: true})
			if before, _, cut := strings.Cut(r.DataSource.Kept, ": check"); cut {
				r.DataSource.Kept = before
			}
			if diff := cmp.Diff(&test.want, r.DataSource); diff != "" || (r.ExitCode() == 3) != test.left {
				t.Errorf("exit code %d; %s", r.ExitCode(), diff)
			}
			if _, there := w.Integration("my-aws"); there != test.left {
				t.Errorf("the integration is there: %t", there)
			}
			if !strings.Contains(text(t, r), test.says) || len(w.catalog()) != 1 {
				t.Errorf("%v is left; it says %s", w.catalog(), text(t, r))
			}
		})
	}
}

func TestDataSourceThatPortKeeps(t *testing.T) {
	t.Parallel()
	w := newTenant(t)
	w.Inject(portsim.Fault{Method: "DELETE", Route: ownRoute, Times: -1, Status: 403})
	if _, err := uninstall.Run(t.Context(), w.deps, uninstall.Request{Integration: true}); err == nil || !strings.Contains(err.Error(), "delete the data source") {
		t.Errorf("error %v", err)
	}
}

// charted gives a store with charts of some accounts.
func charted(t *testing.T, accounts ...string) state.Store {
	t.Helper()
	store := state.NewMemory()
	for _, account := range accounts {
		header := state.Header{Account: account, Run: "r", Started: time.Now(), Ended: time.Now()}
		data, err := state.Encode(header, slices.Values([]state.Entry(nil)))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := store.Put(t.Context(), "charts/"+account+".gz", data, ""); err != nil {
			t.Fatal(err)
		}
	}
	return store
}

func TestRunForgetsTheCharts(t *testing.T) {
	t.Parallel()
	w := newTenant(t)
	w.put(ours, "account", "a1")
	w.deps.State = charted(t, "111122223333", "organization")
	plan, err := uninstall.Plan(t.Context(), w.deps, uninstall.Request{Entities: true})
	w.must(err)
	if !strings.Contains(text(t, plan), "stop the schedule first") {
		t.Error(text(t, plan))
	}
	r := w.run(uninstall.Request{Entities: true})
	names, err := w.deps.State.List(t.Context(), "charts/")
	if err != nil || len(names) > 0 || r.Entities.Charts != 2 || !strings.Contains(text(t, r), "2 charts of the state") {
		t.Errorf("left are %v (%v): %+v", names, err, r)
	}
	if r := w.run(uninstall.Request{Integration: true}); r.Status != report.Completed {
		t.Errorf("the lease was not given back: %+v", r)
	}
}

func TestRunWaitsForNobody(t *testing.T) {
	t.Parallel()
	w := newTenant(t)
	w.estate()
	w.deps.State = charted(t, "111122223333")
	lease, err := state.Acquire(t.Context(), w.deps.State, state.Holder{Run: "run-7", Source: "portolan", Started: time.Now()}, time.Minute, time.Now)
	w.must(err)
	_, err = uninstall.Run(t.Context(), w.deps, uninstall.Request{Entities: true, Integration: true})
	var held *state.HeldError
	if !errors.As(err, &held) || !strings.Contains(err.Error(), "nothing was deleted: run run-7 on portolan") || len(w.writes()) > 0 {
		t.Errorf("%v after %v", err, w.writes())
	}
	w.must(lease.Release(t.Context()))
}
