package outcome_test

import (
	"context"
	"strings"
	"testing"

	"portolan/internal/aws/kind"
	"portolan/internal/diag"
	"portolan/internal/invocation"
	"portolan/internal/report"
	"portolan/internal/resync/cell"
	"portolan/internal/resync/entity"
	"portolan/internal/resync/outcome"
	"portolan/internal/resync/scope"
)

// asking returns the scope of a run that has to ask about queues before they go.
func asking(t *testing.T) *scope.Scope {
	t.Helper()
	s := scopeOf(t, invocation.Request{})
	for _, u := range s.Mapped {
		if u.Kind.Type == string(queue) {
			k := *u.Kind
			k.Confirm = func(context.Context, kind.Target, string) (bool, error) { panic("nobody asks") }
			u.Kind = &k
		}
	}
	return s
}

var (
	hereQueues  = cell.Name{Account: member, Region: here, Kind: queue}
	thereQueues = cell.Name{Account: member, Region: there, Kind: queue}
)

// TestResources walks what a run may know of a resource, alone and beside one that is gone.
func TestResources(t *testing.T) {
	t.Parallel()
	s := asking(t)
	for name, test := range map[string]struct {
		know func(*outcome.Resources, string)
		want diag.Code
		says string
		left bool // the entity may still be made of it
	}{
		"nothing":                       {func(*outcome.Resources, string) {}, diag.KeptUnconfirmed, "AWS was not asked", true},
		"read":                          {func(r *outcome.Resources, id string) { r.Read(hereQueues, id) }, "", "", false},
		"read elsewhere":                {func(r *outcome.Resources, id string) { r.Read(thereQueues, id) }, diag.KeptUnconfirmed, "", true},
		"listed, and it does not exist": {func(r *outcome.Resources, id string) { r.Contradicted(hereQueues, id) }, diag.KeptUnconfirmed, "still named it", true},
		"listed, and both": {func(r *outcome.Resources, id string) {
			r.Read(hereQueues, id)
			r.Contradicted(hereQueues, id)
			r.Read(hereQueues, id)
		}, diag.KeptUnconfirmed, "", true},
		"asked, and gone":           {func(r *outcome.Resources, id string) { r.Answered(hereQueues, id, outcome.Gone) }, "", "", false},
		"asked elsewhere, and gone": {func(r *outcome.Resources, id string) { r.Answered(thereQueues, id, outcome.Gone) }, diag.KeptUnconfirmed, "", true},
		"asked, and it exists":      {func(r *outcome.Resources, id string) { r.Answered(hereQueues, id, outcome.Exists) }, diag.KeptShort, "lacks a, which exists", true},
		"asked in vain": {func(r *outcome.Resources, id string) {
			r.Answered(hereQueues, id, outcome.Nothing)
			r.Unanswered(hereQueues, "it was throttled")
			r.Unanswered(hereQueues, "and then something else")
		}, diag.KeptUnconfirmed, "it was throttled", true},
		"asked too late": {func(r *outcome.Resources, id string) { r.Answered(hereQueues, id, outcome.Unasked) }, diag.KeptUnconfirmed, "", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := opened(s)
			for _, c := range cells() {
				b.Record(read(c))
			}
			test.know(b.Resources, "a")
			b.Resources.Answered(hereQueues, "gone", outcome.Gone)
			b.Settle(func(*outcome.End) {})
			v := outcome.Evidence{Scope: s, Book: b}
			one := entity.ResourceOf("a")
			for _, of := range []entity.Resources{one, one.Join(entity.ResourceOf("gone"))} {
				if got := v.Keeps(hereQueues, "queue", of); got.Code != test.want || !strings.Contains(got.Text, test.says) {
					t.Errorf("%q has the reason %+v, want %q that says %q", of.IDs(), got, test.want, test.says)
				}
				left := v.Left(hereQueues, of)
				if want := entity.Resources(""); test.left && left != one || !test.left && left != want {
					t.Errorf("of %q are left %q", of.IDs(), left.IDs())
				}
			}
			for _, of := range []entity.Resources{"", entity.ResourceOf("")} {
				want := diag.KeptUnidentified
				if test.want == diag.KeptShort {
					want = diag.KeptShort // nothing goes from there
				}
				if got := v.Keeps(hereQueues, "queue", of); got.Code != want {
					t.Errorf("an entity of unknown resources has the reason %+v", got)
				}
			}
			if got := v.KeepsPlace(hereQueues, "queue"); !got.None() {
				t.Errorf("the place keeps: %+v", got)
			}
			if got := v.Keeps(cell.Name{Account: member, Kind: bucket}, "bucket", ""); !got.None() {
				t.Errorf("a native kind keeps: %+v", got)
			}
			if got := v.KeepsUnknown(entity.Ref{Blueprint: "queue", Identifier: "x"}); got.Code != diag.KeptUnidentified {
				t.Errorf("a queue of unknown origin has the reason %+v", got)
			}
			if got := v.KeepsUnknown(entity.Ref{Blueprint: "bucket", Identifier: "x"}); !got.None() {
				t.Errorf("a bucket of unknown origin has the reason %+v", got)
			}
		})
	}
}

