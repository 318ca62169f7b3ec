package schedule_test

import (
	"context"
	"testing"
	"time"

	"portolan/internal/resync/schedule"
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
			got := schedule.DeadlinesOf(ctx, now, 0)
			if before := now.Add(test.left).Sub(got.Start); before != test.start {
				t.Errorf("cells are started until %s before the deadline, want %s", before, test.start)
			}
			if before := now.Add(test.left).Sub(got.Finish); before != test.finish {
				t.Errorf("cells are read until %s before the deadline, want %s", before, test.finish)
			}
		})
	}
}

func TestNoDeadline(t *testing.T) {
	t.Parallel()
	d := schedule.DeadlinesOf(t.Context(), time.Now(), 0)
	if d != (schedule.Deadlines{}) {
		t.Errorf("a run without a deadline has %+v", d)
	}
}
