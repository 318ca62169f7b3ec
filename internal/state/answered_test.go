package state_test

import (
	"errors"
	"testing"
	"time"

	"portolan/internal/state"
)

func TestAnswered(t *testing.T) {
	t.Parallel()
	store, ctx := state.NewMemory(), t.Context()
	if _, err := state.LastAnswered(ctx, store); !errors.Is(err, state.ErrNotFound) {
		t.Fatalf("an empty store: %v", err)
	}
	noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for _, step := range []struct {
		save, want state.Answered
	}{
		{state.Answered{Run: "r0"}, state.Answered{Run: "r0"}},
		{state.Answered{Request: "a", At: noon, Run: "r1"}, state.Answered{Request: "a", At: noon, Run: "r1"}},
		{state.Answered{Request: "b", At: noon.Add(-time.Minute), Run: "r2"}, state.Answered{Request: "a", At: noon, Run: "r1"}},
		{state.Answered{Request: "c", At: noon.Add(time.Minute), Run: "r3"}, state.Answered{Request: "c", At: noon.Add(time.Minute), Run: "r3"}},
	} {
		if err := state.SaveAnswered(ctx, store, step.save); err != nil {
			t.Fatal(err)
		}
		if got, err := state.LastAnswered(ctx, store); err != nil || got != step.want {
			t.Errorf("after %+v there is %+v, %v", step.save, got, err)
		}
	}
}

// TestAnsweredThatCannotBeUsed is replaced, unless it belongs to somebody else.
func TestAnsweredThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]struct {
		read  error
		saved bool
	}{
		`{`: {state.ErrDamaged, true},
		`{"format":"portolan/request","version":2}`: {state.ErrNewer, true},
		`{"format":"portolan/run","version":1}`:     {state.ErrForeign, false},
	} {
		store, ctx := state.NewMemory(), t.Context()
		if _, err := store.Put(ctx, "request.json", []byte(text), ""); err != nil {
			t.Fatal(err)
		}
		if _, err := state.LastAnswered(ctx, store); !errors.Is(err, want.read) {
			t.Errorf("%s: %v", text, err)
		}
		err := state.SaveAnswered(ctx, store, state.Answered{Run: "r"})
		if want.saved != (err == nil) {
			t.Errorf("%s: saved with %v", text, err)
		}
	}
}
