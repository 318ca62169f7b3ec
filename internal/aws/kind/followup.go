package kind

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"portolan/internal/aws/awserr"
)

// RefusedError says that AWS refuses something about one resource for good: a policy
// denies it that no statement in the reading role can lift. It holds a *awserr.Error
// of class [awserr.Closed].
type RefusedError struct {
	// ID is the resource's Resource.ID.
	ID string
	// Action is the IAM action that is refused.
	Action string
	// Detail says that the refused call was not essential: the resource has its
	// document, which lacks a property. Otherwise it has none, although it exists.
	Detail bool
	Err    error
}

// Error says which resource and why.
func (e *RefusedError) Error() string { return fmt.Sprintf("%s: %v", e.ID, e.Err) }

// Unwrap returns the cause.
func (e *RefusedError) Unwrap() error { return e.Err }

// LackError says that AWS did not find a detail of a resource, with a code of its
// own, or answered about others and not about this one. The resource has its
// document, which lacks the property: nothing follows for the resource itself.
type LackError struct {
	// ID is the resource's Resource.ID.
	ID string
	// Action is the IAM action of the call.
	Action string
	Err    error
}

// Error says which resource and what was asked.
func (e *LackError) Error() string { return fmt.Sprintf("%s: %s: %v", e.ID, e.Action, e.Err) }

// Unwrap returns the cause.
func (e *LackError) Unwrap() error { return e.Err }

// Failures is the error of a batch call whose answer names resources that it does
// not tell of: by Resource.ID, why. The call's other resources have their answers.
type Failures map[string]error

// Error counts them.
func (f Failures) Error() string {
	return fmt.Sprintf("the answer names %d resources without telling of them", len(f))
}

// ErrMissing is what Failures says of a resource that AWS's answer names as not
// existing, in a member that the service documents for it.
var ErrMissing = errors.New("AWS's answer names it among what does not exist")

// errLeftOut is no proof of anything: the answer may be cut, or of something else.
var errLeftOut = errors.New("AWS's answer leaves it out")

// complete asks about all resources and gives those that remain, in their order.
func (f *FollowUp) complete(ctx context.Context, t Target, resources []*Resource, parallel int) ([]*Resource, []error) {
	var (
		group errgroup.Group
		mu    sync.Mutex
		errs  []error
	)
	group.SetLimit(max(parallel, 1))
	remain := make([]bool, len(resources))
	start := 0
	for batch := range slices.Chunk(resources, max(f.Size, 1)) {
		kept := remain[start : start+len(batch)]
		start += len(batch)
		group.Go(func() error {
			failed := f.ask(ctx, t, batch, kept)
			mu.Lock()
			defer mu.Unlock()
			errs = append(errs, failed...)
			return nil
		})
	}
	_ = group.Wait() // the functions collect their errors
	left := make([]*Resource, 0, len(resources))
	for i, r := range resources {
		if remain[i] {
			left = append(left, r)
		}
	}
	return left, errs
}

// ask completes one batch and marks in kept which of its resources remain. One
// resource can spoil a batch: it is halved until the culprit is alone, since an error
// says nothing about a resource that was not asked about alone.
func (f *FollowUp) ask(ctx context.Context, t Target, batch []*Resource, kept []bool) (errs []error) {
	answers, err := f.Call(ctx, t, batch)
	var named Failures
	if err != nil && !errors.As(err, &named) {
		if f.ofOne(err) && len(batch) > 1 {
			half := len(batch) / 2
			return append(f.ask(ctx, t, batch[:half], kept[:half]), f.ask(ctx, t, batch[half:], kept[half:])...)
		}
		errs = f.judge(batch[0], err, kept)
		for i := range kept {
			kept[i] = kept[0]
		}
		return errs
	}
	for i, r := range batch {
		answer, answered := answers[r.ID]
		if answered && (len(answer) > 0 || !f.Essential) {
			r.merge(answer)
			kept[i] = true
			continue
		}
		failure := named[r.ID]
		if failure == nil {
			failure = fmt.Errorf("%s: %w", r.ID, errLeftOut)
		}
		errs = append(errs, f.judge(r, failure, kept[i:])...)
	}
	return errs
}

// ofOne says whether an error is about one resource, of which others of the same call
// have to be told apart.
func (f *FollowUp) ofOne(err error) bool {
	code := awserr.Code(err)
	if slices.Contains(f.Absent, code) || slices.Contains(f.Gone, code) {
		return true
	}
	class := awserr.ClassOf(err)
	return class == awserr.Closed || class == awserr.NotFound && !f.Essential
}

// judge says what an error about one resource makes of it: it marks in kept whether
// the resource remains, and gives what is to be told.
func (f *FollowUp) judge(r *Resource, err error, kept []bool) []error {
	code, class := awserr.Code(err), awserr.ClassOf(err)
	action := operation(f.Actions, f.Name, err)
	kept[0] = !f.Essential
	switch {
	case slices.Contains(f.Absent, code):
		kept[0] = true
		r.merge(f.Instead)
		return nil
	case f.Essential && (errors.Is(err, ErrMissing) || slices.Contains(f.Gone, code)):
		return nil
	case class == awserr.Closed:
		return []error{&RefusedError{ID: r.ID, Action: action, Detail: !f.Essential, Err: awserr.New(action, err)}}
	case f.Essential:
		return []error{notRead(action, err)}
	case class == awserr.NotFound || errors.Is(err, ErrMissing) || errors.Is(err, errLeftOut):
		return []error{&LackError{ID: r.ID, Action: action, Err: err}}
	case class != awserr.Denied:
		kept[0] = false // a document without the property would take it out of Port
	}
	return []error{awserr.New(action, err)}
}

func (r *Resource) merge(answer Object) {
	if r.into != nil {
		maps.Copy(r.into, answer)
		return
	}
	maps.Copy(r.Properties, answer)
}

// add asks about all resources and keeps the answers beside their properties: who does
// not want them has a document without, whatever becomes of the call.
func (f *FollowUp) add(ctx context.Context, t Target, resources []*Resource, parallel int) []error {
	for _, r := range resources {
		r.into = Object{}
	}
	left, errs := f.complete(ctx, t, resources, parallel)
	for _, r := range resources {
		withheld := len(left) == 0 || left[0] != r
		if !withheld {
			left = left[1:]
		}
		r.optional = append(r.optional, optionalAnswer{f.Name, r.into, withheld})
		r.into = nil
	}
	return errs
}

// notRead is the error of a call that was to tell what exists. Where AWS did not find
// something else than the resource asked about, nothing was read: what was asked for
// may well exist.
func notRead(op string, err error) error {
	if awserr.IsNotFound(err) {
		return &awserr.Error{Op: op, Class: awserr.Failed, Err: err, Fix: "nothing, if the next run passes: what was asked about went while it was read"}
	}
	return awserr.New(op, err)
}

func isDenied(err error) bool {
	class := awserr.ClassOf(err)
	return class == awserr.Denied || class == awserr.Closed
}
