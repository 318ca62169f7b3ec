package mapping

import (
	"context"

	"portolan/internal/mapping/jq"
)

// Map makes the entities of a document. It does not change the document, whose
// values the entities may share, and may be called from several goroutines.
//
// An item that cannot be mapped does not affect the others. Map itself never fails: what it could
// not do is in the result.
func (r *Resource) Map(ctx context.Context, doc map[string]any) Result {
	return r.MapAgain(ctx, doc, nil)
}

// MapAgain is Map, but does not evaluate the fields of remembered entities, except for their
// relations. The rest of the result is the same if they were made of a document with the same
// [Resource.Fingerprint].
func (r *Resource) MapAgain(ctx context.Context, doc map[string]any, known Remembered) Result {
	var res Result
	item, err := jq.Admit(doc)
	if err != nil {
		res.Errors = r.failures("document", "", err.Error(), nil)
		return res
	}
	b := jq.NewBudget(ctx)
	defer r.note(b)
	if r.items == nil {
		res.Items = 1
		r.mapItem(b, item, known, &res)
		return res
	}
	fail := func(reason string, err error) {
		res.Errors = append(res.Errors, r.failures(itemsField, r.items.query.String(), reason, err)...)
	}
	if reason, err := r.ended(b); err != nil {
		fail(reason, err)
		return res
	}
	r.items.each(b, item.(map[string]any), func(item map[string]any) (more bool) {
		if reason, err := r.ended(b); err != nil {
			fail(reason, err)
			return false
		}
		res.Items++
		b := b.Item()
		r.mapItem(b, item, known, &res)
		r.note(b)
		return true
	}, func(reason string, err error) {
		res.SkippedItems++
		if err != nil {
			fail(reason, err)
		}
	})
	return res
}

// ended says why no other item is tried. There may be a hundred thousand, and an error for each
// would fill the memory as well.
func (r *Resource) ended(b *jq.Budget) (reason string, err error) {
	switch err = b.Context.Err(); {
	case err != nil:
		return err.Error(), err
	case r.late.Load() >= maxLate:
		return lateBefore, jq.ErrLate
	case b.Full():
		return fullBefore, jq.ErrTooMuch
	}
	return "", nil
}

// maxLate is how many items of a resource may take longer than their time. After that, no more
// are tried: each of them would hold up the run as long.
const maxLate = 5

const (
	lateBefore = "not tried, as earlier items of this entry took too long"
	fullBefore = "not tried, as earlier items of this document made too much"
)

// note remembers an item whose programs took too long.
func (r *Resource) note(b *jq.Budget) {
	if b.Late() {
		r.late.Add(1)
	}
}

func (r *Resource) mapItem(b *jq.Budget, item any, known Remembered, res *Result) {
	if reason, err := r.ended(b); err != nil {
		res.Errors = append(res.Errors, r.failures(queryField, r.selector.String(), reason, err)...)
		return
	}
	selected, err := r.selector.First(b, item)
	switch {
	case err != nil:
		r.unselected(b, item, res, jq.Reason(err), err)
	case selected == true:
		for _, t := range r.templates {
			t.entity(b, item, known, res)
		}
	case selected == false:
		res.Filtered++
	default:
		r.unselected(b, item, res, "the expression returned "+article(selected)+", not true or false", nil)
	}
}

// unselected records that the selector returned neither true nor false. If possible, it finds out
// which entities the item would have become, so that they can be protected.
func (r *Resource) unselected(b *jq.Budget, item any, res *Result, reason string, err error) {
	failures := r.failures(queryField, r.selector.String(), reason, err)
	for i, t := range r.templates {
		var sink Result
		if blueprint, identifier, ok := t.key(b, item, &sink); ok {
			e := Entity{Identifier: identifier, Blueprint: blueprint}
			failures[i].Blueprint, failures[i].Identifier = blueprint, e.Key()
		}
	}
	res.Errors = append(res.Errors, failures...)
}

// failures returns one failure for each entity that an item could have become.
// Only the end of the context is kept as a cause: other errors quote values.
func (r *Resource) failures(field, expression, reason string, err error) []*Failure {
	if err != nil && !jq.Exhausted(err) {
		err = nil
	}
	failures := make([]*Failure, len(r.templates))
	for i, t := range r.templates {
		failures[i] = &Failure{
			Field: field, Expression: expression, Reason: reason,
			Blueprint: t.fixedBlueprint(), Err: err,
		}
	}
	return failures
}
