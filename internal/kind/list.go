package kind

import (
	"context"
)

// Pager is what the SDK's paginators have in common.
type Pager[Options, Output any] interface {
	HasMorePages() bool
	NextPage(ctx context.Context, options ...func(*Options)) (Output, error)
}

// Walk gives the answers of one of the SDK's paginators, to the last page. An
// empty page is no end: only a missing token is.
func Walk[Options, Output any](ctx context.Context, pager Pager[Options, Output]) Pages {
	return func(yield func(Object, error) bool) {
		for pager.HasMorePages() {
			page, err := Answer(pager.NextPage(ctx))
			if !yield(page, err) || err != nil {
				return
			}
		}
	}
}

// Objects takes the resources out of a page whose member holds a list of
// objects; their member id identifies them.
func Objects(member, id string) func(Object) []*Resource {
	return func(page Object) []*Resource {
		list, _ := page[member].([]any)
		resources := make([]*Resource, 0, len(list))
		for _, item := range list {
			properties, ok := item.(Object)
			if !ok {
				continue
			}
			r := &Resource{Properties: properties}
			r.ID = r.Str(id)
			resources = append(resources, r)
		}
		return resources
	}
}

// Names takes the resources out of a page whose member holds a list of texts;
// the text identifies a resource, and is its property named as.
func Names(member, as string) func(Object) []*Resource {
	return func(page Object) []*Resource {
		list, _ := page[member].([]any)
		resources := make([]*Resource, 0, len(list))
		for _, item := range list {
			if name, ok := item.(string); ok {
				resources = append(resources, &Resource{ID: name, Properties: Object{as: name}})
			}
		}
		return resources
	}
}

// Each makes a follow-up's Call of one that asks about one resource.
func Each(call func(ctx context.Context, t Target, r *Resource) (Object, error)) func(context.Context, Target, []*Resource) (map[string]Object, error) {
	return func(ctx context.Context, t Target, batch []*Resource) (map[string]Object, error) {
		answers := make(map[string]Object, len(batch))
		for _, r := range batch {
			answer, err := call(ctx, t, r)
			if err != nil {
				return nil, err
			}
			answers[r.ID] = answer
		}
		return answers, nil
	}
}

// ByID keys the objects of an answer's list by their member id.
func ByID(answer Object, member, id string) map[string]Object {
	answers := make(map[string]Object)
	for _, r := range Objects(member, id)(answer) {
		answers[r.ID] = r.Properties
	}
	return answers
}

// IDs lists the identifiers of resources, as the batch calls of AWS take them.
func IDs(batch []*Resource) []string {
	ids := make([]string, len(batch))
	for i, r := range batch {
		ids[i] = r.ID
	}
	return ids
}

// Take gives one member of an answer under the name that documents have for it;
// nothing, if AWS did not answer the member.
func Take(answer Object, member, as string) Object {
	value, answered := answer[member]
	if !answered {
		return nil
	}
	return Object{as: value}
}

// Gather joins the lists that a member holds on each page.
func Gather(pages Pages, member, as string) (Object, error) {
	all := []any{}
	for page, err := range pages {
		if err != nil {
			return nil, err
		}
		list, _ := page[member].([]any)
		all = append(all, list...)
	}
	return Object{as: all}, nil
}
