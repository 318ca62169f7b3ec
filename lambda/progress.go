package main

import (
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"portolan/internal/console"
	"portolan/internal/plain"
	"portolan/internal/resync"
)

// logEvery is how often a run without a terminal says how far it is.
const logEvery = 30 * time.Second

// follow shows how far something is until stop is called: on a terminal by a line that
// moves, elsewhere by a line in the log now and then. far returns both.
func follow(to *console.Screen, log *slog.Logger, far func() (line string, attrs []any)) (stop func()) {
	if !to.Interactive() {
		return every(logEvery, func() {
			_, attrs := far()
			log.Info("progress", attrs...)
		})
	}
	show := func() {
		line, _ := far()
		to.Live(line)
	}
	show() // so that quick progress is seen too
	halt := every(100*time.Millisecond, show)
	return func() {
		halt()
		to.Live("")
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

// watch shows how far a run is until stop is called.
func watch(p *resync.Progress, to *console.Screen, log *slog.Logger) (stop func()) {
	began := time.Now()
	return follow(to, log, func() (string, []any) {
		return progressLine(p, time.Since(began)), []any{
			"accounts", p.AccountsEntered.Load(), "ofAccounts", p.Accounts.Load(),
			"cells", p.CellsDone.Load(), "ofCells", p.Cells.Load(),
			"resources", p.Resources.Load(), "entities", p.Entities.Load(),
		}
	})
}

// barLength is how many columns the bar of a run has.
const barLength = 16

// progressLine is how far a run is. What matters most comes first: a narrow window cuts the rest.
func progressLine(p *resync.Progress, took time.Duration) string {
	done, all := p.CellsDone.Load(), p.Cells.Load()
	filled := 0
	if all > 0 {
		filled = int(barLength * done / all)
	}
	resources := p.Resources.Load()
	return fmt.Sprintf("%s%s %s of %s, %s, %s, %d/%d accounts, %.0f/s",
		strings.Repeat("█", filled), strings.Repeat("░", barLength-filled), plain.Thousands(int(done)), plain.Count(int(all), "cell", "cells"),
		plain.Count(int(resources), "resource", "resources"), plain.Count(int(p.Entities.Load()), "entity", "entities"),
		p.AccountsEntered.Load(), p.Accounts.Load(), float64(resources)/max(took.Seconds(), 0.1))
}
