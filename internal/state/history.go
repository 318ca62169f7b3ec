package state

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"portolan/internal/report"
)

// DefaultKeep is how many reports a history keeps.
const DefaultKeep = 30

const (
	runFolder     = "runs/"
	runTimeLayout = "20060102T150405Z"
	reportEnding  = ".json.gz"
	pageEnding    = ".html" // what a browser opens
)

// Last is what the next run has to know about the last run that wrote.
type Last struct {
	Run        string    `json:"run"`
	Generation uint64    `json:"generation"` // of its lease
	Started    time.Time `json:"started,omitzero"`
	Ended      time.Time `json:"ended"`
	Saw        bool      `json:"saw,omitempty"` // all that there was, and Port took all of it
	Mapping    string    `json:"mapping"`       // hash of the mapping
	Blueprints string    `json:"blueprints"`    // hash of the blueprints
	Program    string    `json:"program"`       // version of Portolan
	// Filter is what the run was narrowed to, "" if it was about everything.
	Filter string `json:"filter,omitempty"`
	// Integration owns the state, "aws-v3/my-aws"; older versions left it "".
	Integration string `json:"integration,omitempty"`
	// Snapshots has the generation of each account's snapshot, so that one that is missing or old
	// shows.
	Snapshots map[string]uint64 `json:"snapshots,omitempty"`
}

type lastRecord struct {
	Head
	Last
}

var lastForm = Form[lastRecord]{Name: "latest.json", Head: Head{"portolan/run", 1}, What: "the last run", Lack: func(r lastRecord) string {
	if r.Run == "" || r.Ended.IsZero() {
		return "run or no end"
	}
	return ""
}}

// History is the reports of earlier runs in a store.
type History struct {
	store Store
	keep  int
}

// NewHistory returns the history in a store. It keeps that many reports, or DefaultKeep if keep
// is not positive.
func NewHistory(store Store, keep int) *History {
	if keep <= 0 {
		keep = DefaultKeep
	}
	return &History{store: store, keep: keep}
}

// Save files the report of a run, even of one that had no lease, and beside it the page of
// HTML that shows it. A run whose end is repeated replaces both.
func (h *History) Save(ctx context.Context, r *report.Report, page []byte) error {
	packed, err := pack(r)
	if err != nil {
		return fmt.Errorf("report of run %s: %w", r.Run, err)
	}
	name := runFolder + r.Started.UTC().Format(runTimeLayout) + "-" + r.Run
	return errors.Join(h.replace(ctx, name+reportEnding, packed), h.replace(ctx, name+pageEnding, page))
}

func (h *History) replace(ctx context.Context, name string, data []byte) error {
	version := "" // nearly always right
	return unlessRaced(func() error {
		_, conflict := h.store.Put(ctx, name, data, version)
		if !errors.Is(conflict, ErrConflict) {
			return conflict
		}
		var err error
		if _, version, err = h.store.Get(ctx, name); err != nil && version == "" && !errors.Is(err, ErrNotFound) {
			return err
		}
		return conflict
	})
}

// Find returns the report of a run that has ended, or ErrNotFound.
func (h *History) Find(ctx context.Context, run string) (*report.Report, error) {
	names, err := h.store.List(ctx, runFolder)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if strings.HasSuffix(name, "-"+run+reportEnding) {
			return h.read(ctx, name)
		}
	}
	return nil, fmt.Errorf("the report of run %s: %w", run, ErrNotFound)
}

func (h *History) read(ctx context.Context, name string) (*report.Report, error) {
	data, _, err := h.store.Get(ctx, name)
	if err != nil {
		return nil, err
	}
	var r report.Report
	if err := unpack(data, &r); err != nil {
		return nil, fmt.Errorf("%s: %w: %w", h.store.Where(name), ErrDamaged, err)
	}
	return &r, nil
}

// Prune removes the oldest reports beyond those that are kept, with their pages. It goes on
// after an error and returns all errors, none of which matters to a run.
func (h *History) Prune(ctx context.Context) error {
	names, err := h.store.List(ctx, runFolder)
	if err != nil {
		return err
	}
	var failed []error
	for _, name := range names[:beyond(names, h.keep)] {
		failed = append(failed, removeOne(ctx, h.store, name))
	}
	return errors.Join(failed...)
}

// beyond returns how many of the sorted names belong to runs before the last keep runs.
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

// Last returns the last run that wrote, or ErrNotFound; ErrDamaged, ErrForeign or ErrNewer if
// it is not known.
func (h *History) Last(ctx context.Context) (Last, error) {
	record, err := lastForm.Load(ctx, h.store)
	return record.Last, err
}

// SaveLast replaces the last run, under the lease of the run that ends. It also replaces a
// damaged or newer record, but never a foreign one, and never that of a run that took over the
// lease (ErrFenced).
func (h *History) SaveLast(ctx context.Context, lease *Lease, last Last) error {
	last.Generation = lease.Generation()
	return lastForm.Save(ctx, h.store, lease, lastRecord{lastForm.Head, last}, nil)
}
