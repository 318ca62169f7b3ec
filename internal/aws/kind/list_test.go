package kind_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"github.com/aws/smithy-go/middleware"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"portolan/internal/aws/kind"
)

// output is what an operation of the SDK gives.
type output struct {
	Names          []string
	NextToken      *string
	ResultMetadata middleware.Metadata
}

// pager is one of the SDK's paginators, with one page for each list of names. It
// may fail, at the call that fails tells.
type pager struct {
	pages [][]string
	end   error
	fails int
	calls int
}

func (p *pager) HasMorePages() bool { return p.calls < len(p.pages) }

func (p *pager) NextPage(context.Context, ...func(*struct{})) (*output, error) {
	p.calls++
	if p.calls == p.fails {
		return nil, p.end
	}
	token := fmt.Sprint(p.calls)
	return &output{Names: p.pages[p.calls-1], NextToken: &token}, nil
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	odd := errors.New("odd")
	tests := map[string]struct {
		pager pager
		want  []any
		err   error
	}{
		"no page":            {pager{}, []any{}, nil},
		"an empty page":      {pager{pages: [][]string{{"a"}, {}, {"b"}}}, []any{"a", "b"}, nil},
		"a page without one": {pager{pages: [][]string{nil, {"b"}}}, []any{"b"}, nil},
		"an error":           {pager{pages: [][]string{{"a"}, {"b"}}, end: odd, fails: 2}, nil, odd},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := kind.Gather(t.Context(), &test.pager, "Names", "All")
			if !errors.Is(err, test.err) {
				t.Fatalf("error %v, want %v", err, test.err)
			}
			want := kind.Object{"All": test.want}
			if test.want == nil {
				want = nil
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("names (-want +got):\n%s", diff)
			}
		})
	}
}

// TestWalkEndsWithAnError: the SDK's paginators would ask for the page for ever.
func TestWalkEndsWithAnError(t *testing.T) {
	t.Parallel()
	p := &pager{pages: [][]string{{"a"}, {"b"}, {"c"}}, end: errors.New("odd"), fails: 2}
	yields := 0
	for range kind.Walk(t.Context(), p, kind.Names("Names", "Name")) {
		yields++
	}
	if yields != 2 || p.calls != 2 {
		t.Errorf("%d pages of %d calls, want the first and the error", yields, p.calls)
	}
}

func TestWalkStopsWithItsReader(t *testing.T) {
	t.Parallel()
	p := &pager{pages: [][]string{{"a"}, {"b"}, {"c"}}}
	for range kind.Walk(t.Context(), p, kind.Names("Names", "Name")) {
		break
	}
	if p.calls != 1 {
		t.Errorf("%d pages were asked for, want 1", p.calls)
	}
}

func TestResourcesOfPage(t *testing.T) {
	t.Parallel()
	objects := kind.Objects("Things", "Arn")
	names := kind.Names("Names", "Arn")
	tests := map[string]struct {
		items func(kind.Object) []*kind.Resource
		page  kind.Object
		want  []*kind.Resource
	}{
		"objects": {objects, kind.Object{"Things": []any{
			kind.Object{"Arn": "b", "Size": json.Number("1")}, kind.Object{"Arn": "a"}, kind.Object{"Arn": nil},
		}}, []*kind.Resource{
			{ID: "b", Properties: kind.Object{"Arn": "b", "Size": json.Number("1")}},
			{ID: "a", Properties: kind.Object{"Arn": "a"}}, {Properties: kind.Object{"Arn": nil}},
		}},
		"objects, null":   {objects, kind.Object{"Things": nil}, []*kind.Resource{}},
		"objects, absent": {objects, kind.Object{}, []*kind.Resource{}},
		"names": {names, kind.Object{"Names": []any{"b", "a"}}, []*kind.Resource{
			{ID: "b", Properties: kind.Object{"Arn": "b"}}, {ID: "a", Properties: kind.Object{"Arn": "a"}},
		}},
		"names, null":   {names, kind.Object{"Names": nil}, []*kind.Resource{}},
		"names, absent": {names, nil, []*kind.Resource{}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, test.items(test.page), cmpopts.IgnoreUnexported(kind.Resource{})); diff != "" {
				t.Errorf("resources (-want +got):\n%s", diff)
			}
		})
	}
}

func TestStr(t *testing.T) {
	t.Parallel()
	r := &kind.Resource{Properties: kind.Object{"Text": "x", "Number": json.Number("1"), "Null": nil}}
	for name, want := range map[string]string{"Text": "x", "Number": "", "Null": "", "Absent": ""} {
		if got := r.Str(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}

// TestAnswersThatLeadBack ends a listing whose pages never do, with an error.
func TestAnswersThatLeadBack(t *testing.T) {
	t.Parallel()
	type page struct {
		NextToken      *string
		ResultMetadata middleware.Metadata
	}
	token, calls := "again", 0
	pager := kind.Tokens(func(context.Context, *string, ...func(*struct{})) (*page, error) {
		calls++
		return &page{NextToken: &token}, nil
	}, func(token *string) *string { return token }, func(p *page) *string { return p.NextToken })
	var failure error
	pages := 0
	for _, err := range kind.Walk(t.Context(), pager, kind.Names("Names", "Name")) {
		pages++
		failure = err
	}
	if failure == nil || calls != 2 || pages != 3 {
		t.Errorf("%d calls gave %d pages and the error %v", calls, pages, failure)
	}
}

// TestItemsWithoutIdentifier: what cannot be told apart was not read, and the rest was.
func TestItemsWithoutIdentifier(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		answer kind.Object
		items  func(kind.Object) []*kind.Resource
		want   []string
		fails  bool
	}{
		"objects":                 {kind.Object{"Keys": []any{kind.Object{"Id": "a"}, kind.Object{"Id": "b"}}}, kind.Objects("Keys", "Id"), []string{"a", "b"}, false},
		"one of another service":  {kind.Object{"Keys": []any{kind.Object{"Id": "a"}, kind.Object{"name": "b"}}}, kind.Objects("Keys", "Id"), []string{"a"}, true},
		"one with an empty name":  {kind.Object{"Keys": []any{kind.Object{"Id": ""}}}, kind.Objects("Keys", "Id"), nil, true},
		"one whose name is none":  {kind.Object{"Keys": []any{kind.Object{"Id": true}}}, kind.Objects("Keys", "Id"), nil, true},
		"texts":                   {kind.Object{"Names": []any{"a"}}, kind.Names("Names", "Name"), []string{"a"}, false},
		"an empty one among them": {kind.Object{"Names": []any{"a", ""}}, kind.Names("Names", "Name"), []string{"a"}, true},
		"none":                    {kind.Object{"Names": []any{}}, kind.Names("Names", "Name"), nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []string
			var failed error
			for page, err := range kind.Ask(func() (kind.Object, error) { return test.answer, nil }, test.items) {
				for _, r := range page {
					got = append(got, r.ID)
				}
				failed = err
			}
			if diff := cmp.Diff(test.want, got); diff != "" || (failed != nil) != test.fails {
				t.Errorf("%v; resources (-want +got):\n%s", failed, diff)
			}
		})
	}
}
