package resync

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go/middleware"
	"golang.org/x/sync/semaphore"

	"portolan/internal/aws/answer"
	"portolan/internal/aws/awserr"
	"portolan/internal/aws/kind"
	"portolan/internal/report"
	"portolan/internal/state"
)

// Limits bound what a run does at a time. The zero value of a field means its
// default.
type Limits struct {
	// Entering is how many accounts are entered at a time (20).
	Entering int
	// Cells is how many cells are read at a time (192).
	Cells int
	// Calls is how many AWS calls are under way at a time in all (192), in one
	// account (32), and to one service of an account in one region (8).
	Calls, AccountCalls, ServiceCalls int
	// Documents is how many resources are held in memory at a time (2,000, at
	// least the largest page of a kind).
	Documents int
	// Shared is how many bytes of answers are kept at a time for readings that share
	// them (32 MiB).
	Shared int
	// Uploads is how many bulks are on their way to Port at a time (12).
	Uploads int
	// Attempts is how often a call to AWS is made at most (8).
	Attempts int
	// Backoff is the longest wait before an attempt (20 s), beside the pace that a
	// throttled service is asked at.
	Backoff time.Duration
	// Lease is how long a run that died keeps others from writing (state.LeaseTime),
	// save for the skew of clocks. It is renewed three times as often.
	Lease time.Duration
	// StepLease is how long a run that takes several invocations keeps others from
	// writing once none of them renews it (15 minutes): Step Functions may wait for
	// minutes before it repeats one.
	StepLease time.Duration
}

func (l Limits) withDefaults() Limits { return l.Complete() }

// Complete returns the limits with the default of each that is not set.
func (l Limits) Complete() Limits {
	for _, field := range []struct {
		value *int
		is    int
	}{
		{&l.Entering, 20}, {&l.Cells, 192}, {&l.Calls, 192}, {&l.AccountCalls, 32},
		{&l.ServiceCalls, 8}, {&l.Documents, 2000}, {&l.Shared, 32 << 20}, {&l.Uploads, 12}, {&l.Attempts, 8},
	} {
		if *field.value <= 0 {
			*field.value = field.is
		}
	}
	if l.Backoff <= 0 {
		l.Backoff = 20 * time.Second
	}
	if l.Lease <= 0 {
		l.Lease = state.LeaseTime
	}
	if l.StepLease <= 0 {
		l.StepLease = 15 * time.Minute
	}
	return l
}

// traffic bounds and counts the calls to AWS. It works inside the SDK, beneath
// the retryer, so that every attempt is bounded and counted, and none holds a
// place while it waits to be repeated.
type traffic struct {
	limits Limits
	log    *slog.Logger // hears of each call at debug
	pace   *pace
	all    *semaphore.Weighted

	mu       sync.Mutex
	places   map[string]*semaphore.Weighted
	retryers map[string]aws.Retryer
	calls    map[string]*report.Calls
}

func newTraffic(l Limits, rates []kind.Rate, log *slog.Logger) *traffic {
	return &traffic{
		log:      log,
		limits:   l,
		pace:     newPace(rates),
		all:      semaphore.NewWeighted(int64(l.Calls)),
		places:   make(map[string]*semaphore.Weighted),
		retryers: make(map[string]aws.Retryer),
		calls:    make(map[string]*report.Calls),
	}
}

// govern puts the calls of clients made from the config under the limits of their
// account. They are observed once: a call that held two of the places it competes
// for could wait for itself.
func (t *traffic) govern(config aws.Config, account, region, service string) aws.Config {
	config = config.Copy()
	config.Region = region
	retryer := t.retryer(account + "/" + region + "/" + service)
	config.Retryer = func() aws.Retryer { return retryer }
	config.APIOptions = []func(*middleware.Stack) error{t.observe(account), answer.Guard, answer.Renew(config.Credentials)}
	return config
}

// enteredKey is the context's key for the account that is being entered.
type enteredKey struct{}

// stsService is whose calls the base identity's account pays for, whichever account
// they are to open.
const stsService = "STS"

// entering says that the calls made with the context, save those that open the
// account, are the account's own: AWS's rates are for each account.
func entering(ctx context.Context, account string) context.Context {
	return context.WithValue(ctx, enteredKey{}, account)
}

