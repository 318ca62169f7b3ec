package snapshot_test

import (
	"errors"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"portolan/internal/resync/snapshot"
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

func acquire(t testing.TB, store state.Store, run string, c *clock) *state.Lease {
	t.Helper()
	lease, err := state.Acquire(t.Context(), store, state.Holder{Run: run, Source: "test", Started: noon}, ttl, c.Now)
	if err != nil {
		t.Fatal(err)
	}
	return lease
}

func put(t testing.TB, store state.Store, name string, data []byte) {
	t.Helper()
	if _, err := store.Put(t.Context(), name, data, ""); err != nil {
		t.Fatal(err)
	}
}

// everyStore runs a test in memory and in a folder. That S3 does as they do, the tests of
// state prove.
func everyStore(t *testing.T, test func(t *testing.T, store state.Store)) {
	t.Parallel()
	t.Run("memory", func(t *testing.T) {
		t.Parallel()
		test(t, state.NewMemory())
	})
	t.Run("folder", func(t *testing.T) {
		t.Parallel()
		store, err := state.Open(filepath.Join(t.TempDir(), "state"), aws.Config{})
		if err != nil {
			t.Fatal(err)
		}
		test(t, store)
	})
}

func TestPiece(t *testing.T) {
	t.Parallel()
	store := state.NewMemory()
	work := state.NewWork(store, "run")
	if _, err := snapshot.LoadPiece(t.Context(), work, "p.gz", accountID); !errors.Is(err, state.ErrNotFound) {
		t.Errorf("a piece that is not there: %v", err)
	}
	if err := snapshot.SavePiece(t.Context(), work, "p.gz", of(t, accountID, someEntries())); err != nil {
		t.Fatal(err)
	}
	if err := snapshot.SavePiece(t.Context(), work, "p.gz", of(t, accountID, nil)); !errors.Is(err, state.ErrConflict) {
		t.Errorf("a second piece of the same name: %v", err)
	}
	if got, err := snapshot.LoadPiece(t.Context(), work, "p.gz", accountID); err != nil || got.Len() != len(someEntries()) {
		t.Errorf("the piece: %v, %v", got, err)
	}
	if _, err := snapshot.LoadPiece(t.Context(), work, "p.gz", "444455556666"); !errors.Is(err, state.ErrForeign) {
		t.Errorf("the piece as another account's: %v", err)
	}
}
