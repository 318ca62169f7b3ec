package state

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"portolan/internal/report"
)

// Latest gives the report of the run that began last among those that are kept, or
// ErrNotFound; ErrDamaged if it cannot be read.
func (l *Ledger) Latest(ctx context.Context) (*report.Report, error) {
	names, err := l.store.List(ctx, runFolder)
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("%s: %w", l.store.Where(runFolder), ErrNotFound)
	}
	name := names[len(names)-1]
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
