package resync

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"portolan/internal/diag"
	"portolan/internal/port"
	"portolan/internal/port/defaults"
	"portolan/internal/report"
	"portolan/internal/resync/cell"
	"portolan/internal/resync/entity"
	"portolan/internal/resync/outcome"
)

// shows says whether the run writes into Port what it covers. One that is narrowed
// to some regions would show less than there is.
func (e *Engine) shows() bool { return e.Coverage && len(e.Request.Regions) == 0 }

// prepareCoverage makes the blueprint, before the run looks which there are.
func (e *Engine) prepareCoverage(ctx context.Context) error {
	if !e.shows() || e.plans() {
		return nil
	}
	created, err := e.Port.EnsureBlueprint(ctx, defaults.Coverage())
	if err != nil {
		return fmt.Errorf("create the blueprint %s (PORTOLAN_COVERAGE): %w", defaults.CoverageBlueprint, err)
	}
	if created {
		e.beginning.integration.Notes = append(e.beginning.integration.Notes, "created the blueprint "+defaults.CoverageBlueprint)
	}
	return nil
}

// showCoverage writes what the run covered, an entity for each kind in each account.
// They are the run's own, and go as others do once an account or kind has gone. If
// Port does not take them, the report has it all the same.
func (e *Engine) showCoverage(ctx context.Context) {
	if !e.shows() {
		return
	}
	lines := e.book.Coverage()
	// An account that was not sent cannot be pointed at.
	related := !e.plans() && e.book.Unsent() == 0 && e.coverageIsRelated(ctx)
	items := make([]port.Item, 0, len(lines))
	for _, o := range slices.SortedFunc(maps.Keys(lines), func(a, b cell.Coverage) int {
		return cmp.Or(cmp.Compare(a.Account, b.Account), cmp.Compare(a.Kind, b.Kind))
	}) {
		item := e.coverageItem(o, lines[o], related)
		e.produced.Add(entity.Ref{Blueprint: item.Blueprint, Identifier: item.Key})
		items = append(items, item)
	}
	if e.plans() || ctx.Err() != nil {
		return
	}
	// Merged, so that the last complete run stays where this one was not; and no
	// account is made up for a relation.
	err := e.writeCoverage(ctx, items)
	if err != nil && ctx.Err() != nil {
		e.log.InfoContext(ctx, "the run ended before all of the coverage was shown in Port")
		return
	}
	if err != nil {
		e.log.WarnContext(ctx, "the coverage was not shown in Port", "error", err)
		e.diagnostics = append(e.diagnostics, diag.Diagnostic{
			Code: diag.CoverageUnshown, Severity: diag.Warning, Title: "The coverage was not shown in Port", Cause: err.Error(),
			Fix: "compare the blueprint " + defaults.CoverageBlueprint + " with the documentation of PORTOLAN_COVERAGE",
		})
	}
}

// writeCoverage writes the entities, with as many bulks at a time as for other entities,
// and returns the first error.
func (e *Engine) writeCoverage(ctx context.Context, items []port.Item) error {
	var group errgroup.Group
	group.SetLimit(e.limits.Uploads)
	for bulk := range slices.Chunk(items, port.MaxBatch) {
		group.Go(func() error {
			outcomes, err := e.Port.Upsert(ctx, defaults.CoverageBlueprint, bulk, port.UpsertOptions{Merge: true, ResyncID: e.Run})
			for _, outcome := range outcomes {
				if err == nil {
					err = outcome.Err
				}
			}
			return err
		})
	}
	return group.Wait()
}

// coverageIsRelated says whether the blueprint, as Port has it, leads to accounts.
func (e *Engine) coverageIsRelated(ctx context.Context) bool {
	blueprint, err := e.Port.Blueprint(ctx, defaults.CoverageBlueprint)
	return err == nil && blueprint.Relations["account"].Target == defaults.AccountBlueprint
}

// coverageItem is the entity of one kind in one account. What is null clears what an
// earlier run has left.
func (e *Engine) coverageItem(o cell.Coverage, line outcome.Coverage, related bool) port.Item {
	account, kind := cmp.Or(string(o.Account), cell.Organization), string(o.Kind)
	identifier := account + "/" + kind
	properties := map[string]any{
		"kind": kind, "account": account, "outcome": line.Outcome, "resources": line.Resources,
		"cells": line.Cells, "cellsRead": line.Read, "error": nil, "fix": nil, "run": e.Run,
	}
	if line.Outcome == report.Complete {
		properties["lastComplete"] = e.Started.Format(time.RFC3339)
	} else {
		properties["error"], properties["fix"] = orNull(line.Cause), orNull(line.Fix)
	}
	item := map[string]any{
		"identifier": identifier, "title": kind + " in " + cmp.Or(line.AccountName, account),
		"blueprint": defaults.CoverageBlueprint, "properties": properties,
	}
	if related && e.produced.Has(entity.Ref{Blueprint: defaults.AccountBlueprint, Identifier: string(o.Account)}) {
		item["relations"] = map[string]any{"account": o.Account}
	}
	body, err := json.Marshal(item)
	if err != nil {
		panic(err) // text and numbers have a JSON form
	}
	return port.Item{Blueprint: defaults.CoverageBlueprint, Key: identifier, Body: body}
}

func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}
