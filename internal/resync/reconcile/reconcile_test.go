package reconcile_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"portolan/internal/resync/entity"
	"portolan/internal/resync/reconcile"
)

func buckets(n int) []reconcile.Stale {
	stale := make([]reconcile.Stale, n)
	for i := range stale {
		stale[i].Ref = entity.Ref{Blueprint: "s3Bucket", Identifier: fmt.Sprintf("b%03d", i)}
	}
	return stale
}

// in puts entities into a group.
func in(account, kind string, stale []reconcile.Stale) []reconcile.Stale {
	for i := range stale {
		stale[i].Group = reconcile.Group{Account: account, Kind: kind}
		stale[i].Identifier = account + stale[i].Identifier
	}
	return stale
}

func because(text string) reconcile.Reason { return reconcile.Reason{Text: text} }

// limited returns limits that only the threshold sets.
func limited(threshold float64) reconcile.Limits { return reconcile.Limits{Threshold: threshold} }

func allowed(l reconcile.Limits) reconcile.Limits {
	l.AllowMass = true
	return l
}

func TestDecide(t *testing.T) {
	t.Parallel()
	queue := reconcile.Stale{Ref: entity.Ref{Blueprint: "sqsQueue", Identifier: "q"}}
	unseen := queue
	unseen.Kept.Text = "its cell was not read"
	recent, absent := queue, queue
	recent.Group, absent.Group = reconcile.Group{Account: "1", Kind: "k"}, reconcile.Group{Account: "1", Kind: "k"}
	absent.Absent = 1
	one := reconcile.Group{Account: "1", Kind: "k"}
	tests := map[string]struct {
		facts   reconcile.Facts
		delete  int
		kept    int
		reason  string
		tripped bool
	}{
		"nothing stale":                       {reconcile.Facts{Owned: 10, Limits: limited(0.9)}, 0, 0, "", false},
		"stale entities go":                   {reconcile.Facts{Stale: buckets(3), Owned: 10, Limits: limited(0.9)}, 3, 0, "", false},
		"exactly the threshold goes":          {reconcile.Facts{Stale: buckets(9), Owned: 10, Limits: limited(0.9)}, 9, 0, "", false},
		"over the threshold stays":            {reconcile.Facts{Stale: buckets(10), Owned: 10, Limits: limited(0.9)}, 0, 10, "entityDeletionThreshold of 0.9", true},
		"over the threshold, allowed":         {reconcile.Facts{Stale: buckets(10), Owned: 10, Limits: allowed(limited(0.9))}, 10, 0, "", false},
		"threshold 0 never deletes":           {reconcile.Facts{Stale: buckets(1), Owned: 100}, 0, 1, "entityDeletionThreshold is 0", false},
		"threshold 0 even if mass is allowed": {reconcile.Facts{Stale: buckets(1), Owned: 100, Limits: allowed(limited(0))}, 0, 1, "entityDeletionThreshold is 0", false},
		"threshold 1 always may":              {reconcile.Facts{Stale: buckets(10), Owned: 10, Limits: limited(1)}, 10, 0, "", false},
		"a hold on everything":                {reconcile.Facts{Stale: buckets(3), Owned: 10, Limits: limited(1), Holds: []reconcile.Hold{{Reason: because("denied")}}}, 0, 3, "denied", false},
		"a hold outlasts allowMassDelete":     {reconcile.Facts{Stale: buckets(3), Owned: 3, Limits: allowed(limited(1)), Holds: []reconcile.Hold{{Reason: because("denied")}}}, 0, 3, "denied", false},
		"a hold on the blueprint":             {reconcile.Facts{Stale: append(buckets(3), queue), Owned: 10, Limits: limited(1), Holds: []reconcile.Hold{{Blueprint: "s3Bucket", Reason: because("no id")}}}, 1, 3, "no id", false},
		"a hold on another blueprint":         {reconcile.Facts{Stale: buckets(3), Owned: 10, Limits: limited(1), Holds: []reconcile.Hold{{Blueprint: "sqsQueue", Reason: because("no id")}}}, 3, 0, "", false},
		"what was not seen stays":             {reconcile.Facts{Stale: append(buckets(3), unseen), Owned: 10, Limits: allowed(limited(1))}, 3, 1, "its cell was not read", false},
		"what is pointed at stays":            {reconcile.Facts{Stale: append(buckets(3), queue), Owned: 10, Limits: limited(1), Referenced: func(r entity.Ref) bool { return r == queue.Ref }}, 3, 1, "point at it", false},
		"what stays does not weigh as delete": {reconcile.Facts{Stale: append(buckets(1), queue), Owned: 2, Limits: limited(0.5), Referenced: func(r entity.Ref) bool { return r == queue.Ref }}, 1, 1, "point at it", false},
		"absent for the first time":           {reconcile.Facts{Stale: []reconcile.Stale{recent}, Owned: 10, Limits: reconcile.Limits{Threshold: 1, After: 2}}, 0, 1, "absent in 2 runs (PORTOLAN_DELETE_AFTER)", false},
		"absent often enough":                 {reconcile.Facts{Stale: []reconcile.Stale{absent}, Owned: 10, Limits: reconcile.Limits{Threshold: 1, After: 2}}, 1, 0, "", false},
		"absences that nobody counted":        {reconcile.Facts{Stale: buckets(1), Owned: 10, Limits: reconcile.Limits{Threshold: 1, After: 2}}, 0, 1, "PORTOLAN_DELETE_AFTER=1 deletes it", false},
		"a count of a group": {reconcile.Facts{
			Stale: slices.Concat(in("1", "k", buckets(6)), in("2", "k", buckets(5))), Owned: 100, Limits: reconcile.Limits{Threshold: 1, Count: 5},
		}, 5, 6, "6 of k in account 1 would be deleted, more than PORTOLAN_DELETE_COUNT=5", true},
		"a share of a group": {reconcile.Facts{
			Stale: in("1", "k", buckets(21)), Sizes: map[reconcile.Group]int{one: 40}, Owned: 100, Limits: reconcile.Limits{Threshold: 1, Share: 0.5},
		}, 0, 21, "21 of 40 of k in account 1 would be deleted, more than PORTOLAN_DELETE_SHARE=0.5", true},
		"just the share": {reconcile.Facts{
			Stale: in("1", "k", buckets(21)), Sizes: map[reconcile.Group]int{one: 42}, Owned: 100, Limits: reconcile.Limits{Threshold: 1, Share: 0.5},
		}, 21, 0, "", false},
		"a share of few": {reconcile.Facts{
			Stale: in("1", "k", buckets(20)), Sizes: map[reconcile.Group]int{one: 20}, Owned: 100, Limits: reconcile.Limits{Threshold: 1, Share: 0.5},
		}, 20, 0, "", false},
		"a group's limits, allowed": {reconcile.Facts{
			Stale: in("1", "k", buckets(30)), Owned: 100, Limits: allowed(reconcile.Limits{Threshold: 1, Share: 0.5, Count: 5}),
		}, 30, 0, "", false},
		"what a group keeps weighs with all": {reconcile.Facts{
			Stale: slices.Concat(in("1", "k", buckets(6)), in("2", "k", buckets(2))), Owned: 10, Limits: reconcile.Limits{Threshold: 0.7, Count: 5},
		}, 0, 8, "8 of 10 owned entities would be deleted", true},
		"what a group keeps weighs, and is within": {reconcile.Facts{
			Stale: slices.Concat(in("1", "k", buckets(6)), in("2", "k", buckets(2))), Owned: 10, Limits: reconcile.Limits{Threshold: 0.8, Count: 5},
		}, 2, 6, "PORTOLAN_DELETE_COUNT", true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := reconcile.Decide(test.facts)
			kept, reasons := 0, ""
			for _, w := range got.Withheld {
				kept += w.Count
				reasons += w.Reason.Text
				if len(w.Samples) == 0 || len(w.Samples) > reconcile.SampleSize {
					t.Errorf("%d samples of %q", len(w.Samples), w.Reason)
				}
			}
			if len(got.Delete) != test.delete || kept != test.kept || got.Tripped != test.tripped {
				t.Errorf("deletes %d, keeps %d, tripped %t, want %d, %d, %t", len(got.Delete), kept, got.Tripped, test.delete, test.kept, test.tripped)
			}
			if !strings.Contains(reasons, test.reason) {
				t.Errorf("reasons %q do not say %q", reasons, test.reason)
			}
		})
	}
}

