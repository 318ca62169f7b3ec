// Package uninstall removes from Port what an integration put there: its entities, its entry on the
// Data sources page, or both.
//
// It decides what is deleted and in which order, and it looks before it deletes: Plan lists and changes
// nothing, Run deletes. The integration owns what it wrote last according to Port. Run asks Port again,
// so that what a person has edited since the plan stays theirs.
//
// It deletes nothing else, and nothing as a dependent: an entity that somebody else's entity points at
// stays and is reported, and so do entities that point at each other in a circle. Blueprints stay,
// because they are the user's, and so does an integration that Port hosts or that has another type. If
// runs keep a state, it deletes only while no run writes, and removes what they remembered.
package uninstall

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"maps"
	"slices"
	"sync/atomic"
	"time"

	"portolan/internal/port"
	"portolan/internal/report"
	"portolan/internal/resync/snapshot"
	"portolan/internal/state"
)

// Port is the part of Port's API that is needed; package port implements it.
type Port interface {
	Owned(ctx context.Context, before time.Time) iter.Seq2[[]port.Ref, error]
	Blueprints(ctx context.Context) (map[string]port.Blueprint, error)
	Delete(ctx context.Context, blueprint string, identifiers []string, o port.DeleteOptions) (deleted []string, err error)
	Integration(ctx context.Context) (port.Integration, error)
	MayDelete(in port.Integration) error
	DeleteIntegration(ctx context.Context) error
}

// Request says what to delete: at least one of the two.
type Request struct {
	Entities    bool
	Integration bool // the entry on the Data sources page, with the mapping
}

// Deps is what Plan and Run work with.
type Deps struct {
	Port Port
	// State is the state of the runs; nil if they keep none. Source names the machine, for a
	// run that waits for this to end.
	State  state.Store
	Source string
	// Integration is the identifier that the result names, Type its type, aws-v3.
	Integration, Type string
	Log               *slog.Logger
	Progress          *Progress // nil if nobody looks
}

// Progress counts for those who watch.
type Progress struct{ Deleted, Of atomic.Int64 }

// Planned is the status of a plan. After Run it is report.Completed, or report.Incomplete if something
// is left.
const Planned report.Status = "planned"

// Result is what Run would do, or did.
type Result struct {
	Integration string        `json:"integration"`
	Status      report.Status `json:"status"`
	Reason      string        `json:"reason,omitempty"` // why something is left

	// Entities and DataSource are nil if they were not requested.
	Entities   *Entities   `json:"entities,omitempty"`
	DataSource *DataSource `json:"dataSource,omitempty"`
	Notices    []string    `json:"notices,omitempty"`
}

// Entities counts the entities that the integration owns, and those of them that are deleted.
type Entities struct {
	Owned      int         `json:"owned"`
	Deleted    int         `json:"deleted"`
	Blueprints []Blueprint `json:"blueprints,omitempty"`
	// Snapshots counts the snapshots that were removed from the state.
	Snapshots int `json:"snapshots,omitempty"`
}

// Blueprint is the part of one blueprint. Samples are some of the owned entities or, after Run, of those
// that are left. Reason says why they are left, as far as Port says it.
type Blueprint struct {
	Blueprint string   `json:"blueprint"`
	Owned     int      `json:"owned"`
	Deleted   int      `json:"deleted"`
	Samples   []string `json:"samples,omitempty"`
	Reason    string   `json:"reason,omitempty"`
}

// DataSource is the integration's entry on Port's Data sources page. Kept says why it
// stays, or would.
type DataSource struct {
	Present bool   `json:"present"`
	Deleted bool   `json:"deleted"`
	Kept    string `json:"kept,omitempty"`
}

// ExitCode is the exit code of the command: 0 for a plan, and if all is done, 3 if
// something is left.
func (r *Result) ExitCode() int {
	if r.Status == Planned {
		return 0
	}
	return r.Status.ExitCode()
}

// Plan says what Run would delete. It changes nothing.
func Plan(ctx context.Context, d Deps, request Request) (*Result, error) {
	r := &Result{Integration: d.Integration, Status: Planned}
	if request.Entities {
		owned, err := list(ctx, d.Port)
		if err != nil {
			return nil, err
		}
		r.Entities = owned.plan()
	}
	if request.Integration {
		var err error
		if r.DataSource, err = look(ctx, d.Port); err != nil {
			return nil, err
		}
	}
	if d.State == nil {
		r.Notices = append(r.Notices, "PORTOLAN_STATE is not set, so nothing keeps a run from writing at the same time: "+
			"stop the schedule, and wait for the run that is under way")
	} else {
		r.Notices = append(r.Notices, "stop the schedule first: the next run writes everything again")
	}
	return r, nil
}