// TestResourcesOfACellThatProvesNothing go by no word of AWS.
func TestResourcesOfACellThatProvesNothing(t *testing.T) {
	t.Parallel()
	s := asking(t)
	for name, end := range map[string]outcome.End{
		"late":            outcome.Late(hereQueues, member, "late"),
		"nothing exists":  func() outcome.End { e := read(hereQueues); e.NoneOf = "b"; return e }(),
		"not in the book": read(thereQueues),
	} {
		b := opened(s)
		b.Record(end)
		b.Resources.Answered(hereQueues, "a", outcome.Gone)
		b.Settle(func(*outcome.End) {})
		v := outcome.Evidence{Scope: s, Book: b}
		if got := v.Keeps(hereQueues, "queue", entity.ResourceOf("a")); got.Code != diag.KeptUnread {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// TestResourcesOfParts come together from several invocations, of which the last asks.
func TestResourcesOfParts(t *testing.T) {
	t.Parallel()
	s := asking(t)
	first, second := opened(s), opened(s)
	first.ListDone()
	second.ListDone()
	first.Record(read(hereQueues))
	first.Resources.Read(hereQueues, "read")
	first.Resources.Contradicted(hereQueues, "named")
	none := read(thereQueues)
	none.NoneOf = "nothing"
	second.Record(none)
	second.Resources.Read(hereQueues, "named")
	b := begun(s)
	for _, from := range []*outcome.Book{first, second} {
		part, err := from.Part()
		if err != nil {
			t.Fatal(err)
		}
		if err := b.Merge(part, true); err != nil {
			t.Fatal(err)
		}
	}
	if !b.Resources.Past(hereQueues, "read") || b.Resources.Past(hereQueues, "named") || !b.Resources.Met(hereQueues, "named") || b.Resources.Met(hereQueues, "other") {
		t.Error("the parts say something else than was left")
	}
	b.Settle(func(*outcome.End) {})
	var r report.Report
	b.Fill(&r)
	if len(r.Diagnostics) != 1 || r.Diagnostics[0].Code != diag.NoneExists || !strings.Contains(r.Diagnostics[0].Cause, "such as nothing") {
		t.Errorf("%+v", r.Diagnostics)
	}
	for _, cut := range []string{`{"resources":{"read":"AAAA"}}`, `{"resources":{"contradicted":"AAAA"}}`} {
		if err := begun(s).Merge([]byte(cut), true); err == nil {
			t.Errorf("%s is taken", cut)
		}
	}
}

// TestShortListingsAreTold says once for each kind in each account where a listing ended short.
func TestShortListingsAreTold(t *testing.T) {
	t.Parallel()
	b := opened(asking(t))
	for _, id := range []string{"b", "a", "c"} {
		b.Resources.Answered(hereQueues, id, outcome.Exists)
		b.Resources.Answered(thereQueues, id, outcome.Exists)
		b.Resources.Answered(thereQueues, id, outcome.Gone) // what else AWS says does not matter any more
	}
	b.Resources.Answered(cell.Name{Account: neighbour, Region: here, Kind: queue}, "d", outcome.Exists)
	b.Settle(func(*outcome.End) {})
	var r report.Report
	b.Fill(&r)
	if b.Resources.Short() != 3 || len(r.Diagnostics) != 2 {
		t.Fatalf("%d cells, %+v", b.Resources.Short(), r.Diagnostics)
	}
	d := r.Diagnostics[0]
	if d.Code != diag.ListShort || d.Account != string(member) || len(d.Regions) != 2 || !strings.HasSuffix(d.Cause, "such as a") || d.Fix == "" {
		t.Errorf("%+v", d)
	}
}
