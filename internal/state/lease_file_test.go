package state_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/state"
)

func TestLeaseFileOfAnotherKind(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		text string
		want error
		says string
	}{
		"no JSON":   {"{", state.ErrDamaged, "if no run is under way, remove it"},
		"empty":     {"", state.ErrDamaged, "if no run is under way, remove it"},
		"foreign":   {`{"format":"x"}`, state.ErrForeign, "remove it, or keep the state elsewhere"},
		"newer":     {`{"format":"portolan/lease","version":2,"run":"x","until":"2025-03-01T12:00:00Z"}`, state.ErrNewer, "has version 2"},
		"of nobody": {`{"format":"portolan/lease","version":1}`, state.ErrDamaged, "it names no run"},
		"endless":   {`{"format":"portolan/lease","version":1,"run":"x"}`, state.ErrDamaged, "or no end"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store := state.NewMemory()
			put(t, store, "lease.json", []byte(tt.text))
			_, err := state.Acquire(t.Context(), store, holder("one"), ttl, newClock().Now)
			if !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.says) || !strings.Contains(err.Error(), "memory:lease.json") {
				t.Errorf("Acquire: %v, want %v with %q", err, tt.want, tt.says)
			}
		})
	}
	t.Run("with more members", func(t *testing.T) {
		t.Parallel()
		store := state.NewMemory()
		put(t, store, "lease.json", []byte(`{"format":"portolan/lease","version":1,"generation":1740834000000,"run":"x","until":"2025-03-01T11:00:00Z","more":[1]}`))
		if lease := acquire(t, store, "one", newClock()); lease.Generation() != 1_740_834_000_001 {
			t.Errorf("generation %d", lease.Generation())
		}
	})
}

// Writes that fail, or seem to, do not change the lease.
func TestLeaseWithAFailingStore(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	inner, c := state.NewMemory(), newClock()
	store := &faulty{Store: inner}
	lease := acquire(t, store, "one", c)

	store.fail(broken, false)
	if err := lease.Renew(t.Context()); !errors.Is(err, broken) || errors.Is(err, state.ErrLost) || lease.Check() != nil {
		t.Errorf("Renew: %v, Check: %v", err, lease.Check())
	}
	store.fail(broken, true) // written, though it looks otherwise
	if err := lease.Renew(t.Context()); !errors.Is(err, broken) {
		t.Errorf("Renew: %v", err)
	}
	c.advance(ttl - 1)
	if err := lease.Renew(t.Context()); err != nil {
		t.Errorf("Renew after a write that seemed to fail: %v", err)
	}
	c.advance(ttl - 1)
	if err := lease.Check(); err != nil {
		t.Errorf("Check: %v", err)
	}
	store.fail(broken, true)
	if err := lease.Release(t.Context()); !errors.Is(err, broken) || !errors.Is(lease.Check(), state.ErrLost) {
		t.Errorf("Release: %v, Check: %v", err, lease.Check())
	}
	acquire(t, store, "two", c)

	store.fail(broken, false)
	if _, err := state.Acquire(t.Context(), &faulty{Store: state.NewMemory(), err: broken}, holder("x"), ttl, c.Now); !errors.Is(err, broken) {
		t.Errorf("Acquire: %v", err)
	}
}

// faulty fails one write, before or after it is done.
type faulty struct {
	state.Store
	mu    sync.Mutex
	err   error
	after bool
}

func (f *faulty) fail(err error, after bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.err, f.after = err, after
}

func (f *faulty) Put(ctx context.Context, name string, data []byte, version string) (string, error) {
	f.mu.Lock()
	err, after := f.err, f.after
	f.err = nil
	f.mu.Unlock()
	if err == nil {
		return f.Store.Put(ctx, name, data, version)
	}
	if after {
		if _, err := f.Store.Put(ctx, name, data, version); err != nil {
			return "", err
		}
	}
	return "", err
}

func put(t testing.TB, store state.Store, name string, data []byte) {
	t.Helper()
	_, version, err := store.Get(t.Context(), name)
	if err != nil && !errors.Is(err, state.ErrNotFound) && !errors.Is(err, state.ErrDamaged) {
		t.Fatal(err)
	}
	if _, err := store.Put(t.Context(), name, data, version); err != nil {
		t.Fatal(err)
	}
}

func remove(t testing.TB, store state.Store, name string) {
	t.Helper()
	_, version, err := store.Get(t.Context(), name)
	if err == nil {
		err = store.Delete(t.Context(), name, version)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestLeaseFile(t *testing.T) {
	t.Parallel()
	store := state.NewMemory()
	lease := acquire(t, store, "one", newClock())
	data, _, err := store.Get(t.Context(), "lease.json")
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"format": "portolan/lease", "version": 1.0, "generation": float64(lease.Generation()), "run": "one", "source": "host-of-one",
		"started": "2025-03-01T11:59:59Z", "until": "2025-03-01T12:01:00Z", "released": false, "renewals": 1.0, "seconds": 60.0,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("lease.json (-want +got):\n%s", diff)
	}
}
