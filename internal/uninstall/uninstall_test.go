package uninstall_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"portolan/internal/port"
	"portolan/internal/report"
	"portolan/internal/simulator/portsim"
	"portolan/internal/state"
	"portolan/internal/uninstall"
)

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
	for _, says := range []string{"Nothing has been deleted", "244 entities", "service", "s000", "would be deleted", "PORTOLAN_STATE is not set"} {
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

// TestRunPassesOverWhatIsGone has entities that Port lists and that somebody deletes
// before this does: Port then refuses the whole request with 404.
func TestRunPassesOverWhatIsGone(t *testing.T) {
	t.Parallel()
	for name, gone := range map[string][]any{"one": {"b1"}, "several": {"b1", "b2", "b3"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newTenantOf(t, portsim.Options{DeleteWantsAll: true})
			for _, identifier := range []string{"a1", "a2", "c1"} {
				w.put(ours, "account", identifier)
			}
			w.Inject(portsim.Fault{Route: portsim.OwnedRoute, Rewrite: func(answer map[string]any) {
				for _, identifier := range gone {
					ghost := maps.Clone(answer["entities"].([]any)[0].(map[string]any))
					ghost["identifier"] = identifier
					answer["entities"] = append(answer["entities"].([]any), ghost)
				}
			}})
			refused := func() (n int) {
				for _, call := range w.Requests() {
					if call.Route == bulkDelete && call.Status == 404 {
						n++
					}
				}
				return n
			}
			r := w.run(uninstall.Request{Entities: true})
			if r.Status != report.Completed || r.Entities.Deleted != 3+len(gone) || len(w.Entities("account")) > 0 || refused() == 0 {
				t.Errorf("%d refusals: %+v", refused(), text(t, r))
			}
		})
	}
}

// TestRunKeepsTheSnapshotsOfWhatIsLeft walks the ways in which a delete fails.
func TestRunKeepsTheSnapshotsOfWhatIsLeft(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]portsim.Fault{
		"500":             {Status: 500},
		"422":             {Status: 422},
		"409":             {Status: 409},
		"nothing is said": {Status: 200, Body: `{}`},
		"not ok":          {Status: 200, Body: `{"ok":false}`},
		"one is left":     {FailIdentifiers: []string{"a1"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newTenant(t)
			w.put(ours, "account", "a1")
			w.deps.State = withSnapshots(t, "111122223333")
			fault.Route, fault.Times = bulkDelete, -1
			w.Inject(fault)
			r := w.run(uninstall.Request{Entities: true, Integration: true})
			names, err := w.deps.State.List(t.Context(), "snapshots/")
			if err != nil || len(names) != 1 || r.Status != report.Incomplete || r.Entities.Deleted != 0 || r.DataSource.Deleted {
				t.Errorf("snapshots %v (%v): %+v", names, err, r)
			}
			if reason := r.Entities.Blueprints[0].Reason; reason == "" {
				t.Error("it does not say why")
			}
		})
	}
}

func TestRunSeesWhatWasListedLate(t *testing.T) {
	t.Parallel()
	w := newTenant(t)
	w.put(ours, "account", "a1")
	w.put(ours, "account", "a2")
	w.Inject(portsim.ListLacks("a2"))
	r := w.run(uninstall.Request{Entities: true, Integration: true})
	if r.Status != report.Incomplete || r.Entities.Deleted != 1 || r.DataSource.Deleted || !strings.Contains(text(t, r), "lists 1 more") {
		t.Errorf("%+v", r)
	}
	if r := w.run(uninstall.Request{Entities: true, Integration: true}); r.Status != report.Completed || !r.DataSource.Deleted {
		t.Errorf("the second time: %+v", r)
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

func TestDataSourceIsGoneWhenPortHasItNoMore(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fault portsim.Fault
		gone  bool
	}{
		"an answer that was lost": {portsim.AnswerLost("DELETE", ownRoute), true},
		"500 after it was done":   {portsim.Fault{Status: 500, Applied: true, Times: -1}, true},
		"an ok that was none":     {portsim.Fault{Status: 200, Body: `{"ok":true}`, Times: -1}, false},
		"not ok":                  {portsim.Fault{Status: 200, Body: `{"ok":false}`, Times: -1}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newTenant(t)
			test.fault.Method, test.fault.Route = "DELETE", ownRoute
			w.Inject(test.fault)
			_, err := uninstall.Run(t.Context(), w.deps, uninstall.Request{Integration: true})
			if (err == nil) != test.gone {
				t.Errorf("error %v", err)
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

func TestRunForgetsTheSnapshot(t *testing.T) {
	t.Parallel()
	w := newTenant(t)
	w.put(ours, "account", "a1")
	w.deps.State = withSnapshots(t, "111122223333", "organization")
	plan, err := uninstall.Plan(t.Context(), w.deps, uninstall.Request{Entities: true})
	w.must(err)
	if !strings.Contains(text(t, plan), "stop the schedule first") {
		t.Error(text(t, plan))
	}
	r := w.run(uninstall.Request{Entities: true})
	names, err := w.deps.State.List(t.Context(), "snapshots/")
	if err != nil || len(names) > 0 || r.Entities.Snapshots != 2 || !strings.Contains(text(t, r), "2 snapshots of the state") {
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
	w.deps.State = withSnapshots(t, "111122223333")
	lease, err := state.Acquire(t.Context(), w.deps.State, state.Holder{Run: "run-7", Source: "portolan", Started: time.Now()}, time.Minute, time.Now)
	w.must(err)
	_, err = uninstall.Run(t.Context(), w.deps, uninstall.Request{Entities: true, Integration: true})
	var held *state.HeldError
	if !errors.As(err, &held) || !strings.Contains(err.Error(), "nothing was deleted: run run-7 on portolan") || len(w.writes()) > 0 {
		t.Errorf("%v after %v", err, w.writes())
	}
	w.must(lease.Release(t.Context()))
}
