package resync

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"portolan/internal/aws/awserr"
	"portolan/internal/diag"
	"portolan/internal/mapping"
	"portolan/internal/port"
	"portolan/internal/port/defaults"
	"portolan/internal/report"
	"portolan/internal/resync/cell"
	"portolan/internal/resync/entity"
	"portolan/internal/resync/outcome"
	"portolan/internal/resync/reconcile"
	"portolan/internal/resync/scope"
	"portolan/internal/resync/snapshot"
)

// Reconcile settles what was read, and what was not. It deletes what this integration owns
// in Port, this run did not produce, and nothing speaks for, and leaves to the next run what
// this one learned.
func (e *Engine) Reconcile(ctx context.Context) error {
	if e.reading.ended.IsZero() { // other invocations read
		e.reading.ended = time.Now()
	}
	u := e.findUnclaimed(ctx)
	e.settle(ctx, u)
	u = e.stillOurs(ctx, u)
	if err := e.nothingLeft(); err != nil {
		return err
	}
	e.status.KindsEnd(ctx, e.statusCounts())
	e.showCoverage(ctx)
	defer e.keep()
	e.status.Reconciling()
	if ctx.Err() != nil {
		const reason = "the run ended early"
		e.report.Deletes.Withheld = []report.Withheld{{Diagnostic: diag.Diagnostic{Code: diag.KeptEarlyEnd, Severity: diag.Warning, Cause: reason}, Count: -1}}
		e.log.WarnContext(ctx, "deletes withheld", "reason", reason)
		return nil
	}
	facts, w, err := e.facts(ctx, u)
	if err != nil {
		return err
	}
	decision := reconcile.Decide(facts)
	e.confirm(ctx, &decision, w)
	e.report.Deletes.Stale = len(facts.Stale)
	e.report.Deletes.Tripped = decision.Tripped
	for _, w := range decision.Withheld {
		e.log.WarnContext(ctx, "deletes withheld", "entities", w.Count, "code", w.Reason.Code, "reason", w.Reason.Text)
		e.report.Deletes.Withheld = append(e.report.Deletes.Withheld, report.Withheld{
			Diagnostic: diag.Diagnostic{Code: w.Reason.Code, Severity: diag.Warning, Cause: w.Reason.Text}, Count: w.Count, Samples: samples(w.Samples),
		})
	}
	dependents := e.scope.Mapping.DeleteDependentEntities && len(decision.Withheld) == 0 && e.sawAll() && !e.leavesRelations(ctx, decision.Delete)
	e.delete(ctx, decision.Delete, dependents)
	e.findLost(ctx)
	return nil
}

// evidence says why an entity that the run did not produce must stay.
func (e *Engine) evidence() outcome.Evidence { return outcome.Evidence{Scope: e.scope, Book: e.book} }

// nothingLeft refuses a request that left nothing to read. That is known only when the
// accounts' regions are known.
func (e *Engine) nothingLeft() error {
	if !e.Request.Narrowed() || !e.lists() || e.book.Unread() > 0 || !e.book.OnlySkipped() {
		return nil
	}
	return e.Request.Refuse(e.scope.NothingLeft())
}

// sawAll says whether the run saw the whole estate and Port accepted all of it. Only then
// may dependents be deleted together with an entity; otherwise Port would also delete
// entities that may well exist.
func (e *Engine) sawAll() bool {
	return e.book.Unread() == 0 && e.book.Closed() == 0 && !e.book.Refusing() && e.scope.Listing.Proven() && e.book.Untaken.Count() == 0 &&
		e.book.Resources.Short() == 0 && e.book.Withheld() == 0 && e.book.Unsent() == 0 && !e.Request.Narrowed()
}

// settle takes a last look at the cells that were not read. Where nothing answered, or what
// answered does not know the operation, AWS's own list says whether the service is offered in
// the region. Without the list the cell counts as not read if Port holds something that may
// be from there, and is quiet if it does not.
func (e *Engine) settle(ctx context.Context, u unclaimed) {
	claimed := sync.OnceValue(func() claims { return e.claimsOf(u.refs) })
	mayHold := func(c cell.Name) bool { return u.err != nil || claimed().of(c, e.scope.MayWrite) }
	e.book.Settle(func(end *outcome.End) {
		if end.Code == diag.TypeNotThere { // AWS itself says so
			end.Outcome, end.Fix = report.NotOffered, ""
			return
		}
		missing := end.NoEndpoint || end.Outcome == report.Outcome(awserr.Unreachable) || end.Outcome == report.Outcome(awserr.Timeout)
		if !missing || end.Cell.Region == "" {
			return
		}
		offered, known := e.offers(ctx, end)
		switch {
		case known && !offered:
			end.Outcome, end.Code, end.Fix = report.NotOffered, diag.NotOffered, ""
		case known && end.Outcome == report.Outcome(awserr.Unsupported):
			end.Fix = "check the endpoint and the proxy on the way to it: AWS offers the service in the region"
		case known:
			end.Fix += "; AWS offers the service in the region"
		case end.NoEndpoint && !mayHold(end.Cell):
			end.Outcome, end.Code = report.NotAnswering, diag.NotAnswering
			end.Fix = "nothing, if AWS does not offer the service in the region; otherwise check DNS, proxy and VPC endpoints"
		}
		if end.NoEndpoint && end.Outcome.IsGap() { // it was not logged while it might have been not offered
			e.log.WarnContext(ctx, "cell not read to its end", "account", end.By, "region", end.Cell.Region, "kind", end.Cell.Kind,
				"outcome", end.Outcome, "error", end.Cause)
		}
	})
}

