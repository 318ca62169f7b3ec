package state

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"portolan/internal/report"
)

// beganIn returns the second in which the run of a report began, as the report's name has it.
func beganIn(name string) string {
	began, _, _ := strings.Cut(strings.TrimPrefix(name, runFolder), "-")
	return began
}

// Latest returns the kept report of the run that began last, or ErrNotFound; ErrDamaged if it
// cannot be read. Of several runs that began at the same time it returns the one that ended
// last.
func (h *History) Latest(ctx context.Context) (*report.Report, error) {
	names, err := h.store.List(ctx, runFolder)
	if err != nil {
		return nil, err
	}
	// Pages lie among the reports.
	names = slices.DeleteFunc(names, func(name string) bool { return !strings.HasSuffix(name, reportEnding) })
	if len(names) == 0 {
		return nil, fmt.Errorf("%s: %w", h.store.Where(runFolder), ErrNotFound)
	}
	// A name has only the second; the report has the exact time.
	second := slices.MaxFunc(names, func(a, b string) int { return strings.Compare(beganIn(a), beganIn(b)) })
	var latest *report.Report
	for _, name := range names {
		if beganIn(name) != beganIn(second) {
			continue
		}
		r, err := h.read(ctx, name)
		if err != nil {
			return nil, err
		}
		if latest == nil || cmp.Or(r.Started.Compare(latest.Started), endOf(r).Compare(endOf(latest))) > 0 {
			latest = r
		}
	}
	return latest, nil
}

func endOf(r *report.Report) time.Time {
	return r.Started.Add(time.Duration(r.Seconds * float64(time.Second)))
}