// Run deletes what is requested. It returns an error if nothing was touched; a *state.HeldError says that
// a run is writing. The data source is deleted last, and stays if requested entities are left: without
// it, nothing could delete them later.
func Run(ctx context.Context, d Deps, request Request) (*Result, error) {
	r := &Result{Integration: d.Integration, Status: report.Completed}
	err := alone(ctx, d, func(ctx context.Context, lease *state.Lease) error { return r.run(ctx, d, request, lease) })
	switch {
	case err != nil && !r.touched():
		return nil, err
	case err != nil:
		r.leave(err.Error())
	}
	return r, nil
}

func (r *Result) run(ctx context.Context, d Deps, request Request, lease *state.Lease) error {
	if request.Integration {
		var err error
		if r.DataSource, err = look(ctx, d.Port); err != nil {
			return err
		}
	}
	if request.Entities {
		if err := r.deleteEntities(ctx, d); err != nil {
			return err
		}
		if r.Status == report.Completed { // otherwise what is left is still remembered
			if err := r.forget(ctx, d.State, lease); err != nil {
				return err
			}
		}
	}
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	return r.deleteDataSource(ctx, d.Port)
}

// touched says whether anything was deleted.
func (r *Result) touched() bool {
	return r.Entities != nil && r.Entities.Deleted > 0 || r.DataSource != nil && r.DataSource.Deleted
}

// leave says that something is left.
func (r *Result) leave(reason string) {
	r.Status = report.Incomplete
	if r.Reason == "" {
		r.Reason = reason
	}
}

// look finds out what Port has of the integration.
func look(ctx context.Context, p Port) (*DataSource, error) {
	in, err := p.Integration(ctx)
	switch {
	case port.NotFound(err):
		return &DataSource{}, nil
	case err != nil:
		return nil, err
	}
	source := &DataSource{Present: true}
	if refusal := p.MayDelete(in); refusal != nil {
		source.Kept = refusal.Error()
	}
	return source, nil
}

func (r *Result) deleteDataSource(ctx context.Context, p Port) error {
	source := r.DataSource
	switch {
	case source == nil || !source.Present:
		return nil
	case source.Kept != "":
		r.leave("the data source stays: " + source.Kept)
		return nil
	case r.Status != report.Completed:
		source.Kept = "entities that were to be deleted are left"
		return nil
	}
	if err := p.DeleteIntegration(ctx); err != nil {
		source.Kept = err.Error()
		return fmt.Errorf("delete the data source: %w", err)
	}
	source.Deleted = true
	return nil
}

// forgetTime is how long the snapshots may take, even after somebody has stopped the rest.
const forgetTime = time.Minute

// forget removes the snapshots from the state: they are about entities that are gone.
func (r *Result) forget(ctx context.Context, store state.Store, lease *state.Lease) error {
	if store == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), forgetTime)
	defer cancel()
	snapshots := snapshot.NewSet(store, lease)
	accounts, err := snapshots.Accounts(ctx)
	if err != nil {
		return fmt.Errorf("list the snapshots of the state: %w", err)
	}
	var failed []error
	for _, account := range accounts {
		if err := snapshots.Delete(ctx, account); err != nil {
			failed = append(failed, err)
			continue
		}
		r.Entities.Snapshots++
	}
	if err := errors.Join(failed...); err != nil {
		return fmt.Errorf("remove the snapshots of the state: %w", err)
	}
	return nil
}

// owned are the identifiers of entities by their blueprints.
type owned map[string][]string

// list returns what the integration owns.
func list(ctx context.Context, p Port) (owned, error) {
	all := make(owned)
	for page, err := range p.Owned(ctx, time.Time{}) {
		if err != nil {
			return nil, fmt.Errorf("list the entities in Port: %w", err)
		}
		for _, ref := range page {
			all[ref.Blueprint] = append(all[ref.Blueprint], ref.Identifier)
		}
	}
	return all, nil
}

func (o owned) size() int {
	n := 0
	for _, identifiers := range o {
		n += len(identifiers)
	}
	return n
}

// sampleSize is how many entities of a blueprint a result names.
const sampleSize = 5

func samples(identifiers []string) []string {
	return slices.Clone(identifiers[:min(len(identifiers), sampleSize)])
}

func (o owned) plan() *Entities {
	e := &Entities{Owned: o.size()}
	for _, name := range slices.Sorted(maps.Keys(o)) {
		e.Blueprints = append(e.Blueprints, Blueprint{Blueprint: name, Owned: len(o[name]), Samples: samples(o[name])})
	}
	return e
}
