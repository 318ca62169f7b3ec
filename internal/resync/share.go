package resync

import (
	"context"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go/middleware"
	"golang.org/x/sync/singleflight"

	"portolan/internal/aws/answer"
)

// sharing lets the readings of a run in one account and region share the answers
// to the calls that several of them make: five kinds begin with the list of
// pipelines, and AWS is asked for it once. Which calls these are follows from the
// kinds' declarations.
type sharing struct {
	operations map[string]bool // "codepipeline:ListPipelines"
	room       atomic.Int64    // bytes that may still be kept
}

// newSharing finds the calls that at least two of the units make.
func newSharing(units []*unit, room int64) *sharing {
	times := make(map[string]int)
	for _, u := range units {
		for _, action := range u.kind.AllActions(append([]string{}, u.actions...)) {
			times[action]++
		}
	}
	s := &sharing{operations: make(map[string]bool)}
	for action, n := range times {
		if n > 1 {
			s.operations[action] = true
		}
	}
	s.room.Store(room)
	return s
}

// wanted says whether the unit makes calls that others make too.
func (s *sharing) wanted(u *unit) bool {
	return slices.ContainsFunc(u.kind.AllActions(append([]string{}, u.actions...)), func(action string) bool { return s.operations[action] })
}

// desk is where the readings in one account and region find each other's answers.
// It keeps them as long as there is a reading to come.
type desk struct {
	sharing *sharing
	flights singleflight.Group

	mu      sync.Mutex
	readers int
	kept    int64
	answers map[string]answered
}

// answered is what a call gave: the SDK's output struct, and the metadata with the
// body.
type answered struct {
	output   any
	metadata middleware.Metadata
}

// seat announces a reading.
func (d *desk) seat() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.readers++
}

// leave ends a reading; the last one clears the desk.
func (d *desk) leave() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.readers--; d.readers == 0 {
		d.answers = nil
		d.sharing.room.Add(d.kept)
		d.kept = 0
	}
}

// shared returns the middleware that answers calls from the desk, for clients of a
// service under its IAM prefix. It stands before all that bounds and counts calls:
// what it answers is no call.
func (d *desk) shared(service string) func(*middleware.Stack) error {
	return func(stack *middleware.Stack) error {
		share := middleware.InitializeMiddlewareFunc("ShareAnswer", func(
			ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler,
		) (middleware.InitializeOutput, middleware.Metadata, error) {
			if !d.sharing.operations[service+":"+awsmiddleware.GetOperationName(ctx)] {
				return next.HandleInitialize(ctx, in)
			}
			return d.answer(ctx, in, next)
		})
		// The clients of some services know the operation from the start, those of
		// others have a middleware that tells it.
		const teller = "RegisterServiceMetadata"
		if _, told := stack.Initialize.Get(teller); told {
			return stack.Initialize.Insert(share, teller, middleware.After)
		}
		return stack.Initialize.Add(share, middleware.Before)
	}
}

// answer answers a call from the desk, or makes it for all who ask at this time and
// later.
func (d *desk) answer(
	ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler,
) (out middleware.InitializeOutput, metadata middleware.Metadata, err error) {
	question, err := json.Marshal(in.Parameters)
	if err != nil {
		return next.HandleInitialize(ctx, in)
	}
	key := strings.Join([]string{awsmiddleware.GetRegion(ctx), awsmiddleware.GetOperationName(ctx), string(question)}, " ")
	given, err, _ := d.flights.Do(key, func() (any, error) {
		if known, ok := d.look(key); ok {
			return known, nil
		}
		out, metadata, err := next.HandleInitialize(ctx, in)
		given := answered{out.Result, metadata}
		if err == nil {
			d.keep(key, given)
		}
		return given, err
	})
	a := copyOf(given.(answered))
	return middleware.InitializeOutput{Result: a.output}, a.metadata, err
}

func (d *desk) look(key string) (answered, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	a, ok := d.answers[key]
	return a, ok
}

// keep keeps an answer if there is room and someone may still ask for it. The body
// tells its size; the SDK's struct holds as much again.
func (d *desk) keep(key string, a answered) {
	size := int64(2*answer.BodySize(a.metadata) + len(key))
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.readers < 2 {
		return
	}
	if d.sharing.room.Add(-size) < 0 {
		d.sharing.room.Add(size)
		return
	}
	if d.answers == nil {
		d.answers = make(map[string]answered)
	}
	d.answers[key] = a
	d.kept += size
}

// copyOf returns an answer that its taker may write to, as the SDK's clients do: they
// set the metadata of the struct. What is inside is shared and only read.
func copyOf(a answered) answered {
	value := reflect.ValueOf(a.output)
	if value.Kind() != reflect.Pointer || value.IsNil() {
		return a
	}
	fresh := reflect.New(value.Type().Elem())
	fresh.Elem().Set(value.Elem())
	return answered{fresh.Interface(), a.metadata.Clone()}
}
