// Package call is the one gate of every call to AWS. It decides when a call may be made,
// how often it is repeated, and whether another reading's answer to the same question
// serves as well; and it counts and logs what went through.
//
// The gate works inside the SDK, beneath the retryer: each attempt is bounded and counted,
// and none holds a place while it waits to be repeated. An attempt first waits for the rate
// that AWS documents, or for a lower one where AWS throttles, then for a place among the calls
// to the service, to the account, and to all. What AWS does not document, the SDK's adaptive
// retryer finds out.
//
// The package refuses to know what is read or why. What counts as an answer is package
// answer's, and what an error means package awserr's.
package call

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go/middleware"
	"golang.org/x/sync/semaphore"

	"portolan/internal/aws/answer"
	"portolan/internal/aws/awserr"
	"portolan/internal/aws/kind"
)

// Limits bound the calls that are made at a time. The zero value of a field means its
// default.
type Limits struct {
	// Calls is how many calls are under way at a time in all (192), AccountCalls in one
	// account (32), and ServiceCalls to one service of an account in one region (8).
	Calls, AccountCalls, ServiceCalls int
	// Shared is how many bytes of answers are kept at a time for readings that share them
	// (32 MiB).
	Shared int
	// Attempts is how often a call is made at most (8).
	Attempts int
	// Backoff is the longest wait before an attempt (20 s), beside the pace at which a
	// throttled service is asked.
	Backoff time.Duration
}

// Complete returns the limits with the default of each that is not set.
func (l Limits) Complete() Limits {
	for _, field := range []struct {
		value *int
		is    int
	}{{&l.Calls, 192}, {&l.AccountCalls, 32}, {&l.ServiceCalls, 8}, {&l.Shared, 32 << 20}, {&l.Attempts, 8}} {
		if *field.value <= 0 {
			*field.value = field.is
		}
	}
	if l.Backoff <= 0 {
		l.Backoff = 20 * time.Second
	}
	return l
}

// Counts counts the calls to one service: Calls as the program made them, Retries beyond
// those, Throttled how often the service asked to slow down.
type Counts struct{ Calls, Retries, Throttled int }

// place is where calls compete with each other: at a service of an account in a region, or,
// without these two, at the account.
type place struct{ account, service, region string }

// Gate bounds and counts calls. It is safe for concurrent use.
type Gate struct {
	limits Limits
	log    *slog.Logger // hears of each call at debug
	pace   *pace
	all    *semaphore.Weighted

	mu       sync.Mutex
	places   map[place]*semaphore.Weighted
	retryers map[string]aws.Retryer
	counts   map[string]*Counts
	answered map[string]bool // "sqs/eu-west-1"
}

// NewGate returns a gate for one run. The rates are what AWS documents of how often it may
// be called. The log hears of each call at debug.
func NewGate(l Limits, rates []kind.Rate, log *slog.Logger) *Gate {
	l = l.Complete()
	return &Gate{
		limits: l, log: log, pace: newPace(rates), all: semaphore.NewWeighted(int64(l.Calls)),
		places: map[place]*semaphore.Weighted{}, retryers: map[string]aws.Retryer{}, counts: map[string]*Counts{},
		answered: map[string]bool{},
	}
}

// Base bounds and counts the calls of the base identity's clients, as their API option.
func (g *Gate) Base() func(*middleware.Stack) error { return g.observe("") }

// Config returns a copy of the config in the region, whose clients' calls are under the
// limits of the account. The service has its prefix in IAM, "sqs". A desk, unless it is
// nil, answers what another reading has asked.
func (g *Gate) Config(config aws.Config, account, region, service string, desk *Desk) aws.Config {
	config = config.Copy()
	config.Region = region
	retryer := g.retryer(account + "/" + region + "/" + service)
	config.Retryer = func() aws.Retryer { return retryer }
	// They are observed once: a call that held two of the places for which it competes
	// could wait for itself.
	config.APIOptions = []func(*middleware.Stack) error{g.observe(account), answer.Guard, answer.Renew(config.Credentials)}
	if desk != nil {
		config.APIOptions = append(config.APIOptions, desk.shared(service))
	}
	config.APIOptions = append(config.APIOptions, g.noteAnswers(placeOf(service, region)))
	return config
}

// enteredKey is the context's key for the account that is being entered.
type enteredKey struct{}

// stsService is the service whose calls the base identity's account pays for, whichever
// account they are to open.
const stsService = "STS"

// Entering says that the calls made with the context are the account's own, except those
// that open the account: AWS's rates are for each account.
func Entering(ctx context.Context, account string) context.Context {
	return context.WithValue(ctx, enteredKey{}, account)
}

