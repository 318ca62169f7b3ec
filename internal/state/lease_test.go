package state_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/state"
)

const ttl = time.Minute

// clock is a clock that the test sets.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: noon} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func holder(run string) state.Holder {
	return state.Holder{Run: run, Source: "host-of-" + run, Started: noon.Add(-time.Second)}
}

func acquire(t testing.TB, store state.Store, run string, c *clock) *state.Lease {
	t.Helper()
	lease, err := state.Acquire(t.Context(), store, holder(run), ttl, c.Now)
	if err != nil {
		t.Fatal(err)
	}
	return lease
}

func TestAcquireIsWonByOne(t *testing.T) {
	everyStore(t, func(t *testing.T, store state.Store) {
		c := newClock()
		for round := range 2 { // the second takes over from a run that died
			const runs = 50
			var won atomic.Int64
			var all sync.WaitGroup
			for i := range runs {
				all.Go(func() {
					_, err := state.Acquire(t.Context(), store, holder(fmt.Sprint(i)), ttl, c.Now)
					var held *state.HeldError
					switch {
					case err == nil:
						won.Add(1)
					case !errors.As(err, &held) || held.Until != c.Now().Add(ttl):
						t.Errorf("Acquire: %v, want a *HeldError", err)
					}
				})
			}
			all.Wait()
			if won.Load() != 1 {
				t.Fatalf("round %d: %d runs have the lease", round, won.Load())
			}
			c.advance(ttl + state.Skew)
		}
	})
}

func TestLeaseOfOneRunAfterAnother(t *testing.T) {
	everyStore(t, func(t *testing.T, store state.Store) {
		c := newClock()
		first := acquire(t, store, "one", c)
		_, err := state.Acquire(t.Context(), store, holder("two"), ttl, c.Now)
		want := &state.HeldError{Holder: holder("one"), Until: noon.Add(ttl)}
		var held *state.HeldError
		if !errors.As(err, &held) || !cmp.Equal(want, held) {
			t.Fatalf("error %v, want %v", err, want)
		}
		if text := "run one on host-of-one, which began at 2025-03-01T11:59:59Z, is writing; its lease ends at 2025-03-01T12:01:00Z unless it is renewed"; err.Error() != text {
			t.Errorf("error %q, want %q", err, text)
		}
		c.advance(ttl / 2)
		if err := first.Renew(t.Context()); err != nil {
			t.Fatal(err)
		}
		c.advance(ttl - time.Second)
		if err := first.Check(); err != nil {
			t.Errorf("Check of a renewed lease: %v", err)
		}
		if err := first.Release(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(first.Check(), first.Renew(t.Context())); !errors.Is(err, state.ErrLost) {
			t.Errorf("a released lease is still held: %v", err)
		}
		if err := first.Release(t.Context()); err != nil {
			t.Errorf("a second Release: %v", err)
		}
		second := acquire(t, store, "two", c)
		if second.Generation() <= first.Generation() {
			t.Errorf("generation %d after %d", second.Generation(), first.Generation())
		}
	})
}

func TestLeaseOfARunThatDied(t *testing.T) {
	everyStore(t, func(t *testing.T, store state.Store) {
		c := newClock()
		dead := acquire(t, store, "dead", c)
		c.advance(ttl)
		if err := dead.Check(); !errors.Is(err, state.ErrLost) || !strings.Contains(err.Error(), "it ended at 2025-03-01T12:01:00Z") {
			t.Errorf("Check at the deadline: %v", err)
		}
		c.advance(state.Skew - 1)
		if _, err := state.Acquire(t.Context(), store, holder("next"), ttl, c.Now); !errors.As(err, new(*state.HeldError)) {
			t.Errorf("a clock that is slightly ahead takes the lease: %v", err)
		}
		c.advance(1)
		next := acquire(t, store, "next", c)
		if next.Generation() <= dead.Generation() {
			t.Errorf("generation %d after %d", next.Generation(), dead.Generation())
		}
		if err := dead.Renew(t.Context()); !errors.Is(err, state.ErrLost) {
			t.Errorf("Renew by the dead: %v", err)
		}
		if err := dead.Release(t.Context()); !errors.Is(err, state.ErrLost) || !strings.Contains(err.Error(), "run next on host-of-next has it") {
			t.Errorf("Release by the dead: %v", err)
		}
		if err := next.Renew(t.Context()); err != nil {
			t.Errorf("the dead took the lease from the living: %v", err)
		}
	})
}

// A machine that slept does not know by the time that it counts, but by the clock.
func TestLeaseIsLostInSleep(t *testing.T) {
	t.Parallel()
	store, c := state.NewMemory(), newClock()
	asleep := acquire(t, store, "asleep", c)
	c.advance(ttl + state.Skew)
	acquire(t, store, "other", c)
	c.advance(-ttl) // as if its own clock were behind, by more than Skew allows
	if err := asleep.Renew(t.Context()); !errors.Is(err, state.ErrLost) || !strings.Contains(err.Error(), "run other on host-of-other has it") {
		t.Errorf("Renew: %v", err)
	}
	if err := asleep.Check(); !errors.Is(err, state.ErrLost) {
		t.Errorf("Check: %v", err)
	}
}

func TestLeaseThatSomebodyRemoved(t *testing.T) {
	t.Parallel()
	store, c := state.NewMemory(), newClock()
	first := acquire(t, store, "one", c)
	remove(t, store, "lease.json")
	if err := first.Renew(t.Context()); !errors.Is(err, state.ErrLost) || !strings.Contains(err.Error(), "somebody removed it") {
		t.Errorf("Renew: %v", err)
	}
	c.advance(time.Second)
	if second := acquire(t, store, "two", c); second.Generation() <= first.Generation() {
		t.Errorf("generation %d after %d", second.Generation(), first.Generation())
	}
}

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
		put(t, store, "lease.json", []byte(`{"format":"portolan/lease","version":1,"generation":9999999999999,"run":"x","until":"2025-03-01T11:00:00Z","more":[1]}`))
		if lease := acquire(t, store, "one", newClock()); lease.Generation() != 10_000_000_000_000 {
			t.Errorf("generation %d", lease.Generation())
		}
	})
}

// Writes that fail, or seem to, leave the lease as it is.
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
	if err != nil && !errors.Is(err, state.ErrNotFound) {
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
		"started": "2025-03-01T11:59:59Z", "until": "2025-03-01T12:01:00Z", "released": false, "renewals": 1.0,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("lease.json (-want +got):\n%s", diff)
	}
}
