package kind

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"portolan/internal/aws/answer"
	"portolan/internal/aws/awserr"
)

// Pager is what the SDK's paginators have in common.
type Pager[Options, Output any] = answer.Pager[Options, Output]

// Paged opens a listing in which one paginator of the SDK finds all resources. Items takes
// them out of a page: [Names], [Objects], or its own function.
func Paged[C any, P Pager[Options, Output], Options, Output any](
	pager func(client C) P, items func(Object) []*Resource,
) func(context.Context, Target) Pages {
	return func(ctx context.Context, t Target) Pages {
		return Walk(ctx, pager(ClientOf[C](t)), items)
	}
}

// Walk returns the resources on the pages of one of the SDK's paginators, up to the last
// page. An empty page is not the end, only a missing token is.
func Walk[Options, Output any](ctx context.Context, pager Pager[Options, Output], items func(Object) []*Resource) Pages {
	return func(yield func([]*Resource, error) bool) {
		for page, err := range answer.Pages(ctx, pager, 0, func(output Output) (answer.Page[found], error) {
			page, err := Answer(output, nil)
			resources, nameless := identified(items(page))
			return answer.Page[found]{
				Content: found{resources, nameless},
				Held:    answer.List(resources, func(r *Resource) string { return r.ID }).Held,
			}, err
		}) {
			if !yield(page.resources, cmp.Or(err, page.nameless)) {
				return
			}
		}
	}
}

// found is a page of a listing. That something on it is nameless does not end the listing.
type found struct {
	resources []*Resource
	nameless  error
}

// Ask returns the resources in the answer to one call, which is the only page.
func Ask(call func() (Object, error), items func(Object) []*Resource) Pages {
	return func(yield func([]*Resource, error) bool) {
		answer, err := call()
		resources, named := identified(items(answer))
		if err == nil {
			err = named
		}
		yield(resources, err)
	}
}

// errNameless is the error of a page on which something has no identifier: AWS may not have
// written it, and nobody can tell which resource it is.
var errNameless = errors.New("the answer lists something without its identifier")

// identified returns the resources that have an identifier, and an error if some have none.
func identified(all []*Resource) ([]*Resource, error) {
	some := slices.DeleteFunc(all, func(r *Resource) bool { return r.ID == "" })
	if len(some) < len(all) {
		return some, errNameless
	}
	return some, nil
}

// Beneath opens a listing beneath each resource of an outer listing: the services of every
// cluster. What it finds has the outer resource's ID as its Parent; the resources of a page
// have the same parent.
//
// The codes in nothing say that there is nothing beneath a parent. Any other error is
// yielded, and the listing goes on with the next parent. A parent that is not found is such
// an error: most likely it was deleted since it was listed, together with what was beneath
// it, but a listing that ended with an error proves nothing about what it would have
// listed. The cell is not read to its end, its entities stay, and the next run finds out,
// because its outer listing lacks the parent.
func Beneath(outer Pages, inner func(parent *Resource) Pages, nothing ...string) Pages {
	return beneath(nil, outer, inner, nothing)
}

// beneath lists beneath each parent, unless that is remembered, and says where what is beneath a
// parent ends.
func beneath(m *remembering, outer Pages, inner func(parent *Resource) Pages, nothing []string) Pages {
	return func(yield func([]*Resource, error) bool) {
		for parents, err := range outer {
			if err != nil {
				if !yield(nil, err) {
					return
				}
				continue
			}
			for _, parent := range parents {
				if m != nil && m.parent(parent) {
					if !yield([]*Resource{{ID: parent.ID, standing: settled}}, nil) {
						return
					}
					continue
				}
				end := ended
				for page, err := range inner(parent) {
					if err != nil {
						end = endedEarly
					}
					if err != nil && slices.Contains(nothing, awserr.Code(err)) {
						continue // what is beneath may take several listings, and the next has something
					}
					for _, r := range page {
						r.Parent = parent.ID
					}
					if !yield(page, err) {
						return
					}
				}
				if m != nil && !yield([]*Resource{{ID: parent.ID, standing: end, listed: parent.listed}}, nil) {
					return
				}
			}
		}
	}
}

// Completed asks a follow-up about each page of a listing, one call after the other. It is
// for a listing that needs the answer to go on; any other declares the follow-up. Whoever
// is denied the answer once would be denied it each time, so the listing ends there, and
// also where AWS refuses it for good.
func Completed(ctx context.Context, t Target, pages Pages, f FollowUp) Pages {
	return func(yield func([]*Resource, error) bool) {
		for page, err := range pages {
			if err != nil {
				if !yield(nil, err) {
					return
				}
				continue
			}
			page, errs := f.complete(ctx, t, page)
			for _, err := range errs {
				var refused *RefusedError
				if errors.As(err, &refused) {
					err = refused.Err // without the answer the listing has no end
				}
				if !yield(nil, err) || isDenied(err) {
					return
				}
			}
			if !yield(page, nil) {
				return
			}
		}
	}
}

// Since keeps the resources of a history whose member, a time, is not before since. The
// listing must have the newest first: it ends with the first page on which everything is
// too old. A zero since keeps everything.
func Since(pages Pages, since time.Time, member string) Pages {
	if since.IsZero() {
		return pages
	}
	start := since.UTC().Format("2006-01-02T15:04:05") // sorts before its own fractions
	return func(yield func([]*Resource, error) bool) {
		for page, err := range pages {
			listed := len(page)
			page = slices.DeleteFunc(page, func(r *Resource) bool {
				when := r.Str(member)
				return when != "" && when < start
			})
			if !yield(page, err) || listed > 0 && len(page) == 0 {
				return
			}
		}
	}
}

// Objects takes the resources out of a page whose member holds a list of objects, which
// their member id identifies.
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

// Names takes the resources out of a page whose member holds a list of texts. The text
// identifies the resource and becomes its property with the name as.
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
