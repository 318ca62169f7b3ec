package resync

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"portolan/internal/diag"
	"portolan/internal/resync/cell"
	"portolan/internal/resync/entity"
	"portolan/internal/resync/snapshot"
)

// What Port holds of this integration is known in one of two ways, and only this file knows in which. A
// run asks Port for its list. A run of single cells ([Engine.lists]) takes for it what the runs before
// left, and looks up what it did not find.

// listOurs asks Port which entities belong to this integration: those that have not been
// changed since a time, or all of them if it is zero.
func (e *Engine) listOurs(ctx context.Context, since time.Time) error {
	if !e.lists() {
		e.memory.BelieveAlone()
		return nil
	}
	for page, err := range e.Port.Owned(ctx, since) {
		if err != nil {
			return fmt.Errorf("list the entities in Port: %w", err)
		}
		for _, owned := range page {
			e.memory.Ours.Add(entity.Ref{Blueprint: owned.Blueprint, Identifier: owned.Identifier})
		}
	}
	return nil
}

// unclaimed are the entities that Port holds as ours, that have not been changed since the
// run began, and that the run did not produce. Err says why they are not known.
type unclaimed struct {
	refs []entity.Ref
	err  error
}

var errEnded = errors.New("the run ended early")

// findUnclaimed finds what may be unclaimed: what Port lists, or what is remembered of the cells that
// are read. It does not know yet which of these cells were read to their end.
func (e *Engine) findUnclaimed(ctx context.Context) (u unclaimed) {
	if ctx.Err() != nil {
		return unclaimed{err: errEnded}
	}
	if !e.lists() {
		for was := range e.memory.All {
			if was.Kind != "" && e.scope.Wants(was.Cell()) && !e.produced.Has(was.Ref()) {
				u.refs = append(u.refs, was.Ref())
			}
		}
		return u
	}
	for page, err := range e.Port.Owned(ctx, e.beginning.before) {
		if err != nil {
			return unclaimed{err: fmt.Errorf("find stale entities: %w", err)}
		}
		for _, owned := range page {
			ref := entity.Ref{Blueprint: owned.Blueprint, Identifier: owned.Identifier}
			if !e.produced.Has(ref) {
				u.refs = append(u.refs, ref)
			}
		}
	}
	return u
}

// stillOurs returns those of the unclaimed entities that Port holds, once the cells are settled. What is
// only remembered is looked up if it is from a cell that was read to its end, and forgotten if Port does not
// have it as ours. If some are left, it recalls what the runs before left of all accounts: an entity may be
// from several.
func (e *Engine) stillOurs(ctx context.Context, u unclaimed) unclaimed {
	if e.lists() || u.err != nil {
		return u
	}
	asked := make(map[string][]string)
	for ref, origins := range e.memory.Origins(u.refs) {
		if slices.ContainsFunc(origins, func(o snapshot.Remembered) bool { return e.book.Read(o.Cell()) }) {
			asked[ref.Blueprint] = append(asked[ref.Blueprint], ref.Identifier)
		}
	}
	u.refs = nil
	for _, blueprint := range slices.Sorted(maps.Keys(asked)) {
		slices.Sort(asked[blueprint])
		held, err := e.lookUp(ctx, blueprint, asked[blueprint])
		if err != nil {
			return unclaimed{err: fmt.Errorf("look up stale entities: %w", err)}
		}
		u.refs = append(u.refs, held...)
	}
	if len(u.refs) == 0 {
		return u
	}
	found, err := e.memory.RecallRest(ctx)
	e.diagnostics = append(e.diagnostics, found...)
	if err != nil {
		return unclaimed{err: diag.With(diag.StateRefused, fmt.Errorf("read the state: %w", err))}
	}
	return u
}

// countOwned counts all that Port holds as ours, of which the share of what goes is taken.
func (e *Engine) countOwned(stale int) int {
	if !e.lists() {
		return e.memory.Size()
	}
	return e.produced.Size() + stale
}

// maxLost bounds how many entities a run looks up to forget them, 500 with a call. The
// others are looked up by the next.
const maxLost = 10_000

// findLost finds the remembered entities that the run did not produce and that somebody
// else has taken over or deleted. Port's list of our entities lags, so an entity that the
// list lacks is looked up too. If it cannot be looked up, it stays remembered: otherwise its
// cell would be unknown if the list has it again later.
func (e *Engine) findLost(ctx context.Context) {
	if e.memory.Lease() == nil || e.removal.stale == nil {
		return
	}
	asked := e.missing()
	for _, blueprint := range slices.Sorted(maps.Keys(asked)) {
		if ctx.Err() != nil {
			return
		}
		if _, err := e.lookUp(ctx, blueprint, asked[blueprint]); err != nil {
			e.log.WarnContext(ctx, "what Port does not list was not looked up, and stays remembered",
				"blueprint", blueprint, "entities", len(asked[blueprint]), "error", err)
		}
	}
}

// lookUp returns those of some remembered entities that Port has as ours, in their order, and notes
// that the others are lost.
func (e *Engine) lookUp(ctx context.Context, blueprint string, identifiers []string) (held []entity.Ref, err error) {
	mine, err := e.Port.Mine(ctx, blueprint, identifiers)
	if err != nil {
		return nil, err
	}
	there := make(map[string]bool, len(mine))
	for _, identifier := range mine {
		there[identifier] = true
	}
	for _, identifier := range identifiers {
		ref := entity.Ref{Blueprint: blueprint, Identifier: identifier}
		if there[identifier] {
			held = append(held, ref)
		} else {
			e.removal.lost.Add(ref)
		}
	}
	return held, nil
}

// missing returns the remembered entities of cells that the run has seen, that it did not
// produce, and that Port's list lacks, by blueprint. What was looked up before is not among them.
func (e *Engine) missing() map[string][]string {
	asked := make(map[string][]string)
	type from struct {
		cell      cell.Name
		blueprint string
	}
	looked, evidence := make(map[from]bool), e.evidence()
	n := 0
	for was := range e.memory.All {
		ref := was.Ref()
		if was.Kind == "" || e.produced.Has(ref) || e.removal.gone.Has(ref) || e.removal.stale.Has(ref) || e.removal.lost.Has(ref) {
			continue
		}
		of := from{was.Cell(), was.Blueprint}
		seen, known := looked[of]
		if !known {
			seen = evidence.KeepsPlace(of.cell, of.blueprint).None()
			looked[of] = seen
		}
		if !seen {
			continue
		}
		asked[was.Blueprint] = append(asked[was.Blueprint], was.Identifier)
		if n++; n == maxLost {
			return asked
		}
	}
	return asked
}
