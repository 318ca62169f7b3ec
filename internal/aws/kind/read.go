package kind

import (
	"context"
	"errors"
	"iter"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/aws/smithy-go"

	"portolan/internal/aws/answer"
)

// Options bound a reading.
type Options struct {
	// Actions name the optional follow-ups that run besides the default ones. Names that
	// the kind does not have are ignored.
	Actions []string
	// Parallel is the most calls of one follow-up at a time. If it is more than one, the
	// follow-ups about a page overlap with each other and with the next page; otherwise
	// the reading makes one call after the other.
	Parallel int
	// Budget bounds how many resources all readings that share it hold in memory: a page
	// is asked for only when there is room for its resources. A reading holds room for two
	// pages at most, and waits for room only while it holds none.
	Budget Budget
	// Nothing, if not nil, is called when an error of the listing says that there is
	// nothing to list here.
	Nothing func()
	// Expect is how many resources a page may hold, learned from the pages of all readings
	// that share it; nil expects full pages.
	Expect *Expectation
	// Settled, if not nil, says about which resources, by [Resource.Key], or parents, by their
	// ID, nothing needs to be asked if their proof is still the same, because the caller
	// remembers what they gave. See [Lasting].
	Settled func(key string) (Proof, bool)
	// Untagged, if not nil, remembers which resources had no tags. See [Tagged].
	Untagged Untagged
	// Last says how many resources an earlier reading of the cell may have found; known is
	// false if nobody knows. If it is nil, nobody does.
	Last func() (count int, known bool)
}

// Expectation is how many resources a page of a kind is likely to hold. Most cells of an
// estate are empty, and would wait for each other if each kept room for a full page. It
// begins with a part of a full page and follows the mean of the pages: so all readings
// together hold about as much as there is room for, however full and empty pages are mixed.
// It is safe for concurrent use; the zero value is ready.
type Expectation struct{ seen atomic.Int64 }

// Of a full page, a beginning is expected before anything is known; each page moves what is
// expected by a step of the difference.
const (
	beginning = 4
	step      = 4
)

// of returns the expectation, at most a full page.
func (e *Expectation) of(full int64) int64 {
	if e == nil {
		return full
	}
	if seen := e.seen.Load(); seen > 0 {
		return min(seen, full)
	}
	return max(full/beginning, 1)
}

// learn records how many resources a page held.
func (e *Expectation) learn(held, full int64) {
	if e == nil {
		return
	}
	expected := e.of(full)
	next := expected + (held-expected)/step
	switch { // a difference of less than a step counts as well
	case held > expected:
		next = max(next, expected+1)
	case held < expected:
		next = min(next, expected-1)
	}
	e.seen.Store(max(next, 1))
}

// Budget is a weighted semaphore whose size is at least the largest PageSize. [Room] is one.
type Budget interface {
	Acquire(ctx context.Context, n int64) error
	TryAcquire(n int64) bool
	// Owe takes what may not be there: whoever acquires next waits until it is paid back.
	Owe(n int64)
	Release(n int64)
}

// Read returns the documents of the kind in a target, and the errors that it met.
//
// If a page of the listing could not be read, there may be more resources than the stream
// has. What a failed follow-up means for its resource is said at [FollowUp]. A stream whose
// only errors are [RefusedError], [LackError] and [ContradictedError] accounts for every resource:
// one that a RefusedError or a ContradictedError names has no document, or one without a detail,
// and whatever else the stream leaves out does not exist.
func (k *Kind) Read(ctx context.Context, t Target, o Options) iter.Seq2[Object, error] {
	return func(yield func(Object, error) bool) {
		for found, err := range k.Find(ctx, t, o) {
			var document Object
			if err == nil {
				if document = found.Document(o.Actions); document == nil {
					continue
				}
			}
			if !yield(document, err) {
				return
			}
		}
	}
}

// Found is a resource that a reading found, with the answers of all its follow-ups. It is
// valid until the next one is asked for.
type Found struct {
	kind     *Kind
	target   Target
	resource *Resource
	form     shape
	lasts    Proof
}

// ID returns the resource's identifier, which errors about it have too.
func (f *Found) ID() string { return f.resource.ID }

// Strayed is that of the resource.
func (f *Found) Strayed() bool { return f.resource.Strayed }

// Key returns the resource's name for [Options.Settled].
func (f *Found) Key() string { return f.resource.Key() }

// Settled says that nothing was asked about the resource, or about all that is beneath it,
// because the caller remembers what it gave.
func (f *Found) Settled() bool { return f.resource.standing == settled }

// Ends says that this is no resource: all that was found beneath the parent with this ID came
// since the last such end.
func (f *Found) Ends() bool { return f.resource.standing == ended || f.resource.standing == endedEarly }

// Lasts returns the proof with which nothing has to be asked about the resource again, or about
// what is beneath the parent that ends here. It is zero if everything has to be.
func (f *Found) Lasts() Proof { return f.lasts }

// Document returns the resource's document for a reading with these optional follow-ups,
// without the answers of any others. It is nil if one of these failed so that the resource
// is withheld, and if nothing was asked about it.
func (f *Found) Document(actions []string) Object {
	if f.resource.standing != asked {
		return nil
	}
	properties, form := f.resource.Properties, f.form
	if len(f.resource.optional) > 0 {
		properties = maps.Clone(properties)
	}
	for _, o := range f.resource.optional {
		switch {
		case !slices.Contains(actions, o.name):
			continue
		case o.withheld:
			return nil
		case o.form == nil:
			maps.Copy(properties, o.answer)
			continue
		case len(o.answer) > 0:
			properties = maps.Clone(o.answer)
		}
		form = o.form.shape()
	}
	return f.kind.document(f.target, f.resource, properties, form)
}

