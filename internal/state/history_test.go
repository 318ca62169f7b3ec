package state_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/report"
	"portolan/internal/state"
)

func TestHistoryKeepsReports(t *testing.T) {
	everyStore(t, func(t *testing.T, store state.Store) {
		history := state.NewHistory(store, 3)
		want := &report.Report{Head: report.Head{Run: "run-0", Status: report.Completed, Started: noon}, Reading: report.Reading{Total: report.Counts{Fetched: 5}}}
		for i := range 5 {
			r := *want
			r.Run, r.Started = fmt.Sprintf("run-%d", i), noon.Add(time.Duration(i)*time.Hour)
			if err := history.Save(t.Context(), &r, []byte("the page of "+r.Run)); err != nil {
				t.Fatal(err)
			}
		}
		if err := history.Prune(t.Context()); err != nil {
			t.Fatal(err)
		}
		names, err := store.List(t.Context(), "")
		kept := []string{
			"runs/20250301T140000Z-run-2.html", "runs/20250301T140000Z-run-2.json.gz", "runs/20250301T150000Z-run-3.html",
			"runs/20250301T150000Z-run-3.json.gz", "runs/20250301T160000Z-run-4.html", "runs/20250301T160000Z-run-4.json.gz",
		}
		if diff := cmp.Diff(kept, names); diff != "" || err != nil {
			t.Fatalf("%v (-want +got):\n%s", err, diff)
		}
		again := &report.Report{Head: report.Head{Run: "run-4", Started: noon.Add(4 * time.Hour), Reason: "its end was repeated"}}
		if err := history.Save(t.Context(), again, nil); err != nil {
			t.Errorf("a second report of a run: %v", err)
		}
		if found, err := history.Find(t.Context(), "run-4"); err != nil || found.Reason != again.Reason {
			t.Errorf("the report of the run is %+v, %v", found, err)
		}
		if _, err := history.Find(t.Context(), "run-9"); !errors.Is(err, state.ErrNotFound) {
			t.Errorf("a run that does not exist returns %v", err)
		}
		if opened, _, err := store.Get(t.Context(), kept[0]); err != nil || !bytes.Contains(opened, []byte("page of run-2")) {
			t.Errorf("the page: %v\n%s", err, opened)
		}
		data, _, err := store.Get(t.Context(), kept[1])
		if err != nil {
			t.Fatal(err)
		}
		unpacked, err := gzip.NewReader(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		var got report.Report
		if err := json.NewDecoder(unpacked).Decode(&got); err != nil {
			t.Fatal(err)
		}
		want.Run, want.Started = "run-2", noon.Add(2*time.Hour)
		if diff := cmp.Diff(*want, got); diff != "" {
			t.Errorf("the report (-want +got):\n%s", diff)
		}
	})
}

func TestHistoryPrunesOnAfterErrors(t *testing.T) {
	t.Parallel()
	store := &undeletable{Store: state.NewMemory(), name: "runs/20250301T120000Z-run-0.json.gz"}
	history := state.NewHistory(store, 0)
	for i := range state.DefaultKeep + 3 {
		if err := history.Save(t.Context(), &report.Report{Head: report.Head{Run: fmt.Sprintf("run-%d", i), Started: noon.Add(time.Duration(i) * time.Minute)}}, nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := history.Prune(t.Context()); err == nil || err.Error() != "cannot delete "+store.name {
		t.Errorf("Prune: %v", err)
	}
	if names, _ := store.List(t.Context(), "runs/"); len(names) != 2*state.DefaultKeep+1 || names[0] != store.name {
		t.Errorf("%d reports are left: %q", len(names), names)
	}
}

type undeletable struct {
	state.Store
	name string
}

func (u *undeletable) Delete(ctx context.Context, name, version string) error {
	if name == u.name {
		return errors.New("cannot delete " + name)
	}
	return u.Store.Delete(ctx, name, version)
}

func TestHistoryRemembersTheLastRun(t *testing.T) {
	everyStore(t, func(t *testing.T, store state.Store) {
		still, c := newClock(), newClock()
		history := state.NewHistory(store, 0)
		if _, err := history.Last(t.Context()); !errors.Is(err, state.ErrNotFound) {
			t.Fatalf("Last of nothing: %v", err)
		}
		older := acquire(t, store, "older", still)
		want := state.Last{Run: "older", Ended: noon, Mapping: "m", Blueprints: "b", Program: "p"}
		c.advance(ttl + state.Skew)
		for _, lease := range []*state.Lease{older, acquire(t, store, "newer", c)} {
			want.Generation = lease.Generation()
			if err := history.SaveLast(t.Context(), lease, want); err != nil {
				t.Fatal(err)
			}
			got, err := history.Last(t.Context())
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		}
		if err := history.SaveLast(t.Context(), older, want); !errors.Is(err, state.ErrFenced) {
			t.Errorf("SaveLast by an older run: %v, want ErrFenced", err)
		}
		still.advance(ttl)
		if err := history.SaveLast(t.Context(), older, want); !errors.Is(err, state.ErrLost) {
			t.Errorf("SaveLast after the deadline: %v, want ErrLost", err)
		}
	})
}

func TestHistoryWithALastRunOfAnotherKind(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		text       string
		last, save error
	}{
		"no JSON":                  {"{", state.ErrDamaged, nil},
		"foreign":                  {"{}", state.ErrForeign, state.ErrForeign},
		"newer":                    {`{"format":"portolan/run","version":2}`, state.ErrNewer, nil},
		"newer and of a newer run": {`{"format":"portolan/run","version":2,"generation":1740834000000}`, state.ErrNewer, state.ErrFenced},
		"of no run":                {`{"format":"portolan/run","version":1}`, state.ErrDamaged, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store := state.NewMemory()
			put(t, store, "latest.json", []byte(tt.text))
			history := state.NewHistory(store, 0)
			if _, err := history.Last(t.Context()); !errors.Is(err, tt.last) || !strings.Contains(err.Error(), "memory:latest.json") {
				t.Errorf("Last: %v, want %v", err, tt.last)
			}
			err := history.SaveLast(t.Context(), acquire(t, store, "one", newClock()), state.Last{Run: "one", Ended: noon})
			if !errors.Is(err, tt.save) {
				t.Errorf("SaveLast: %v, want %v", err, tt.save)
			}
		})
	}
}