// observe bounds and counts the calls of an account's clients, whatever their service.
func (g *Gate) observe(account string) func(*middleware.Stack) error {
	counted := middleware.InitializeMiddlewareFunc("CountCall", func(
		ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler,
	) (middleware.InitializeOutput, middleware.Metadata, error) {
		return g.countCall(ctx, account, in, next)
	})
	bounded := middleware.FinalizeMiddlewareFunc("BoundAttempt", func(
		ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler,
	) (middleware.FinalizeOutput, middleware.Metadata, error) {
		return g.attempt(ctx, account, in, next)
	})
	return func(stack *middleware.Stack) error {
		// After the middleware that tells the service's name to the context.
		if err := stack.Initialize.Add(counted, middleware.After); err != nil {
			return err
		}
		return stack.Finalize.Insert(bounded, "Retry", middleware.After)
	}
}

func (g *Gate) countCall(
	ctx context.Context, account string, in middleware.InitializeInput, next middleware.InitializeHandler,
) (middleware.InitializeOutput, middleware.Metadata, error) {
	began := time.Now()
	name := awsmiddleware.GetServiceID(ctx)
	if of := typeOf(in.Parameters); of != "" {
		name += " " + of
		ctx = context.WithValue(ctx, countedKey{}, name)
	}
	out, metadata, err := next.HandleInitialize(ctx, in)
	g.logCall(ctx, account, time.Since(began), metadata, err)
	attempts, ok := retry.GetAttemptResults(metadata)
	g.count(name, func(c *Counts) {
		c.Calls++
		if ok && len(attempts.Results) > 1 {
			c.Retries += len(attempts.Results) - 1
		}
	})
	return out, metadata, err
}

// countedKey is where the context of a call has the name under which it is counted, if that is not the
// service's.
type countedKey struct{}

func (g *Gate) attempt(
	ctx context.Context, account string, in middleware.FinalizeInput, next middleware.FinalizeHandler,
) (out middleware.FinalizeOutput, metadata middleware.Metadata, err error) {
	service, region := awsmiddleware.GetServiceID(ctx), awsmiddleware.GetRegion(ctx)
	if entered, ok := ctx.Value(enteredKey{}).(string); ok && account == "" && service != stsService {
		account = entered
	}
	paced, err := g.pace.wait(ctx, account, region, service, awsmiddleware.GetOperationName(ctx))
	if err != nil {
		return out, metadata, err
	}
	for _, held := range [...]*semaphore.Weighted{
		g.place(place{account, service, region}, g.limits.ServiceCalls),
		g.place(place{account: account}, g.limits.AccountCalls),
		g.all,
	} {
		if err := held.Acquire(ctx, 1); err != nil {
			return out, metadata, err
		}
		defer held.Release(1)
	}
	sent := time.Now()
	out, metadata, err = next.HandleFinalize(ctx, in)
	if awserr.ClassOf(err) == awserr.Throttled {
		name, ok := ctx.Value(countedKey{}).(string)
		if !ok {
			name = service
		}
		g.count(name, func(c *Counts) { c.Throttled++ })
		if paced != nil {
			paced.throttled(sent)
		}
	}
	return out, metadata, err
}

func (g *Gate) place(at place, size int) *semaphore.Weighted {
	g.mu.Lock()
	defer g.mu.Unlock()
	calls, ok := g.places[at]
	if !ok {
		calls = semaphore.NewWeighted(int64(size))
		g.places[at] = calls
	}
	return calls
}

func (g *Gate) count(service string, change func(*Counts)) {
	g.mu.Lock()
	defer g.mu.Unlock()
	counts, ok := g.counts[service]
	if !ok {
		counts = &Counts{}
		g.counts[service] = counts
	}
	change(counts)
}

// Counts returns the calls so far, by the SDK's name of the service; those to Cloud Control by the type
// too, "CloudControl AWS::IAM::Role".
func (g *Gate) Counts() map[string]Counts {
	g.mu.Lock()
	defer g.mu.Unlock()
	counts := make(map[string]Counts, len(g.counts))
	for service, of := range g.counts {
		counts[service] = *of
	}
	return counts
}

func placeOf(service, region string) string { return service + "/" + region }

// noteAnswers notes where a call succeeds: that is believed, whatever a list of services
// says.
func (g *Gate) noteAnswers(at string) func(*middleware.Stack) error {
	noted := middleware.InitializeMiddlewareFunc("NoteAnswer", func(
		ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler,
	) (middleware.InitializeOutput, middleware.Metadata, error) {
		out, metadata, err := next.HandleInitialize(ctx, in)
		if err == nil {
			g.AddAnswered(at)
		}
		return out, metadata, err
	})
	return func(stack *middleware.Stack) error { return stack.Initialize.Add(noted, middleware.Before) }
}

// HasAnswered says whether a call of the service, by its prefix in IAM, has succeeded in
// the region.
func (g *Gate) HasAnswered(service, region string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.answered[placeOf(service, region)]
}

// Answered returns where calls have succeeded, for another process of the run.
func (g *Gate) Answered() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Sorted(maps.Keys(g.answered))
}

// AddAnswered adds what another process returned from Answered.
func (g *Gate) AddAnswered(places ...string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, place := range places {
		g.answered[place] = true
	}
}