// Find is Read for callers that want several documents of a resource, each with other
// optional follow-ups.
func (k *Kind) Find(ctx context.Context, t Target, o Options) iter.Seq2[*Found, error] {
	form := sync.OnceValue(k.Document.shape) // most cells have no documents
	return func(yield func(*Found, error) bool) {
		var beneath group
		r := k.reading(k.open(t), o)
		r.each(answer.Reading(ctx), func(c *chunk) bool {
			beneath.spoilt = beneath.spoilt || c.err != nil
			if c.err != nil && !yield(nil, c.err) {
				return false
			}
			if c.nothing && o.Nothing != nil {
				o.Nothing()
			}
			<-c.done
			for _, err := range slices.Concat(c.errs...) {
				beneath.spoilt = true
				if !yield(nil, err) {
					return false
				}
			}
			beneath.spoilt = beneath.spoilt || len(c.resources) < c.listed
			for _, one := range c.resources {
				lasts := r.remembers.lasts(one)
				switch one.standing {
				case asked:
					beneath.add(r.remembers, one)
				case ended, endedEarly:
					lasts = beneath.end(one)
				}
				if !yield(&Found{k, r.target, one, form(), lasts}, nil) {
					return false
				}
				one.Properties, one.Context, one.optional = nil, nil, nil // the page still holds the resource
			}
			r.room.give(c.room)
			return true
		})
	}
}

// reservation is a reading's share of a budget.
type reservation struct {
	budget Budget
	expect *Expectation
	full   int64
	last   func() (int, bool)
	came   int64

	mu      sync.Mutex
	held    int64
	emptied chan struct{} // has something when nothing is held any more
}

// expected is how much room the next page is likely to need: for what is left of what came
// last time, or as much as other pages.
func (r *reservation) expected() int64 {
	if r.last != nil {
		if count, known := r.last(); known {
			return min(max(int64(count)-r.came, 1), r.full)
		}
	}
	return r.expect.of(r.full)
}

// take reserves room for n resources. It waits for room only while the reading holds none:
// readings that wait for room while they hold some could wait for each other for ever.
func (r *reservation) take(ctx context.Context, n int64) error {
	for !r.tryMore(n) {
		if r.holds() == 0 {
			if err := r.budget.Acquire(ctx, n); err != nil {
				return err
			}
			r.hold(n)
			return nil
		}
		select {
		case <-r.emptied:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// tryMore reserves room besides what the reading holds, if there is some at once.
func (r *reservation) tryMore(n int64) bool {
	if r.holds() == 0 || !r.budget.TryAcquire(n) {
		return false
	}
	r.hold(n)
	return true
}

func (r *reservation) holds() int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.held
}

func (r *reservation) hold(n int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.held += n
}

// settle keeps, of the room for what was expected, that for the first chunk of what came. It
// returns how much that is, and learns from the number. If there are more than expected, they
// are in memory all the same: other pages are asked for once there is room again.
func (r *reservation) settle(expected int64, came int) int64 {
	r.came += int64(came)
	kept := min(int64(came), r.full)
	r.expect.learn(kept, r.full)
	if more := kept - expected; more > 0 {
		r.budget.Owe(more)
		r.hold(more)
	}
	r.give(expected - kept)
	return kept
}

// give releases the room for n resources.
func (r *reservation) give(n int64) {
	if n <= 0 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.budget.Release(n)
	if r.held -= n; r.held == 0 {
		select {
		case r.emptied <- struct{}{}:
		default:
		}
	}
}

// giveAll releases what is held.
func (r *reservation) giveAll() { r.give(r.holds()) }

// followUps returns the follow-ups that make a call: the default ones, and the named
// optional ones.
func (k *Kind) followUps(includeActions []string) (defaults, optional []FollowUp) {
	silent := func(f FollowUp) bool { return f.Call == nil }
	for _, f := range k.Optional {
		if slices.Contains(includeActions, f.Name) {
			optional = append(optional, f)
		}
	}
	return slices.DeleteFunc(slices.Clone(k.Default), silent), slices.DeleteFunc(optional, silent)
}

func (k *Kind) document(t Target, r *Resource, properties Object, form shape) Object {
	document := Object{"Type": k.Type, "Properties": form.apply(properties)}
	if k.Scope != Management {
		extra := Object{"AccountId": t.Account}
		if k.Scope == Regional {
			extra["Region"] = t.Region
		}
		for name, value := range r.Context {
			extra[name] = value
		}
		document["__ExtraContext"] = extra
	}
	if form.finish != nil {
		form.finish(t, r, document)
	}
	return document
}

// operation names the call that failed by its permission, which is what a person has to
// grant: the action with the operation's name, or else the first.
func operation(actions []string, name string, err error) string {
	var failed *smithy.OperationError
	if errors.As(err, &failed) {
		for _, action := range actions {
			if strings.HasSuffix(action, ":"+failed.OperationName) {
				return action
			}
		}
	}
	if len(actions) == 0 {
		return name
	}
	return actions[0]
}

func (l *Listing) operation(err error) string { return operation(l.Actions, l.Name, err) }
