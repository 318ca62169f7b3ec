package kind_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"

	"portolan/internal/aws/awserr"
	"portolan/internal/aws/kind"
)

// purse is a budget that knows how much of it is held, and was held at most.
type purse struct {
	room *kind.Room

	mu         sync.Mutex
	held, most int64
}

func newPurse(size int64) *purse { return &purse{room: kind.NewRoom(size)} }

func (p *purse) Acquire(ctx context.Context, n int64) error {
	if err := p.room.Acquire(ctx, n); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.held += n
	p.most = max(p.most, p.held)
	return nil
}

func (p *purse) TryAcquire(n int64) bool {
	if !p.room.TryAcquire(n) {
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.held += n
	p.most = max(p.most, p.held)
	return true
}

func (p *purse) Owe(n int64) {
	p.room.Owe(n)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.held += n
	p.most = max(p.most, p.held)
}

func (p *purse) Release(n int64) {
	p.mu.Lock()
	p.held -= n
	p.mu.Unlock()
	p.room.Release(n)
}

// doing makes a follow-up of a function that is called for each resource.
func doing(name string, do func(ctx context.Context, r *kind.Resource) error) kind.FollowUp {
	return kind.FollowUp{
		Name: name, Actions: []string{"svc:" + name}, Essential: true,
		Call: kind.Each(func(ctx context.Context, _ kind.Target, r *kind.Resource) (kind.Object, error) {
			return kind.Object{name: true}, do(ctx, r)
		}),
	}
}

// TestBudgetComesBack ends readings in every way that there is.
func TestBudgetComesBack(t *testing.T) {
	t.Parallel()
	odd := errors.New("odd")
	fine := func(context.Context, *kind.Resource) error { return nil }
	tests := map[string]struct {
		list kind.Listing
		call func(context.Context, *kind.Resource) error
		stop int // after so many documents and errors; 0 never
		saw  int
	}{
		"to the end":                 {list: pages(nil, 100, 0, 250, 7), call: fine, saw: 357},
		"no page":                    {list: pages(nil), call: fine},
		"the listing fails":          {list: pages(odd, 100), call: fine, saw: 101},
		"the listing fails at once":  {list: pages(odd), call: fine, saw: 1},
		"calls fail":                 {list: pages(nil, 30), call: func(context.Context, *kind.Resource) error { return odd }, saw: 30},
		"stopped at the first":       {list: pages(nil, 250), call: fine, stop: 1, saw: 1},
		"stopped in the second page": {list: pages(nil, 100, 100), call: fine, stop: 150, saw: 150},
		"stopped at an error":        {list: pages(nil, 30), call: func(context.Context, *kind.Resource) error { return odd }, stop: 2, saw: 2},
		"stopped at the last error":  {list: pages(odd, 2), call: fine, stop: 3, saw: 3},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			budget := newPurse(100)
			k := &kind.Kind{List: test.list, Default: []kind.FollowUp{doing("Describe", test.call)}}
			saw := 0
			for range k.Read(t.Context(), kind.Target{}, kind.Options{Parallel: 3, Budget: budget, Expect: &kind.Expectation{}}) {
				if saw++; saw == test.stop {
					break
				}
			}
			if saw != test.saw {
				t.Errorf("%d documents and errors, want %d", saw, test.saw)
			}
			if budget.held != 0 {
				t.Errorf("%d of the budget did not come back", budget.held)
			}
		})
	}
}

func TestBudgetComesBackFromWhoeverPanics(t *testing.T) {
	t.Parallel()
	budget := newPurse(100)
	k := &kind.Kind{List: pages(nil, 100)}
	func() {
		defer func() { _ = recover() }()
		for range k.Read(t.Context(), kind.Target{}, kind.Options{Budget: budget}) {
			panic("the reader's own fault")
		}
	}()
	if budget.held != 0 {
		t.Errorf("%d of the budget did not come back", budget.held)
	}
}

