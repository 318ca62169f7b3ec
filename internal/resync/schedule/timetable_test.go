package schedule_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/resync/schedule"
	"portolan/internal/state"
)

func TestTimetable(t *testing.T) {
	t.Parallel()
	ctx, store := t.Context(), state.NewMemory()
	if _, err := schedule.Load(ctx, store); !errors.Is(err, state.ErrNotFound) {
		t.Fatalf("none gives %v", err)
	}
	now := time.Date(2026, 1, 5, 6, 0, 0, 0, time.UTC)
	want := schedule.Timetable{Late: 2, Closing: 1.5, Accounts: map[string]*schedule.AccountTimes{
		"111122223333": {Reached: now, Seconds: 7, Cells: []schedule.CellTimes{
			{Region: "eu-west-1", Kind: "k", Seconds: 5},
		}},
	}}
	lease := taken(t, store, "one")
	for range 2 { // the second replaces the first
		if err := schedule.Save(ctx, store, lease, want); err != nil {
			t.Fatal(err)
		}
	}
	got, err := schedule.Load(ctx, store)
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if err := lease.Release(ctx); err != nil {
		t.Fatal(err)
	}
	next := taken(t, store, "two")
	if err := schedule.Save(ctx, store, next, want); err != nil {
		t.Fatal(err)
	}
	if err := schedule.Save(ctx, store, lease, want); !errors.Is(err, state.ErrFenced) {
		t.Errorf("a run that lost its lease gives %v, want ErrFenced", err)
	}
}

// TestATimetableThatCannotBeUsed is distinguished from a missing one, and replaced unless
// it is a foreign file.
func TestATimetableThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		data []byte
		want error
	}{
		"no gzip":        {[]byte("hello"), state.ErrDamaged},
		"empty":          {nil, state.ErrDamaged},
		"something else": {packed(t, []byte(`{"format":"other"}`)), state.ErrForeign},
		"newer":          {packed(t, []byte(`{"format":"portolan/timetable","version":99}`)), state.ErrNewer},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, store := t.Context(), state.NewMemory()
			if _, err := store.Put(ctx, "timetable.json.gz", test.data, ""); err != nil {
				t.Fatal(err)
			}
			if _, err := schedule.Load(ctx, store); !errors.Is(err, test.want) {
				t.Errorf("it gives %v, want %v", err, test.want)
			}
			err := schedule.Save(ctx, store, taken(t, store, "run"), schedule.Timetable{})
			if replaced := err == nil; replaced == errors.Is(test.want, state.ErrForeign) {
				t.Errorf("to replace it gives %v", err)
			}
		})
	}
}

func taken(t *testing.T, store state.Store, run string) *state.Lease {
	t.Helper()
	lease, err := state.Acquire(t.Context(), store, state.Holder{Run: run, Source: "test"}, time.Minute, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	return lease
}

func packed(t *testing.T, text []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, err := w.Write(text)
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
