//go:build unix

package resync_test

import (
	"log/slog"
	"runtime"
	"strconv"
	"syscall"
	"testing"
	"time"

	"portolan/internal/report"
	"portolan/internal/state"
)

// BenchmarkProcessor compares the processor time of a first run over 100,000 resources with that of
// a run in which nothing changed.
func BenchmarkProcessor(b *testing.B) {
	const perCell = 782 // in 128 cells
	at := startElsewhere(b, strconv.Itoa(perCell))
	for b.Loop() {
		w := &world{t: b, defaults: defaultsOf(b, plenty), awsURL: at.AWS, log: slog.New(slog.DiscardHandler)}
		w.deps = w.depsFor(at.Port)
		w.deps.Regions, w.deps.State, w.deps.Rewrite = benchmarkRegions, state.NewMemory(), 7*24*time.Hour
		first, live, _ := w.processor(b)
		again, liveAgain, r := w.processor(b)
		if r.Total.Unchanged != r.Total.Fetched {
			b.Fatalf("%d of %d are unchanged", r.Total.Unchanged, r.Total.Fetched)
		}
		b.ReportMetric(first, "s-first")
		b.ReportMetric(again, "s-unchanged")
		b.ReportMetric(live, "live-MB-first")
		b.ReportMetric(liveAgain, "live-MB-unchanged")
		b.ReportMetric(again/first, "unchanged/first")
	}
}

// processor runs once, and returns the seconds of processor time that it took in this process, and
// how many megabytes were alive at most.
func (w *world) processor(b *testing.B) (seconds, live float64, _ *report.Report) {
	runtime.GC()
	var before, after syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &before)
	r, most, err := w.watched(b)
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &after)
	if err != nil || r.Status != report.Completed {
		b.Fatalf("the run ended %s: %s", r.Status, r.Reason)
	}
	return time.Duration(after.Utime.Nano() - before.Utime.Nano()).Seconds(), float64(most) / (1 << 20), r
}