// observe bounds and counts the calls that an account's clients make, whatever
// their service.
func (t *traffic) observe(account string) func(*middleware.Stack) error {
	return func(stack *middleware.Stack) error {
		// After the middleware that tells the service's name to the context.
		if err := stack.Initialize.Add(middleware.InitializeMiddlewareFunc("CountCall", func(
			ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler,
		) (middleware.InitializeOutput, middleware.Metadata, error) {
			return t.countCall(ctx, account, in, next)
		}), middleware.After); err != nil {
			return err
		}
		return stack.Finalize.Insert(middleware.FinalizeMiddlewareFunc("BoundAttempt", func(
			ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler,
		) (middleware.FinalizeOutput, middleware.Metadata, error) {
			return t.attempt(ctx, account, in, next)
		}), "Retry", middleware.After)
	}
}

func (t *traffic) countCall(
	ctx context.Context, account string, in middleware.InitializeInput, next middleware.InitializeHandler,
) (middleware.InitializeOutput, middleware.Metadata, error) {
	began := time.Now()
	out, metadata, err := next.HandleInitialize(ctx, in)
	t.logCall(ctx, account, time.Since(began), metadata, err)
	attempts, ok := retry.GetAttemptResults(metadata)
	t.count(awsmiddleware.GetServiceID(ctx), func(c *report.Calls) {
		c.Calls++
		if ok && len(attempts.Results) > 1 {
			c.Retries += len(attempts.Results) - 1
		}
	})
	return out, metadata, err
}

func (t *traffic) attempt(
	ctx context.Context, account string, in middleware.FinalizeInput, next middleware.FinalizeHandler,
) (out middleware.FinalizeOutput, metadata middleware.Metadata, err error) {
	service, region := awsmiddleware.GetServiceID(ctx), awsmiddleware.GetRegion(ctx)
	if entered, ok := ctx.Value(enteredKey{}).(string); ok && account == "" && service != stsService {
		account = entered
	}
	if err := t.pace.wait(ctx, account, region, service, awsmiddleware.GetOperationName(ctx)); err != nil {
		return out, metadata, err
	}
	for _, place := range []*semaphore.Weighted{
		t.place(account+"/"+service+"/"+region, t.limits.ServiceCalls),
		t.place(account, t.limits.AccountCalls),
		t.all,
	} {
		if err := place.Acquire(ctx, 1); err != nil {
			return out, metadata, err
		}
		defer place.Release(1)
	}
	out, metadata, err = next.HandleFinalize(ctx, in)
	if awserr.ClassOf(err) == awserr.Throttled {
		t.count(service, func(c *report.Calls) { c.Throttled++ })
	}
	return out, metadata, err
}

func (t *traffic) place(name string, size int) *semaphore.Weighted {
	t.mu.Lock()
	defer t.mu.Unlock()
	place, ok := t.places[name]
	if !ok {
		place = semaphore.NewWeighted(int64(size))
		t.places[name] = place
	}
	return place
}

// retryer returns the one retryer of an account's service in a region: AWS
// throttles by just that, so that what one call learns of the allowed rate serves
// the next. Its budget of retries is twice the SDK's, for reads that fan out.
func (t *traffic) retryer(name string) aws.Retryer {
	t.mu.Lock()
	defer t.mu.Unlock()
	retryer, ok := t.retryers[name]
	if !ok {
		retryer = retry.NewAdaptiveMode(func(o *retry.AdaptiveModeOptions) {
			o.StandardOptions = append(o.StandardOptions, func(o *retry.StandardOptions) {
				o.MaxAttempts = t.limits.Attempts
				o.MaxBackoff = t.limits.Backoff
				o.RateLimiter = ratelimit.NewTokenRateLimit(1000)
			})
		})
		t.retryers[name] = retryer
	}
	return retryer
}

func (t *traffic) count(service string, change func(*report.Calls)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	calls, ok := t.calls[service]
	if !ok {
		calls = &report.Calls{}
		t.calls[service] = calls
	}
	change(calls)
}

// summary returns the calls by service.
func (t *traffic) summary() map[string]report.Calls {
	t.mu.Lock()
	defer t.mu.Unlock()
	byService := make(map[string]report.Calls, len(t.calls))
	for service, calls := range t.calls {
		byService[service] = *calls
	}
	return byService
}
