package state_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"portolan/internal/report"
	"portolan/internal/state"
)

func TestLatest(t *testing.T) {
	t.Parallel()
	store := state.NewMemory()
	history := state.NewHistory(store, 0)
	if _, err := history.Latest(t.Context()); !errors.Is(err, state.ErrNotFound) {
		t.Errorf("without any run: %v", err)
	}
	day := time.Date(2026, 1, 5, 6, 0, 0, 0, time.UTC)
	for _, r := range []*report.Report{
		{Head: report.Head{Run: "second", Started: day.Add(time.Hour)}}, {Head: report.Head{Run: "first", Started: day}},
	} {
		if err := history.Save(t.Context(), r, nil); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := store.Put(t.Context(), "runs/20990101T000000Z-x.html", []byte("a page without its report"), ""); err != nil {
		t.Fatal(err)
	}
	if r, err := history.Latest(t.Context()); err != nil || r.Run != "second" {
		t.Errorf("%+v, %v", r, err)
	}
	if _, err := store.Put(t.Context(), "runs/9-damaged.json.gz", []byte("no gzip"), ""); err != nil {
		t.Fatal(err)
	}
	if _, err := history.Latest(t.Context()); !errors.Is(err, state.ErrDamaged) {
		t.Errorf("a damaged report: %v", err)
	}
}

// TestLatestOfOneSecond orders runs by their own times, whatever they are called and
// whichever was filed first.
func TestLatestOfOneSecond(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ last, other report.Report }{
		"began later":                {report.Report{Head: report.Head{Run: "a", Started: noon.Add(500 * time.Millisecond)}}, report.Report{Head: report.Head{Run: "b", Started: noon, Seconds: 9}}},
		"began at once, ended later": {report.Report{Head: report.Head{Run: "a", Started: noon, Seconds: 2.5}}, report.Report{Head: report.Head{Run: "b", Started: noon, Seconds: 2}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, swapped := range []bool{false, true} { // which has the later name
				both := []report.Report{tt.last, tt.other}
				if swapped {
					both[0].Run, both[1].Run = both[1].Run, both[0].Run
				}
				want := both[0].Run
				for range both {
					slices.Reverse(both) // which is filed first
					history := state.NewHistory(state.NewMemory(), 0)
					for _, r := range both {
						if err := history.Save(t.Context(), &r, nil); err != nil {
							t.Fatal(err)
						}
					}
					if r, err := history.Latest(t.Context()); err != nil || r.Run != want {
						t.Errorf("%+v, %v; want run %s", r, err, want)
					}
				}
			}
		})
	}
}
