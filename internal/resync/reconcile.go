package resync

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"portolan/internal/mapping"
	"portolan/internal/port"
	"portolan/internal/reconcile"
	"portolan/internal/report"
)

// reconcile deletes what this integration owns in Port, and this run did not
// produce, if the run saw the whole estate.
func (r *run) reconcile(ctx context.Context) error {
	if hold, held := r.holdOnAll(ctx); held {
		r.report.Deletes.Withheld = []report.Withheld{{Reason: hold, Count: -1}}
		r.log.WarnContext(ctx, "deletes withheld", "reason", hold)
		return nil
	}
	facts, err := r.facts(ctx)
	if err != nil {
		return fmt.Errorf("find stale entities: %w", err)
	}
	decision := reconcile.Decide(facts)
	r.report.Deletes.Stale = len(facts.Stale)
	for _, w := range decision.Withheld {
		r.log.WarnContext(ctx, "deletes withheld", "entities", w.Count, "reason", w.Reason)
		r.report.Deletes.Withheld = append(r.report.Deletes.Withheld, report.Withheld{Reason: w.Reason, Count: w.Count, Samples: samples(w.Samples)})
	}
	return r.delete(ctx, decision.Delete)
}

// holdOnAll says why this run may delete nothing at all: part of the estate was
// not seen, and which entities that part would have produced is not known.
func (r *run) holdOnAll(ctx context.Context) (reason string, held bool) {
	switch {
	case ctx.Err() != nil:
		return "the run ended early", true
	case len(r.request.Kinds)+len(r.request.Accounts)+len(r.request.Regions) > 0:
		return "the run was narrowed to some kinds, accounts or regions", true
	case !r.listing.Complete:
		return "not every account of the Organization is known", true
	}
	if n := r.ledger.unread(); n > 0 {
		return fmt.Sprintf("%d cells were not read to their end, and their entities may still be right", n), true
	}
	return "", false
}

// facts gathers what decides about deletes. The share of entities that would go
// is taken of all owned ones: those that Port lists, which nobody touched since
// the run began, and those that the run wrote.
func (r *run) facts(ctx context.Context) (reconcile.Facts, error) {
	facts := reconcile.Facts{
		Owned:           r.seen.size(),
		Holds:           slices.Concat(r.faults.reasons(), lostHolds(r.mapping.Lost), r.historyHolds()),
		Threshold:       r.mapping.EntityDeletionThreshold,
		AllowMassDelete: r.request.AllowMassDelete,
	}
	for page, err := range r.Port.Owned(ctx, r.before) {
		if err != nil {
			return facts, err
		}
		for _, owned := range page {
			ref := reconcile.Ref{Blueprint: owned.Blueprint, Identifier: owned.Identifier}
			if !r.seen.has(ref) {
				facts.Stale = append(facts.Stale, ref)
			}
		}
	}
	facts.Owned += len(facts.Stale)
	if len(facts.Stale) == 0 || !r.mapping.CreateMissingRelatedEntities {
		return facts, nil
	}
	referenced, err := r.referenced(ctx)
	facts.Referenced = referenced
	return facts, err
}

// lostHolds keep what the parts of the mapping that do not work have produced
// before.
func lostHolds(lost []mapping.Lost) []reconcile.Hold {
	holds := make([]reconcile.Hold, len(lost))
	for i, l := range lost {
		holds[i] = reconcile.Hold{
			Blueprint: l.Blueprint,
			Reason:    fmt.Sprintf("resources[%d] of the mapping does not work", l.Resource),
		}
	}
	return holds
}

// historyHolds keep what is older than this run looked: it may well exist.
func (r *run) historyHolds() (holds []reconcile.Hold) {
	if r.DeleteOlder {
		return nil
	}
	for _, u := range r.units {
		since := r.sinceOf(u)
		if since.IsZero() {
			continue
		}
		for _, resource := range u.resources {
			for _, blueprint := range blueprintsOf(resource) {
				holds = append(holds, reconcile.Hold{Blueprint: blueprint, Reason: fmt.Sprintf(
					"%s is read since %s only, and what is older may exist; PORTOLAN_HISTORY_OLDER=delete takes it out",
					u.kind.Type, since.Format(time.DateOnly))})
			}
		}
	}
	return holds
}

// referenced tells the entities at which entities of this run point. The
// blueprints say where their relations lead.
func (r *run) referenced(ctx context.Context) (func(reconcile.Ref) bool, error) {
	into := make(map[string][]relation)
	for _, rel := range r.seen.relations() {
		blueprint, err := r.Port.Blueprint(ctx, rel.blueprint)
		if err != nil {
			return nil, err
		}
		if target, ok := blueprint.Relations[rel.name]; ok {
			into[target.Target] = append(into[target.Target], rel)
		}
	}
	return func(ref reconcile.Ref) bool {
		return slices.ContainsFunc(into[ref.Blueprint], func(rel relation) bool { return r.seen.points(rel, ref.Identifier) })
	}, nil
}

// delete takes entities out of Port and counts those that Port says are gone.
func (r *run) delete(ctx context.Context, refs []reconcile.Ref) error {
	options := port.DeleteOptions{Dependents: r.mapping.DeleteDependentEntities, ResyncID: r.id}
	byBlueprint := make(map[string][]string)
	var blueprints []string
	for _, ref := range refs {
		if byBlueprint[ref.Blueprint] == nil {
			blueprints = append(blueprints, ref.Blueprint)
		}
		byBlueprint[ref.Blueprint] = append(byBlueprint[ref.Blueprint], ref.Identifier)
	}
	for _, blueprint := range blueprints {
		for identifiers := range slices.Chunk(byBlueprint[blueprint], port.MaxDelete) {
			deleted, err := r.Port.Delete(ctx, blueprint, identifiers, options)
			r.report.Deletes.Deleted += len(deleted)
			r.ledger.count(origin{kind: r.kindOf(blueprint)}, func(c *report.Counts) { c.Deleted += len(deleted) })
			if left := len(identifiers) - len(deleted); left > 0 {
				r.report.Deletes.Withheld = append(r.report.Deletes.Withheld, notDeleted(blueprint, identifiers, deleted, err))
			}
			if err != nil {
				r.log.WarnContext(ctx, "delete", "blueprint", blueprint, "error", err)
			}
		}
	}
	return nil
}

// kindOf gives the kind whose resources have the blueprint, "" if the mapping does
// not tell.
func (r *run) kindOf(blueprint string) string {
	for _, resource := range r.mapping.Resources {
		if fixed, _ := resource.Blueprints(); slices.Contains(fixed, blueprint) {
			return resource.Kind
		}
	}
	return ""
}

func notDeleted(blueprint string, wanted, deleted []string, err error) report.Withheld {
	left := slices.DeleteFunc(slices.Clone(wanted), func(id string) bool { return slices.Contains(deleted, id) })
	reason := "Port did not delete them"
	if err != nil {
		reason = err.Error()
	}
	w := report.Withheld{Reason: reason, Count: len(left)}
	for _, id := range left[:min(len(left), reconcile.SampleSize)] {
		w.Samples = append(w.Samples, blueprint+"/"+id)
	}
	return w
}

func samples(refs []reconcile.Ref) []string {
	texts := make([]string, len(refs))
	for i, ref := range refs {
		texts[i] = strings.Join([]string{ref.Blueprint, ref.Identifier}, "/")
	}
	return texts
}
