package state_test

import (
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

const (
	accountID = "111122223333"
	ttl       = time.Minute
)

var noon = time.Date(2025, 3, 1, 12, 0, 0, 0, time.UTC)

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
