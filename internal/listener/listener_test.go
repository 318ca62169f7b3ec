package listener_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/listener"
)

// day is a listener in a bubble, and what it did: "10m0s schedule next 20m0s".
type day struct {
	began   time.Time
	did     []string
	asked   []time.Duration // when somebody presses the button
	pollErr error
	runErr  error
	takes   time.Duration // a run
}

func (d *day) since() time.Duration { return time.Since(d.began) }

// live lets time pass with a listener.
func (d *day) live(t *testing.T, o listener.Options, span time.Duration) (polls int) {
	t.Helper()
	d.began = time.Now()
	answered := time.Duration(-1)
	o.Log = slog.New(slog.DiscardHandler)
	o.Asks = func(context.Context) (bool, error) {
		polls++
		if d.pollErr != nil {
			return false, d.pollErr
		}
		for _, at := range d.asked {
			if at > answered && at <= d.since() {
				return true, nil
			}
		}
		return false, nil
	}
	o.Run = func(ctx context.Context, trigger string, next time.Time) error {
		answered = d.since() // a run answers what was asked before it began
		line := fmt.Sprintf("%s %s", answered, trigger)
		if !next.IsZero() {
			line += fmt.Sprintf(" next %s", next.Sub(d.began))
		}
		d.did = append(d.did, line)
		select {
		case <-time.After(d.takes):
		case <-ctx.Done():
			d.did = append(d.did, fmt.Sprintf("%s told to stop", d.since()))
			return ctx.Err()
		}
		return d.runErr
	}
	ctx, cancel := context.WithTimeout(t.Context(), span)
	defer cancel()
	listener.New(o).Listen(ctx)
	return polls
}

func TestListen(t *testing.T) {
	t.Parallel()
	const m = time.Minute
	tests := map[string]struct {
		day     day
		options listener.Options
		span    time.Duration
		want    []string
	}{
		"at the start only": {day{takes: m}, listener.Options{OnStart: true}, 60 * m, []string{"0s start"}},
		"never":             {day{takes: m}, listener.Options{}, 60 * m, nil},
		"at the interval": {
			day{takes: m}, listener.Options{OnStart: true, Every: 20 * m}, 50 * m,
			[]string{"0s start next 20m0s", "20m0s schedule next 40m0s", "40m0s schedule next 1h0m0s"},
		},
		"when Port asks": {
			day{takes: m, asked: []time.Duration{90 * time.Second, 10 * m}}, listener.Options{}, 30 * m,
			[]string{"2m0s port", "10m0s port"},
		},
		"asked while a run is under way: after it, once": {
			day{takes: 10*m + 30*time.Second, asked: []time.Duration{2 * m, 3 * m, 4 * m}}, listener.Options{OnStart: true}, 60 * m,
			[]string{"0s start", "10m30s port"},
		},
		"due while a run is under way: after it, once": {
			day{takes: 25 * m}, listener.Options{OnStart: true, Every: 10 * m, Poll: 100 * m}, 70 * m,
			[]string{"0s start next 10m0s", "25m0s schedule next 30m0s", "50m0s schedule next 1h0m0s", "1h10m0s told to stop"},
		},
		"a run that fails is repeated, later each time": {
			day{takes: 0, runErr: errors.New("down")}, listener.Options{OnStart: true}, 10 * m,
			[]string{"0s start", "1m0s retry", "3m0s retry", "7m0s retry"},
		},
		"told to stop": {
			day{takes: 10 * m}, listener.Options{OnStart: true}, 5 * m,
			[]string{"0s start", "5m0s told to stop"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				if test.options.Poll == 0 {
					test.options.Poll = m
				}
				test.day.live(t, test.options, test.span)
				if d := cmp.Diff(test.want, test.day.did); d != "" {
					t.Error(d)
				}
			})
		})
	}
}

// TestPollsThatFail come further apart, and do not end the listener.
func TestPollsThatFail(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		failing := &day{pollErr: errors.New("down")}
		// After 1, 2, 4, 8, 16, 26, 36, 46 and 56 minutes.
		if polls := failing.live(t, listener.Options{Poll: time.Minute}, time.Hour); polls != 9 {
			t.Errorf("%d polls in an hour", polls)
		}
		well := &day{}
		if polls := well.live(t, listener.Options{Poll: time.Minute}, 10*time.Minute+time.Second); polls != 10 {
			t.Errorf("%d polls in ten minutes", polls)
		}
	})
}

// TestEventsFillTheTimeBetween has events waited for whenever nothing else is due, and never while a
// run is made.
func TestEventsFillTheTimeBetween(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := day{takes: 2 * time.Minute}
		var waits int
		running := false
		o := listener.Options{OnStart: true, Every: 20 * time.Minute, Poll: time.Minute, Events: func(ctx context.Context) error {
			if running {
				t.Error("events are dealt with during a run")
			}
			waits++
			select {
			case <-time.After(20 * time.Second):
			case <-ctx.Done():
			}
			return nil
		}}
		if polls := d.live(t, o, 59*time.Minute); polls < 35 {
			t.Errorf("Port was asked %d times", polls)
		}
		want := []string{"0s start next 20m0s", "20m0s schedule next 40m0s", "40m0s schedule next 1h0m0s"}
		if diff := cmp.Diff(want, d.did); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if waits < 140 {
			t.Errorf("events were waited for %d times", waits)
		}
	})
}

func TestEventsThatFail(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := day{}
		var tries []time.Duration
		o := listener.Options{Poll: time.Minute, Every: 20 * time.Minute, Events: func(context.Context) error {
			tries = append(tries, d.since())
			return errors.New("no such queue")
		}}
		d.live(t, o, 50*time.Minute)
		if len(tries) < 5 || len(tries) > 15 || tries[1]-tries[0] != 10*time.Second || tries[2]-tries[1] != 20*time.Second {
			t.Errorf("tries at %v", tries)
		}
		if len(d.did) != 2 {
			t.Errorf("runs: %v", d.did)
		}
	})
}
