package call

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"portolan/internal/aws/kind"
)

// ownShare is how much of a documented rate, and of its burst, a run takes for itself; the
// rest is left to whoever else uses the account, whom a run at the whole rate would have
// throttled. Of the lowest rates, once a second, it takes all: a share of that would take an
// hour for what takes minutes.
const (
	ownShare = 0.9
	ownLeast = 1.0
)

// Share returns how many calls a second a run makes where AWS allows so many.
func Share(perSecond float64) float64 { return max(perSecond*ownShare, min(perSecond, ownLeast)) }

// pace keeps calls within the rates that AWS documents, for each account and region, and
// below them where AWS throttles all the same. What AWS does not document, the adaptive
// retryer finds out.
type pace struct {
	rates []kind.Rate

	mu      sync.Mutex
	buckets map[rated]*bucket
}

// rated is an account and a region, under the rate with that index.
type rated struct {
	account, region string
	rate            int
}

func newPace(rates []kind.Rate) *pace {
	return &pace{rates: rates, buckets: make(map[rated]*bucket)}
}

// wait waits until the call may be made. It returns the bucket whose pace the call keeps,
// nil if AWS documents no rate. Its error is a context's.
func (p *pace) wait(ctx context.Context, account, region, service, operation string) (*bucket, error) {
	at := p.find(service, operation)
	if at < 0 {
		return nil, nil
	}
	b := p.bucket(rated{account, region, at}, &p.rates[at], region)
	if !b.wait(ctx) {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, fmt.Errorf("%w: AWS lets %s be called %g times a second, which is not often enough to come to this call",
			context.DeadlineExceeded, operation, p.rates[at].In(region))
	}
	return b, nil
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

func (p *pace) bucket(at rated, r *kind.Rate, region string) *bucket {
	p.mu.Lock()
	defer p.mu.Unlock()
	b, ok := p.buckets[at]
	if !ok {
		b = newBucket(Share(r.In(region)), max(1, int(float64(r.Burst)*ownShare)))
		p.buckets[at] = b
	}
	return b
}
