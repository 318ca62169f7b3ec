package resync

import (
	"context"
	"slices"

	"portolan/internal/aws/kind"
	"portolan/internal/mapping"
	"portolan/internal/report"
	"portolan/internal/resync/cell"
	"portolan/internal/resync/entity"
	"portolan/internal/resync/scope"
	"portolan/internal/resync/upsert"
)

// take maps the documents of a resource that was found, each by the entry of the mapping
// that wants it so, and hands the entities on. Same is false if the document lacks a detail,
// and something was filtered or dropped, or an entity is not remembered: with the detail, the
// resource may have another. Its error means that they could not be handed on.
func (e *Engine) take(ctx context.Context, t task, p place, resource *kind.Found, wishes []scope.Wish, lacking bool) (same bool, err error) {
	same = true
	name, of := t.name(), t.coverageIn(p)
	counts := report.Counts{}
	defer func() { e.book.Count(of, counts) }()
	var document kind.Object
	for i, w := range wishes {
		if i == 0 || !slices.Equal(w.Actions, wishes[i-1].Actions) {
			document = resource.Document(w.Actions)
		}
		if document == nil {
			continue // a call that this one needs failed, which is already reported
		}
		if counts.Fetched == 0 {
			counts.Fetched = 1
			e.Progress.Resources.Add(1)
		}
		e.reading.examples.offer(w.Entry, document)
		result := w.Entry.Map(ctx, document)
		if ctx.Err() != nil { // the error may only mean that the time is over
			return same, context.Cause(ctx)
		}
		e.book.Unmapped.Note(w.Entry, result, document)
		if lacking {
			strangers := e.memory.Strangers(name, refsOf(result.Entities))
			same = same && result.Filtered+len(result.Dropped)+result.SkippedItems+len(strangers) == 0
		}
		if err := e.giveAll(ctx, of, name, w.Entry.Index, result, &counts); err != nil {
			return same, err
		}
	}
	return same, nil
}

func refsOf(entities []mapping.Entity) []entity.Ref {
	refs := make([]entity.Ref, len(entities))
	for i := range entities {
		refs[i] = entity.Ref{Blueprint: entities[i].Blueprint, Identifier: entities[i].Key()}
	}
	return refs
}

// giveAll hands on what an entry of the mapping made of a document, and counts it for
// the entry and among all. Its error means that it could not be handed on.
func (e *Engine) giveAll(ctx context.Context, of cell.Coverage, name cell.Name, entry int, result mapping.Result, all *report.Counts) error {
	counts := report.Counts{Filtered: result.Filtered, Dropped: len(result.Dropped), Failed: len(result.Errors)}
	defer func() {
		all.Add(counts)
		counts.Fetched = result.Items
		e.book.CountMapped(entry, counts, len(result.Entities), len(result.Errors))
	}()
	for i := range result.Entities {
		made := upsert.New(&result.Entities[i], upsert.Origin{Coverage: of, Cell: name, Entry: entry}, e.writing.options)
		if err := e.give(ctx, &result.Entities[i], made, &counts); err != nil {
			return err
		}
	}
	return nil
}

// give passes an entity on, unless Port already has it in this form.
func (e *Engine) give(ctx context.Context, mapped *mapping.Entity, made *upsert.Entity, counts *report.Counts) error {
	e.produced.Produce(mapped)
	if !made.Search {
		if written, ok := e.memory.Unchanged(made.Cell, made.Ref(), made.Hash); ok {
			counts.Unchanged++
			e.memory.Produced(made.Cell, made.Ref(), made.Hash, written)
			return nil
		}
	}
	return e.writing.guard.Send(ctx, made)
}
