package snapshot_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/resync/snapshot"
	"portolan/internal/state"
)

const snapshotFile = "snapshots/" + accountID + ".gz"

func of(t testing.TB, account string, entries []snapshot.Entry) *snapshot.Snapshot {
	t.Helper()
	head := header()
	head.Account = account
	c, err := snapshot.New(head, slices.Values(entries))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestSet(t *testing.T) {
	everyStore(t, func(t *testing.T, store state.Store) {
		lease := acquire(t, store, "one", newClock())
		snapshots := snapshot.NewSet(store, lease)
		if c, err := snapshots.Load(t.Context(), accountID); c != nil || !errors.Is(err, state.ErrNotFound) {
			t.Fatalf("Load of nothing = %v, %v", c, err)
		}
		for _, entries := range [][]snapshot.Entry{someEntries(), nil, many(3000)} { // one in the place of the other
			if err := snapshots.Save(t.Context(), of(t, accountID, entries)); err != nil {
				t.Fatal(err)
			}
			got, err := snapshot.NewSet(store, nil).Load(t.Context(), accountID)
			if err != nil {
				t.Fatal(err)
			}
			want := header()
			want.Generation = lease.Generation()
			if diff := cmp.Diff(want, got.Header) + cmp.Diff(entries, slices.Collect(got.All())); diff != "" {
				t.Errorf("Load (-want +got):\n%s", diff)
			}
		}
		if err := snapshots.Save(t.Context(), of(t, "000000000001", nil)); err != nil {
			t.Fatal(err)
		}
		if accounts, err := snapshots.Accounts(t.Context()); !cmp.Equal(accounts, []string{"000000000001", accountID}) || err != nil {
			t.Errorf("Accounts = %q, %v", accounts, err)
		}
		for range 2 {
			if err := snapshots.Delete(t.Context(), accountID); err != nil {
				t.Error(err)
			}
		}
		if accounts, err := snapshot.NewSet(store, nil).Accounts(t.Context()); !cmp.Equal(accounts, []string{"000000000001"}) || err != nil {
			t.Errorf("Accounts = %q, %v", accounts, err)
		}
	})
}

func TestASetWantsALease(t *testing.T) {
	t.Parallel()
	store, c := state.NewMemory(), newClock()
	reading := snapshot.NewSet(store, nil)
	if err := reading.Save(t.Context(), of(t, accountID, nil)); err == nil {
		t.Error("Save without a lease")
	}
	if err := reading.Delete(t.Context(), accountID); err == nil {
		t.Error("Delete without a lease")
	}
	snapshots := snapshot.NewSet(store, acquire(t, store, "one", c))
	c.advance(ttl)
	if err := snapshots.Save(t.Context(), of(t, accountID, nil)); !errors.Is(err, state.ErrLost) {
		t.Errorf("Save after the deadline: %v", err)
	}
	if err := snapshots.Delete(t.Context(), accountID); !errors.Is(err, state.ErrLost) {
		t.Errorf("Delete after the deadline: %v", err)
	}
	if names, _ := store.List(t.Context(), "snapshots/"); len(names) != 0 {
		t.Errorf("there are %q", names)
	}
}

// A run with a clock that stands still does not know that another has taken over.
func TestASetFences(t *testing.T) {
	everyStore(t, func(t *testing.T, store state.Store) {
		still, c := newClock(), newClock()
		older := snapshot.NewSet(store, acquire(t, store, "older", still))
		if _, err := older.Load(t.Context(), accountID); !errors.Is(err, state.ErrNotFound) {
			t.Fatal(err)
		}
		c.advance(ttl + state.Skew)
		newer := snapshot.NewSet(store, acquire(t, store, "newer", c))
		if _, err := newer.Load(t.Context(), accountID); !errors.Is(err, state.ErrNotFound) {
			t.Fatal(err)
		}

		// The older writes before the newer: the newer puts it right.
		if err := older.Save(t.Context(), of(t, accountID, someEntries()[:1])); err != nil {
			t.Fatal(err)
		}
		if err := newer.Save(t.Context(), of(t, accountID, someEntries()[:2])); err != nil {
			t.Fatal(err)
		}
		// After it, the older can do nothing, whether it has looked before or not.
		if err := older.Save(t.Context(), of(t, accountID, nil)); !errors.Is(err, state.ErrFenced) || !strings.Contains(err.Error(), snapshotFile) {
			t.Errorf("Save by an older run: %v, want ErrFenced", err)
		}
		if err := older.Delete(t.Context(), accountID); !errors.Is(err, state.ErrFenced) {
			t.Errorf("Delete by an older run: %v, want ErrFenced", err)
		}
		got, err := newer.Load(t.Context(), accountID)
		if err != nil || got.Len() != 2 {
			t.Errorf("the snapshot of the newer run: %v, %v", got, err)
		}
	})
}

func TestASetPutsRightWhatIsDamaged(t *testing.T) {
	t.Parallel()
	newerForm := func(t *testing.T) []byte {
		raw := goodRaw()
		raw.head["version"] = 3
		return raw.bytes(t)
	}
	unordered := func(t *testing.T) []byte {
		raw := goodRaw()
		raw.head["entries"] = 2
		second := slices.Clone(raw.entries)
		raw.entries = append(raw.entries, record(slices.Concat([]byte{1, 2, 'a', 'a', 2, 3}, second[len(second)-19:]))...)
		return raw.bytes(t)
	}
	foreign := func(t *testing.T) []byte {
		raw := goodRaw()
		raw.head["account"] = "444455556666"
		return raw.bytes(t)
	}
	for name, tt := range map[string]struct {
		data func(*testing.T) []byte
		load error
		save error
	}{
		"cut":                {func(t *testing.T) []byte { return encoded(t, someEntries())[:300] }, state.ErrDamaged, nil},
		"empty":              {func(*testing.T) []byte { return nil }, state.ErrDamaged, nil},
		"out of order":       {unordered, state.ErrDamaged, nil},
		"newer":              {newerForm, state.ErrNewer, nil},
		"foreign":            {func(*testing.T) []byte { return []byte("my file") }, state.ErrForeign, state.ErrForeign},
		"of another account": {foreign, state.ErrForeign, state.ErrForeign},
		"newer and of a newer run": {func(t *testing.T) []byte {
			raw := goodRaw()
			raw.head["version"], raw.head["generation"] = 3, uint64(noon.UnixMilli()+3_600_000)
			return raw.bytes(t)
		}, state.ErrNewer, state.ErrFenced},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store := state.NewMemory()
			put(t, store, snapshotFile, tt.data(t))
			snapshots := snapshot.NewSet(store, acquire(t, store, "one", newClock()))
			c, err := snapshots.Load(t.Context(), accountID)
			if c != nil || !errors.Is(err, tt.load) || errors.Is(err, state.ErrNotFound) || !strings.Contains(err.Error(), "memory:"+snapshotFile) {
				t.Errorf("Load = %v, %v; want %v", c, err, tt.load)
			}
			if err := snapshots.Save(t.Context(), of(t, accountID, someEntries())); !errors.Is(err, tt.save) {
				t.Errorf("Save: %v, want %v", err, tt.save)
			}
			if c, err := snapshots.Load(t.Context(), accountID); (err == nil) != (tt.save == nil) {
				t.Errorf("Load after Save = %v, %v", c, err)
			}
		})
	}
}
