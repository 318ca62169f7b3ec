package kind_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sync/errgroup"

	"portolan/internal/aws/kind"
)

// TestFullPagesAmongEmptyOnes reads cells of which one in four has full pages, as in an estate
// that uses four of its regions, and wants hardly more resources in memory than there is room
// for: mixed, and if all empty ones come first and what they held is known from the last time.
func TestFullPagesAmongEmptyOnes(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		full  func(cell, of int) bool
		known bool
		most  int64
	}{
		"mixed":              {func(cell, of int) bool { return cell%4 == 3 }, false, 3 * room},
		"mixed, known":       {func(cell, of int) bool { return cell%4 == 3 }, true, room},
		"empty first, known": {func(cell, of int) bool { return cell >= of*3/4 }, true, room},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				most := readMixed(t, test.full, test.known)
				if most > test.most {
					t.Errorf("%d resources were in memory, and there is room for %d", most, room)
				}
			})
		})
	}
}

const room = 2000

// readMixed returns the most resources that were in memory.
func readMixed(t *testing.T, isFull func(cell, of int) bool, known bool) int64 {
	const (
		cells    = 680
		pageSize = 250
		fullOnes = 3 // pages of a cell that is not empty
	)
	var alive, most atomic.Int64
	// As with AWS, no two cells are answered at the same moment: then what one page holds is learned before many
	// others are asked for.
	pages := func(cell int, full bool) kind.Listing {
		latency := 30*time.Millisecond + time.Duration(cell*7919%50_000)*time.Microsecond
		return kind.Listing{Name: "ListAction", Actions: []string{"svc:List"}, PageSize: pageSize, Pages: func(context.Context, kind.Target) kind.Pages {
			return func(yield func([]*kind.Resource, error) bool) {
				for range fullOnes {
					<-time.After(latency)
					if !full {
						yield(nil, nil)
						return
					}
					var page []*kind.Resource
					for i := range pageSize {
						page = append(page, &kind.Resource{ID: fmt.Sprint(i)})
					}
					now := alive.Add(pageSize)
					most.Store(max(most.Load(), now))
					if !yield(page, nil) {
						return
					}
				}
			}
		}}
	}
	budget, expect := kind.NewRoom(room), &kind.Expectation{}
	var group errgroup.Group
	group.SetLimit(192)
	began := time.Now()
	for i := range cells {
		full := isFull(i, cells)
		last := func() (int, bool) {
			if !full {
				return 0, known
			}
			return fullOnes * pageSize, known
		}
		group.Go(func() error {
			k := &kind.Kind{Type: "AWS::Test::Thing", List: pages(i, full)}
			for _, err := range k.Find(t.Context(), kind.Target{}, kind.Options{Parallel: 8, Budget: budget, Expect: expect, Last: last}) {
				if err != nil {
					return err
				}
				<-time.After(100 * time.Microsecond) // mapped, hashed and sent
				alive.Add(-1)
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		t.Error(err)
	}
	t.Logf("%d resources in memory at most, %s", most.Load(), time.Since(began))
	return most.Load()
}
