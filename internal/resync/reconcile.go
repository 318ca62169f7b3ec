package resync

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"portolan/internal/diag"
	"portolan/internal/mapping"
	"portolan/internal/port"
	"portolan/internal/report"
	"portolan/internal/resync/cell"
	"portolan/internal/resync/entity"
	"portolan/internal/resync/reconcile"
	"portolan/internal/resync/snapshot"
)

// reconcile deletes what this integration owns in Port, this run did not produce,
// and nothing speaks for, and leaves to the next run what this one learned.
func (r *run) reconcile(ctx context.Context, u unclaimed) error {
	defer r.keep()
	r.told.reconciling()
	if ctx.Err() != nil {
		const reason = "the run ended early"
		r.report.Deletes.Withheld = []report.Withheld{{Code: diag.KeptEarlyEnd, Reason: reason, Count: -1}}
		r.log.WarnContext(ctx, "deletes withheld", "reason", reason)
		return nil
	}
	facts, err := r.facts(ctx, u)
	if err != nil {
		return err
	}
	decision := reconcile.Decide(facts)
	r.report.Deletes.Stale = len(facts.Stale)
	r.report.Deletes.Tripped = decision.Tripped
	for _, w := range decision.Withheld {
		r.log.WarnContext(ctx, "deletes withheld", "entities", w.Count, "code", w.Reason.Code, "reason", w.Reason.Text)
		r.report.Deletes.Withheld = append(r.report.Deletes.Withheld, report.Withheld{
			Code: w.Reason.Code, Reason: w.Reason.Text, Count: w.Count, Samples: samples(w.Samples),
		})
	}
	r.delete(ctx, decision.Delete, r.mapping.DeleteDependentEntities && len(decision.Withheld) == 0 && r.sawAll() &&
		!r.leavesRelations(ctx, decision.Delete))
	r.findLost(ctx)
	return nil
}

// sawAll says whether the run saw the whole estate and Port took all of it. Only
// then does it know what depends on an entity that goes: else Port would take out,
// with it, what may well exist.
func (r *run) sawAll() bool {
	return r.ledger.unread() == 0 && r.ledger.shut() == 0 && !r.details.any() && r.listing.Proven() && r.refused.count() == 0 &&
		r.gate.withheld() == 0 && r.ledger.unsent() == 0 &&
		!r.request.Narrowed()
}

// unclaimed are the entities that Port lists as ours, that nobody touched since the run
// began, and that the run did not produce. Err says why they are not known.
type unclaimed struct {
	refs []entity.Ref
	err  error
}

var errEnded = errors.New("the run ended early")

// findStale asks Port for what is unclaimed.
func (r *run) findStale(ctx context.Context) unclaimed {
	if ctx.Err() != nil {
		return unclaimed{err: errEnded}
	}
	var u unclaimed
	for page, err := range r.Port.Owned(ctx, r.before) {
		if err != nil {
			return unclaimed{err: fmt.Errorf("find stale entities: %w", err)}
		}
		for _, owned := range page {
			ref := entity.Ref{Blueprint: owned.Blueprint, Identifier: owned.Identifier}
			if !r.seen.Has(ref) {
				u.refs = append(u.refs, ref)
			}
		}
	}
	return u
}

// facts gathers what decides about deletes. The share of entities that would go
// is taken of all owned ones: those that are unclaimed, and those that the run wrote.
func (r *run) facts(ctx context.Context, u unclaimed) (reconcile.Facts, error) {
	limits := r.Deletes
	limits.Threshold = r.mapping.EntityDeletionThreshold
	limits.AllowMass = r.request.AllowMassDelete
	facts := reconcile.Facts{
		Owned:  r.seen.Size(),
		Holds:  slices.Concat(r.faults.reasons(), lostHolds(r.mapping.Lost), r.historyHolds()),
		Limits: limits,
	}
	if u.err != nil {
		return facts, u.err
	}
	if err := r.findMissing(ctx); err != nil {
		return facts, err
	}
	stale := entity.NewSet(r.id)
	for _, ref := range u.refs {
		if !r.seen.Has(ref) { // what shows the coverage is written after Port was asked
			facts.Stale = append(facts.Stale, r.weigh(ref))
			stale.Add(entity.Ref{Blueprint: ref.Blueprint, Identifier: ref.Identifier})
		}
	}
	r.stale = stale
	facts.Owned += len(facts.Stale)
	if len(facts.Stale) == 0 {
		return facts, nil
	}
	facts.Sizes = r.memory.sizes()
	if !r.mapping.CreateMissingRelatedEntities {
		return facts, nil
	}
	referenced, err := r.referenced(ctx)
	facts.Referenced = referenced
	return facts, err
}

