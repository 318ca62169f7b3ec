// Package logship sends Port the log of a run, so that the data source's page there shows it.
//
// It decides which parts of a line Port gets, and when. Lines are kept in a bounded buffer and sent
// while the run goes on, a hundred or five seconds' worth at a time. Nobody waits for them, except for a
// moment at the end of a run. Lines that do not fit into the buffer, or do not arrive, are lost, and the
// next lines that arrive say how many. Only lines of a run are kept, because there is no page for the
// rest. Package port masks secrets where lines leave the program.
package logship

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"

	"portolan/internal/plain"
	"portolan/internal/port"
)

const (
	// batch is from how many lines on they are sent at once, and pace how long one waits
	// at most.
	batch = 100
	pace  = 5 * time.Second
	// maxLines bounds the buffer, and maxRequest what one request carries.
	maxLines   = 2000
	maxRequest = 500
	// sendTime is how long a request may take, and endTime how long the end of a run
	// waits for the last ones.
	sendTime = 10 * time.Second
	endTime  = 2 * time.Second
)

// Sender takes lines of the log; package port has it.
type Sender interface {
	SendLogs(ctx context.Context, records []port.LogRecord) error
}

// Shipper brings the lines of the runs of a process to Port, one run at a time. Its
// methods may be called by any goroutine.
type Shipper struct {
	host     string
	instance string // of the process

	mu     sync.Mutex
	open   bool // a run is under way
	lines  []port.LogRecord
	lost   int
	ready  chan struct{} // there are enough lines
	finish func(send bool, patience time.Duration)
}

// New returns a shipper. Host is the name of the machine or function.
func New(host string) *Shipper {
	return &Shipper{host: host, instance: uuid.NewString(), ready: make(chan struct{}, 1)}
}

// Begin keeps lines from now on and sends them to Port, until End. It does nothing during a run.
func (s *Shipper) Begin(to Sender) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	quit, done := make(chan bool, 1), make(chan struct{})
	s.open, s.lines, s.lost = true, nil, 0
	s.finish = func(send bool, patience time.Duration) {
		timer := time.AfterFunc(patience, cancel)
		quit <- send
		<-done
		timer.Stop()
		cancel()
	}
	go func() {
		defer close(done)
		s.ship(ctx, to, quit)
	}()
}

// End waits a moment until the lines of the run are sent, a shorter one if the context's
// time is nearly over, or throws them away. It keeps none from then on.
func (s *Shipper) End(ctx context.Context, send bool) {
	patience := endTime
	if end, ok := ctx.Deadline(); ok {
		patience = max(0, min(endTime, time.Until(end)/4))
	}

	s.mu.Lock()
	finish := s.finish
	s.open, s.finish = false, nil
	s.mu.Unlock()
	if finish != nil {
		finish(send, patience)
	}
}

// ship sends lines as they come, until it is told to quit.
func (s *Shipper) ship(ctx context.Context, to Sender, quit <-chan bool) {
	tick := time.NewTicker(pace)
	defer tick.Stop()
	for {
		select {
		case <-s.ready:
			_ = s.send(ctx, to) // what is lost is counted
		case <-tick.C:
			_ = s.send(ctx, to)
		case send := <-quit:
			for send && ctx.Err() == nil && s.waiting() > 0 {
				if s.send(ctx, to) != nil {
					return
				}
			}
			return
		}
	}
}

func (s *Shipper) waiting() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.lines)
}

// send sends what there is, up to what a request carries. As long as nobody knows where
// to, the lines stay.
func (s *Shipper) send(ctx context.Context, to Sender) error {
	s.mu.Lock()
	n := min(len(s.lines), maxRequest)
	lines := append([]port.LogRecord{}, s.lines[:n]...)
	lost := s.lost
	s.mu.Unlock()
	if n == 0 {
		return nil
	}
	if lost > 0 {
		lines = append(lines, s.record(time.Now(), slog.LevelWarn, plain.Count(lost, "line of the log was", "lines of the log were")+" not sent",
			map[string]any{"event_id": lines[0].Extra["event_id"]}))
	}
	ctx, cancel := context.WithTimeout(ctx, sendTime)
	defer cancel()
	err := to.SendLogs(ctx, lines)
	if errors.Is(err, port.ErrNoIngest) {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lines = append([]port.LogRecord{}, s.lines[n:]...) // only this goroutine takes lines out
	if s.lost -= lost; err != nil {
		s.lost += lost + n
	}
	return err
}

// keep puts a line into the buffer, or counts it as lost.
func (s *Shipper) keep(line port.LogRecord) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case !s.open:
		return
	case len(s.lines) == maxLines:
		s.lost++
		return
	}
	s.lines = append(s.lines, line)
	if len(s.lines) >= batch {
		select {
		case s.ready <- struct{}{}:
		default: // it was told already
		}
	}
}

func (s *Shipper) record(at time.Time, level slog.Level, message string, extra map[string]any) port.LogRecord {
	extra["hostname"], extra["instance"] = s.host, s.instance
	return port.LogRecord{Time: at, Level: nameOf(level), Message: message, Extra: extra}
}

// nameOf returns Port's word for a level.
func nameOf(level slog.Level) string {
	switch {
	case level >= slog.LevelError:
		return "ERROR"
	case level >= slog.LevelWarn:
		return "WARNING"
	case level >= slog.LevelInfo:
		return "INFO"
	default:
		return "DEBUG"
	}
}