// claims says where unclaimed entities may come from: their remembered cells, or their
// blueprints if no cell is remembered.
type claims struct {
	cells      map[cell.Name]bool
	blueprints map[string]bool
}

func (e *Engine) claimsOf(refs []entity.Ref) claims {
	c := claims{map[cell.Name]bool{}, map[string]bool{}}
	remembered := e.memory.Origins(refs)
	for _, ref := range refs {
		origins := remembered[ref]
		for _, origin := range origins {
			c.cells[origin.Cell()] = true
		}
		if len(origins) == 0 || slices.ContainsFunc(origins, func(r snapshot.Remembered) bool { return r.Kind == "" }) {
			c.blueprints[ref.Blueprint] = true
		}
	}
	return c
}

// of says whether an entity may be from the cell.
func (c claims) of(of cell.Name, mayWrite func(kind, blueprint string) bool) bool {
	if c.cells[of] {
		return true
	}
	for blueprint := range c.blueprints {
		if mayWrite(string(of.Kind), blueprint) {
			return true
		}
	}
	return false
}

// facts gathers what decides about deletes. The share of entities that would go is taken of
// all owned ones: those that are unclaimed, and those that the run wrote.
func (e *Engine) facts(ctx context.Context, u unclaimed) (reconcile.Facts, weighing, error) {
	limits := e.Deletes
	limits.Threshold = e.scope.Mapping.EntityDeletionThreshold
	limits.AllowMass = e.Request.AllowMassDelete
	facts := reconcile.Facts{
		Holds:  slices.Concat(e.book.Unmapped.Holds(), lostHolds(e.scope.Mapping.Lost), e.historyHolds()),
		Limits: limits,
	}
	if u.err != nil {
		return facts, weighing{}, u.err
	}
	if err := e.findUnknownBlueprints(ctx); err != nil {
		return facts, weighing{}, err
	}
	stale, w := entity.NewSet(e.Run), weighing{e.memory.Origins(u.refs), e.writes()}
	for _, ref := range u.refs {
		// What shows the coverage is written after Port was asked, and Port may list an entity twice.
		if !e.produced.Has(ref) && !stale.Has(ref) {
			facts.Stale = append(facts.Stale, e.weigh(ref, w))
			stale.Add(ref)
		}
	}
	e.removal.stale = stale
	facts.Owned = e.countOwned(len(facts.Stale))
	if len(facts.Stale) == 0 {
		return facts, w, nil
	}
	facts.Sizes = e.memory.Sizes()
	if !e.scope.Mapping.CreateMissingRelatedEntities {
		return facts, w, nil
	}
	referenced, err := e.referenced(ctx)
	facts.Referenced = referenced
	return facts, w, err
}

// findUnknownBlueprints finds out which blueprints the run made entities of that Port does
// not have.
func (e *Engine) findUnknownBlueprints(ctx context.Context) error {
	for _, name := range e.book.Untaken.Blueprints() {
		if slices.Contains(e.scope.UnknownBlueprints, name) {
			continue
		}
		_, err := e.Port.Blueprint(ctx, name)
		switch {
		case port.NotFound(err):
			e.scope.UnknownBlueprints = append(e.scope.UnknownBlueprints, name)
		case err != nil:
			return fmt.Errorf("find the blueprints that do not exist: %w", err)
		}
	}
	return nil
}

// weighing is what speaks for entities and against them besides the evidence: what is remembered of
// them, and whether this integration has to do with a blueprint.
type weighing struct {
	origins map[entity.Ref][]snapshot.Remembered
	writes  func(blueprint string) bool
}