// weigh says what is known of an entity that the run did not produce.
func (r *run) weigh(ref entity.Ref) reconcile.Stale {
	s := reconcile.Stale{Ref: ref, Group: reconcile.Group{Kind: ref.Blueprint}}
	entries, accounts := r.memory.origins(ref)
	for i, e := range entries {
		if e.Kind == "" {
			entries = nil // from several cells, nobody knows which
			break
		}
		c := cellOf(accounts[i], e)
		s.Group = reconcile.Group{Account: accounts[i], Kind: e.Kind}
		s.Absent = e.Absences
		if s.Kept = r.unproven(c, ref.Blueprint); !s.Kept.None() {
			return s
		}
	}
	if len(entries) == 0 {
		s.Group = reconcile.Group{Kind: ref.Blueprint}
	}
	if len(entries) == 0 || r.memory.torn { // then it may be from more places than are remembered
		s.Kept = r.unprovenOfUnknownOrigin(ref)
	}
	return s
}

// cellOf returns the cell of a remembered entity.
func cellOf(account string, e snapshot.Entry) cell.Name {
	if account == cell.Organization {
		account = ""
	}
	return cell.Name{Account: account, Region: e.Region, Kind: e.Kind}
}

// judge says what becomes of what is remembered of an entity, the cell above all.
func (r *run) judge(c cell.Name, e snapshot.Entry) verdict {
	ref := entity.Ref{Blueprint: e.Blueprint, Identifier: e.Identifier}
	switch {
	case r.gone.Has(ref):
		return forgotten
	case e.Kind == "" && r.seen.Has(ref) && r.unprovenOfUnknownOrigin(ref).None():
		return forgotten // every cell was read that it may be from
	case e.Kind == "" || !r.unproven(c, e.Blueprint).None():
		return asItWas
	case r.lost.Has(ref):
		return forgotten
	default:
		return absent
	}
}

// lostHolds keep what the parts of the mapping that do not work have produced
// before.
func lostHolds(lost []mapping.Lost) []reconcile.Hold {
	holds := make([]reconcile.Hold, len(lost))
	for i, l := range lost {
		holds[i] = reconcile.Hold{
			Blueprint: l.Blueprint,
			Reason:    reconcile.Reason{Code: diag.KeptMapping, Text: fmt.Sprintf("resources[%d] of the mapping does not work", l.Resource)},
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
				holds = append(holds, reconcile.Hold{Blueprint: blueprint, Reason: reconcile.Reason{Code: diag.KeptHistory, Text: fmt.Sprintf(
					"%s is read since %s only, and what is older may exist; PORTOLAN_HISTORY_OLDER=delete takes it out",
					u.kind.Type, since.Format(time.DateOnly))}})
			}
		}
	}
	return holds
}

// referenced tells the entities at which entities of this run point. The
// blueprints say where their relations lead.
func (r *run) referenced(ctx context.Context) (func(entity.Ref) bool, error) {
	into := make(map[string][]entity.Relation)
	for _, rel := range r.seen.Relations() {
		blueprint, err := r.Port.Blueprint(ctx, rel.Blueprint)
		if port.NotFound(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if target, ok := blueprint.Relations[rel.Name]; ok {
			into[target.Target] = append(into[target.Target], rel)
		}
	}
	return func(ref entity.Ref) bool {
		return slices.ContainsFunc(into[ref.Blueprint], func(rel entity.Relation) bool { return r.seen.Points(rel, ref.Identifier) })
	}, nil
}
