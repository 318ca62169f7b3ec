package reconcile_test

import (
	"testing"

	"portolan/internal/diag"
	"portolan/internal/resync/reconcile"
)

func TestRule(t *testing.T) {
	t.Parallel()
	for _, row := range reconcile.Rule {
		if got := reconcile.Judge(row.Evidence); got != row.Verdict {
			t.Errorf("%s: %+v, want %+v", row.When, got, row.Verdict)
		}
	}
}

// everyEvidence walks all that a run can know of a place.
func everyEvidence(yield func(reconcile.Evidence) bool) {
	for _, narrowed := range []bool{true, false} {
		for kind := reconcile.Doubtful; kind <= reconcile.Out; kind++ {
			for account := reconcile.Unknown; account <= reconcile.Absent; account++ {
				for region := reconcile.Doubtful; region <= reconcile.Out; region++ {
					for _, enabled := range []bool{true, false} {
						for cell := reconcile.NotRead; cell <= reconcile.Whole; cell++ {
							for resource := reconcile.Unidentified; resource <= reconcile.Needless; resource++ {
								if !yield(reconcile.Evidence{
									Narrowed: narrowed, Kind: kind, Account: account, Region: region, Enabled: enabled, Cell: cell, Resource: resource,
								}) {
									return
								}
							}
						}
					}
				}
			}
		}
	}
}

// TestOnlyProofsDelete says the rule in other words: without one of the three proofs
// nothing goes, and each of them needs what it rests on.
func TestOnlyProofsDelete(t *testing.T) {
	t.Parallel()
	proofs := map[string]int{}
	for e := range everyEvidence {
		known := !e.Narrowed && e.Kind != reconcile.Doubtful
		confirmed := e.Resource == reconcile.Confirmed || e.Resource == reconcile.Needless
		byListing := e.Cell == reconcile.Whole && confirmed && e.Enabled && e.Account == reconcile.Present && e.Region == reconcile.In && e.Kind == reconcile.In
		byAccount := e.Account == reconcile.Absent
		byChoice := e.Kind == reconcile.Out || e.Region == reconcile.Out && (e.Account == reconcile.Present || e.Account == reconcile.Unentered)
		want := known && (byListing || byAccount || byChoice)
		got := reconcile.Judge(e)
		if got.Gone != want {
			t.Errorf("%+v: gone %t, want %t", e, got.Gone, want)
		}
		if got.Gone == (got.Code != "") {
			t.Errorf("%+v: gone %t with code %q", e, got.Gone, got.Code)
		}
		for name, holds := range map[string]bool{"listing": byListing, "account": byAccount, "choice": byChoice} {
			if got.Gone && holds {
				proofs[name]++
			}
		}
	}
	if len(proofs) != 3 {
		t.Errorf("only %v are ever used", proofs)
	}
}

// TestEveryVerdictIsTold wants a row for each verdict that there is.
func TestEveryVerdictIsTold(t *testing.T) {
	t.Parallel()
	told := map[diag.Code]bool{}
	for _, row := range reconcile.Rule {
		told[row.Verdict.Code] = true
	}
	for e := range everyEvidence {
		if code := reconcile.Judge(e).Code; !told[code] {
			t.Errorf("%+v: no row tells of %s", e, code)
		}
	}
}

func TestNothingKnownProvesNothing(t *testing.T) {
	t.Parallel()
	if v := reconcile.Judge(reconcile.Evidence{}); v.Gone {
		t.Error("an entity goes of which nothing is known")
	}
}
