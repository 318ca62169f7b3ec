package kind

import "context"

// Tagger finds out the tags of many resources with few calls, in the account and region of
// a reading. Package tags has it.
type Tagger interface {
	// Open begins a reading of tags; call reads them natively.
	Open(t Target, form TagForm, call Call) TagAnswers
	// Try asks for the tags of one resource.
	Try(ctx context.Context, arn string) error
}

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
}

// Tagged is the Bulk of a follow-up that answers nothing but the tags of a resource.
func Tagged(form TagForm) *Bulk {
	return &Bulk{
		Actions: []string{getResources},
		Open: func(t Target, call Call) BulkAnswers {
			if t.Tags == nil {
				return nil
			}
			tags := t.Tags.Open(t, form, call)
			return func(ctx context.Context, resources []*Resource) map[string]Object {
				answers, _ := tags(ctx, resources)
				return answers
			}
		},
		Try: func(ctx context.Context, t Target, r *Resource) error {
			if t.Tags == nil {
				return nil
			}
			return t.Tags.Try(ctx, form.ARNOf(r))
		},
	}
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
