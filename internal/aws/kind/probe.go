package kind

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go/middleware"

	"portolan/internal/aws/awserr"
)

// Probing is what a probe found out about a kind in a target.
type Probing struct {
	// Found says whether there was a resource, on which follow-ups could be tried.
	Found bool
	// Errs are the errors of the listing, or of the follow-ups, each an *awserr.Error.
	Errs []error
	// Slower are the errors of calls that only save others, each an *awserr.Error: a reading
	// does without them.
	Slower []error
	// Refused is what AWS refuses for good about the resource that was tried, which says
	// nothing about other resources.
	Refused []*RefusedError
	// Untried are the IAM actions that no call has tried, sorted: there was no resource to
	// try them on, or the call before them failed.
	Untried []string
}

// Probe makes each call of a reading once, for as little as AWS returns: the smallest first
// page, and the follow-ups about one resource of it, with the named optional ones. It tells
// what a reading would meet at its beginning, and nothing about what comes later.
func (k *Kind) Probe(ctx context.Context, t Target, actions []string) Probing {
	calls := &callNames{names: map[string]bool{}}
	t = k.open(t, calls.watch)
	var p Probing
	resource := k.first(ctx, t, &p)
	p.Found = resource != nil
	tried := k.triedOf(calls)
	defaults, optional := k.followUps(actions)
	for _, f := range slices.Concat(defaults, optional) {
		if resource == nil {
			p.untried(f.Actions, tried)
			continue
		}
		kept := make([]bool, 1)
		for _, err := range f.ask(ctx, t, []*Resource{resource}, kept, intoProperties) {
			p.note(err)
		}
		if kept[0] && f.Bulk != nil {
			if err := f.Bulk.Try(ctx, t, resource); err != nil {
				p.Slower = append(p.Slower, awserr.New(f.Bulk.Actions[0], err))
			}
		}
		if !kept[0] {
			resource = nil // it does not exist any more, or what follows needs the answer
		}
	}
	p.untried(k.List.Actions, tried)
	slices.Sort(p.Untried)
	p.Untried = slices.Compact(p.Untried)
	return p
}

// note records an error of a follow-up. Nobody can fix that AWS does not find a detail of
// one resource.
func (p *Probing) note(err error) {
	var (
		refused      *RefusedError
		lack         *LackError
		contradicted *ContradictedError
	)
	switch {
	case errors.As(err, &refused):
		p.Refused = append(p.Refused, refused)
	case !errors.As(err, &lack) && !errors.As(err, &contradicted):
		p.Errs = append(p.Errs, err)
	}
}

// first returns a resource of the listing's first page; nil if the page has none.
func (k *Kind) first(ctx context.Context, t Target, p *Probing) *Resource {
	for resources, err := range k.List.Pages(ctx, t) {
		if err != nil && !slices.Contains(k.List.Nothing, awserr.Code(err)) {
			p.Errs = append(p.Errs, notRead(k.List.operation(err), err))
		}
		if len(resources) > 0 {
			return resources[0]
		}
		return nil
	}
	return nil
}

// triedOf returns which actions of the listing were tried: that of its first call, and
// those whose calls were made.
func (k *Kind) triedOf(calls *callNames) map[string]bool {
	tried := make(map[string]bool)
	for i, action := range k.List.Actions {
		_, name, _ := strings.Cut(action, ":")
		tried[action] = i == 0 || calls.made(name)
	}
	return tried
}

func (p *Probing) untried(actions []string, tried map[string]bool) {
	for _, action := range actions {
		if !tried[action] {
			p.Untried = append(p.Untried, action)
		}
	}
}

// callNames remembers which operations were called. It is safe for concurrent use.
type callNames struct {
	mu    sync.Mutex
	names map[string]bool
}

func (c *callNames) made(name string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.names[name]
}

// watch records each call and makes its page as small as the service allows.
func (c *callNames) watch(stack *middleware.Stack) error {
	return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("SmallestPage", func(
		ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler,
	) (middleware.InitializeOutput, middleware.Metadata, error) {
		c.mu.Lock()
		c.names[awsmiddleware.GetOperationName(ctx)] = true
		c.mu.Unlock()
		if err := shrink(in.Parameters, awsmiddleware.GetServiceID(ctx)); err != nil {
			return middleware.InitializeOutput{}, middleware.Metadata{}, err
		}
		return next.HandleInitialize(ctx, in)
	}), middleware.After)
}

// sizeNames are the services' names for the size of a page.
var sizeNames = []string{"MaxResults", "MaxRecords", "MaxItems", "MaxBuckets", "Limit", "PageSize"}

// leastPages are the sizes of the smallest pages, by the SDK's name of the service, where
// a page of one resource is not allowed.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstances.html
// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeDBInstances.html
// https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_DescribeCacheClusters.html
var leastPages = map[string]int32{"EC2": 5, "RDS": 20, "ElastiCache": 20}

// shrink makes the page that a request asks for as small as its service allows. It does not
// touch a request without a page size: not every request may have one.
func shrink(parameters any, service string) error {
	input := reflect.Indirect(reflect.ValueOf(parameters))
	if input.Kind() != reflect.Struct {
		return fmt.Errorf("the input of a call to %s is a %T", service, parameters)
	}
	least := max(leastPages[service], 1)
	for _, name := range sizeNames {
		field := input.FieldByName(name)
		if !field.IsValid() || !field.CanSet() {
			continue
		}
		if size, ok := field.Interface().(*int32); ok && size != nil && *size > least {
			field.Set(reflect.ValueOf(aws.Int32(least)))
		}
	}
	return nil
}
