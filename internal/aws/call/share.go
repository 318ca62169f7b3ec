package call

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

// Sharing lets the readings of a run in one account and region share the answers to the
// calls that several of them make: five kinds begin with the list of pipelines, and AWS is
// asked for it once. Which calls these are follows from the kinds' declarations.
type Sharing struct {
	operations map[string]bool // "codepipeline:ListPipelines"
	room       atomic.Int64    // bytes that may still be kept
}

// NewSharing finds the questions that at least two of the readings ask: IAM actions, or those of
// kind.Listing. Room is how many bytes of answers may be kept at a time.
func NewSharing(readings [][]string, room int) *Sharing {
	times := make(map[string]int)
	for _, questions := range readings {
		for _, question := range questions {
			times[question]++
		}
	}
	s := &Sharing{operations: make(map[string]bool)}
	for question, n := range times {
		if n > 1 {
			s.operations[question] = true
		}
	}
	s.room.Store(int64(room))
	return s
}

// Wants says whether a reading asks what others ask too.
func (s *Sharing) Wants(questions []string) bool {
	return slices.ContainsFunc(questions, func(question string) bool { return s.operations[question] })
}

// shares says whether several readings ask a question. One operation of Cloud Control lists all
// types, so that there the type is part of the question.
func (s *Sharing) shares(service, operation string, parameters any) bool {
	if of := typeOf(parameters); of != "" {
		operation += " " + of
	}
	return s.operations[service+":"+operation]
}

// typeOf returns the resource type that the parameters of a call to Cloud Control name; otherwise "".
func typeOf(parameters any) string {
	if of := reflect.Indirect(fieldOf(parameters, "TypeName")); of.IsValid() && of.Kind() == reflect.String {
		return of.String()
	}
	return ""
}

func fieldOf(parameters any, name string) reflect.Value {
	value := reflect.Indirect(reflect.ValueOf(parameters))
	if value.Kind() != reflect.Struct {
		return reflect.Value{}
	}
	return value.FieldByName(name)
}

// Desk is where the readings in one account and region find each other's answers. It keeps
// them as long as there is a reading to come. It is safe for concurrent use.
type Desk struct {
	sharing *Sharing
	flights singleflight.Group

	mu      sync.Mutex
	readers int
	kept    int64
	answers map[string]answered
}

// NewDesk returns an empty desk for an account and region.
func (s *Sharing) NewDesk() *Desk { return &Desk{sharing: s} }

// answered is the SDK's output of a call, and the metadata with the body.
type answered struct {
	output   any
	metadata middleware.Metadata
}

// Seat announces a reading.
func (d *Desk) Seat() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.readers++
}

// Leave ends a reading; the last one clears the desk.
func (d *Desk) Leave() {
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
func (d *Desk) shared(service string) func(*middleware.Stack) error {
	return func(stack *middleware.Stack) error {
		share := middleware.InitializeMiddlewareFunc("ShareAnswer", func(
			ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler,
		) (middleware.InitializeOutput, middleware.Metadata, error) {
			if !d.sharing.shares(service, awsmiddleware.GetOperationName(ctx), in.Parameters) {
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

// answer answers a call from the desk, or makes it for all who ask now or later.
func (d *Desk) answer(
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

func (d *Desk) look(key string) (answered, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	a, ok := d.answers[key]
	return a, ok
}

// keep keeps an answer if there is room and someone may still ask for it. The body
// tells its size; the SDK's struct holds as much again.
func (d *Desk) keep(key string, a answered) {
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
