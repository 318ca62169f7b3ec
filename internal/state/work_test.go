package state_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"portolan/internal/state"
)

func TestWork(t *testing.T) {
	t.Parallel()
	ctx, store := t.Context(), state.NewMemory()
	one, other := state.NewWork(store, "one"), state.NewWork(store, "other")
	type piece struct{ Text string }
	for _, w := range []*state.Work{one, other} {
		if err := w.Save(ctx, "parts/0001.json.gz", piece{"hello"}); err != nil {
			t.Fatal(err)
		}
	}
	if err := one.Save(ctx, "parts/0001.json.gz", piece{"again"}); !errors.Is(err, state.ErrConflict) {
		t.Errorf("an existing piece returns %v, want ErrConflict", err)
	}
	var got piece
	if err := one.Load(ctx, "parts/0001.json.gz", &got); err != nil || got.Text != "hello" {
		t.Errorf("it returns %+v, %v", got, err)
	}
	if err := one.Load(ctx, "parts/0002.json.gz", &got); !errors.Is(err, state.ErrNotFound) {
		t.Errorf("a missing piece returns %v", err)
	}
	if runs, err := state.WorkOf(ctx, store); err != nil || !slices.Equal(runs, []string{"one", "other"}) {
		t.Errorf("work is there of %v, %v", runs, err)
	}
	if err := one.Remove(ctx); err != nil {
		t.Fatal(err)
	}
	names, err := store.List(ctx, "work/")
	if err != nil || !slices.Equal(names, []string{"work/other/parts/0001.json.gz"}) {
		t.Errorf("left is %v, %v", names, err)
	}
}

// TestDamagedWork is noticed at whichever byte the piece was cut or changed.
func TestDamagedWork(t *testing.T) {
	t.Parallel()
	ctx, store := t.Context(), state.NewMemory()
	w := state.NewWork(store, "run")
	if err := w.Save(ctx, "p", map[string]string{"text": strings.Repeat("abc", 50)}); err != nil {
		t.Fatal(err)
	}
	whole, version, err := store.Get(ctx, w.Name("p"))
	if err != nil {
		t.Fatal(err)
	}
	for n := range whole {
		if version, err = store.Put(ctx, w.Name("p"), whole[:n], version); err != nil {
			t.Fatal(err)
		}
		var got map[string]string
		if err := w.Load(ctx, "p", &got); !errors.Is(err, state.ErrDamaged) || !strings.Contains(err.Error(), "work/run/p") {
			t.Fatalf("cut after %d bytes it returns %v", n, err)
		}
	}
}

func taken(t *testing.T, ctx context.Context, store state.Store, run string) *state.Lease {
	t.Helper()
	lease, err := state.Acquire(ctx, store, state.Holder{Run: run, Source: "test"}, time.Minute, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	return lease
}

// TestJoin lets the processes of a run share its lease.
func TestJoin(t *testing.T) {
	t.Parallel()
	ctx, store := t.Context(), state.NewMemory()
	now := time.Now()
	clock := func() time.Time { return now }
	first, err := state.Acquire(ctx, store, state.Holder{Run: "run", Source: "test"}, time.Minute, clock)
	if err != nil {
		t.Fatal(err)
	}
	join := func() (*state.Lease, error) {
		return state.Join(ctx, store, "run", first.Generation(), time.Minute, clock)
	}
	second, err := join()
	if err != nil {
		t.Fatal(err)
	}
	now = now.Add(50 * time.Second)
	for i, l := range []*state.Lease{first, second, first, second} {
		if err := l.Renew(ctx); err != nil {
			t.Fatalf("renewal %d: %v", i, err)
		}
	}
	now = now.Add(50 * time.Second)
	if errors.Join(first.Check(), second.Check()) != nil {
		t.Error("a renewal of one does not hold for the other")
	}
	now = now.Add(2 * time.Minute) // all paused, and no other run began
	third, err := join()
	if err != nil || third.Check() != nil {
		t.Fatalf("a lease that nobody took is joined with %v", err)
	}
	if err := third.Release(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := join(); !errors.Is(err, state.ErrLost) {
		t.Errorf("a released lease is joined with %v", err)
	}
	if _, err := state.Acquire(ctx, store, state.Holder{Run: "other", Source: "test"}, time.Minute, clock); err != nil {
		t.Fatal(err)
	}
	if _, err := join(); !errors.Is(err, state.ErrLost) || !strings.Contains(err.Error(), "other") {
		t.Errorf("the lease of another run is joined with %v", err)
	}
}

// TestARunThatHasEndedElsewhere ends for all its processes.
func TestARunThatHasEndedElsewhere(t *testing.T) {
	t.Parallel()
	ctx, store := t.Context(), state.NewMemory()
	first := taken(t, ctx, store, "run")
	second, err := state.Join(ctx, store, "run", first.Generation(), time.Minute, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	if err := first.Release(ctx); err != nil {
		t.Fatal(err)
	}
	if err := second.Renew(ctx); !errors.Is(err, state.ErrLost) {
		t.Errorf("a process that is left is told %v, want ErrLost", err)
	}
}
