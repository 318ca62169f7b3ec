package offered

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"golang.org/x/sync/singleflight"

	"portolan/internal/aws/account"
	"portolan/internal/aws/answer"
	"portolan/internal/aws/awserr"
)

// Answer is whether AWS offers a service in a region.
type Answer string

// The answers. Unknown is the zero value.
const (
	Unknown    Answer = ""
	Offered    Answer = "offered"
	NotOffered Answer = "not-offered"
)

// Identity opens the configuration of another identity that may ask. It is called only if
// the base identity is refused.
type Identity func(ctx context.Context) (aws.Config, error)

// The bounds of what a run spends on the list: how long all attempts to read the regions of
// one service may take together, how often one service is tried, and how many failures
// there are before the list counts as unreadable.
const (
	patience    = 15 * time.Second
	tries       = 2
	maxFailures = 3
)

// List is AWS's list of services by region, as far as a run has read it. It is safe for
// concurrent use.
type List struct {
	base   aws.Config
	places []string // the regions to ask in, the likeliest first
	flight singleflight.Group

	mu       sync.Mutex
	regions  map[string][]string // by service, as listed
	failed   map[string]failure  // by service
	failures int                 // of all services
}

type failure struct {
	times int
	err   error
}

// New returns the list of one run, which asks as the base identity first. It makes no call.
func New(base aws.Config) *List {
	return &List{base: answer.Guarded(base), places: placesFor(base.Region), regions: map[string][]string{}, failed: map[string]failure{}}
}

// serving are the regions that publish the list, for all commercial regions:
// https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-public-parameters-global-infrastructure.html
var serving = []string{
	"us-east-1", "us-east-2", "us-west-1", "us-west-2", "ap-east-1", "ap-south-1", "ap-northeast-1", "ap-northeast-2",
	"ap-southeast-1", "ap-southeast-2", "ca-central-1", "eu-central-1", "eu-west-1", "eu-west-2", "eu-west-3", "eu-north-1",
	"sa-east-1",
}

const commercial = "aws"

// placesFor returns the regions to ask in. For other partitions than the commercial one
// nothing is documented; the home region itself may answer there.
func placesFor(home string) []string {
	partition := account.PartitionOfRegion(home)
	main := account.MainRegion(partition)
	switch {
	case partition != commercial && home != "":
		return []string{home}
	case home != main && slices.Contains(serving, home):
		return []string{home, main}
	default:
		return []string{main}
	}
}

// Offers returns whether AWS offers a service, by its name in the list, in a region. The
// error is an *awserr.Error, which says why the answer is Unknown and what a person can do
// about it. As may be nil if there is no other identity.
func (l *List) Offers(ctx context.Context, service, region string, as Identity) (Answer, error) {
	if service == "" || region == "" {
		return Unknown, unknown(errors.New("the list has only regional services"))
	}
	regions, err := l.regionsOf(ctx, service, as)
	switch {
	case err != nil:
		return Unknown, err
	case slices.Contains(regions, region):
		return Offered, nil
	case !slices.ContainsFunc(regions, func(r string) bool { return samePartition(r, region) }):
		return Unknown, unknown(fmt.Errorf("the list names no region of the partition of %s for %s", region, service))
	default:
		return NotOffered, nil
	}
}

// Suspect reports whether a call may have failed because AWS does not offer the service in
// the region: nothing answered at its endpoint, or what answered does not know the
// operation. That an account is not subscribed is a different error.
func Suspect(err error) bool {
	switch awserr.ClassOf(err) {
	case awserr.Unreachable, awserr.Timeout, awserr.Unsupported:
		return true
	default:
		return false
	}
}

func samePartition(a, b string) bool {
	return account.PartitionOfRegion(a) == account.PartitionOfRegion(b)
}

// regionsOf returns the regions of a service, and asks for them if the run has not done so.
func (l *List) regionsOf(ctx context.Context, service string, as Identity) ([]string, error) {
	if regions, err, done := l.known(service); done {
		return regions, err
	}
	result, err, _ := l.flight.Do(service, func() (any, error) {
		if regions, err, done := l.known(service); done {
			return regions, err
		}
		asking, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		regions, err := l.ask(asking, service, as)
		if err != nil && ctx.Err() != nil {
			return nil, err // which says nothing about the list
		}
		l.keep(service, regions, err)
		return regions, err
	})
	regions, _ := result.([]string)
	return regions, err
}

// known returns what the run has learned about a service, and whether that is final.
func (l *List) known(service string) (regions []string, err error, final bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if regions, read := l.regions[service]; read {
		return regions, nil, true
	}
	before := l.failed[service]
	if before.times >= tries || l.failures >= maxFailures && before.times > 0 {
		return nil, before.err, true
	}
	if l.failures >= maxFailures {
		return nil, unknown(errors.New("the list could not be read for other services")), true
	}
	return nil, nil, false
}

func (l *List) keep(service string, regions []string, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err == nil {
		l.regions[service] = regions
		return
	}
	l.failed[service] = failure{l.failed[service].times + 1, err}
	if !errors.Is(err, errOdd) { // the list is there, and odd for this service
		l.failures++
	}
}

// ask reads the regions of a service as the base identity, and if that is refused as the
// other one. It returns the base identity's error if neither succeeds.
func (l *List) ask(ctx context.Context, service string, as Identity) ([]string, error) {
	regions, first := l.askIn(ctx, l.base, service)
	if first == nil || as == nil || !refusal(first) {
		return regions, first
	}
	other, err := as(ctx)
	if err != nil {
		return nil, first
	}
	if regions, err = l.askIn(ctx, other, service); err == nil {
		return regions, nil
	}
	return nil, first
}

// askIn asks in one place after the other, until one answers. It returns the first error,
// because the first place is the one that should have answered.
func (l *List) askIn(ctx context.Context, config aws.Config, service string) ([]string, error) {
	var first error
	for _, place := range l.places {
		config = config.Copy()
		config.Region = place
		regions, err := read(ctx, config, service)
		if err == nil {
			return regions, nil
		}
		if first == nil {
			first = err
		}
	}
	return nil, first
}

func refusal(err error) bool {
	class := awserr.ClassOf(err)
	return class == awserr.Denied || class == awserr.Closed
}
