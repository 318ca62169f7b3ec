package outcome

import (
	"context"
	"log/slog"
	"time"

	"portolan/internal/report"
	"portolan/internal/resync/cell"
)

// lines logs, for those who follow a run, one line for each kind in each account as soon as
// its last cell has ended.
type lines struct {
	log  *slog.Logger
	open map[cell.Coverage]*line
}

// line is what is known of a kind in an account while its cells are read.
type line struct {
	cells, left int
	outcome     report.Outcome // of the first cell that was not read to its end
	unread      int
	took        time.Duration // the sum of all cells, which are read in parallel
}

// expect opens a line, before the first of its cells is read.
func (l *lines) expect(of cell.Coverage) {
	if l.open[of] == nil {
		l.open[of] = &line{outcome: report.Complete}
	}
	l.open[of].cells++
	l.open[of].left++
}

// note notes how a cell ended, and says whether it was expected. Whether a service is not
// offered is known only when the run is over.
func (l *lines) note(of cell.Coverage, e *End, counts report.Counts) (expected bool) {
	at := l.open[of]
	if at == nil {
		return false
	}
	outcome := e.Outcome
	if e.NoEndpoint {
		outcome = report.NotAnswering
	}
	if outcome != report.NotReached {
		at.took += e.Took
	}
	if outcome.IsGap() {
		at.unread++
		if at.outcome == report.Complete {
			at.outcome = outcome
		}
	}
	if at.left--; at.left > 0 {
		return true
	}
	delete(l.open, of)
	l.log.LogAttrs(context.Background(), slog.LevelInfo, "kind read", slog.String("account", string(of.Account)), slog.String("kind", string(of.Kind)),
		slog.String("outcome", string(at.outcome)), slog.Int("cells", at.cells), slog.Int("unread", at.unread),
		slog.Int("resources", counts.Fetched), slog.Int("filtered", counts.Filtered), slog.Int("dropped", counts.Dropped),
		slog.Int("unchanged", counts.Unchanged), slog.Int("failed", counts.Failed), slog.Float64("seconds", seconds(at.took)))
	return true
}

// seconds returns a duration in seconds, to the millisecond.
func seconds(d time.Duration) float64 { return d.Round(time.Millisecond).Seconds() }