// TestBudgetHoldsAPageAtMost looks at the budget whenever resources are at hand.
func TestBudgetHoldsAPageAtMost(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		size      int
		namesOnly bool
		pages     []int
		want      []int64 // held while the documents of each page are read
		most      int64
	}{
		"pages of a hundred, unless told": {0, false, []int{100, 3}, []int64{100, 3}, 100},
		"its own size":                    {250, false, []int{250, 20, 0, 1}, []int64{250, 20, 1}, 250},
		"names take no room":              {1000, true, []int{1000, 40}, []int64{100, 40}, 100},
		"more than a page may hold":       {50, false, []int{70}, []int64{50, 20}, 50},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			budget := newPurse(250)
			k := &kind.Kind{List: pages(nil, test.pages...)}
			k.List.PageSize, k.List.NamesOnly = test.size, test.namesOnly
			var held []int64
			for range k.Read(t.Context(), kind.Target{}, kind.Options{Budget: budget}) {
				held = append(held, budget.held)
			}
			if diff := cmp.Diff(test.want, slices.Compact(held)); diff != "" {
				t.Errorf("held (-want +got):\n%s", diff)
			}
			if budget.most != test.most {
				t.Errorf("%d were held at most, want %d", budget.most, test.most)
			}
		})
	}
}

// TestReadingsShareABudget lets more readings run than have room at a time.
func TestReadingsShareABudget(t *testing.T) {
	t.Parallel()
	budget, expect := newPurse(100), &kind.Expectation{}
	k := &kind.Kind{List: pages(nil, 40, 100, 0, 250, 3), Default: []kind.FollowUp{
		doing("Describe", func(context.Context, *kind.Resource) error { return nil }),
	}}
	var group errgroup.Group
	for range 16 {
		group.Go(func() error {
			saw := 0
			for _, err := range k.Read(t.Context(), kind.Target{}, kind.Options{Parallel: 4, Budget: budget, Expect: expect}) {
				if err != nil {
					return err
				}
				saw++
			}
			if saw != 393 {
				return fmt.Errorf("%d documents, want 393", saw)
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		t.Error(err)
	}
	// The readings that began before anything was known may all have met a full page.
	if budget.held != 0 || budget.most > 100+16*100 {
		t.Errorf("%d are held, %d were at most", budget.held, budget.most)
	}
}

// TestCallsUnderWay lets each call take a second: the clock tells how many were
// under way at a time.
func TestCallsUnderWay(t *testing.T) {
	t.Parallel()
	for parallel, seconds := range map[int]int{-1: 12, 0: 12, 1: 12, 4: 3, 5: 3, 12: 1, 50: 1} {
		t.Run(fmt.Sprint(parallel), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				second := doing("Describe", func(context.Context, *kind.Resource) error {
					<-time.After(time.Second)
					return nil
				})
				k := &kind.Kind{List: pages(nil, 12), Default: []kind.FollowUp{second}}
				start := time.Now()
				for _, err := range k.Read(t.Context(), kind.Target{}, kind.Options{Parallel: parallel, Budget: newPurse(100)}) {
					if err != nil {
						t.Error(err)
					}
				}
				if took := time.Since(start); took != time.Duration(seconds)*time.Second {
					t.Errorf("twelve calls of a second took %s, want %d s", took, seconds)
				}
			})
		})
	}
}

// TestCancelledWhileCallsAreUnderWay wants every resource to be missed aloud.
func TestCancelledWhileCallsAreUnderWay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 2500*time.Millisecond)
		defer cancel()
		second := doing("Describe", func(ctx context.Context, _ *kind.Resource) error {
			select {
			case <-time.After(time.Second):
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
		budget := newPurse(100)
		k := &kind.Kind{List: pages(nil, 6, 6), Default: []kind.FollowUp{second}}
		documents, errs := 0, 0
		for _, err := range k.Read(ctx, kind.Target{}, kind.Options{Parallel: 3, Budget: budget}) {
			switch {
			case err == nil:
				documents++
			case awserr.ClassOf(err) == awserr.Timeout:
				errs++
			default:
				t.Error(err)
			}
		}
		if documents+errs < 12 || documents < 6 || errs == 0 {
			t.Errorf("%d documents and %d errors of twelve resources", documents, errs)
		}
		if budget.held != 0 {
			t.Errorf("%d of the budget did not come back", budget.held)
		}
	})
}

