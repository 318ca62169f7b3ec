package syncstatus

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"portolan/internal/port"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// slow is a Port that is slow to answer.
type slow struct {
	takes time.Duration

	mu    sync.Mutex
	heard []string
	last  map[string]port.KindSync // by kind and index
	beats int
}

func (s *slow) hear(ctx context.Context, what string, kinds ...port.KindSync) error {
	for _, k := range kinds {
		what += " " + k.Kind + " " + string(k.State)
	}
	select {
	case <-time.After(s.takes):
	case <-ctx.Done():
		return ctx.Err()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.heard = append(s.heard, what)
	if s.last == nil {
		s.last = map[string]port.KindSync{}
	}
	for _, k := range kinds {
		s.last[fmt.Sprint(k.Kind, " ", k.Index)] = k
	}
	return nil
}

func (s *slow) TellSync(ctx context.Context, _ string, kinds []port.KindSync) error {
	return s.hear(ctx, "tell", kinds...)
}

func (s *slow) UpdateSync(ctx context.Context, _ string, k port.KindSync) error {
	return s.hear(ctx, "update", k)
}

func (s *slow) Heartbeat(context.Context, string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.beats++
	return nil
}

// begin begins to report a run with one entry, of the kind K.
func begin(to Port, more ...Entry) *Reporter {
	return Begin(to, "run", time.Now(), append([]Entry{{Kind: "K"}}, more...), slog.New(slog.DiscardHandler))
}

// completed is the end of a run that began at a time.
func completed(seconds int) End {
	return End{State: port.Completed, Finished: time.Now().Add(time.Duration(seconds) * time.Second), PeakMemory: 5, Deleted: 2, Reconciled: true}
}

// TestNeverWaitedFor reads a kind to its end while Port has not yet been told about it:
// Port is told only the latest state, and the run waits only at its end.
func TestNeverWaitedFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		to := &slow{takes: time.Second}
		began := time.Now()
		r := begin(to)
		synctest.Wait()
		r.Reading("K")()
		r.KindsEnd(t.Context(), nil)
		r.Reconciling()
		if waited := time.Since(began); waited > 0 {
			t.Errorf("the run waited %s", waited)
		}
		r.End(t.Context(), nil, completed(0))
		want := []string{"tell K pending __runtime__ syncing", "tell __reconciliation__ completed", "tell __runtime__ completed", "update K completed"}
		got := append([]string{}, to.heard[:1]...)
		if diff := cmp.Diff(want, append(got, slices.Sorted(slices.Values(to.heard[1:]))...)); diff != "" {
			t.Error(diff)
		}
		if took := time.Since(began); took != 2*time.Second {
			t.Errorf("the end took %s", took)
		}
	})
}

// TestGivesUp stops waiting for a Port that does not answer, sooner if the run has no time
// left.
func TestGivesUp(t *testing.T) {
	t.Parallel()
	for left, want := range map[time.Duration]time.Duration{time.Hour: finishTime, 4 * time.Second: time.Second} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), left)
			defer cancel()
			began := time.Now()
			r := begin(&slow{takes: time.Hour})
			r.Reading("K")()
			r.End(ctx, nil, completed(0))
			if took := time.Since(began); took != want {
				t.Errorf("the end took %s, not %s", took, want)
			}
		})
	}
}

// TestHeartbeat expects a sign of life every ten seconds, until the run ends.
func TestHeartbeat(t *testing.T) {
	t.Parallel()
	for name, start := range map[string]func(context.Context, Port) (stop func()){
		"a whole run": func(ctx context.Context, to Port) func() {
			r := begin(to)
			return func() { r.End(ctx, nil, completed(0)) }
		},
		"one of steps": func(_ context.Context, to Port) func() { return Beat(to, "run", slog.New(slog.DiscardHandler)) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				to := &slow{}
				stop := start(t.Context(), to)
				time.Sleep(35 * time.Second)
				stop()
				time.Sleep(time.Minute)
				if to.beats != 3 {
					t.Errorf("%d heartbeats in 35 s", to.beats)
				}
			})
		})
	}
}

