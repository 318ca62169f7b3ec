package port_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"portolan/internal/port"
)

func read(ctx context.Context, c *port.Client) error { _, err := c.Integration(ctx); return err }

func write(ctx context.Context, c *port.Client) error {
	outcomes, err := c.Upsert(ctx, "b", items("a", "b"), port.UpsertOptions{})
	return errors.Join(err, outcomes[0].Err)
}

func examples(ctx context.Context, c *port.Client) error {
	return c.SendExamples(ctx, "k", []map[string]any{{"a": "b"}})
}

func TestWhatIsSentAgain(t *testing.T) {
	t.Parallel()
	broken := reply{err: errors.New("connection reset")}
	tests := map[string]struct {
		answer   reply
		call     func(context.Context, *port.Client) error
		attempts int
	}{
		"408":                {status(408), read, 11},
		"429":                {status(429), read, 11},
		"500, a little":      {status(500), read, 3},
		"500 of a write":     {status(500), write, 3},
		"502":                {status(502), write, 11},
		"503":                {status(503), write, 11},
		"504":                {status(504), write, 11},
		"broken connection":  {broken, write, 11},
		"400":                {status(400), read, 1},
		"403":                {status(403), read, 1},
		"404":                {status(404), read, 1},
		"409":                {status(409), write, 1},
		"501":                {status(501), read, 1},
		"examples, 503":      {status(503), examples, 1},
		"examples, 429":      {status(429), examples, 1},
		"examples, broken":   {broken, examples, 1},
		"unreadable as JSON": {ok("<html>"), read, 3},
		"about nothing":      {ok(`{"ok":true}`), read, 3},
		"cut":                {ok(`{"integration":{"instal`), read, 3},
		"a state is set, 503": {status(503), func(ctx context.Context, c *port.Client) error {
			return c.SetResyncState(ctx, port.ResyncState{Status: port.Running, Start: time.Now()})
		}, 11},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := &script{answers: []reply{test.answer}}
				if err := test.call(t.Context(), client(t, s)); err == nil {
					t.Error("no error")
				}
				if len(s.calls) != test.attempts {
					t.Errorf("%d attempts, want %d", len(s.calls), test.attempts)
				}
			})
		})
	}
}

func TestBackoffGrowsBelowItsCeiling(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &script{answers: []reply{status(503)}}
		_ = read(t.Context(), client(t, s))
		ceiling := 300 * time.Millisecond
		for i := 1; i < len(s.calls); i++ {
			if wait := s.calls[i].At.Sub(s.calls[i-1].At); wait > ceiling {
				t.Errorf("wait %d is %v, above %v", i, wait, ceiling)
			}
			ceiling *= 2
		}
	})
}

func TestPortSaysHowLongToWait(t *testing.T) {
	t.Parallel()
	in := func(d time.Duration) string { return fmt.Sprint(time.Now().Add(d).Unix()) }
	tests := map[string]struct {
		status    int
		headers   func() map[string]string
		low, high time.Duration
	}{
		"seconds":           {429, func() map[string]string { return map[string]string{"Retry-After": "7"} }, 7 * time.Second, 8 * time.Second},
		"seconds after 503": {503, func() map[string]string { return map[string]string{"Retry-After": "7"} }, 7 * time.Second, 8 * time.Second},
		"HTTP date": {429, func() map[string]string {
			return map[string]string{"Retry-After": time.Now().Add(9 * time.Second).UTC().Format(http.TimeFormat)}
		}, 8 * time.Second, 10 * time.Second},
		"epoch": {429, func() map[string]string { return map[string]string{"Retry-After": in(9 * time.Second)} }, 8 * time.Second, 10 * time.Second},
		"end of the window": {
			429, func() map[string]string { return map[string]string{"x-ratelimit-reset": in(20 * time.Second)} },
			19 * time.Second, 21 * time.Second,
		},
		"Retry-After before the window": {429, func() map[string]string {
			return map[string]string{"Retry-After": "3", "x-ratelimit-reset": in(20 * time.Second)}
		}, 3 * time.Second, 4 * time.Second},
		"window of a call that it did not refuse": {503, func() map[string]string {
			return map[string]string{"x-ratelimit-reset": in(200 * time.Second), "x-ratelimit-remaining": "900"}
		}, 0, 300 * time.Millisecond},
		"too long": {429, func() map[string]string { return map[string]string{"Retry-After": "9999"} }, 300 * time.Second, 300 * time.Second},
		"past":     {429, func() map[string]string { return map[string]string{"Retry-After": in(-time.Hour)} }, 0, 300 * time.Millisecond},
		"nonsense": {429, func() map[string]string { return map[string]string{"Retry-After": "soon"} }, 0, 300 * time.Millisecond},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				first := status(test.status)
				for header, value := range test.headers() {
					first = first.with(header, value)
				}
				s := &script{answers: []reply{first, fine}}
				start := time.Now()
				if err := read(t.Context(), client(t, s)); err != nil {
					t.Fatal(err)
				}
				if d := time.Since(start); d < test.low || d > test.high {
					t.Errorf("waited %v, want %v to %v", d, test.low, test.high)
				}
			})
		})
	}
}

func TestNoWaitBeyondTheDeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &script{answers: []reply{status(429).with("Retry-After", "60").with("x-trace-id", "trace-9")}}
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		start := time.Now()
		err := read(ctx, client(t, s))
		var wait *port.WaitError
		if !errors.As(err, &wait) || wait.Wait < time.Minute || wait.Left != 30*time.Second {
			t.Fatalf("error %v", err)
		}
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != 0 || len(s.calls) != 1 {
			t.Errorf("%v: after %v and %d calls", err, time.Since(start), len(s.calls))
		}
		var cause *port.Error
		if !errors.As(err, &cause) || cause.TraceID != "trace-9" {
			t.Errorf("cause %v", cause)
		}
	})
}

func TestWaitEndsWithTheContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &script{answers: []reply{status(429).with("Retry-After", "60")}}
		stop := errors.New("told to stop")
		ctx, cancel := context.WithCancelCause(t.Context())
		go func() {
			time.Sleep(time.Second)
			cancel(stop)
		}()
		start := time.Now()
		if err := read(ctx, client(t, s)); !errors.Is(err, stop) || time.Since(start) != time.Second {
			t.Errorf("error %v after %v", err, time.Since(start))
		}
	})
}

func TestHangingAnswerIsGivenUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := 0
		hang := handler(func(r *http.Request) (*http.Response, error) {
			if r.URL.Path == tokenPath {
				return (&script{}).RoundTrip(r)
			}
			if n++; n == 1 {
				<-r.Context().Done()
				return nil, r.Context().Err()
			}
			return (&script{}).RoundTrip(r)
		})
		start := time.Now()
		if err := read(t.Context(), client(t, hang)); err != nil {
			t.Fatal(err)
		}
		if d := time.Since(start); d < time.Minute || d > 61*time.Second {
			t.Errorf("took %v, want a minute and little more", d)
		}
	})
}
