package state_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"portolan/internal/resync/snapshot"
	"portolan/internal/state"
)

// TestBelongs checks each file that names the owner of a state.
func TestBelongs(t *testing.T) {
	t.Parallel()
	const ours, others = "aws-v3/ours", "aws-v3/others"
	put := func(t *testing.T, store state.Store, name string, data []byte) {
		t.Helper()
		if _, err := store.Put(t.Context(), name, data, ""); err != nil {
			t.Fatal(err)
		}
	}
	lease := func(owner string) func(*testing.T, state.Store) {
		return func(t *testing.T, store state.Store) {
			t.Helper()
			l, err := state.Acquire(t.Context(), store, state.Holder{Run: "r", Integration: owner}, time.Minute, time.Now)
			if err != nil {
				t.Fatal(err)
			}
			if err := state.NewHistory(store, 0).SaveLast(t.Context(), l, state.Last{Run: "r", Ended: time.Now(), Integration: owner}); err != nil {
				t.Fatal(err)
			}
			if err := l.Release(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	without := func(name string, before func(*testing.T, state.Store)) func(*testing.T, state.Store) {
		return func(t *testing.T, store state.Store) {
			t.Helper()
			before(t, store)
			_, version, err := store.Get(t.Context(), name)
			if err == nil {
				err = store.Delete(t.Context(), name, version)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	left := func(owner string) func(*testing.T, state.Store) {
		return func(t *testing.T, store state.Store) {
			t.Helper()
			header := snapshot.Header{Account: "111111111111", Run: "r", Started: time.Now(), Ended: time.Now(), Integration: owner}
			data, err := snapshot.Encode(header, slices.Values([]snapshot.Entry{{Blueprint: "b", Identifier: "i"}}))
			if err != nil {
				t.Fatal(err)
			}
			put(t, store, "snapshots/111111111111.gz", data)
			accounts, err := snapshot.NewSet(store, nil).Accounts(t.Context())
			if err != nil || len(accounts) != 1 {
				t.Fatal("the snapshot is not found", accounts, err)
			}
		}
	}
	for name, test := range map[string]struct {
		left    func(*testing.T, state.Store)
		refused bool
	}{
		"nothing":               {left: func(*testing.T, state.Store) {}},
		"ours":                  {left: lease(ours)},
		"of an older version":   {left: lease("")},
		"another's":             {left: lease(others), refused: true},
		"another's last run":    {left: without("lease.json", lease(others)), refused: true},
		"another's lease":       {left: without("latest.json", lease(others)), refused: true},
		"another's snapshot":    {left: left(others), refused: true},
		"our snapshot":          {left: left(ours)},
		"a snapshot of nobody":  {left: left("")},
		"a lease that is torn":  {left: func(t *testing.T, s state.Store) { t.Helper(); put(t, s, "lease.json", []byte(`{"integ`)) }},
		"another type's, so to": {left: lease("aws/ours"), refused: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store := state.NewMemory()
			test.left(t, store)
			err := state.Belongs(t.Context(), store, ours, snapshot.Owner)
			if errors.Is(err, state.ErrOther) != test.refused || err != nil && !test.refused {
				t.Errorf("error %v, refused %v", err, test.refused)
			}
		})
	}
}

// TestLeaseOfAnother is not taken, even if it is free.
func TestLeaseOfAnother(t *testing.T) {
	t.Parallel()
	store := state.NewMemory()
	first, err := state.Acquire(t.Context(), store, state.Holder{Run: "r", Integration: "aws-v3/a"}, time.Minute, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	if err := first.Release(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, err = state.Acquire(t.Context(), store, state.Holder{Run: "s", Integration: "aws-v3/b"}, time.Minute, time.Now)
	if !errors.Is(err, state.ErrOther) {
		t.Errorf("error %v", err)
	}
	if got := state.Owner("AWS-v3", "My"); got != "aws-v3/My" {
		t.Errorf("the owner is %q", got)
	}
}
