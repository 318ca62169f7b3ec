package resync

import (
	"context"
	"slices"

	"portolan/internal/aws/kind"
	"portolan/internal/mapping"
	"portolan/internal/report"
	"portolan/internal/resync/cell"
	"portolan/internal/resync/entity"
	"portolan/internal/resync/outcome"
	"portolan/internal/resync/scope"
	"portolan/internal/resync/upsert"
)

// take maps the documents of a resource that was found, each by the entry of the mapping
// that wants it so, and hands the entities on. Same is false if the document lacks a detail,
// and something was filtered or dropped, or an entity is not remembered: with the detail, the
// resource may have another. Its error means that they could not be handed on. What each entry made
// of the document goes to settling.
func (e *Engine) take(
	ctx context.Context, t task, p place, resource *kind.Found, wishes []scope.Wish, lacking bool, s *settling,
) (same bool, err error) {
	same = true
	s.add(lacking)
	name, of := t.name(), t.coverageIn(p)
	var from entity.Resources
	if t.unit.Kind.Confirm != nil {
		from = entity.ResourceOf(resource.ID())
	}
	counts := report.Counts{}
	defer func() { e.book.Count(of, counts) }()
	var document kind.Object
	for i, w := range wishes {
		if i == 0 || !slices.Equal(w.Actions, wishes[i-1].Actions) {
			document = resource.Document(w.Actions)
		}
		if document == nil {
			s.spoil()
			continue // a call that this one needs failed, which is already reported
		}
		if counts.Fetched == 0 {
			counts.Fetched = 1
			e.Progress.Resources.Add(1)
		}
		e.reading.examples.offer(w.Entry, document)
		fingerprint := e.fingerprint(w.Entry, document)
		result := w.Entry.MapAgain(ctx, document, e.remembered(name, fingerprint))
		if ctx.Err() != nil { // the error may only mean that the time is over
			return same, context.Cause(ctx)
		}
		e.book.Unmapped.Note(w.Entry, result, func() string { return outcome.NameOf(document) })
		s.gave(w.Entry, fingerprint, result)
		if lacking {
			strangers := e.memory.Strangers(name, refsOf(result.Entities))
			same = same && result.Filtered+len(result.Dropped)+result.SkippedItems+len(strangers) == 0
		}
		at := origin{upsert.Origin{Coverage: of, Cell: name, Entry: w.Entry.Index, Resource: from}, fingerprint}
		if err := e.giveAll(ctx, at, result, &counts); err != nil {
			return same, err
		}
	}
	switch {
	case t.unit.Kind.Confirm == nil:
	case resource.Strayed():
		e.book.Resources.Contradicted(name, resource.ID())
	default:
		e.book.Resources.Read(name, resource.ID())
	}
	return same, nil
}

// origin is the document that an entity comes from.
type origin struct {
	upsert.Origin
	fingerprint mapping.Fingerprint
}

// fingerprint is zero if nothing is remembered by it.
func (e *Engine) fingerprint(entry *mapping.Resource, document kind.Object) mapping.Fingerprint {
	if !e.memory.Fingerprints() {
		return mapping.Fingerprint{}
	}
	return entry.Fingerprint(document)
}

// remembered returns what is known of the entities of a cell that were made of the same
// document before, and that Port still has just so.
func (e *Engine) remembered(c cell.Name, fingerprint mapping.Fingerprint) mapping.Remembered {
	return func(blueprint, identifier string) (mapping.Nulls, bool) {
		content, _, ok := e.memory.Same(c, entity.Ref{Blueprint: blueprint, Identifier: identifier}, fingerprint)
		return content.Nulls, ok
	}
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
func (e *Engine) giveAll(ctx context.Context, from origin, result mapping.Result, all *report.Counts) error {
	counts := report.Counts{Filtered: result.Filtered, Dropped: len(result.Dropped), Failed: len(result.Errors)}
	defer func() {
		all.Add(counts)
		counts.Fetched = result.Items
		e.book.CountMapped(from.Entry, counts, len(result.Entities), len(result.Errors))
	}()
	for i := range result.Entities {
		if err := e.give(ctx, from, &result.Entities[i], &counts); err != nil {
			return err
		}
	}
	return nil
}

// give passes an entity on, unless Port already has it in this form.
func (e *Engine) give(ctx context.Context, from origin, mapped *mapping.Entity, counts *report.Counts) error {
	e.produced.Produce(mapped)
	if mapped.Known {
		ref := entity.Ref{Blueprint: mapped.Blueprint, Identifier: mapped.Key()}
		content, written, _ := e.memory.Same(from.Cell, ref, from.fingerprint)
		counts.Unchanged++
		e.memory.Produced(from.Cell, ref, content, from.Resource, written)
		return nil
	}
	made := upsert.New(mapped, from.Origin, e.writing.options)
	if mapped.Plain {
		made.Document, made.Nulls = from.fingerprint, mapped.Nulls
	}
	if !made.Search {
		if written, ok := e.memory.Unchanged(made.Cell, made.Ref(), made.Hash); ok {
			counts.Unchanged++
			e.memory.Produced(made.Cell, made.Ref(), made.Content, made.Resource, written)
			return nil
		}
	}
	return e.writing.guard.Send(ctx, made)
}
