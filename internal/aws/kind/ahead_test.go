package kind_test

import (
	"context"
	"fmt"
	"hash/fnv"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/aws/kind"
)

// fate is an error, or none, that depends only on what is asked.
func fate(seed int, call, id string) error {
	h := fnv.New32()
	_, _ = fmt.Fprint(h, seed, call, id)
	switch h.Sum32() % 13 {
	case 0:
		return code("Throttling")
	case 1:
		return code("AccessDenied")
	case 2:
		return code("NoSuchThing")
	case 3:
		return code("Gone")
	case 4:
		return code("Absent")
	default:
		return nil
	}
}

// strange is a kind some of whose calls fail, each time the same ones.
func strange(seed int) *kind.Kind {
	follow := func(name string, essential bool, size int) kind.FollowUp {
		return kind.FollowUp{
			Name: name, Actions: []string{"svc:" + name}, Essential: essential, Size: size,
			Gone: []string{"Gone"}, Absent: []string{"Absent"}, Instead: kind.Object{name: "none"},
			Call: func(_ context.Context, _ kind.Target, batch []*kind.Resource) (map[string]kind.Object, error) {
				answers := map[string]kind.Object{}
				for _, r := range batch {
					if err := fate(seed, name, r.ID); err != nil {
						if len(batch) > 1 { // a batch fails by names only, so that it does not matter which batch it is
							continue
						}
						return nil, err
					}
					answers[r.ID] = kind.Object{name: name + " of " + r.ID}
				}
				return answers, nil
			},
		}
	}
	var end error
	if seed%3 == 0 {
		end = code("Throttling")
	}
	k := &kind.Kind{
		Type: "AWS::Test::Thing", List: pages(end, 0, 7, 130, 0, 1, 250, 3), Document: kind.Form{Open: true},
		Optional: []kind.FollowUp{follow("C", false, 0), follow("D", false, 10), follow("E", false, 1)},
	}
	if seed%4 > 0 {
		k.Default = append(k.Default, follow("A", true, 1))
	}
	if seed%4 > 1 {
		k.Default = append(k.Default, follow("B", seed%2 == 0, 1))
	}
	k.List.NamesOnly = true
	return k
}

// TestOverlapChangesNothing reads with one call at a time and with many, and wants the same
// documents in the same order, and the same errors before them.
func TestOverlapChangesNothing(t *testing.T) {
	t.Parallel()
	for seed := range 24 {
		stream := func(parallel int) (all []string) {
			var errs []string
			k := strange(seed)
			for document, err := range k.Read(t.Context(), kind.Target{}, kind.Options{
				Actions: k.OptionalNames(), Parallel: parallel, Budget: newPurse(150), Expect: &kind.Expectation{},
			}) {
				if err != nil {
					errs = append(errs, err.Error())
					continue
				}
				slices.Sort(errs) // calls that are made at a time fail in any order
				all = append(append(all, errs...), fmt.Sprint(document))
				errs = nil
			}
			slices.Sort(errs)
			return append(all, errs...)
		}
		want := stream(1)
		if len(want) < 100 {
			t.Fatalf("only %d documents and errors", len(want))
		}
		for _, parallel := range []int{2, 8} {
			if diff := cmp.Diff(want, stream(parallel)); diff != "" {
				t.Errorf("seed %d, %d at a time (-one +many):\n%s", seed, parallel, diff)
			}
		}
	}
}

// TestPagesAndFollowUpsOverlap looks at the clock: each call takes a second.
func TestPagesAndFollowUpsOverlap(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		second := func(context.Context, *kind.Resource) error {
			time.Sleep(time.Second)
			return nil
		}
		list := pages(nil, 10, 10, 10, 10)
		open := list.Pages
		list.Pages = func(ctx context.Context, target kind.Target) kind.Pages {
			return func(yield func([]*kind.Resource, error) bool) {
				for page, err := range open(ctx, target) {
					time.Sleep(time.Second)
					if !yield(page, err) {
						return
					}
				}
			}
		}
		k := &kind.Kind{
			List: list, Default: []kind.FollowUp{doing("Describe", second)},
			Optional: []kind.FollowUp{doing("Tags", second), doing("Backups", second)},
		}
		began := time.Now()
		for _, err := range k.Read(t.Context(), kind.Target{}, kind.Options{Actions: k.OptionalNames(), Parallel: 2, Budget: newPurse(1000)}) {
			if err != nil {
				t.Fatal(err)
			}
		}
		// 40 calls, two at a time, take 20 s; the first page and the last tags come besides.
		if took := time.Since(began); took > 23*time.Second {
			t.Errorf("three calls about each of 40 resources took %s", took)
		}
	})
}

// TestTwoChunksAreInMemory counts the resources that have been asked about and not taken yet.
func TestTwoChunksAreInMemory(t *testing.T) {
	t.Parallel()
	for room, most := range map[int64]int64{1000: 200, 199: 100} {
		var asked, taken, held atomic.Int64
		k := &kind.Kind{List: pages(nil, 1000, 100, 100, 1000), Default: []kind.FollowUp{doing("Describe", func(context.Context, *kind.Resource) error {
			asked.Add(1)
			if now := asked.Load() - taken.Load(); now > held.Load() {
				held.Store(now)
			}
			return nil
		})}}
		k.List.NamesOnly = true
		budget := newPurse(room)
		for _, err := range k.Read(t.Context(), kind.Target{}, kind.Options{Parallel: 8, Budget: budget}) {
			if err != nil {
				t.Fatal(err)
			}
			taken.Add(1)
		}
		if taken.Load() != 2200 || held.Load() > most+8 || budget.most > most {
			t.Errorf("room for %d: %d resources, %d in memory at a time, %d reserved; want %d", room, taken.Load(), held.Load(), budget.most, most)
		}
	}
}
