package port_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"portolan/internal/port"
)

// limited answers with what is left of a rate limit of 100 calls.
func limited(remaining int, reset time.Time) reply {
	return fine.with("x-ratelimit-limit", "100").with("x-ratelimit-period", "60").
		with("x-ratelimit-remaining", fmt.Sprint(remaining)).with("x-ratelimit-reset", fmt.Sprint(reset.Unix()))
}

func TestPace(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		remaining int
		calls     int
		low, high time.Duration
	}{
		"plenty is left":        {90, 10, 0, 0},
		"little is left":        {9, 5, 20 * time.Second, 40 * time.Second},
		"the last is not spent": {1, 1, 20 * time.Second, 40 * time.Second},
		"nothing is left":       {0, 1, 60 * time.Second, 62 * time.Second},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				reset := time.Now().Add(time.Minute)
				left := test.remaining + 1
				s := &script{answer: func(seen) reply { left--; return limited(max(left, 0), reset) }}
				c := client(t, s)
				if err := read(t.Context(), c); err != nil {
					t.Fatal(err)
				}
				start := time.Now()
				for range test.calls {
					if err := read(t.Context(), c); err != nil {
						t.Fatal(err)
					}
				}
				if d := time.Since(start); d < test.low || d > test.high {
					t.Errorf("%d calls took %v, want %v to %v", test.calls, d, test.low, test.high)
				}
			})
		})
	}
}

// counting is a Port that counts: 100 calls a minute, and what is above is refused. The
// number of refusals is to be read when all calls are over.
func counting() (answer func(seen) reply, refused *int) {
	var mu sync.Mutex
	var end time.Time
	used := 0
	refused = new(int)
	return func(seen) reply {
		mu.Lock()
		defer mu.Unlock()
		if !time.Now().Before(end) {
			end, used = time.Now().Add(time.Minute), 0
		}
		if used++; used > 100 {
			*refused++
			return reply{status: 429, header: limited(0, end).header}
		}
		return limited(100-used, end)
	}, refused
}

func TestPaceKeepsTheLimitForAllTogether(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		answer, refused := counting()
		s := &script{answer: answer}
		c := client(t, s)
		var group sync.WaitGroup
		for range 8 {
			group.Go(func() {
				for range 40 {
					if err := read(t.Context(), c); err != nil {
						t.Error(err)
					}
				}
			})
		}
		group.Wait()
		if *refused > 8 {
			t.Errorf("%d of %d calls were refused", *refused, len(s.calls))
		}
	})
}

// TestPaceIsShared lets processes that do not know of each other use up one limit.
func TestPaceIsShared(t *testing.T) {
	t.Parallel()
	const processes = 8
	refusals := func(t *testing.T, sharers int) int {
		answer, refused := counting()
		var group sync.WaitGroup
		for range processes {
			c := client(t, &script{answer: answer})
			c.Share(sharers)
			group.Go(func() {
				for range 60 {
					if err := read(t.Context(), c); err != nil {
						t.Error(err)
					}
				}
			})
		}
		group.Wait()
		return *refused
	}
	synctest.Test(t, func(t *testing.T) {
		alone, shared := refusals(t, 1), refusals(t, processes)
		if shared > alone/2 {
			t.Errorf("%d calls were refused of processes that share, %d of such that do not", shared, alone)
		}
	})
}

func TestRefusalHoldsTheFamily(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		first := true
		s := &script{answer: func(r seen) reply {
			if first && r.Method == "GET" {
				first = false
				return status(429).with("Retry-After", "30")
			}
			return fine
		}}
		c := client(t, s)
		var group sync.WaitGroup
		group.Go(func() { _ = read(t.Context(), c) })
		synctest.Wait()
		start := time.Now()
		if _, err := c.Delete(t.Context(), "b", []string{"a"}, port.DeleteOptions{}); err != nil || time.Since(start) != 0 {
			t.Errorf("another family: error %v after %v", err, time.Since(start))
		}
		if err := read(t.Context(), c); err != nil || time.Since(start) < 30*time.Second {
			t.Errorf("the same family: error %v after %v", err, time.Since(start))
		}
		group.Wait()
	})
}

func TestPaceKnowsTheDeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &script{answers: []reply{limited(0, time.Now().Add(time.Minute))}}
		c := client(t, s)
		if err := read(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		var wait *port.WaitError
		if err := read(ctx, c); !errors.As(err, &wait) || len(s.calls) != 1 {
			t.Errorf("error %v after %d calls", err, len(s.calls))
		}
	})
}
