package resync

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"portolan/internal/diag"
	"portolan/internal/port"
	"portolan/internal/report"
	"portolan/internal/resync/cell"
	"portolan/internal/resync/entity"
	"portolan/internal/resync/outcome"
	"portolan/internal/resync/reconcile"
)

// delete takes entities out of Port, with what depends on them or not, and counts
// those that are gone. What is left although it was to go is a failure of the run, save
// what Port keeps because something requires it and dependents were not to go along:
// either the mapping wants it so, or the next run that sees the whole estate takes it out.
func (e *Engine) delete(ctx context.Context, refs []entity.Ref, dependents bool) {
	if e.plans() {
		refs = e.withoutOthers(ctx, refs)
		if !dependents {
			refs = e.withoutDependents(ctx, refs)
		}
		e.report.Deletes.Planned = len(refs)
		e.report.Deletes.Samples = samples(refs[:min(len(refs), outcome.MaxPlanned)])
		return
	}
	options := port.DeleteOptions{Dependents: dependents, ResyncID: e.Run}
	blueprints, byBlueprint := grouped(refs)
	for _, blueprint := range e.pointingFirst(ctx, blueprints) {
		deleted, err := e.Port.Delete(ctx, blueprint, byBlueprint[blueprint], options)
		e.report.Deletes.Deleted += len(deleted)
		for _, identifier := range deleted {
			e.removal.gone.Add(entity.Ref{Blueprint: blueprint, Identifier: identifier})
		}
		e.book.Count(cell.Coverage{Kind: cell.Kind(e.kindWith(blueprint))}, report.Counts{Deleted: len(deleted)})
		e.leftInPort(ctx, blueprint, port.Left(err, byBlueprint[blueprint], deleted))
	}
}

// grouped returns the identifiers of each blueprint, and the blueprints in the order in which they
// occur.
func grouped(refs []entity.Ref) (blueprints []string, identifiers map[string][]string) {
	identifiers = make(map[string][]string)
	for _, ref := range refs {
		if identifiers[ref.Blueprint] == nil {
			blueprints = append(blueprints, ref.Blueprint)
		}
		identifiers[ref.Blueprint] = append(identifiers[ref.Blueprint], ref.Identifier)
	}
	return blueprints, identifiers
}

// withoutOthers returns those of the entities that a plan would delete that others did not write:
// these a resync leaves. Nothing would go if Port does not say who wrote it.
func (e *Engine) withoutOthers(ctx context.Context, refs []entity.Ref) (rest []entity.Ref) {
	blueprints, identifiers := grouped(refs)
	for _, blueprint := range blueprints {
		asked := identifiers[blueprint]
		written, err := e.Port.Writers(ctx, blueprint, asked)
		if err != nil {
			e.leftInPort(ctx, blueprint, []*port.LeftError{{Identifiers: asked, Err: err}})
			continue
		}
		deletable, others := port.WithoutOthers(asked, written)
		for _, identifier := range deletable {
			rest = append(rest, entity.Ref{Blueprint: blueprint, Identifier: identifier})
		}
		e.leftInPort(ctx, blueprint, others)
	}
	return rest
}

// leavesRelations says whether entities that the run produced may still point at entities
// that go, by relations that Port has from elsewhere: merging leaves those that the
// mapping does not name. Such entities exist, and would go along as dependents.
func (e *Engine) leavesRelations(ctx context.Context, refs []entity.Ref) bool {
	if !e.scope.Mapping.EnableMergeEntity || len(refs) == 0 {
		return false
	}
	goes := make(map[string]bool)
	for _, ref := range refs {
		goes[ref.Blueprint] = true
	}
	for _, m := range e.scope.Mapping.Resources {
		for _, shape := range m.Shapes() {
			if shape.Blueprint == "" {
				return true // it is not known which relations the mapping does not name
			}
			blueprint, err := e.Port.Blueprint(ctx, shape.Blueprint)
			if port.NotFound(err) {
				continue
			}
			if err != nil {
				return true
			}
			for name, relation := range blueprint.Relations {
				if goes[relation.Target] && !slices.Contains(shape.Relations, name) {
					return true
				}
			}
		}
	}
	return false
}

