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
)

// covered is what was read of a kind in an account.
type covered struct {
	Cells   int            `json:"cells"`
	Read    int            `json:"read"`
	Outcome report.Outcome `json:"outcome,omitempty"` // of the first cell that was not read
	Message string         `json:"message,omitempty"`
	Fix     string         `json:"fix,omitempty"`
	Worst   report.Outcome `json:"worst,omitempty"` // of all cells
}

// count notes a cell, and why it was not read if none was missing before.
func (c *covered) count(outcome report.Outcome, message, fix string) {
	c.Cells++
	c.Worst = report.Worse(cmp.Or(c.Worst, outcome), outcome)
	switch {
	case outcome == report.Complete || outcome == report.NotOffered:
		c.Read++
	case c.Outcome == "":
		c.Outcome, c.Message, c.Fix = outcome, message, fix
	}
}

// coverage returns what was read of each kind in each account, and the resources found.
func (l *ledger) coverage() map[cell.Coverage]coverageLine {
	l.mu.Lock()
	defer l.mu.Unlock()
	lines := make(map[cell.Coverage]coverageLine, len(l.Covered))
	for o, c := range l.Covered {
		line := coverageLine{covered: *c}
		if counts := l.Counts[o]; counts != nil {
			line.resources, line.refused = counts.Fetched, counts.Refused
		}
		if account := l.Accounts[o.Account]; account != nil {
			line.account = account.Name
		}
		lines[o] = line
	}
	return lines
}

type coverageLine struct {
	covered
	account   string // its name
	resources int
	refused   int
}

// shows says whether the run writes into Port what it covers. One that is narrowed
// to some regions would show less than there is.
func (r *run) shows() bool { return r.Coverage && len(r.request.Regions) == 0 }

// prepareCoverage makes the blueprint, before the run looks which there are.
func (r *run) prepareCoverage(ctx context.Context) error {
	if !r.shows() || r.plans() {
		return nil
	}
	created, err := r.Port.EnsureBlueprint(ctx, defaults.Coverage())
	if err != nil {
		return fmt.Errorf("create the blueprint %s (PORTOLAN_COVERAGE): %w", defaults.CoverageBlueprint, err)
	}
	if created {
		r.portNotes = append(r.portNotes, "created the blueprint "+defaults.CoverageBlueprint)
	}
	return nil
}

// showCoverage writes what the run covered, an entity for each kind in each account.
// They are the run's own, and go as others do once an account or kind has gone. If
// Port does not take them, the report has it all the same.
func (r *run) showCoverage(ctx context.Context) {
	if !r.shows() {
		return
	}
	lines := r.ledger.coverage()
	// An account that was not sent cannot be pointed at.
	related := !r.plans() && r.ledger.unsent() == 0 && r.coverageIsRelated(ctx)
	items := make([]port.Item, 0, len(lines))
	for _, o := range slices.SortedFunc(maps.Keys(lines), func(a, b cell.Coverage) int {
		return cmp.Or(cmp.Compare(a.Account, b.Account), cmp.Compare(a.Kind, b.Kind))
	}) {
		item := r.coverageItem(o, lines[o], related)
		r.seen.Add(entity.Ref{Blueprint: item.Blueprint, Identifier: item.Key})
		items = append(items, item)
	}
	if r.plans() || ctx.Err() != nil {
		return
	}
	// Merged, so that the last complete run stays where this one was not; and no
	// account is made up for a relation.
	err := r.writeCoverage(ctx, items)
	if err != nil && ctx.Err() != nil {
		r.log.InfoContext(ctx, "the run ended before all of the coverage was shown in Port")
		return
	}
	if err != nil {
		r.log.WarnContext(ctx, "the coverage was not shown in Port", "error", err)
		r.diagnostics = append(r.diagnostics, diag.Diagnostic{
			Code: diag.CoverageUnshown, Title: "The coverage was not shown in Port", Cause: err.Error(),
			Fix: "compare the blueprint " + defaults.CoverageBlueprint + " with the documentation of PORTOLAN_COVERAGE",
		})
	}
}

// writeCoverage writes the entities, as many bulks at a time as of all others, and
// gives the first error.
func (r *run) writeCoverage(ctx context.Context, items []port.Item) error {
	var group errgroup.Group
	group.SetLimit(r.limits.Uploads)
	for bulk := range slices.Chunk(items, port.MaxBatch) {
		group.Go(func() error {
			outcomes, err := r.Port.Upsert(ctx, defaults.CoverageBlueprint, bulk, port.UpsertOptions{Merge: true, ResyncID: r.id})
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
func (r *run) coverageIsRelated(ctx context.Context) bool {
	blueprint, err := r.Port.Blueprint(ctx, defaults.CoverageBlueprint)
	return err == nil && blueprint.Relations["account"].Target == defaults.AccountBlueprint
}

// coverageItem is the entity of one kind in one account. What is null clears what an
// earlier run has left.
func (r *run) coverageItem(o cell.Coverage, line coverageLine, related bool) port.Item {
	outcome, account := cmp.Or(line.Outcome, report.Complete), cmp.Or(o.Account, cell.Organization)
	identifier := account + "/" + o.Kind
	properties := map[string]any{
		"kind": o.Kind, "account": account, "outcome": outcome, "resources": line.resources,
		"cells": line.Cells, "cellsRead": line.Read, "error": nil, "fix": nil, "run": r.id,
	}
	if outcome == report.Complete {
		properties["lastComplete"] = r.report.Started.Format(time.RFC3339)
	} else {
		properties["error"], properties["fix"] = orNull(line.Message), orNull(line.Fix)
	}
	item := map[string]any{
		"identifier": identifier, "title": o.Kind + " in " + cmp.Or(line.account, account),
		"blueprint": defaults.CoverageBlueprint, "properties": properties,
	}
	if related && r.seen.Has(entity.Ref{Blueprint: defaults.AccountBlueprint, Identifier: o.Account}) {
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
