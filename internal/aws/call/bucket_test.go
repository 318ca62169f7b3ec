package call

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go"

	"portolan/internal/aws/kind"
)

// TestThrottlesSetThePace calls an AWS that allows other rates than those that the bucket
// begins with: after a while it gets nearly all that is allowed, and few throttles.
func TestThrottlesSetThePace(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ own, allowed, burst float64 }{
		"half of it":        {9, 5, 5},
		"no burst":          {9, 5, 1},
		"nearly all of it":  {9, 8, 8},
		"a tenth":           {20, 2, 2},
		"hundreds a second": {900, 300, 300},
		"more than it asks": {9, 20, 20},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				own, theirs := newBucket(test.own, 1), newBucket(test.allowed, int(test.burst))
				const settled, whole = 60 * time.Second, 360 * time.Second
				admitted, throttled := 0, 0
				for began := time.Now(); time.Since(began) < whole; {
					if !own.wait(t.Context()) {
						t.Fatal("the context has no end")
					}
					counts := 0
					if time.Since(began) >= settled {
						counts = 1
					}
					if theirs.take() <= 0 {
						admitted += counts
						continue
					}
					throttled += counts
					own.throttled(time.Now())
				}
				want := min(test.own, test.allowed) * (whole - settled).Seconds()
				if got := float64(admitted) / want; got < 0.85 {
					t.Errorf("%.2f of what is allowed was used", got)
				}
				if float64(throttled) > want/20 {
					t.Errorf("%d of %d calls were throttled", throttled, admitted+throttled)
				}
			})
		})
	}
}

// TestThePaceComesBack waits for AWS to allow what it documents again.
func TestThePaceComesBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBucket(10, 5)
		for range 50 {
			time.Sleep(time.Millisecond)
			b.throttled(time.Now())
		}
		if b.pace < 0.4 || b.pace > 0.6 {
			t.Errorf("the slowest pace is %.1f calls a second", b.pace)
		}
		time.Sleep(3 * time.Minute)
		for range 5 {
			b.wait(t.Context())
		}
		began := time.Now()
		for range 20 {
			b.wait(t.Context())
		}
		if took := time.Since(began); took > 2100*time.Millisecond {
			t.Errorf("20 calls at 10 a second took %s", took)
		}
	})
}

// TestThrottlesOfEarlierCalls: many calls that were under way when the first of them was
// throttled tell the same news.
func TestThrottlesOfEarlierCalls(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBucket(100, 50)
		sent := time.Now()
		time.Sleep(50 * time.Millisecond)
		for range 8 {
			b.throttled(sent)
		}
		if b.pace != 75 {
			t.Errorf("the pace is %.1f", b.pace)
		}
		if b.tokens > 0 {
			t.Error("the burst is left although AWS throttles")
		}
	})
}

// TestBucketServesInOrder lets calls come at the same moment, one after the other.
func TestBucketServesInOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBucket(10, 1)
		var (
			mu     sync.Mutex
			served []int
			calls  sync.WaitGroup
		)
		for i := range 20 {
			calls.Go(func() {
				b.wait(t.Context())
				mu.Lock()
				defer mu.Unlock()
				served = append(served, i)
			})
			synctest.Wait()
		}
		calls.Wait()
		for i, n := range served {
			if i != n {
				t.Fatalf("served %v", served)
			}
		}
	})
}

// TestWhoGivesUpLeavesNothing cancels a call that waits: those behind it do not wait for it.
func TestWhoGivesUpLeavesNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBucket(1, 1)
		b.wait(t.Context())
		ctx, cancel := context.WithCancel(t.Context())
		var calls sync.WaitGroup
		for range 3 {
			calls.Go(func() {
				if b.wait(ctx) {
					t.Error("a call was made for nobody")
				}
			})
		}
		synctest.Wait()
		cancel()
		calls.Wait()
		began := time.Now()
		b.wait(t.Context())
		if took := time.Since(began); took > time.Second || b.waiting != 0 {
			t.Errorf("the next call waited %s, %d wait", took, b.waiting)
		}
	})
}

// TestAThrottleSlowsDownItsOwnOperation: what has a rate does not wait for what has none.
func TestAThrottleSlowsDownItsOwnOperation(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		gate := NewGate(Limits{}, []kind.Rate{{Service: "SQS", Operations: []string{"ListQueueTags"}, PerSecond: 30, Burst: 1}},
			slog.New(slog.DiscardHandler))
		r, ok := gate.retryer("111111111111/eu-west-1/sqs").(aws.RetryerV2)
		if !ok {
			t.Fatal("the SDK would not ask the retryer before an attempt")
		}
		attempt := func(operation string) func(error) error {
			release, err := r.GetAttemptToken(awsmiddleware.SetOperationName(awsmiddleware.SetServiceID(t.Context(), "SQS"), operation))
			if err != nil {
				t.Fatal(err)
			}
			return release
		}
		throttled := &smithy.GenericAPIError{Code: "ThrottlingException"}
		_ = attempt("GetQueueAttributes")(throttled)
		began := time.Now()
		for range 100 {
			_ = attempt("ListQueueTags")(nil)
		}
		if took := time.Since(began); took > 0 {
			t.Errorf("100 attempts waited %s for another operation", took)
		}
	})
}
