package reconcile_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/reconcile"
)

func buckets(n int) []reconcile.Ref {
	refs := make([]reconcile.Ref, n)
	for i := range refs {
		refs[i] = reconcile.Ref{Blueprint: "s3Bucket", Identifier: fmt.Sprintf("b%03d", i)}
	}
	return refs
}

func TestDecide(t *testing.T) {
	t.Parallel()
	queue := reconcile.Ref{Blueprint: "sqsQueue", Identifier: "q"}
	tests := map[string]struct {
		facts  reconcile.Facts
		delete int
		kept   int
		reason string
	}{
		"nothing stale":                       {reconcile.Facts{Owned: 10, Threshold: 0.9}, 0, 0, ""},
		"stale entities go":                   {reconcile.Facts{Stale: buckets(3), Owned: 10, Threshold: 0.9}, 3, 0, ""},
		"exactly the threshold goes":          {reconcile.Facts{Stale: buckets(9), Owned: 10, Threshold: 0.9}, 9, 0, ""},
		"over the threshold stays":            {reconcile.Facts{Stale: buckets(10), Owned: 10, Threshold: 0.9}, 0, 10, "entityDeletionThreshold of 0.9"},
		"over the threshold, allowed":         {reconcile.Facts{Stale: buckets(10), Owned: 10, Threshold: 0.9, AllowMassDelete: true}, 10, 0, ""},
		"threshold 0 never deletes":           {reconcile.Facts{Stale: buckets(1), Owned: 100}, 0, 1, "entityDeletionThreshold is 0"},
		"threshold 0 even if mass is allowed": {reconcile.Facts{Stale: buckets(1), Owned: 100, AllowMassDelete: true}, 0, 1, "entityDeletionThreshold is 0"},
		"threshold 1 always may":              {reconcile.Facts{Stale: buckets(10), Owned: 10, Threshold: 1}, 10, 0, ""},
		"a hold on everything":                {reconcile.Facts{Stale: buckets(3), Owned: 10, Threshold: 1, Holds: []reconcile.Hold{{Reason: "denied"}}}, 0, 3, "denied"},
		"a hold outlasts allowMassDelete":     {reconcile.Facts{Stale: buckets(3), Owned: 3, Threshold: 1, AllowMassDelete: true, Holds: []reconcile.Hold{{Reason: "denied"}}}, 0, 3, "denied"},
		"a hold on the blueprint":             {reconcile.Facts{Stale: append(buckets(3), queue), Owned: 10, Threshold: 1, Holds: []reconcile.Hold{{Blueprint: "s3Bucket", Reason: "no id"}}}, 1, 3, "no id"},
		"a hold on another blueprint":         {reconcile.Facts{Stale: buckets(3), Owned: 10, Threshold: 1, Holds: []reconcile.Hold{{Blueprint: "sqsQueue", Reason: "no id"}}}, 3, 0, ""},
		"what is pointed at stays":            {reconcile.Facts{Stale: append(buckets(3), queue), Owned: 10, Threshold: 1, Referenced: func(r reconcile.Ref) bool { return r == queue }}, 3, 1, "point at it"},
		"what stays does not weigh as delete": {reconcile.Facts{Stale: append(buckets(1), queue), Owned: 2, Threshold: 0.5, Referenced: func(r reconcile.Ref) bool { return r == queue }}, 1, 1, "point at it"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := reconcile.Decide(test.facts)
			kept, reasons := 0, ""
			for _, w := range got.Withheld {
				kept += w.Count
				reasons += w.Reason
				if len(w.Samples) == 0 || len(w.Samples) > reconcile.SampleSize {
					t.Errorf("%d samples of %q", len(w.Samples), w.Reason)
				}
			}
			if len(got.Delete) != test.delete || kept != test.kept {
				t.Errorf("deletes %d and keeps %d, want %d and %d", len(got.Delete), kept, test.delete, test.kept)
			}
			if !strings.Contains(reasons, test.reason) {
				t.Errorf("reasons %q do not say %q", reasons, test.reason)
			}
		})
	}
}

func TestDecideIsDeterministic(t *testing.T) {
	t.Parallel()
	stale := buckets(20)
	backwards := make([]reconcile.Ref, len(stale))
	for i, ref := range stale {
		backwards[len(stale)-1-i] = ref
	}
	a := reconcile.Decide(reconcile.Facts{Stale: stale, Owned: 100, Threshold: 0.9})
	b := reconcile.Decide(reconcile.Facts{Stale: backwards, Owned: 100, Threshold: 0.9})
	if diff := cmp.Diff(a, b); diff != "" {
		t.Errorf("the order of the facts changes the decision:\n%s", diff)
	}
}
