package logship_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"portolan/internal/port"
	"portolan/internal/port/logship"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// sink is a Port that takes lines, or does not.
type sink struct {
	mu    sync.Mutex
	calls [][]port.LogRecord
	err   error
	hangs bool
}

func (s *sink) SendLogs(ctx context.Context, lines []port.LogRecord) error {
	s.mu.Lock()
	err, hangs := s.err, s.hangs
	s.mu.Unlock()
	if hangs {
		<-ctx.Done()
		return ctx.Err()
	}
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, lines)
	return nil
}

func (s *sink) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = err
}

func (s *sink) sizes() []int {
	s.mu.Lock()
	defer s.mu.Unlock()
	sizes := []int{}
	for _, lines := range s.calls {
		sizes = append(sizes, len(lines))
	}
	return sizes
}

func shipper() (*logship.Shipper, *slog.Logger) {
	s := logship.New("host")
	return s, slog.New(s.Handler(slog.LevelInfo))
}

func TestLine(t *testing.T) {
	t.Parallel()
	s, log := shipper()
	to := &sink{}
	log.Info("before any run")
	s.Begin(to)
	log.With("run", "r1").WithGroup("g").With("a", 1).Warn("it is so", "kind", "x", "error", errors.New("why"), "big", math.Inf(1),
		"took", 2*time.Second, "list", []string{"a"}, slog.Group("deep", "yes", true), slog.Attr{})
	log.Error("k", "kind", "AWS::S3::Bucket", "at", time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), "n", uint64(7))
	log.Debug("below the level")
	s.End(t.Context(), true)
	log.Info("after it")
	if d := cmp.Diff([]int{2}, to.sizes()); d != "" {
		t.Fatal(d)
	}
	lines := to.calls[0]
	for i := range lines {
		if lines[i].Extra["instance"] == "" || lines[i].Time.IsZero() {
			t.Errorf("%+v", lines[i])
		}
		delete(lines[i].Extra, "instance")
		lines[i].Time = time.Time{}
	}
	want := []port.LogRecord{
		{Level: "WARNING", Message: "it is so", Extra: map[string]any{
			"event_id": "r1", "g.a": int64(1), "g.kind": "x", "g.error": "why", "g.big": "+Inf", "g.took": "2s", "g.list": "[a]",
			"g.deep.yes": true, "hostname": "host",
		}},
		{Level: "ERROR", Message: "k", Extra: map[string]any{
			"resource_kind": "AWS::S3::Bucket", "at": "2026-01-02T03:04:05Z", "n": uint64(7), "hostname": "host",
		}},
	}
	if d := cmp.Diff(want, lines); d != "" {
		t.Error(d)
	}
	if _, err := json.Marshal(lines); err != nil {
		t.Error(err)
	}
}

func TestPace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, log := shipper()
		to := &sink{}
		s.Begin(to)
		log.Info("one")
		time.Sleep(4 * time.Second)
		synctest.Wait()
		if n := len(to.sizes()); n != 0 {
			t.Errorf("%d requests after 4 s", n)
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		for range 100 {
			log.Info("many")
		}
		synctest.Wait()
		log.Info("last")
		s.End(t.Context(), true)
		if d := cmp.Diff([]int{1, 100, 1}, to.sizes()); d != "" {
			t.Error(d)
		}
	})
}

// TestLost fills the buffer while Port does not answer: the run does not wait, and the
// loss is reported with the next lines that arrive.
func TestLost(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, log := shipper()
		to := &sink{err: port.ErrNoIngest}
		s.Begin(to)
		began := time.Now()
		for i := range 2100 {
			log.Info(fmt.Sprint(i), "run", "r")
		}
		if time.Since(began) > 0 {
			t.Errorf("the run waited %s", time.Since(began))
		}
		time.Sleep(6 * time.Second)
		to.fail(nil)
		s.End(t.Context(), true)
		if d := cmp.Diff([]int{501, 500, 500, 500}, to.sizes()); d != "" {
			t.Fatal(d)
		}
		note := to.calls[0][500]
		if note.Message != "100 lines of the log were not sent" || note.Level != "WARNING" || note.Extra["event_id"] != "r" {
			t.Errorf("%+v", note)
		}
	})
}

func TestRefused(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, log := shipper()
		to := &sink{err: errors.New("refused")}
		s.Begin(to)
		log.Info("lost")
		time.Sleep(6 * time.Second)
		synctest.Wait()
		to.fail(nil)
		log.Info("sent")
		s.End(t.Context(), true)
		if d := cmp.Diff([]int{2}, to.sizes()); d != "" {
			t.Fatal(d)
		}
		if got := to.calls[0]; got[0].Message != "sent" || got[1].Message != "1 line of the log was not sent" {
			t.Errorf("%+v", got)
		}
	})
}

// TestEnd waits for Port a moment only, and for nothing that is thrown away.
func TestEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, log := shipper()
		to := &sink{hangs: true}
		s.Begin(to)
		s.Begin(to) // a run is under way
		log.Info("m")
		began := time.Now()
		s.End(t.Context(), true)
		if took := time.Since(began); took != 2*time.Second {
			t.Errorf("the end took %s", took)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 4*time.Second)
		defer cancel()
		s.Begin(to)
		log.Info("m")
		began = time.Now()
		s.End(ctx, true)
		if took := time.Since(began); took != time.Second {
			t.Errorf("the end took %s of 4 s", took)
		}
		s.Begin(to)
		log.Info("m")
		began = time.Now()
		s.End(t.Context(), false)
		s.End(t.Context(), true) // no run is under way
		if took := time.Since(began); took > 0 || len(to.sizes()) != 0 {
			t.Errorf("%s, %v", took, to.sizes())
		}
	})
}
