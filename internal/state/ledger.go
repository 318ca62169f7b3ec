package state

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"portolan/internal/report"
	"portolan/internal/report/page"
)

// DefaultKeep is how many reports a ledger keeps.
const DefaultKeep = 30

const (
	runFolder     = "runs/"
	lastName      = "latest.json"
	lastFormat    = "portolan/run"
	lastVersion   = 1
	runTimeLayout = "20060102T150405Z"
	reportEnding  = ".json.gz"
	pageEnding    = ".html" // what a browser opens
)

// Last is what the next run must know of the last one that wrote.
type Last struct {
	Run        string    `json:"run"`
	Generation uint64    `json:"generation"` // of its lease
	Ended      time.Time `json:"ended"`
	Mapping    string    `json:"mapping"`    // hash of the mapping
	Blueprints string    `json:"blueprints"` // hash of the blueprints
	Program    string    `json:"program"`    // version of Portolan
	// Integration is whose state it is, "aws-v3/my-aws"; "" of older versions.
	Integration string `json:"integration,omitempty"`
}

type lastRecord struct {
	Format  string `json:"format"`
	Version int    `json:"version"`
	Last
}

// Ledger is the record of runs in a store.
type Ledger struct {
	store Store
	keep  int
}

// NewLedger gives the ledger of a store, which keeps so many reports, DefaultKeep
// if that is not positive.
func NewLedger(store Store, keep int) *Ledger {
	if keep <= 0 {
		keep = DefaultKeep
	}
	return &Ledger{store: store, keep: keep}
}

// Save files the report of a run, also of one that had no lease, and its page beside
// it. A run whose end is repeated replaces both.
func (l *Ledger) Save(ctx context.Context, r *report.Report) error {
	var opened bytes.Buffer
	packed, err := pack(r)
	if err := errors.Join(err, page.Write(&opened, r)); err != nil {
		return fmt.Errorf("report of run %s: %w", r.Run, err)
	}
	name := runFolder + r.Started.UTC().Format(runTimeLayout) + "-" + r.Run
	return errors.Join(l.replace(ctx, name+reportEnding, packed), l.replace(ctx, name+pageEnding, opened.Bytes()))
}

func (l *Ledger) replace(ctx context.Context, name string, data []byte) error {
	_, err := l.store.Put(ctx, name, data, "")
	if !errors.Is(err, ErrConflict) {
		return err
	}
	_, version, err := l.store.Get(ctx, name)
	if err == nil {
		_, err = l.store.Put(ctx, name, data, version)
	}
	return err
}

// Find gives the report of a run that has ended, or ErrNotFound.
func (l *Ledger) Find(ctx context.Context, run string) (*report.Report, error) {
	names, err := l.store.List(ctx, runFolder)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if !strings.HasSuffix(name, "-"+run+reportEnding) {
			continue
		}
		data, _, err := l.store.Get(ctx, name)
		if err != nil {
			return nil, err
		}
		var r report.Report
		if err := unpack(data, &r); err != nil {
			return nil, fmt.Errorf("%s: %w: %w", l.store.Where(name), ErrDamaged, err)
		}
		return &r, nil
	}
	return nil, fmt.Errorf("the report of run %s: %w", run, ErrNotFound)
}

// Prune removes the oldest reports beyond those that are kept, with their pages. It
// goes on after an error and gives all of them; nothing hangs on them.
func (l *Ledger) Prune(ctx context.Context) error {
	names, err := l.store.List(ctx, runFolder)
	if err != nil {
		return err
	}
	var failed []error
	for _, name := range names[:beyond(names, l.keep)] {
		failed = append(failed, removeOne(ctx, l.store, name))
	}
	return errors.Join(failed...)
}

// beyond says how many of the names, which are sorted, belong to runs before the last
// so many.
func beyond(names []string, keep int) int {
	run := func(name string) string {
		return strings.TrimSuffix(strings.TrimSuffix(name, reportEnding), pageEnding)
	}
	runs := 0
	for i := len(names) - 1; i >= 0; i-- {
		if i == len(names)-1 || run(names[i]) != run(names[i+1]) {
			runs++
		}
		if runs > keep {
			return i + 1
		}
	}
	return 0
}

// Last gives the last run that wrote, or ErrNotFound; ErrDamaged, ErrForeign or
// ErrNewer if nothing is known of it.
func (l *Ledger) Last(ctx context.Context) (Last, error) {
	last, _, err := l.last(ctx)
	return last, err
}

// SaveLast replaces the last run, under the lease of the run that ends. It replaces
// also what is damaged or newer, but nothing that is foreign, and nothing of a run
// that took over the lease (ErrFenced).
func (l *Ledger) SaveLast(ctx context.Context, lease *Lease, last Last) error {
	const tries = 3
	last.Generation = lease.Generation()
	data, err := json.Marshal(lastRecord{Format: lastFormat, Version: lastVersion, Last: last})
	if err != nil {
		return err
	}
	for range tries {
		if err := lease.Check(); err != nil {
			return fmt.Errorf("%s: %w", l.store.Where(lastName), err)
		}
		present, version, err := l.last(ctx)
		switch {
		case err != nil && version == "" && !errors.Is(err, ErrNotFound), errors.Is(err, ErrForeign):
			return err
		case fences(present.Generation, last.Generation):
			return fmt.Errorf("%s: %w", l.store.Where(lastName), ErrFenced)
		}
		if _, err = l.store.Put(ctx, lastName, data, version); !errors.Is(err, ErrConflict) {
			return err
		}
	}
	return fmt.Errorf("%s: %w", l.store.Where(lastName), ErrConflict)
}

// last gives the version too, also of what cannot be used. With ErrNewer it gives
// the generation.
func (l *Ledger) last(ctx context.Context) (Last, string, error) {
	data, version, err := l.store.Get(ctx, lastName)
	if err != nil {
		return Last{}, "", err
	}
	var record lastRecord
	err = json.Unmarshal(data, &record)
	switch {
	case err != nil:
		err = fmt.Errorf("%w: it is no JSON", ErrDamaged)
	case record.Format != lastFormat:
		err = fmt.Errorf("%w: it does not name the last run", ErrForeign)
	case record.Version > lastVersion:
		record.Last = Last{Generation: record.Generation}
		err = fmt.Errorf("%w: it has version %d, and this program knows %d", ErrNewer, record.Version, lastVersion)
	case record.Run == "" || record.Ended.IsZero():
		err = fmt.Errorf("%w: it names no run or no end", ErrDamaged)
	}
	if err != nil {
		return Last{Generation: record.Generation}, version, fmt.Errorf("%s: %w", l.store.Where(lastName), err)
	}
	return record.Last, version, nil
}