// TestStates has entries that end in one way or another.
func TestStates(t *testing.T) {
	t.Parallel()
	all := Counts{Extracted: 9, Transformed: 8, Filtered: 1, Loaded: 7, Unchanged: 1, Seconds: 42}
	unread, unmapped := all, all
	unread.ExtractFailed, unmapped.TransformFailed = 1, 1
	for name, test := range map[string]struct {
		counts    Counts
		end       End
		early     bool // the run ends before the kinds do
		elsewhere bool // other invocations read
		want      map[string]port.Status
		took      float64 // the kind
	}{
		"all is well": {counts: all, end: completed(60), took: 3,
			want: map[string]port.Status{"K": port.Completed, port.RuntimeKind: port.Completed, port.ReconciliationKind: port.Completed}},
		"a reading failed": {counts: unread, end: End{State: port.Failed, Reconciled: true}, took: 3,
			want: map[string]port.Status{"K": port.Failed, port.RuntimeKind: port.Failed, port.ReconciliationKind: port.Completed}},
		"items could not be mapped": {counts: unmapped, end: End{State: port.Failed}, took: 3,
			want: map[string]port.Status{"K": port.Failed, port.RuntimeKind: port.Failed, port.ReconciliationKind: port.Failed}},
		"the run was told to stop": {counts: unread, end: End{State: port.Aborted}, early: true, took: 3,
			want: map[string]port.Status{"K": port.Aborted, port.RuntimeKind: port.Aborted, port.ReconciliationKind: port.Aborted}},
		"others read": {counts: all, end: completed(60), elsewhere: true, took: 42,
			want: map[string]port.Status{"K": port.Completed, port.RuntimeKind: port.Completed, port.ReconciliationKind: port.Completed}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				to := &slow{}
				began, lost := time.Now(), Entry{Kind: "L", Index: 1, Unusable: true}
				r := begin(to, lost)
				synctest.Wait()
				if test.elsewhere {
					r.HandOn(t.Context())
					if got := to.last["K 0"].State; got != port.Syncing {
						t.Errorf("handed on, the kind is %s", got)
					}
					r = Continue(to, "run", began, []Entry{{Kind: "K"}, lost}, slog.New(slog.DiscardHandler))
				} else {
					done := r.Reading("K")
					time.Sleep(3 * time.Second)
					done()
				}
				counts := map[int]Counts{0: test.counts}
				if !test.early {
					r.KindsEnd(t.Context(), counts)
				}
				r.Reconciling()
				r.End(t.Context(), counts, test.end)
				test.want["L"] = port.Failed
				got := map[string]port.Status{}
				for _, k := range to.last {
					got[k.Kind] = k.State
				}
				if diff := cmp.Diff(test.want, got); diff != "" {
					t.Error(diff)
				}
				k := to.last["K 0"]
				if k.Extracted != 9 || k.Transformed != 8 || k.Filtered != 1 || k.Loaded != 7 || k.Unchanged != 1 || k.Seconds != test.took {
					t.Errorf("%+v", k)
				}
				if whole, final := to.last[port.RuntimeKind+" 0"], to.last[port.ReconciliationKind+" 0"]; whole.PeakMemory != test.end.PeakMemory || final.Deleted != test.end.Deleted {
					t.Errorf("%+v\n%+v", whole, final)
				}
			})
		})
	}
}

// TestNobodyHears has no Reporter, or a Port that does not listen.
func TestNobodyHears(t *testing.T) {
	t.Parallel()
	var r *Reporter
	r.Reading("K")()
	r.KindsEnd(t.Context(), nil)
	r.Reconciling()
	r.HandOn(t.Context())
	r.End(t.Context(), nil, End{})

	var log bytes.Buffer
	r = Begin(deaf{}, "run", time.Now(), []Entry{{Kind: "K"}, {Kind: "L", Index: 1}}, slog.New(slog.NewTextHandler(&log, nil)))
	r.End(t.Context(), nil, completed(0))
	if n := strings.Count(log.String(), "Port does not hear"); n != 1 {
		t.Errorf("it is logged %d times:\n%s", n, log.String())
	}
}

// deaf is a Port that refuses every report.
type deaf struct{}

var errDeaf = errors.New("refused")

func (deaf) TellSync(context.Context, string, []port.KindSync) error { return errDeaf }
func (deaf) UpdateSync(context.Context, string, port.KindSync) error { return errDeaf }
func (deaf) Heartbeat(context.Context, string) error                 { return errDeaf }
