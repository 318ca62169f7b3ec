package state_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"portolan/internal/state"
)

// In a bubble of synctest, time passes when all wait, and the clock is time.Now.

func keep(t *testing.T, store state.Store) (*state.Lease, context.Context, func()) {
	t.Helper()
	lease, err := state.Acquire(t.Context(), store, holder("one"), ttl, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	held, stop := lease.Keep(t.Context())
	return lease, held, stop
}

func TestKeepRenews(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := state.NewMemory()
		lease, held, stop := keep(t, store)
		time.Sleep(100 * ttl)
		if held.Err() != nil || lease.Check() != nil {
			t.Errorf("after a long time: %v, %v", context.Cause(held), lease.Check())
		}
		if _, err := state.Acquire(t.Context(), store, holder("two"), ttl, time.Now); !errors.As(err, new(*state.HeldError)) {
			t.Errorf("another run takes a lease that is kept: %v", err)
		}
		stop()
		stop()
		if held.Err() == nil {
			t.Error("the context goes on after stop")
		}
		if err := lease.Release(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func TestWhile(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := state.NewMemory()
		lease, err := state.Acquire(t.Context(), store, holder("one"), ttl, time.Now)
		if err != nil {
			t.Fatal(err)
		}
		failure := errors.New("no")
		for _, want := range []error{nil, failure} {
			if err := lease.While(t.Context(), func(context.Context) error { return want }); !errors.Is(err, want) {
				t.Errorf("error %v, want %v", err, want)
			}
		}
		err = lease.While(t.Context(), func(held context.Context) error {
			_, version, err := store.Get(held, "lease.json")
			if err == nil {
				err = store.Delete(held, "lease.json", version)
			}
			<-held.Done()
			return err
		})
		if !errors.Is(err, state.ErrLost) {
			t.Errorf("after somebody removed the lease: %v", err)
		}
	})
}

func TestKeepEndsWithItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		lease, err := state.Acquire(t.Context(), state.NewMemory(), holder("one"), ttl, time.Now)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		held, stop := lease.Keep(ctx)
		defer stop()
		cancel()
		synctest.Wait()
		if !errors.Is(context.Cause(held), context.Canceled) || lease.Check() != nil {
			t.Errorf("cause %v, Check: %v", context.Cause(held), lease.Check())
		}
	})
}

func TestKeepTellsOfALoss(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := state.NewMemory()
		lease, held, stop := keep(t, store)
		defer stop()
		put(t, store, "lease.json", []byte(`{"format":"portolan/lease","version":1,"generation":1,"run":"two","source":"h","until":"2100-01-01T00:00:00Z"}`))
		start := time.Now()
		<-held.Done()
		if cause := context.Cause(held); !errors.Is(cause, state.ErrLost) || !strings.Contains(cause.Error(), "run two on h has it") {
			t.Errorf("cause %v", cause)
		}
		if !errors.Is(lease.Check(), state.ErrLost) || time.Since(start) > ttl/3 {
			t.Errorf("Check after %v: %v", time.Since(start), lease.Check())
		}
	})
}

func TestKeepEndsAtTheDeadline(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	for name, store := range map[string]func() state.Store{
		"errors": func() state.Store { return &stuck{Store: state.NewMemory(), err: broken} },
		"hangs":  func() state.Store { return &stuck{Store: state.NewMemory()} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				store := store()
				lease, held, stop := keep(t, store)
				start := time.Now()
				<-held.Done()
				if passed := time.Since(start); passed != ttl {
					t.Errorf("the context ends after %v, want %v", passed, ttl)
				}
				cause := context.Cause(held)
				if !errors.Is(cause, state.ErrLost) || !strings.Contains(cause.Error(), "could not be renewed before its end") {
					t.Errorf("cause %v", cause)
				}
				if name == "errors" && !errors.Is(cause, broken) {
					t.Errorf("cause %v does not say why", cause)
				}
				if !errors.Is(lease.Check(), state.ErrLost) {
					t.Errorf("Check: %v", lease.Check())
				}
				stop()
			})
		})
	}
}

func TestKeepSurvivesErrors(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := &stuck{Store: state.NewMemory(), err: errors.New("broken")}
		lease, held, stop := keep(t, store)
		for range 10 {
			time.Sleep(ttl / 2)
			store.fix()
			time.Sleep(ttl / 2)
			store.fail()
		}
		if held.Err() != nil || lease.Check() != nil {
			t.Errorf("cause %v, Check: %v", context.Cause(held), lease.Check())
		}
		stop()
		store.fix()
		if err := lease.Release(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// stuck fails all writes but the first, or hangs in them until their context ends.
type stuck struct {
	state.Store
	mu   sync.Mutex
	err  error // nil: hangs
	good bool
	puts int
}

func (s *stuck) fix()  { s.mu.Lock(); s.good = true; s.mu.Unlock() }
func (s *stuck) fail() { s.mu.Lock(); s.good = false; s.mu.Unlock() }

func (s *stuck) Put(ctx context.Context, name string, data []byte, version string) (string, error) {
	s.mu.Lock()
	s.puts++
	works, err := s.good || s.puts == 1, s.err
	s.mu.Unlock()
	if works {
		return s.Store.Put(ctx, name, data, version)
	}
	if err == nil {
		<-ctx.Done()
		err = ctx.Err()
	}
	return "", err
}
