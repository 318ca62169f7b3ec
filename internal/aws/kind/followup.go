package kind

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"portolan/internal/aws/awserr"
	"portolan/internal/plain"
)

// RefusedError says that AWS refuses something about one resource for good: the policy that
// denies it cannot be overridden by a statement of the reading role. It holds a
// *awserr.Error of class [awserr.Closed].
type RefusedError struct {
	// ID is the resource's Resource.ID.
	ID string
	// Action is the IAM action that is refused.
	Action string
	// Detail says that the refused call was not essential: the resource has a document,
	// which lacks a property. Otherwise it has no document, although it exists.
	Detail bool
	Err    error
}

// Error says which resource and why.
func (e *RefusedError) Error() string { return fmt.Sprintf("%s: %v", e.ID, e.Err) }

// Unwrap returns the cause.
func (e *RefusedError) Unwrap() error { return e.Err }

// LackError says that AWS did not find a detail of a resource, with a code of its own, or
// answered about other resources and not about this one. The resource has a document,
// which lacks the property: nothing follows for the resource itself.
type LackError struct {
	// ID is the resource's Resource.ID.
	ID string
	// Action is the IAM action of the call.
	Action string
	Err    error
}

// Error says which resource, what was asked and why it failed.
func (e *LackError) Error() string { return fmt.Sprintf("%s: %s: %v", e.ID, e.Action, e.Err) }

// Unwrap returns the cause.
func (e *LackError) Unwrap() error { return e.Err }

// ContradictedError says that AWS denies, in answer to a call about it, a resource that it
// lists. The resource has no document, and nothing follows for whether it exists.
type ContradictedError struct {
	// ID is the resource's Resource.ID.
	ID string
	// Action is the IAM action of the call.
	Action string
	Err    error
}

// Error says which resource, what was asked and what AWS answered.
func (e *ContradictedError) Error() string { return fmt.Sprintf("%s: %s: %v", e.ID, e.Action, e.Err) }

// Unwrap returns the cause.
func (e *ContradictedError) Unwrap() error { return e.Err }

// Failures is the error of a batch call whose answer names resources of which it says
// nothing else: the reasons by Resource.ID. The call's other resources have their answers.
type Failures map[string]error

// Error counts them.
func (f Failures) Error() string {
	return "the answer names " + plain.Count(len(f), "resource", "resources") + " without a description"
}

// ErrMissing is what Failures says of a resource that AWS's answer names as not
// existing, in a member that the service documents for it.
var ErrMissing = errors.New("AWS's answer names it among what does not exist")

// errLeftOut proves nothing: the answer may be cut, or about something else.
var errLeftOut = errors.New("AWS's answer leaves it out")

// complete asks about all resources, one call after the other, and returns those that
// remain, in their order.
func (f *FollowUp) complete(ctx context.Context, t Target, resources []*Resource) ([]*Resource, []error) {
	remain, errs := make([]bool, len(resources)), []error(nil)
	for start := 0; start < len(resources); start += f.size() {
		end := min(start+f.size(), len(resources))
		errs = append(errs, f.ask(ctx, t, resources[start:end], remain[start:end], intoProperties)...)
	}
	return those(resources, remain), errs
}

func (f *FollowUp) size() int { return max(f.Size, 1) }

// those returns the resources that are marked.
func those(resources []*Resource, marked []bool) []*Resource {
	left := make([]*Resource, 0, len(resources))
	for i, r := range resources {
		if marked[i] {
			left = append(left, r)
		}
	}
	return left
}

// ask completes one batch and marks in kept which of its resources remain. One
// resource can spoil a batch: it is halved until the culprit is alone, since an error
// says nothing about a resource that was not asked about alone.
func (f *FollowUp) ask(ctx context.Context, t Target, batch []*Resource, kept []bool, into int) (errs []error) {
	answers, err := f.Call(ctx, t, batch)
	var named Failures
	if err != nil && !errors.As(err, &named) {
		if f.ofOne(err) && len(batch) > 1 {
			half := len(batch) / 2
			return append(f.ask(ctx, t, batch[:half], kept[:half], into), f.ask(ctx, t, batch[half:], kept[half:], into)...)
		}
		errs = f.judge(batch[0], err, kept, into)
		for i := range kept {
			kept[i] = kept[0]
		}
		return errs
	}
	for i, r := range batch {
		answer, answered := answers[r.ID]
		if answered && (len(answer) > 0 || !f.Essential) {
			r.merge(answer, into)
			kept[i] = true
			continue
		}
		failure := named[r.ID]
		if failure == nil {
			failure = fmt.Errorf("%s: %w", r.ID, errLeftOut)
		}
		errs = append(errs, f.judge(r, failure, kept[i:], into)...)
	}
	return errs
}

// ofOne reports whether an error is about one resource, so that the other resources of the
// call have to be asked about without it.
func (f *FollowUp) ofOne(err error) bool {
	code := awserr.Code(err)
	if slices.Contains(f.Absent, code) || slices.Contains(f.Gone, code) || slices.Contains(f.Contradicts, code) {
		return true
	}
	class := awserr.ClassOf(err)
	return class == awserr.Closed || class == awserr.NotFound && !f.Essential
}

// judge decides what an error about one resource means: it marks in kept whether the
// resource remains, and returns the errors to report.
func (f *FollowUp) judge(r *Resource, err error, kept []bool, into int) []error {
	code, class := awserr.Code(err), awserr.ClassOf(err)
	action := operation(f.Actions, f.Name, err)
	kept[0] = !f.Essential
	switch {
	case slices.Contains(f.Absent, code):
		kept[0] = true
		r.merge(f.Instead, into)
		return nil
	case f.Essential && (errors.Is(err, ErrMissing) || slices.Contains(f.Gone, code)):
		return nil
	case f.Essential && slices.Contains(f.Contradicts, code):
		return []error{&ContradictedError{ID: r.ID, Action: action, Err: err}}
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

// intoProperties says that answers become properties of the resource. Those of an optional
// follow-up have its place among the optional ones: whoever does not want them gets a
// document without them, whether or not the call fails.
const intoProperties = -1

func (r *Resource) merge(answer Object, into int) {
	if into != intoProperties {
		maps.Copy(r.optional[into].answer, answer)
		return
	}
	maps.Copy(r.Properties, answer)
}

// notRead is the error of a call that should have told what exists. If AWS did not find
// something other than the resource, nothing was read: the resource may well exist.
func notRead(op string, err error) error {
	if awserr.IsNotFound(err) {
		return &awserr.Error{Op: op, Class: awserr.Failed, Err: err, Fix: "nothing, if the next run succeeds: what was asked about went while it was read"}
	}
	return awserr.New(op, err)
}

func isDenied(err error) bool {
	class := awserr.ClassOf(err)
	return class == awserr.Denied || class == awserr.Closed
}
