package kind

import (
	"context"
	"fmt"

	"portolan/internal/aws/answer"
)

// Call asks AWS about a batch of resources. It returns what AWS answered by Resource.ID,
// to be merged into their properties. The error is [Failures] if the answer names
// resources of which it says nothing else. The resources of a batch have the same Parent.
type Call func(ctx context.Context, t Target, batch []*Resource) (map[string]Object, error)

// One is the Call of an operation that is asked about one resource at a time. Take chooses
// what the resource gets of the answer: [Whole], [Member], [Property], or its own function.
// Options change how the client makes the call for a resource.
//
//	Call: kind.One((*dynamodb.Client).DescribeTable, func(r *kind.Resource) *dynamodb.DescribeTableInput {
//		return &dynamodb.DescribeTableInput{TableName: aws.String(r.ID)}
//	}, kind.Member("Table")),
func One[C, Input, Output, Options any](
	operation func(C, context.Context, *Input, ...func(*Options)) (*Output, error),
	input func(*Resource) *Input,
	take func(r *Resource, answer Object) (Object, error),
	options ...func(*Resource, *Options),
) Call {
	return Each(func(ctx context.Context, t Target, r *Resource) (Object, error) {
		ofCall := make([]func(*Options), len(options))
		for i, option := range options {
			ofCall[i] = func(o *Options) { option(r, o) }
		}
		answer, err := Answer(operation(ClientOf[C](t), ctx, input(r), ofCall...))
		if err != nil {
			return nil, err
		}
		return take(r, answer)
	})
}

// Batch is the Call of an operation that is asked about many resources at once. Take
// chooses what each resource gets of the answer: [ByID], or its own function.
func Batch[C, Input, Output, Options any](
	operation func(C, context.Context, *Input, ...func(*Options)) (*Output, error),
	input func(batch []*Resource) *Input,
	take func(batch []*Resource, answer Object) (map[string]Object, error),
) Call {
	return func(ctx context.Context, t Target, batch []*Resource) (map[string]Object, error) {
		answer, err := Answer(operation(ClientOf[C](t), ctx, input(batch)))
		if err != nil {
			return nil, err
		}
		return take(batch, answer)
	}
}

// maxGathered is the most pages of a list about one resource, which is kept in memory as a
// whole. A resource of AWS has at most some hundred tags.
const maxGathered = 100

// Gathered is the Call of an operation whose answer about one resource has pages. The
// property is the list of what the member holds on all of them. Together the pages have at
// most the size of one answer.
func Gathered[C any, P Pager[Options, Output], Options, Output any](
	pager func(client C, t Target, r *Resource) P, member, property string,
) Call {
	return Each(func(ctx context.Context, t Target, r *Resource) (Object, error) {
		return gather(ctx, pager(ClientOf[C](t), t, r), member, property)
	})
}

func gather[Options, Output any](ctx context.Context, pager Pager[Options, Output], member, property string) (Object, error) {
	all, size := []any{}, 0
	for list, err := range answer.Pages(ctx, pager, maxGathered, func(output Output) (answer.Page[[]any], error) {
		page, err := Answer(output, nil)
		if size += answer.BodySize(metadataOf(output)); err == nil && size > answer.MaxBody {
			err = answer.TooLarge(answer.MaxBody)
		}
		list, _ := page[member].([]any)
		return answer.List(list, func(item any) string { return fmt.Sprint(item) }), err
	}) {
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
	}
	return Object{property: all}, nil
}

// Each is the Call of a function that asks about one resource. It is for what [One] and
// [Gathered] cannot do.
func Each(ask func(ctx context.Context, t Target, r *Resource) (Object, error)) Call {
	return func(ctx context.Context, t Target, batch []*Resource) (map[string]Object, error) {
		answers := make(map[string]Object, len(batch))
		for _, r := range batch {
			answer, err := ask(ctx, t, r)
			if err != nil {
				return nil, err
			}
			answers[r.ID] = answer
		}
		return answers, nil
	}
}

// Whole takes an answer as it is.
func Whole(_ *Resource, answer Object) (Object, error) { return answer, nil }

// Member takes the object in a member of the answer.
func Member(member string) func(*Resource, Object) (Object, error) {
	return func(_ *Resource, answer Object) (Object, error) {
		object, _ := answer[member].(Object)
		return object, nil
	}
}

// Property takes one member of the answer as a property, or nothing if AWS did not answer
// the member.
func Property(member, property string) func(*Resource, Object) (Object, error) {
	return func(_ *Resource, answer Object) (Object, error) {
		value, answered := answer[member]
		if !answered {
			return nil, nil
		}
		return Object{property: value}, nil
	}
}

// ByID takes the objects of the list in a member of the answer, each for the resource that
// its member id names. Missing, if given, is the member that lists the identifiers of
// resources that do not exist; they become [Failures].
func ByID(member, id string, missing ...string) func([]*Resource, Object) (map[string]Object, error) {
	return func(_ []*Resource, answer Object) (map[string]Object, error) {
		answers := make(map[string]Object)
		for _, r := range Objects(member, id)(answer) {
			answers[r.ID] = r.Properties
		}
		failures := Failures{}
		for _, name := range missing {
			list, _ := answer[name].([]any)
			for _, item := range list {
				if id, ok := item.(string); ok {
					failures[id] = ErrMissing
				}
			}
		}
		if len(failures) == 0 {
			return answers, nil
		}
		return answers, failures
	}
}

// IDs returns the identifiers of resources, as AWS's batch calls take them.
func IDs(batch []*Resource) []string {
	ids := make([]string, len(batch))
	for i, r := range batch {
		ids[i] = r.ID
	}
	return ids
}
