package call

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"golang.org/x/time/rate"

	"portolan/internal/aws/kind"
)

// ownShare is how much of a documented rate a run takes for itself; the rest is
// left to whoever else uses the account. Of the lowest rates, once a second, it
// takes all: a share of that would take an hour for what takes minutes.
const (
	ownShare = 0.75
	ownLeast = 1.0
)

// pace keeps calls within the rates that AWS documents, for each account and
// region, so that a run is not throttled in the first place and throttles nobody
// else. What AWS does not document, the adaptive retryer finds out.
type pace struct {
	rates []kind.Rate

	mu       sync.Mutex
	limiters map[bucket]*rate.Limiter
}

// bucket is an account's in a region, under the rate with that index.
type bucket struct {
	account, region string
	rate            int
}

func newPace(rates []kind.Rate) *pace {
	return &pace{rates: rates, limiters: make(map[bucket]*rate.Limiter)}
}

// wait waits until the call may be made. Its error is a context's.
func (p *pace) wait(ctx context.Context, account, region, service, operation string) error {
	at := p.find(service, operation)
	if at < 0 {
		return nil
	}
	if err := p.limiter(bucket{account, region, at}, &p.rates[at], region).Wait(ctx); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return fmt.Errorf("%w: AWS lets %s be called %g times a second, which is not often enough to come to this call",
			context.DeadlineExceeded, operation, p.rates[at].In(region))
	}
	return nil
}

// find returns the index of the rate that holds for an operation: its own, or else
// that of the service's other operations; -1 if there is none.
func (p *pace) find(service, operation string) int {
	rest := -1
	for i, r := range p.rates {
		switch {
		case r.Service != service:
		case slices.Contains(r.Operations, operation):
			return i
		case len(r.Operations) == 0:
			rest = i
		}
	}
	return rest
}

func (p *pace) limiter(name bucket, r *kind.Rate, region string) *rate.Limiter {
	p.mu.Lock()
	defer p.mu.Unlock()
	limiter, ok := p.limiters[name]
	if !ok {
		limiter = rate.NewLimiter(rate.Limit(max(r.In(region)*ownShare, min(r.In(region), ownLeast))), max(1, int(float64(r.Burst)*ownShare)))
		p.limiters[name] = limiter
	}
	return limiter
}