// withoutDependents returns those of the entities that a plan would delete at which no
// entity of the run points: the others Port would leave, as their dependents stay.
func (e *Engine) withoutDependents(ctx context.Context, refs []entity.Ref) []entity.Ref {
	points, err := e.referenced(ctx)
	if err != nil {
		e.log.WarnContext(ctx, "it was not found out which deletes Port would refuse for what depends on them", "error", err)
		return refs
	}
	stay := slices.DeleteFunc(slices.Clone(refs), func(ref entity.Ref) bool { return !points(ref) })
	if len(stay) > 0 {
		e.report.Deletes.Withheld = append(e.report.Deletes.Withheld, report.Withheld{
			Diagnostic: diag.Diagnostic{Code: diag.KeptByPort, Severity: diag.Note, Cause: "other entities depend on them, and Port would not delete them"},
			Count:      len(stay), Samples: samples(stay[:min(len(stay), reconcile.SampleSize)]),
		})
	}
	return slices.DeleteFunc(refs, points)
}

// leftInPort reports entities that were to be deleted and are still there, together where
// Port says the same of them.
func (e *Engine) leftInPort(ctx context.Context, blueprint string, all []*port.LeftError) {
	type why struct {
		code   diag.Code
		status int
		word   string // Port's
	}
	groups := make(map[why]*report.Withheld)
	var order []*report.Withheld
	for _, left := range all {
		reason := why{code: codeOfLeft(ctx, left)}
		var notOurs *port.NotOursError
		if errors.As(left, &notOurs) {
			reason.word = notOurs.By
		}
		var refusal *port.Error
		if errors.As(left, &refusal) {
			reason.status, reason.word = refusal.StatusCode, refusal.Code
		}
		group := groups[reason]
		if group == nil {
			group = &report.Withheld{Diagnostic: diag.Diagnostic{Code: reason.code, Severity: diag.Error, Cause: left.Error()}}
			switch reason.code {
			case diag.KeptEarlyEnd: // Port refused nothing
				group.Cause = "the run ended before it was known that they are deleted"
			case diag.KeptNotOurs:
				group.Severity = diag.Warning
			}
			groups[reason], order = group, append(order, group)
		}
		group.Count += len(left.Identifiers)
		room := max(reconcile.SampleSize-len(group.Samples), 0)
		for _, id := range left.Identifiers[:min(len(left.Identifiers), room)] {
			group.Samples = append(group.Samples, blueprint+"/"+id)
		}
		if reason.code != diag.KeptByPort && reason.code != diag.KeptNotOurs {
			e.report.Deletes.Failed += len(left.Identifiers)
			e.removal.undone = cmp.Or(e.removal.undone, group.Cause)
		}
	}
	for _, group := range order {
		e.log.WarnContext(ctx, "not deleted", "blueprint", blueprint, "entities", group.Count, "code", group.Code, "reason", group.Cause)
		e.report.Deletes.Withheld = append(e.report.Deletes.Withheld, *group)
	}
}

func codeOfLeft(ctx context.Context, left *port.LeftError) diag.Code {
	var notOurs *port.NotOursError
	switch {
	case left.Required:
		return diag.KeptByPort
	case errors.As(left, &notOurs):
		return diag.KeptNotOurs
	case ctx.Err() != nil:
		return diag.KeptEarlyEnd
	default:
		return diag.DeleteFailed
	}
}

// pointingFirst orders blueprints so that what Port deletes as a dependent need not be
// deleted again.
func (e *Engine) pointingFirst(ctx context.Context, blueprints []string) []string {
	if len(blueprints) < 2 {
		return blueprints
	}
	targets := make(map[string][]string)
	for _, name := range blueprints {
		blueprint, err := e.Port.Blueprint(ctx, name)
		if err != nil {
			continue // the order is a courtesy
		}
		targets[name] = blueprint.Targets()
	}
	return reconcile.PointingFirst(blueprints, targets)
}

// kindWith returns the kind with this blueprint, "" if the mapping does not say.
func (e *Engine) kindWith(blueprint string) string {
	for _, resource := range e.scope.Mapping.Resources {
		if fixed, _ := resource.Blueprints(); slices.Contains(fixed, blueprint) {
			return resource.Kind
		}
	}
	return ""
}

func samples(refs []entity.Ref) []string {
	texts := make([]string, len(refs))
	for i, ref := range refs {
		texts[i] = strings.Join([]string{ref.Blueprint, ref.Identifier}, "/")
	}
	return texts
}
