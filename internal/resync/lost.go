package resync

import (
	"context"
	"maps"
	"slices"

	"portolan/internal/resync/cell"
	"portolan/internal/resync/entity"
)

// maxLost bounds how many entities a run looks up to forget them, 500 with a call. The
// others are looked up by the next.
const maxLost = 10_000

// findLost finds out which of the remembered entities that the run did not produce
// somebody else took over, or out of Port. Port's list of what is ours lags, so one that
// the list lacks is looked up as well. What cannot be looked up stays remembered: else
// nobody would know of which cell it is, should the list have it again.
func (r *run) findLost(ctx context.Context) {
	if r.memory.lease == nil || r.stale == nil {
		return
	}
	asked := r.missing()
	for _, blueprint := range slices.Sorted(maps.Keys(asked)) {
		if ctx.Err() != nil {
			return
		}
		mine, err := r.Port.Mine(ctx, blueprint, asked[blueprint])
		if err != nil {
			r.log.WarnContext(ctx, "what Port does not list was not looked up, and stays remembered",
				"blueprint", blueprint, "entities", len(asked[blueprint]), "error", err)
			continue
		}
		there := make(map[string]bool, len(mine))
		for _, identifier := range mine {
			there[identifier] = true
		}
		for _, identifier := range asked[blueprint] {
			if !there[identifier] {
				r.lost.Add(entity.Ref{Blueprint: blueprint, Identifier: identifier})
			}
		}
	}
}

// missing returns the remembered entities whose cell the run knows of, that it did not produce,
// and that Port's list lacks, by blueprint.
func (r *run) missing() map[string][]string {
	asked := make(map[string][]string)
	type from struct {
		cell      cell.Name
		blueprint string
	}
	looked := make(map[from]bool)
	n := 0
	for account, old := range r.memory.old {
		for e := range old.All() {
			ref := entity.Ref{Blueprint: e.Blueprint, Identifier: e.Identifier}
			if e.Kind == "" || r.seen.Has(ref) || r.gone.Has(ref) || r.stale.Has(ref) {
				continue
			}
			c := from{cellOf(account, e), e.Blueprint}
			read, known := looked[c]
			if !known {
				read = r.unproven(c.cell, c.blueprint).None()
				looked[c] = read
			}
			if !read {
				continue
			}
			asked[e.Blueprint] = append(asked[e.Blueprint], e.Identifier)
			if n++; n == maxLost {
				return asked
			}
		}
	}
	return asked
}
