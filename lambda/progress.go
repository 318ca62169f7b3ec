package main

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/jedib0t/go-pretty/v6/progress"
	"github.com/mattn/go-isatty"

	"portolan/internal/resync"
)

// logEvery is how often a run without a terminal says how far it is.
const logEvery = 30 * time.Second

// watch shows how far a run is until stop is called: on a terminal by a line that
// moves, elsewhere by a line in the log now and then.
func watch(p *resync.Progress, to io.Writer, log *slog.Logger) (stop func()) {
	show, every := func() { log.Info("progress", progressAttrs(p)...) }, logEvery
	end := func() {}
	if file, ok := to.(*os.File); ok && isatty.IsTerminal(file.Fd()) {
		show, end = bar(p, to)
		every = 100 * time.Millisecond
	}
	done := make(chan struct{})
	var group sync.WaitGroup
	group.Go(func() {
		tick := time.NewTicker(every)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				show()
			case <-done:
				return
			}
		}
	})
	return func() {
		close(done)
		group.Wait()
		end()
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
func bar(p *resync.Progress, to io.Writer) (show, end func()) {
	writer := progress.NewWriter()
	writer.SetOutputWriter(to)
	writer.SetTrackerLength(25)
	writer.SetUpdateFrequency(100 * time.Millisecond)
	writer.Style().Visibility.ETA = false
	cells := &progress.Tracker{Message: "entering accounts", Units: progress.Units{Notation: " cells"}}
	writer.AppendTracker(cells)
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
		cells.UpdateMessage(fmt.Sprintf("%d/%d accounts, %d resources (%.0f/s), %d entities sent",
			p.AccountsEntered.Load(), p.Accounts.Load(), resources, float64(resources)/time.Since(began).Seconds(), p.Entities.Load()))
	}
	return show, func() {
		show()
		cells.MarkAsDone()
		writer.Stop()
		<-finished
	}
}
