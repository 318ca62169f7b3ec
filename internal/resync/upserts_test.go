package resync

import (
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/diag"
	"portolan/internal/fit"
	"portolan/internal/invocation"
	"portolan/internal/mapping"
	"portolan/internal/port"
	"portolan/internal/report"
	"portolan/internal/resync/cell"
	"portolan/internal/resync/entity"
	"portolan/internal/resync/outcome"
	"portolan/internal/resync/snapshot"
	"portolan/internal/resync/upsert"
	"portolan/internal/state"
)

// as and when say how an entity is remembered; any other text means that it is not.
const as, when = "remembered", "remembered as Port took it"

func remembered(t *testing.T, m *snapshot.Memory, e *upsert.Entity) string {
	t.Helper()
	work := state.NewWork(state.NewMemory(), "run")
	pieces, err := m.Leave(t.Context(), work, snapshot.Header{Run: "run"})
	if err != nil {
		t.Fatal(err)
	}
	for account, piece := range pieces {
		left, err := snapshot.LoadPiece(t.Context(), work, piece, account)
		if err != nil {
			t.Fatal(err)
		}
		for one := range left.All() {
			if !one.Written.IsZero() && one.Hash == e.Hash && e.Hash != (entity.Hash{}) {
				return when
			}
			return as
		}
	}
	return ""
}

// TestOutcomes has what became of an entity counted, remembered, and listed by a plan.
func TestOutcomes(t *testing.T) {
	t.Parallel()
	misfit := &fit.Misfit{Code: diag.RequiredUnfed, Cause: "lacks a property"}
	tests := map[string]struct {
		search     bool
		owner      string
		outcome    upsert.Outcome
		counts     report.Counts
		remembered string
		change     string // the sort; "" if a plan lists nothing
	}{
		"created":           {outcome: upsert.Outcome{Fate: upsert.Created, Identifier: "a"}, counts: report.Counts{Created: 1}, remembered: when, change: report.Created},
		"updated":           {outcome: upsert.Outcome{Fate: upsert.Updated, Identifier: "a"}, counts: report.Counts{Updated: 1}, remembered: when, change: report.Updated},
		"another's":         {owner: "x", outcome: upsert.Outcome{Fate: upsert.Updated, Identifier: "a"}, counts: report.Counts{Updated: 1}, remembered: when, change: report.Updated},
		"found by a search": {search: true, outcome: upsert.Outcome{Fate: upsert.Updated, Identifier: "a"}, counts: report.Counts{Updated: 1}, remembered: as, change: report.Updated},
		"unchanged":         {outcome: upsert.Outcome{Fate: upsert.Unchanged, Identifier: "a"}, counts: report.Counts{Unchanged: 1}, remembered: when},
		"refused":           {outcome: upsert.Outcome{Fate: upsert.Failed, Err: errors.New("no")}, counts: report.Counts{Failed: 1}, remembered: as},
		"a misfit":          {outcome: upsert.Outcome{Fate: upsert.Failed, Err: misfit}, counts: report.Counts{Failed: 1}, remembered: as, change: report.Fails},
		"a refused search":  {search: true, outcome: upsert.Outcome{Fate: upsert.Failed, Err: errors.New("no")}, counts: report.Counts{Failed: 1}},
		"unsent":            {outcome: upsert.Outcome{Fate: upsert.Unsent}, counts: report.Counts{Unsent: 1}, remembered: as},
		"withheld":          {owner: "x", outcome: upsert.Outcome{Fate: upsert.Withheld}, change: report.Retained},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var (
				o    = cell.Coverage{Account: "1", Kind: "k"}
				c    = cell.Name{Account: "1", Region: "r", Kind: "k"}
				made = &mapping.Entity{Identifier: "a", Blueprint: "b"}
				log  = slog.New(slog.DiscardHandler)
				out  = outcomes{&Engine{
					Identity: Identity{Run: "run", Request: invocation.Request{Action: invocation.Plan}},
					Deps:     Deps{Progress: &Progress{}}, book: outcome.NewBook(log, &Progress{}), produced: entity.NewSet("run"),
					memory: snapshot.NewMemory(state.NewMemory(), &state.Lease{}, "run"),
				}}
			)
			out.book.AddKind("k", time.Time{}, []*mapping.Resource{{Index: 3, Kind: "k"}})
			e := upsert.New(made, upsert.Origin{Coverage: o, Cell: c, Entry: 3}, port.UpsertOptions{})
			e.Search, e.Owner = test.search, test.owner
			out.Record(e, test.outcome)
			if diff := cmp.Diff(test.counts, out.book.Entries()[3].Counts); diff != "" {
				t.Errorf("the entry (-want +got):\n%s", diff)
			}
			r := &report.Report{}
			out.book.Fill(r)
			out.book.FillOwners(r)
			if r.Total != test.counts {
				t.Errorf("all: %+v", r.Total)
			}
			if remembered := remembered(t, out.memory, e); remembered != test.remembered {
				t.Errorf("it is %q, want %q", remembered, test.remembered)
			}
			settled := test.counts.Created+test.counts.Updated+test.counts.Unchanged > 0
			if out.book.Untaken.Count() != test.counts.Failed || out.produced.Has(e.Ref()) != settled {
				t.Errorf("%d refused, produced %t", out.book.Untaken.Count(), out.produced.Has(e.Ref()))
			}
			sort := ""
			for _, change := range r.Changes {
				sort = change.Sort
				if change.Account != "1" || change.Region != "r" || change.Identifier != "a" || (change.Code != "") != (sort == report.Fails) {
					t.Errorf("%+v", change)
				}
			}
			if sort != test.change {
				t.Errorf("a plan lists %q, want %q", sort, test.change)
			}
			withheld := test.outcome.Fate == upsert.Withheld
			if (r.Ownership != nil) != (test.owner != "") || (out.book.Withheld() > 0) != withheld || r.Ownership != nil && (r.Ownership.Taken > 0) == withheld {
				t.Errorf("%+v", r.Ownership)
			}
		})
	}
}