// weigh says what is known of an entity that the run did not produce: where it is remembered to
// come from, and whether this integration has to do with its blueprint.
func (e *Engine) weigh(ref entity.Ref, w weighing) reconcile.Stale {
	s := reconcile.Stale{Ref: ref, Group: reconcile.Group{Kind: ref.Blueprint}}
	evidence, origins := e.evidence(), w.origins[ref]
	for _, origin := range origins {
		if origin.Kind == "" {
			origins = nil // from several cells, it is not known which
			break
		}
		s.Group = reconcile.Group{Account: origin.Account, Kind: string(origin.Kind)}
		s.Absent = origin.Absences
		kept := evidence.Keeps(origin.Cell(), ref.Blueprint, origin.Resources)
		switch {
		case kept.Code == diag.KeptUnconfirmed:
			s.Kept, s.Ask = kept, true // unless another origin keeps it in any case
		case !kept.None():
			s.Kept, s.Ask = kept, false
			return s
		}
	}
	if len(origins) == 0 {
		s.Group = reconcile.Group{Kind: ref.Blueprint}
	}
	if len(origins) == 0 || e.memory.Torn() { // then it may be from more places than are remembered
		if kept := evidence.KeepsUnknown(ref); len(origins) == 0 || !kept.None() {
			s.Kept, s.Ask = kept, false
		}
	}
	if len(origins) == 0 && s.Kept.None() && !w.writes(ref.Blueprint) {
		s.Kept = reconcile.Reason{Code: diag.KeptNotOurs, Text: "neither the mapping nor the state knows blueprint " + ref.Blueprint}
	}
	return s
}

// judge says what becomes of what is remembered of an entity, the cell above all, and of which of its
// resources it may still be made.
func (e *Engine) judge(was snapshot.Remembered) (snapshot.Verdict, entity.Resources) {
	ref, evidence, left := was.Ref(), e.evidence(), was.Resources
	switch {
	case e.removal.gone.Has(ref):
		return snapshot.Forgotten, ""
	case was.Kind == "" && e.produced.Has(ref) && evidence.KeepsUnknown(ref).None():
		return snapshot.Forgotten, "" // every cell was read that it may be from
	case was.Kind == "":
		return snapshot.AsItWas, left
	}
	kept := evidence.Keeps(was.Cell(), was.Blueprint, was.Resources)
	if left != "" {
		left = evidence.Left(was.Cell(), left)
	}
	unproven := kept.Code == diag.KeptUnconfirmed || kept.Code == diag.KeptUnidentified
	switch {
	case unproven && e.produced.Has(ref): // of something else
		return snapshot.AsItWas, left
	case e.removal.lost.Has(ref) && (unproven || kept.None()):
		return snapshot.Forgotten, ""
	case !e.recorded():
		return snapshot.AsItWas, left // many events in a minute are not many absences
	case kept.Code == diag.KeptUnconfirmed && !e.askedInVain(was.Cell(), was.Resources), kept.None():
		return snapshot.Absent, left
	default:
		return snapshot.AsItWas, left
	}
}

// writes returns a function that says whether the integration writes entities of a blueprint, or is
// remembered to have done so. Port's list alone does not prove it.
func (e *Engine) writes() func(blueprint string) bool {
	remembered := sync.OnceValue(func() map[string]bool { // it walks everything that is remembered
		blueprints := make(map[string]bool)
		for was := range e.memory.All {
			blueprints[was.Blueprint] = true
		}
		return blueprints
	})
	return func(blueprint string) bool {
		return blueprint == defaults.CoverageBlueprint ||
			slices.ContainsFunc(e.scope.Mapped, func(u *scope.Unit) bool { return u.Writes(blueprint) }) || remembered()[blueprint]
	}
}

// lostHolds keep what the parts of the mapping that do not work have produced before.
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
func (e *Engine) historyHolds() (holds []reconcile.Hold) {
	if e.DeleteOlder {
		return nil
	}
	for _, u := range e.scope.Units {
		since := e.sinceOf(u)
		if since.IsZero() {
			continue
		}
		for _, entry := range u.Entries {
			blueprints, all := entry.Blueprints()
			if all {
				blueprints = []string{""}
			}
			for _, blueprint := range blueprints {
				holds = append(holds, reconcile.Hold{Blueprint: blueprint, Reason: reconcile.Reason{Code: diag.KeptHistory, Text: fmt.Sprintf(
					"%s is read since %s only, and what is older may exist; PORTOLAN_HISTORY_OLDER=delete takes it out",
					u.Kind.Type, since.Format(time.DateOnly))}})
			}
		}
	}
	return holds
}

// referenced returns a function that says whether an entity of this run points at an
// entity. The blueprints say where their relations lead.
func (e *Engine) referenced(ctx context.Context) (func(entity.Ref) bool, error) {
	into := make(map[string][]entity.Relation)
	for _, relation := range e.produced.Relations() {
		blueprint, err := e.Port.Blueprint(ctx, relation.Blueprint)
		if port.NotFound(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if target, ok := blueprint.Relations[relation.Name]; ok {
			into[target.Target] = append(into[target.Target], relation)
		}
	}
	return func(ref entity.Ref) bool {
		return slices.ContainsFunc(into[ref.Blueprint], func(r entity.Relation) bool { return e.produced.Points(r, ref.Identifier) })
	}, nil
}