// TestCancelledBetweenPages is no end of the list.
func TestCancelledBetweenPages(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	budget := newPurse(100)
	k := &kind.Kind{List: pages(nil, 1, 1)}
	var last error
	for _, err := range k.Read(ctx, kind.Target{}, kind.Options{Budget: budget}) {
		cancel()
		last = err
	}
	if awserr.ClassOf(last) != awserr.Timeout {
		t.Errorf("the stream ends with %v", last)
	}
	if budget.held != 0 {
		t.Errorf("%d of the budget did not come back", budget.held)
	}
}

// TestOrderOfFollowUps holds that each sees what the default ones before it have merged,
// and none what an optional one has, which not everybody wants.
func TestOrderOfFollowUps(t *testing.T) {
	t.Parallel()
	for _, parallel := range []int{1, 4} {
		var mu sync.Mutex
		var calls []string
		step := func(name, needs string) kind.FollowUp {
			return doing(name, func(_ context.Context, r *kind.Resource) error {
				mu.Lock()
				defer mu.Unlock()
				calls = append(calls, name)
				if r.Properties[needs] == nil {
					t.Errorf("%s of %s does not see %s", name, r.ID, needs)
				}
				if name == "E" && r.Properties["D"] != nil {
					t.Errorf("E of %s sees D", r.ID)
				}
				return nil
			})
		}
		k := &kind.Kind{
			List:     pages(nil, 3),
			Default:  []kind.FollowUp{step("A", "Name"), step("B", "A")},
			Optional: []kind.FollowUp{step("C", "B"), step("D", "B"), step("E", "B")},
		}
		names, errs := readBy(t, k, parallel, "E", "D", "Unknown", "A", "E")
		if len(names) != 3 || len(errs) > 0 {
			t.Errorf("names %v, errors %v", names, errs)
		}
		if parallel > 1 {
			slices.Sort(calls) // the optional ones overlap
		}
		if diff := cmp.Diff([]string{"A", "A", "A", "B", "B", "B", "D", "D", "D", "E", "E", "E"}, calls); diff != "" {
			t.Errorf("%d at a time: calls (-want +got):\n%s", parallel, diff)
		}
	}
}

// TestConfigurationThatIsAbsentInABatch finds out which resources lack it.
func TestConfigurationThatIsAbsentInABatch(t *testing.T) {
	t.Parallel()
	call := kind.FollowUp{
		Name: "GetAction", Size: 10, Absent: []string{"ThingIsNotConfigured"}, Instead: kind.Object{"Name": "none"},
		Call: func(_ context.Context, _ kind.Target, batch []*kind.Resource) (map[string]kind.Object, error) {
			if slices.Contains(kind.IDs(batch), "r2") {
				return nil, code("ThingIsNotConfigured")
			}
			answers := map[string]kind.Object{}
			for _, id := range kind.IDs(batch) {
				answers[id] = nil
			}
			return answers, nil
		},
	}
	k := &kind.Kind{List: pages(nil, 5), Default: []kind.FollowUp{call}}
	k.Document.Properties = "Name"
	names, errs := read(t, k)
	if diff := cmp.Diff([]string{"r0", "r1", "none", "r3", "r4"}, names); diff != "" || len(errs) > 0 {
		t.Errorf("names (-want +got):\n%serrors %v", diff, errs)
	}
}

// TestListingThatHasNothing tells "there is nothing" from "it is not there".
func TestListingThatHasNothing(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		end   error
		class awserr.Class
	}{
		"a code that says so":       {code("ServiceIsNotInUse"), awserr.None},
		"not found":                 {code("ResourceNotFoundException"), awserr.Failed},
		"not found, in other words": {code("NoSuchThing"), awserr.Failed},
		"denied":                    {code("AccessDenied"), awserr.Denied},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := &kind.Kind{List: pages(test.end, 1)}
			k.List.Nothing = []string{"ServiceIsNotInUse"}
			names, errs := read(t, k)
			if len(names) != 1 || awserr.ClassOf(errors.Join(errs...)) != test.class {
				t.Errorf("names %v, errors %v, want class %q", names, errs, test.class)
			}
		})
	}
}
