package resync

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"portolan/internal/report"
	"portolan/internal/resync/cell"
)

// lines logs, for those who follow a run, one line for each kind in each account as
// soon as its last cell is done.
type lines struct {
	log    *slog.Logger
	ledger *ledger

	mu   sync.Mutex
	open map[cell.Coverage]*line
}

// line is what is known of a kind in an account while its cells are read.
type line struct {
	cells, left int
	outcome     report.Outcome // of the first cell that was not read to its end
	unread      int
	took        time.Duration // of all cells, which are read side by side
}

func newLines(log *slog.Logger, l *ledger) *lines {
	return &lines{log: log, ledger: l, open: make(map[cell.Coverage]*line)}
}

// expect opens lines, before the first of their cells is read.
func (l *lines) expect(cells ...task) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range cells {
		o := c.origin()
		if l.open[o] == nil {
			l.open[o] = &line{outcome: report.Complete}
		}
		l.open[o].cells++
		l.open[o].left++
	}
}

// done notes a cell that was read, to its end (err is nil) or not.
func (l *lines) done(ctx context.Context, o cell.Coverage, took time.Duration, err error) {
	outcome := report.Complete
	if err != nil {
		outcome = outcomeOf(err)
	}
	if seemsNotOffered(err) { // whether it is, is known when the run is over
		outcome = report.NotAnswering
	}
	l.note(ctx, o, outcome, took)
}

// left notes a cell that was not read at all.
func (l *lines) left(o cell.Coverage) { l.note(context.Background(), o, report.NotReached, 0) }

func (l *lines) note(ctx context.Context, o cell.Coverage, outcome report.Outcome, took time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	at := l.open[o]
	at.took += took
	if outcome.IsGap() {
		at.unread++
		if at.outcome == report.Complete {
			at.outcome = outcome
		}
	}
	if at.left--; at.left > 0 {
		return
	}
	delete(l.open, o)
	counts := l.ledger.countsOf(o)
	l.log.LogAttrs(ctx, slog.LevelInfo, "kind read", slog.String("account", o.Account), slog.String("kind", o.Kind),
		slog.String("outcome", string(at.outcome)), slog.Int("cells", at.cells), slog.Int("unread", at.unread),
		slog.Int("resources", counts.Fetched), slog.Int("filtered", counts.Filtered), slog.Int("dropped", counts.Dropped),
		slog.Int("unchanged", counts.Unchanged), slog.Int("failed", counts.Failed), slog.Float64("seconds", seconds(at.took)))
}

// seconds returns a duration in seconds, to the millisecond.
func seconds(d time.Duration) float64 { return d.Round(time.Millisecond).Seconds() }

// countsOf returns the counts of an origin as they stand.
func (l *ledger) countsOf(o cell.Coverage) report.Counts {
	l.mu.Lock()
	defer l.mu.Unlock()
	if counts := l.Counts[o]; counts != nil {
		return *counts
	}
	return report.Counts{}
}
