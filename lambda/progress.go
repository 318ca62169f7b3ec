package main

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/jedib0t/go-pretty/v6/progress"
	"github.com/mattn/go-isatty"

	"portolan/internal/plain"
	"portolan/internal/resync"
)

// logEvery is how often a run without a terminal says how far it is.
const logEvery = 30 * time.Second

// terminal is a standard error that may be a terminal. Nothing that is written there
// controls it; while a bar is drawn, it comes above the bar.
type terminal struct {
	mu  sync.Mutex
	to  io.Writer
	bar progress.Writer // nil if none is drawn
}

// Write takes whole lines.
func (t *terminal) Write(lines []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.bar == nil {
		return plain.Writer{To: t.to}.Write(lines)
	}
	var above bytes.Buffer
	_, _ = plain.Writer{To: &above}.Write(bytes.TrimSuffix(lines, []byte("\n"))) // into memory
	t.bar.Log("%s", above.String())
	return len(lines), nil
}

func (t *terminal) draw(bar progress.Writer) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.bar = bar
}

// screen returns the terminal at which a person looks, if it is one.
func screen(to io.Writer) (*terminal, bool) {
	t, ok := to.(*terminal)
	if !ok {
		return nil, false
	}
	file, ok := t.to.(*os.File)
	return t, ok && isatty.IsTerminal(file.Fd())
}

// watch shows how far a run is until stop is called: on a terminal by a line that
// moves, elsewhere by a line in the log now and then.
func watch(p *resync.Progress, to io.Writer, log *slog.Logger) (stop func()) {
	show, pace := func() { log.Info("progress", progressAttrs(p)...) }, logEvery
	end := func() {}
	if t, ok := screen(to); ok {
		show, end = bar(p, t)
		pace = 100 * time.Millisecond
	}
	halt := every(pace, show)
	return func() {
		halt()
		end()
	}
}

// every calls do once in each pace, until stop is called. stop waits for a call that is
// under way.
func every(pace time.Duration, do func()) (stop func()) {
	done := make(chan struct{})
	var group sync.WaitGroup
	group.Go(func() {
		tick := time.NewTicker(pace)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				do()
			case <-done:
				return
			}
		}
	})
	return func() {
		close(done)
		group.Wait()
	}
}

func progressAttrs(p *resync.Progress) []any {
	return []any{
		"accounts", p.AccountsEntered.Load(), "ofAccounts", p.Accounts.Load(),
		"cells", p.CellsDone.Load(), "ofCells", p.Cells.Load(),
		"resources", p.Resources.Load(), "entities", p.Entities.Load(),
	}
}

// bar draws on a terminal.
func bar(p *resync.Progress, to *terminal) (show, end func()) {
	writer := progress.NewWriter()
	writer.SetOutputWriter(to.to)
	writer.SetTrackerLength(25)
	writer.SetTrackerPosition(progress.PositionRight)
	writer.SetUpdateFrequency(100 * time.Millisecond)
	writer.Style().Options.TimeInProgressPrecision = 100 * time.Millisecond
	cells := &progress.Tracker{
		Message: "entering accounts",
		Units:   progress.Units{Notation: " cells", NotationPosition: progress.UnitsNotationPositionAfter},
	}
	writer.AppendTracker(cells)
	to.draw(writer)
	finished := make(chan struct{})
	go func() {
		writer.Render()
		close(finished)
	}()
	began := time.Now()
	show = func() {
		resources := p.Resources.Load()
		cells.UpdateTotal(p.Cells.Load())
		cells.SetValue(p.CellsDone.Load())
		cells.UpdateMessage(fmt.Sprintf("%d/%d accounts, %d resources (%.0f/s), %d entities done",
			p.AccountsEntered.Load(), p.Accounts.Load(), resources, float64(resources)/time.Since(began).Seconds(), p.Entities.Load()))
	}
	return show, func() {
		show()
		cells.MarkAsDone()
		writer.Stop()
		<-finished
		to.draw(nil)
	}
}