// randomFacts draws a view of some estate.
func randomFacts(t *rapid.T) reconcile.Facts {
	groups := []reconcile.Group{{Account: "1", Kind: "a"}, {Account: "1", Kind: "b"}, {Account: "2", Kind: "a"}, {Kind: "bp"}}
	stale := rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) reconcile.Stale {
		return reconcile.Stale{
			Ask:    rapid.IntRange(0, 3).Draw(t, "ask") == 0,
			Ref:    entity.Ref{Blueprint: rapid.SampledFrom([]string{"x", "y"}).Draw(t, "blueprint"), Identifier: fmt.Sprint(rapid.IntRange(0, 200).Draw(t, "id"))},
			Kept:   because(rapid.SampledFrom([]string{"", "", "", "unseen"}).Draw(t, "kept")),
			Group:  rapid.SampledFrom(groups).Draw(t, "group"),
			Absent: rapid.IntRange(0, 3).Draw(t, "absent"),
		}
	}), 0, 60, func(s reconcile.Stale) entity.Ref { return s.Ref }).Draw(t, "stale")
	f := reconcile.Facts{
		Stale: stale, Owned: len(stale) + rapid.IntRange(0, 100).Draw(t, "others"), Sizes: map[reconcile.Group]int{},
		Limits: reconcile.Limits{
			Threshold: rapid.SampledFrom([]float64{0, 0.1, 0.5, 0.9, 1}).Draw(t, "threshold"),
			Count:     rapid.IntRange(0, 20).Draw(t, "count"), Share: rapid.SampledFrom([]float64{0, 0.3, 1}).Draw(t, "share"),
			After: rapid.IntRange(0, 3).Draw(t, "after"), AllowMass: rapid.Bool().Draw(t, "mass"),
		},
	}
	for _, s := range stale {
		f.Sizes[s.Group]++
	}
	if rapid.Bool().Draw(t, "hold") {
		f.Holds = []reconcile.Hold{{Blueprint: rapid.SampledFrom([]string{"x", ""}).Draw(t, "held"), Reason: because("hold")}}
	}
	if rapid.Bool().Draw(t, "references") {
		f.Referenced = func(r entity.Ref) bool { return strings.HasSuffix(r.Identifier, "7") }
	}
	return f
}

