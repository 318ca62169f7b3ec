package uninstall

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"portolan/internal/plain"
	"portolan/internal/port"
	"portolan/internal/resync/reconcile"
)

// deletion is a deletion in progress: rest shrinks from what is owned to what is left.
type deletion struct {
	Deps
	targets map[string][]string // where the relations of a blueprint lead
	rest    owned
	again   map[string]bool // blueprints to try: for the first time, or because what pointed at them is gone
	reasons map[string]error
}

// deleteEntities deletes what the integration owns, and says what is left.
func (r *Result) deleteEntities(ctx context.Context, d Deps) error {
	all, err := list(ctx, d.Port)
	if err != nil {
		return err
	}
	r.Entities = all.plan()
	blueprints, err := d.Port.Blueprints(ctx)
	if err != nil {
		return fmt.Errorf("read the blueprints: %w", err)
	}
	if d.Progress == nil {
		d.Progress = &Progress{}
	}
	d.Progress.Of.Store(int64(all.size()))
	work := &deletion{
		Deps: d, rest: maps.Clone(all), targets: make(map[string][]string),
		again: make(map[string]bool), reasons: make(map[string]error),
	}
	for name := range all {
		work.targets[name] = blueprints[name].Targets()
		work.again[name] = true
	}
	stopped := work.deleteAll(ctx)
	r.settle(all, work.rest, work.reasons)
	// Port's list lags: what was written shortly before may appear only now.
	left, err := list(ctx, d.Port)
	if err != nil {
		r.Notices = append(r.Notices, "Port could not be asked whether it lists anything else by now")
		return stopped
	}
	if n := left.size() - left.common(all); n > 0 {
		r.leave("Port lists " + plain.Count(n, "more entity", "more entities") + " than when this began; run this again")
	}
	return stopped
}

// common counts the entities that are in both.
func (o owned) common(other owned) int {
	n := 0
	for name, identifiers := range o {
		known := set(other[name])
		for _, identifier := range identifiers {
			if known[identifier] {
				n++
			}
		}
	}
	return n
}

// deleteAll deletes blueprint by blueprint, those that point at others first. It returns to a blueprint
// as long as entities that may have pointed at it were deleted. Its error says why nothing more can be
// done.
func (w *deletion) deleteAll(ctx context.Context) error {
	order := reconcile.PointingFirst(slices.Sorted(maps.Keys(w.rest)), w.targets)
	for {
		next := slices.IndexFunc(order, func(name string) bool { return w.again[name] && len(w.rest[name]) > 0 })
		if next < 0 {
			return nil
		}
		name := order[next]
		w.again[name] = false
		deleted, err := w.deleteOf(ctx, name)
		if err != nil {
			return err
		}
		if deleted > 0 {
			for _, target := range w.targets[name] {
				w.again[target] = true
			}
		}
	}
}

// deleteOf deletes the entities of one blueprint.
func (w *deletion) deleteOf(ctx context.Context, blueprint string) (deleted int, err error) {
	var left []string
	wanted := w.rest[blueprint]
	delete(w.reasons, blueprint)
	for len(wanted) > 0 && err == nil {
		chunk := wanted[:min(len(wanted), port.MaxDelete)]
		wanted = wanted[len(chunk):]
		gone, refused := w.Port.Delete(ctx, blueprint, chunk, port.DeleteOptions{})
		deleted += len(gone)
		w.Progress.Deleted.Add(int64(len(gone)))
		left = append(left, without(chunk, gone)...)
		for _, part := range port.Left(refused, chunk, gone) {
			w.Log.DebugContext(ctx, "delete", "blueprint", blueprint, "error", part)
			w.reasons[blueprint] = part.Err
			err = cmp.Or(err, endOf(ctx, part.Err))
		}
	}
	w.rest[blueprint] = append(left, wanted...)
	return deleted, err
}

// endOf returns the error that ends everything, or nil if a refusal is only about its entities.
func endOf(ctx context.Context, refused error) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	var credentials *port.CredentialsError
	if errors.As(refused, &credentials) || port.Forbidden(refused) {
		return refused
	}
	return nil
}

// settle counts what went and what is left.
func (r *Result) settle(all, left owned, reasons map[string]error) {
	r.Entities.Deleted = all.size() - left.size()
	for i := range r.Entities.Blueprints {
		b := &r.Entities.Blueprints[i]
		b.Deleted, b.Samples = b.Owned-len(left[b.Blueprint]), samples(left[b.Blueprint])
		switch reason := reasons[b.Blueprint]; {
		case b.Deleted == b.Owned:
		case reason != nil:
			b.Reason = reason.Error()
		default:
			b.Reason = "Port did not delete them, and does not say why"
		}
	}
	if n := left.size(); n > 0 {
		r.leave(plain.Count(n, "entity is left; where entities of others point at it", "entities are left; where entities of others point at them") + ", delete those or point them elsewhere, and run this again")
	}
}

// without returns those of a list that are not in another.
func without(list, gone []string) []string {
	taken := set(gone)
	return slices.DeleteFunc(slices.Clone(list), func(identifier string) bool { return taken[identifier] })
}

func set(list []string) map[string]bool {
	all := make(map[string]bool, len(list))
	for _, identifier := range list {
		all[identifier] = true
	}
	return all
}
