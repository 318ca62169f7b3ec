package kind

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"time"
)

// Tagger finds out the tags of many resources with few calls, in the account and region of
// a reading. Package tags has it.
type Tagger interface {
	// Open begins a reading of tags; call reads them natively.
	Open(t Target, form TagForm, call Call) TagAnswers
	// Try asks for the tags of one resource.
	Try(ctx context.Context, arn string) error
	// Differs says that a resource has tags natively of which the tagging API knows none.
	Differs(arn string)
}

// Untagged remembers what a service answered about resources that had no tags. The key stands
// for the resource and what tells it from an earlier one of its name. It is safe for concurrent use.
type Untagged interface {
	// Had returns the latest answer that is remembered, and when it came.
	Had(key string) (answer Object, at time.Time, ok bool)
	// Note remembers an answer for the next reading.
	Note(key string, answer Object, at time.Time)
}

// untaggedFor is how long it is believed that a resource which had no tags has none, while the tagging
// API knows of none either. AWS does not say how late that may be.
const untaggedFor = 24 * time.Hour

// TagAnswers returns the tags of some of a reading's resources, by Resource.ID. All says that
// the others have none that the tagging API knows of; otherwise nothing is known of them.
type TagAnswers func(ctx context.Context, resources []*Resource) (answers map[string]Object, all bool)

const getResources = "tag:GetResources"

// TagForm says how a kind's follow-up answers tags.
type TagForm struct {
	// ARN is the property that holds a resource's ARN; without it the ID is the ARN.
	ARN string
	// Property holds the tags.
	Property string
	// Key and Value are the members of a tag, where the property is a list. If they are
	// empty, it is an object.
	Key, Value string
	// Made is the property that tells a resource from an earlier one of its name; "" if there is
	// none.
	Made string
}

// Tagged is the Bulk of a follow-up that answers nothing but the tags of a resource. What
// the tagging API leaves out is asked natively, unless it had no tags a short while ago
// ([Options.Untagged]).
func Tagged(form TagForm) *Bulk {
	return &Bulk{
		Actions: []string{getResources},
		Open: func(t Target, call Call) (BulkAnswers, Call) {
			if t.Tags == nil {
				return nil, nil
			}
			tags := t.Tags.Open(t, form, call)
			if t.untagged == nil {
				return func(ctx context.Context, resources []*Resource) map[string]Object {
					answers, _ := tags(ctx, resources)
					return answers
				}, call
			}
			left := untagged{Untagged: t.untagged, form: form, call: call}
			return func(ctx context.Context, resources []*Resource) map[string]Object {
				answers, all := tags(ctx, resources)
				if all {
					left.fill(resources, answers)
				}
				return answers
			}, left.ask
		},
		Try: func(ctx context.Context, t Target, r *Resource) error {
			if t.Tags == nil {
				return nil
			}
			return t.Tags.Try(ctx, form.ARNOf(r))
		},
	}
}

// untagged answers about resources of a reading that have no tags.
type untagged struct {
	Untagged
	form TagForm
	call Call
	// doubted is the key of the resource that is asked natively although it is remembered.
	doubted atomic.Pointer[string]
}

// fill adds the remembered answers about resources that the tagging API leaves out, except that
// about one of the reading.
func (u *untagged) fill(resources []*Resource, answers map[string]Object) {
	for _, i := range rand.Perm(len(resources)) {
		r := resources[i]
		key := u.form.keyOf(r)
		answer, at, known := u.Had(key)
		age := time.Since(at)
		if _, tagged := answers[r.ID]; tagged || key == "" || !known || age < 0 || age >= untaggedFor {
			continue
		}
		if u.doubted.CompareAndSwap(nil, &key) {
			continue
		}
		answers[r.ID] = answer
		u.Note(key, answer, at)
	}
}

// ask asks natively, and notes what has no tags.
func (u *untagged) ask(ctx context.Context, t Target, batch []*Resource) (map[string]Object, error) {
	answers, err := u.call(ctx, t, batch)
	for _, r := range batch {
		answer, answered := answers[r.ID]
		key := u.form.keyOf(r)
		switch {
		case err != nil || !answered || key == "":
		case u.form.none(answer):
			u.Note(key, answer, time.Now())
		case u.doubts(key):
			t.Tags.Differs(u.form.ARNOf(r))
		}
	}
	return answers, err
}

func (u *untagged) doubts(key string) bool {
	doubted := u.doubted.Load()
	return doubted != nil && *doubted == key
}

// keyOf returns what a resource is remembered by; "" if it cannot be told from an earlier one.
func (f TagForm) keyOf(r *Resource) string {
	if f.Made == "" {
		return r.Key()
	}
	made := r.Properties[f.Made]
	if made == nil {
		return ""
	}
	return r.Key() + "\n" + fmt.Sprint(made)
}

// none says whether an answer has no tags.
func (f TagForm) none(answer Object) bool {
	for name := range answer {
		if name != f.Property {
			return false
		}
	}
	switch tags := answer[f.Property].(type) {
	case nil:
		return true
	case Object:
		return len(tags) == 0
	case []any:
		return len(tags) == 0
	}
	return false
}

// ARNOf returns a resource's ARN; "" if it is not known.
func (f TagForm) ARNOf(r *Resource) string {
	if f.ARN == "" {
		return r.ID
	}
	return r.Str(f.ARN)
}

// Tags returns tags as the follow-up answers them. The pairs have the order in which AWS
// named them.
func (f TagForm) Tags(pairs [][2]string) any {
	if f.Key == "" {
		tags := Object{}
		for _, pair := range pairs {
			tags[pair[0]] = pair[1]
		}
		return tags
	}
	tags := make([]any, len(pairs))
	for i, pair := range pairs {
		tags[i] = Object{f.Key: pair[0], f.Value: pair[1]}
	}
	return tags
}