// TestDecisions holds for any facts what must: what is kept is never deleted, nothing
// is lost, no limit is passed, and the order of the facts does not matter.
func TestDecisions(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		f := randomFacts(t)
		got := reconcile.Decide(f)
		asked, unsettled := len(got.Ask), len(got.Delete)
		for _, s := range f.Stale {
			if s.Ask && slices.Contains(got.Delete, s.Ref) {
				t.Fatalf("%v goes before AWS was asked", s)
			}
		}
		said := func(r entity.Ref) reconcile.Reason {
			return because(map[bool]string{true: "AWS did not confirm it"}[len(r.Identifier)%2 == 0])
		}
		got.Settle(said)
		if len(got.Ask) > 0 || len(got.Delete) > asked+unsettled {
			t.Fatalf("of %d and %d that are asked about, %d go, and %d are asked about still", unsettled, asked, len(got.Delete), len(got.Ask))
		}
		deleted := make(map[entity.Ref]bool)
		for _, ref := range got.Delete {
			deleted[ref] = true
		}
		kept := 0
		for _, w := range got.Withheld {
			kept += w.Count
		}
		if len(deleted) != len(got.Delete) || kept+len(deleted) != len(f.Stale) {
			t.Fatalf("%d deleted and %d kept of %d", len(deleted), kept, len(f.Stale))
		}
		groups := make(map[reconcile.Group]int)
		for _, s := range f.Stale {
			if !deleted[s.Ref] {
				continue
			}
			groups[s.Group]++
			held := slices.ContainsFunc(f.Holds, func(h reconcile.Hold) bool { return h.Blueprint == "" || h.Blueprint == s.Blueprint })
			if !s.Kept.None() && !s.Ask || !said(s.Ref).None() || held || f.Referenced != nil && f.Referenced(s.Ref) || s.Absent+1 < f.Limits.After || f.Limits.Threshold == 0 {
				t.Fatalf("%v is deleted and must stay", s)
			}
		}
		if f.Limits.AllowMass {
			return
		}
		if float64(len(deleted)) > f.Limits.Threshold*float64(f.Owned)+1e-9 {
			t.Fatalf("%d of %d are deleted, the threshold is %g", len(deleted), f.Owned, f.Limits.Threshold)
		}
		for group, n := range groups {
			if group.Account != "" && f.Limits.Count > 0 && n > f.Limits.Count {
				t.Fatalf("%d of %v are deleted, the limit is %d", n, group, f.Limits.Count)
			}
		}
	})
}

// TestWhatIsAskedAbout stays until somebody has asked, and weighs with what goes.
func TestWhatIsAskedAbout(t *testing.T) {
	t.Parallel()
	stale := buckets(4)
	for i := range 3 {
		stale[i].Ask, stale[i].Kept = true, because("nobody has asked")
	}
	facts := reconcile.Facts{Stale: stale, Owned: 4, Limits: limited(1)}
	got := reconcile.Decide(facts)
	if len(got.Delete) != 1 || len(got.Ask) != 3 || len(got.Withheld) != 0 {
		t.Fatalf("%+v", got)
	}
	got.Settle(func(r entity.Ref) reconcile.Reason {
		return because(map[string]string{"b000": "it exists", "b001": "nobody could tell", "b003": "it exists"}[r.Identifier])
	})
	if len(got.Ask) != 0 || len(got.Delete) != 1 || got.Delete[0].Identifier != "b002" || len(got.Withheld) != 2 ||
		got.Withheld[0].Reason != because("it exists") || got.Withheld[0].Count != 2 {
		t.Errorf("%+v", got)
	}
	facts.Limits = limited(0.5)
	if got := reconcile.Decide(facts); len(got.Ask)+len(got.Delete) != 0 || !got.Tripped {
		t.Errorf("a limit lets ask about what it keeps: %+v", got)
	}
	facts.Limits, facts.Holds = limited(1), []reconcile.Hold{{Reason: because("held")}}
	if got := reconcile.Decide(facts); len(got.Ask)+len(got.Delete) != 0 || got.Withheld[0].Count != 4 {
		t.Errorf("a hold lets ask about what it keeps: %+v", got)
	}
}

func TestDecisionDoesNotDependOnOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		f := randomFacts(t)
		a := reconcile.Decide(f)
		f.Stale = rapid.Permutation(f.Stale).Draw(t, "order")
		if diff := cmp.Diff(a, reconcile.Decide(f)); diff != "" {
			t.Fatalf("the order of the facts changes the decision:\n%s", diff)
		}
	})
}
