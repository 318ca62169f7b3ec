package resync

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/aws/kind"
	"portolan/internal/invocation"
	"portolan/internal/mapping"
	"portolan/internal/port"
	"portolan/internal/report"
	"portolan/internal/resync/outcome"
	"portolan/internal/resync/scope"
)

// slow is a Port that takes its time to hear.
type slow struct {
	takes time.Duration

	mu    sync.Mutex
	heard []string
	beats int
}

func (s *slow) hear(ctx context.Context, what string) error {
	select {
	case <-time.After(s.takes):
	case <-ctx.Done():
		return ctx.Err()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.heard = append(s.heard, what)
	return nil
}

func (s *slow) TellSync(ctx context.Context, _ string, kinds []port.KindSync) error {
	what := "tell"
	for _, k := range kinds {
		what += " " + k.Kind + " " + string(k.State)
	}
	return s.hear(ctx, what)
}

func (s *slow) UpdateSync(ctx context.Context, _ string, k port.KindSync) error {
	return s.hear(ctx, "update "+k.Kind+" "+string(k.State))
}

func (s *slow) Heartbeat(context.Context, string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.beats++
	return nil
}

// tellingRun is a run of one kind that tells a Port.
func tellingRun(to SyncMetrics) (*Engine, *scope.Unit) {
	u := &scope.Unit{Kind: &kind.Kind{Type: "K"}, Entries: []*mapping.Resource{{Kind: "K"}}}
	e := &Engine{
		Deps: Deps{SyncMetrics: to}, Identity: Identity{Run: "run", Started: time.Now(), Request: invocation.Request{Action: invocation.Resync}},
		log: slog.New(slog.DiscardHandler), report: &report.Report{Started: time.Now(), Status: report.Completed},
		scope: &scope.Scope{Mapping: &mapping.Config{}, Mapped: []*scope.Unit{u}, Units: []*scope.Unit{u}},
		book:  outcome.NewBook(slog.New(slog.DiscardHandler), &Progress{}),
	}
	e.book.AddKind("K", time.Time{}, u.Entries)
	return e, u
}

// TestTellerIsNeverWaitedFor has a kind that is read and ends while Port has not yet
// heard of it: Port hears what matters last, and the run waits at its end only.
func TestTellerIsNeverWaitedFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		to := &slow{takes: time.Second}
		r, u := tellingRun(to)
		began := time.Now()
		r.tellKinds()
		synctest.Wait()
		r.status.reading(u)()
		r.status.kindsEnd(t.Context(), r.book)
		r.status.reconciling()
		if waited := time.Since(began); waited > 0 {
			t.Errorf("the run waited %s", waited)
		}
		r.status.runEnds(t.Context(), r.book, r.report, true)
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

// TestTellerGivesUp on a Port that hears nothing, sooner if the run has no time left.
func TestTellerGivesUp(t *testing.T) {
	t.Parallel()
	for left, want := range map[time.Duration]time.Duration{time.Hour: finishTime, 4 * time.Second: time.Second} {
		synctest.Test(t, func(t *testing.T) {
			r, u := tellingRun(&slow{takes: time.Hour})
			ctx, cancel := context.WithTimeout(t.Context(), left)
			defer cancel()
			began := time.Now()
			r.tellKinds()
			r.status.reading(u)()
			r.status.runEnds(ctx, r.book, r.report, true)
			if took := time.Since(began); took != want {
				t.Errorf("the end took %s, not %s", took, want)
			}
		})
	}
}

// TestTellerBeats every ten seconds as long as the run goes on.
func TestTellerBeats(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		to := &slow{}
		r, _ := tellingRun(to)
		r.tellKinds()
		time.Sleep(35 * time.Second)
		r.status.runEnds(t.Context(), r.book, r.report, true)
		time.Sleep(time.Minute)
		if to.beats != 3 {
			t.Errorf("%d heartbeats in 35 s", to.beats)
		}
	})
}
