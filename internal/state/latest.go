package state

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"portolan/internal/report"
)

// beganIn gives when the run of a report began, in the form of its name.
func beganIn(name string) string {
	began, _, _ := strings.Cut(strings.TrimPrefix(name, runFolder), "-")
	return began
}

// Latest gives the report of the run that began last among those that are kept, or
// ErrNotFound; ErrDamaged if it cannot be read.
func (l *Ledger) Latest(ctx context.Context) (*report.Report, error) {
	names, err := l.store.List(ctx, runFolder)
	if err != nil {
		return nil, err
	}
	// A name begins with the time at which its run began. Pages lie between the reports.
	names = slices.DeleteFunc(names, func(name string) bool { return !strings.HasSuffix(name, reportEnding) })
	if len(names) == 0 {
		return nil, fmt.Errorf("%s: %w", l.store.Where(runFolder), ErrNotFound)
	}
	name := slices.MaxFunc(names, func(a, b string) int { return strings.Compare(beganIn(a), beganIn(b)) })
	data, _, err := l.store.Get(ctx, name)
	if err != nil {
		return nil, err
	}
	packed, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", l.store.Where(name), ErrDamaged), err)
	}
	var r report.Report
	if err := json.NewDecoder(packed).Decode(&r); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", l.store.Where(name), ErrDamaged), err)
	}
	return &r, nil
}
