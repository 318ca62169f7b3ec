package state_test

import (
	"errors"
	"testing"
	"time"

	"portolan/internal/report"
	"portolan/internal/state"
)

func TestLatest(t *testing.T) {
	t.Parallel()
	store := state.NewMemory()
	ledger := state.NewLedger(store, 0)
	if _, err := ledger.Latest(t.Context()); !errors.Is(err, state.ErrNotFound) {
		t.Errorf("without any run: %v", err)
	}
	day := time.Date(2026, 1, 5, 6, 0, 0, 0, time.UTC)
	for _, r := range []*report.Report{{Run: "second", Started: day.Add(time.Hour)}, {Run: "first", Started: day}} {
		if err := ledger.Save(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := store.Put(t.Context(), "runs/20990101T000000Z-x.html", []byte("a page without its report"), ""); err != nil {
		t.Fatal(err)
	}
	if r, err := ledger.Latest(t.Context()); err != nil || r.Run != "second" {
		t.Errorf("%+v, %v", r, err)
	}
	if _, err := store.Put(t.Context(), "runs/9-damaged.json.gz", []byte("no gzip"), ""); err != nil {
		t.Fatal(err)
	}
	if _, err := ledger.Latest(t.Context()); !errors.Is(err, state.ErrDamaged) {
		t.Errorf("a damaged report: %v", err)
	}
}
