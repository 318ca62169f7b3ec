package call

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
)

// retryer finds out how often the operations of a service may be called whose rate AWS does
// not document. The others keep a pace of their own: if they shared this one, a throttle of
// the slowest operation would slow down all.
type retryer struct {
	*retry.AdaptiveMode
	paced    *retry.Standard
	hasARate func(service, operation string) bool
}

// GetAttemptToken waits until an attempt may be made.
func (r *retryer) GetAttemptToken(ctx context.Context) (func(error) error, error) {
	if r.hasARate(awsmiddleware.GetServiceID(ctx), awsmiddleware.GetOperationName(ctx)) {
		return r.paced.GetAttemptToken(ctx)
	}
	return r.AdaptiveMode.GetAttemptToken(ctx)
}

// retryer returns the one retryer of an account's service in a region: AWS throttles by
// just that, so that what one call learns of the allowed rate serves the next. Its budget
// of retries is twice the SDK's, for reads that fan out.
func (g *Gate) retryer(name string) aws.Retryer {
	g.mu.Lock()
	defer g.mu.Unlock()
	r, ok := g.retryers[name]
	if !ok {
		budget := ratelimit.NewTokenRateLimit(1000)
		standard := func(o *retry.StandardOptions) {
			o.MaxAttempts = g.limits.Attempts
			o.MaxBackoff = g.limits.Backoff
			o.RateLimiter = budget
		}
		r = &retryer{
			AdaptiveMode: retry.NewAdaptiveMode(func(o *retry.AdaptiveModeOptions) { o.StandardOptions = append(o.StandardOptions, standard) }),
			paced:        retry.NewStandard(standard),
			hasARate:     func(service, operation string) bool { return g.pace.find(service, operation) >= 0 },
		}
		g.retryers[name] = r
	}
	return r
}
