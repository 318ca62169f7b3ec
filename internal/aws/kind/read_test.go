package kind_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"portolan/internal/aws/awserr"
	"portolan/internal/aws/kind"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const roomFor = 1000

// pages lists resources named r0, r1, … on pages of the given sizes, and then fails
// if there is an error.
func pages(end error, sizes ...int) kind.Listing {
	return kind.Listing{
		Name: "ListAction", Actions: []string{"svc:List"},
		Pages: func(context.Context, kind.Target) kind.Pages {
			return func(yield func([]*kind.Resource, error) bool) {
				n := 0
				for _, size := range sizes {
					var page []*kind.Resource
					for range size {
						id := fmt.Sprintf("r%d", n)
						page = append(page, &kind.Resource{ID: id, Properties: kind.Object{"Name": id}})
						n++
					}
					if !yield(page, nil) {
						return
					}
				}
				if end != nil {
					yield(nil, end)
				}
			}
		},
	}
}

func read(t *testing.T, k *kind.Kind, actions ...string) (names []string, errs []error) {
	t.Helper()
	return readBy(t, k, 4, actions...)
}

// readBy is read with so many calls of a follow-up at a time.
func readBy(t *testing.T, k *kind.Kind, parallel int, actions ...string) (names []string, errs []error) {
	t.Helper()
	budget := kind.NewRoom(roomFor)
	options := kind.Options{Actions: actions, Parallel: parallel, Budget: budget, Expect: &kind.Expectation{}}
	for document, err := range k.Read(t.Context(), kind.Target{Account: "111122223333", Region: "eu-west-1"}, options) {
		if err != nil {
			errs = append(errs, err)
			continue
		}
		names = append(names, fmt.Sprint(document["Properties"].(kind.Object)["Name"]))
	}
	if !budget.TryAcquire(roomFor) {
		t.Error("the reading kept some of the budget")
	}
	return names, errs
}

func TestReadGivesEveryResourceOfEveryPage(t *testing.T) {
	t.Parallel()
	k := &kind.Kind{Type: "AWS::Test::Thing", List: pages(nil, 2, 0, 250, 1), Document: kind.Form{Properties: "Name"}}
	names, errs := read(t, k)
	if len(errs) > 0 || len(slices.Compact(slices.Sorted(slices.Values(names)))) != 253 {
		t.Errorf("%d names, errors %v", len(names), errs)
	}
}

func TestReadEndsWithTheListingsError(t *testing.T) {
	t.Parallel()
	broken := errors.New("page 2 is broken")
	k := &kind.Kind{Type: "AWS::Test::Thing", List: pages(broken, 2), Document: kind.Form{Properties: "Name"}}
	names, errs := read(t, k)
	if len(names) != 2 || len(errs) != 1 || !errors.Is(errs[0], broken) {
		t.Errorf("names %v, errors %v", names, errs)
	}
}

func TestReadGivesTheBudgetBackToWhoeverStops(t *testing.T) {
	t.Parallel()
	k := &kind.Kind{Type: "AWS::Test::Thing", List: pages(nil, 5, 5), Document: kind.Form{Properties: "Name"}}
	budget := kind.NewRoom(roomFor)
	for range k.Read(t.Context(), kind.Target{}, kind.Options{Budget: budget}) {
		break
	}
	if !budget.TryAcquire(roomFor) {
		t.Error("the reading kept some of the budget")
	}
}

func TestReadThatFindsNoRoomSaysSo(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	budget := kind.NewRoom(roomFor)
	budget.TryAcquire(roomFor)
	k := &kind.Kind{Type: "AWS::Test::Thing", List: pages(nil, 5)}
	for document, err := range k.Read(ctx, kind.Target{}, kind.Options{Budget: budget}) {
		if document != nil || awserr.ClassOf(err) != awserr.Timeout {
			t.Errorf("document %v, error %v", document, err)
		}
	}
}

// code is an error of AWS with a code.
type code string

func (c code) Error() string        { return string(c) }
func (c code) ErrorCode() string    { return string(c) }
func (c code) ErrorMessage() string { return "" }

// TestFollowUpsJoinByIdentifier returns the answers in another order than asked, in
// batches, and names one resource as missing.
func TestFollowUpsJoinByIdentifier(t *testing.T) {
	t.Parallel()
	var calls, most atomic.Int64
	describe := kind.FollowUp{
		Name: "DescribeAction", Actions: []string{"svc:Describe"}, Size: 3, Essential: true,
		Call: func(_ context.Context, _ kind.Target, batch []*kind.Resource) (map[string]kind.Object, error) {
			calls.Add(1)
			most.Store(max(most.Load(), int64(len(batch))))
			answers := make(map[string]kind.Object)
			for _, id := range slices.Backward(kind.IDs(batch)) {
				if id != "r4" {
					answers[id] = kind.Object{"Name": "described " + id}
				}
			}
			return answers, kind.Failures{"r4": kind.ErrMissing}
		},
	}
	k := &kind.Kind{Type: "AWS::Test::Thing", List: pages(nil, 7), Default: []kind.FollowUp{describe}, Document: kind.Form{Properties: "Name"}}
	names, errs := read(t, k)
	want := []string{"described r0", "described r1", "described r2", "described r3", "described r5", "described r6"}
	if diff := cmp.Diff(want, names); diff != "" || len(errs) > 0 {
		t.Errorf("names (-want +got):\n%serrors %v", diff, errs)
	}
	if calls.Load() != 3 || most.Load() != 3 {
		t.Errorf("%d calls, the largest of %d", calls.Load(), most.Load())
	}
}

func TestContextOfDocuments(t *testing.T) {
	t.Parallel()
	for scope, want := range map[kind.Scope]any{
		kind.Regional:   kind.Object{"AccountId": "111122223333", "Region": "eu-west-1"},
		kind.Global:     kind.Object{"AccountId": "111122223333"},
		kind.Management: nil,
	} {
		k := &kind.Kind{Type: "AWS::Test::Thing", Scope: scope, List: pages(nil, 1)}
		budget := kind.NewRoom(roomFor)
		for document, err := range k.Read(t.Context(), kind.Target{Account: "111122223333", Region: "eu-west-1"}, kind.Options{Budget: budget}) {
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, document["__ExtraContext"]); diff != "" {
				t.Errorf("%s (-want +got):\n%s", scope, diff)
			}
		}
	}
}
