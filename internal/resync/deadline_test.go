package resync

import (
	"context"
	"testing"
	"time"
)

// TestDeadlines shows how long before its deadline a run starts no more cells, and
// how long before it ends those that it reads.
func TestDeadlines(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ left, start, finish time.Duration }{
		"the longest that Lambda has": {15 * time.Minute, time.Minute, 30 * time.Second},
		"five minutes":                {5 * time.Minute, time.Minute, 30 * time.Second},
		"a minute":                    {time.Minute, 12 * time.Second, 6 * time.Second},
		"ten seconds":                 {10 * time.Second, 2 * time.Second, time.Second},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			now := time.Now()
			ctx, cancel := context.WithDeadline(t.Context(), now.Add(test.left))
			defer cancel()
			got := deadlinesOf(ctx, now, 0)
			if before := now.Add(test.left).Sub(got.start); before != test.start {
				t.Errorf("cells are started until %s before the deadline, want %s", before, test.start)
			}
			if before := now.Add(test.left).Sub(got.finish); before != test.finish {
				t.Errorf("cells are read until %s before the deadline, want %s", before, test.finish)
			}
		})
	}
}

func TestNoDeadline(t *testing.T) {
	t.Parallel()
	d := deadlinesOf(t.Context(), time.Now(), 0)
	ctx, cancel := until(t.Context(), d.start)
	defer cancel()
	if end, ok := ctx.Deadline(); ok {
		t.Errorf("a run without a deadline ends at %s", end)
	}
}

// contextUntil returns a context with a deadline that may be long over.
func contextUntil(t *testing.T, end time.Time) (context.Context, context.CancelFunc) {
	t.Helper()
	return context.WithDeadline(t.Context(), end)
}
