package state_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"portolan/internal/state"
)

// TestAnAbsurdLease is one that a run with a correct clock cannot have written. It is valid
// for as long as a lease lasts after it was written, and is then taken, with a message.
func TestAnAbsurdLease(t *testing.T) {
	t.Parallel()
	now := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) // when a bubble begins
	lease := func(until time.Time, more string) string {
		return fmt.Sprintf(`{"format":"portolan/lease","version":1,"generation":7,"run":"x","source":"h","until":%q%s}`, until.Format(time.RFC3339), more)
	}
	for name, test := range map[string]struct {
		written string
		holds   time.Duration // after it was written
	}{
		"an hour ahead":            {lease(now.Add(time.Hour), `,"seconds":60`), state.LeaseTime + state.Skew},
		"until 2099":               {lease(now.AddDate(99, 0, 0), ""), state.LeaseTime + state.Skew},
		"until 2099, of steps":     {lease(now.AddDate(99, 0, 0), `,"execution":"e"`), 15*time.Minute + state.Skew},
		"for a year at a time":     {lease(now.AddDate(1, 0, 0), `,"seconds":31536000`), 15*time.Minute + state.Skew},
		"for less than no time":    {lease(now.AddDate(1, 0, 0), `,"seconds":-1`), 15*time.Minute + state.Skew},
		"cut":                      {`{"format":"portolan/lease","ver`, 15*time.Minute + state.Skew},
		"of nobody":                {`{"format":"portolan/lease","version":1}`, 15*time.Minute + state.Skew},
		"no number for generation": {`{"format":"portolan/lease","version":1,"generation":-1,"run":"x","until":"2099-01-01T00:00:00Z"}`, 15*time.Minute + state.Skew},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				store := state.NewMemory()
				if _, err := store.Put(t.Context(), "lease.json", []byte(test.written), ""); err != nil {
					t.Fatal(err)
				}
				take := func() (*state.Lease, error) {
					return state.Acquire(t.Context(), store, holder("next"), ttl, time.Now)
				}
				time.Sleep(test.holds - time.Second)
				_, err := take()
				var held *state.HeldError
				if errors.As(err, &held) && held.Until.After(time.Now().Add(test.holds)) || err == nil {
					t.Fatalf("a second before it can be over: %v", err)
				}
				time.Sleep(2 * time.Second)
				lease, err := take()
				if err != nil || lease.Doubt() == "" {
					t.Fatalf("once it must be over: %v", err)
				}
				if err := lease.Release(t.Context()); err != nil {
					t.Fatal(err)
				}
			})
		})
	}
}

// TestALeaseThatIsRenewedAhead is that of a live run with a clock that is an hour ahead: it
// is not taken.
func TestALeaseThatIsRenewedAhead(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := state.NewMemory()
		ahead := func() time.Time { return time.Now().Add(time.Hour) }
		lease, err := state.Acquire(t.Context(), store, holder("ahead"), ttl, ahead)
		if err != nil {
			t.Fatal(err)
		}
		for range 20 {
			time.Sleep(20 * time.Second)
			var held *state.HeldError
			if _, err := state.Acquire(t.Context(), store, holder("other"), ttl, time.Now); !errors.As(err, &held) {
				t.Fatalf("another takes it: %v", err)
			}
			if err := lease.Renew(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// TestAnAbsurdGeneration orders nothing: the next lease has one of its own time, and what
// it writes replaces what has the other.
func TestAnAbsurdGeneration(t *testing.T) {
	everyStore(t, func(t *testing.T, store state.Store) {
		c, ctx := newClock(), t.Context()
		written := fmt.Sprintf(`{"format":"portolan/lease","version":1,"generation":%d,"run":"x","until":"2000-01-01T00:00:00Z","released":true}`, uint64(math.MaxUint64))
		if _, err := store.Put(ctx, "lease.json", []byte(written), ""); err != nil {
			t.Fatal(err)
		}
		last, err := json.Marshal(map[string]any{
			"format": "portolan/run", "version": 1, "run": "x", "ended": noon, "generation": uint64(math.MaxUint64),
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := store.Put(ctx, "latest.json", last, ""); err != nil {
			t.Fatal(err)
		}
		lease := acquire(t, store, "next", c)
		if lease.Generation() != uint64(noon.UnixMilli()) {
			t.Errorf("the generation is %d", lease.Generation())
		}
		if err := state.NewHistory(store, 0).SaveLast(ctx, lease, state.Last{Run: "next", Ended: noon}); err != nil {
			t.Errorf("the run that took the lease is refused: %v", err)
		}
		data, _, err := store.Get(ctx, "latest.json")
		if err != nil || !strings.Contains(string(data), `"next"`) {
			t.Errorf("it is %s, %v", data, err)
		}
	})
}

// TestAFolderTellsAge by the clock of the disk.
func TestAFolderTellsAge(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	store, err := state.Open(root, aws.Config{})
	if err != nil {
		t.Fatal(err)
	}
	c := newClock()
	if _, err := state.Acquire(t.Context(), store, holder("ahead"), ttl, func() time.Time { return c.Now().Add(time.Hour) }); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		age  time.Duration
		free bool
	}{{0, false}, {-time.Hour, false}, {time.Minute, false}, {2 * time.Minute, true}} {
		at := time.Now().Add(-test.age)
		if err := os.Chtimes(filepath.Join(root, "lease.json"), at, at); err != nil {
			t.Fatal(err)
		}
		_, err := state.Acquire(t.Context(), store, holder("next"), ttl, c.Now)
		if (err == nil) != test.free {
			t.Errorf("after %s: %v", test.age, err)
		}
	}
}
