package awssim

import (
	"maps"
	"slices"
	"sync"
	"time"
)

// Limit is a token bucket that each account has in each region for an operation,
// or for all operations that match together.
type Limit struct {
	// Service is the signing name; Operation may hold * and ?.
	Service, Operation string
	// Rate is the refill in calls a second, Burst the size of the bucket.
	Rate  float64
	Burst int
}

// DocumentedLimits returns the limits that AWS documents for new accounts: the pages of
// EC2, ECS, Lambda, KMS, SES and SNS on throttling and quotas, the Organizations and STS
// quota pages, and DynamoDB's API reference. Services without a documented figure have no
// limit here, but for Cloud Control, whose limits others have seen. Only the first limit that matches an operation counts.
func DocumentedLimits() []Limit {
	var limits []Limit
	for _, name := range slices.Sorted(maps.Keys(services)) {
		for _, limit := range services[name].limits {
			limit.Service = name
			limits = append(limits, limit)
		}
	}
	return limits
}

// meter holds the buckets of all limits.
type meter struct {
	mu      sync.Mutex
	limits  []Limit
	buckets map[bucketKey]bucket
}

type bucketKey struct {
	limit           int
	account, region string
}

type bucket struct {
	tokens float64
	at     time.Time
}

// SetLimits replaces all limits and fills their buckets.
func (s *Server) SetLimits(limits ...Limit) {
	s.meter.mu.Lock()
	defer s.meter.mu.Unlock()
	s.meter.limits = limits
	s.meter.buckets = map[bucketKey]bucket{}
}

// admits takes a token for a call from the first limit that matches it, and says
// whether there was one.
func (m *meter) admits(c *call) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i := range m.limits {
		limit := &m.limits[i]
		if limit.Service != c.service.name || !matches(limit.Operation, c.operation.name) {
			continue
		}
		key := bucketKey{i, c.caller.account, c.signature.region}
		held, known := m.buckets[key]
		if !known {
			held = bucket{float64(limit.Burst), c.now}
		}
		held.tokens = min(held.tokens+c.now.Sub(held.at).Seconds()*limit.Rate, float64(limit.Burst))
		held.at = c.now
		enough := held.tokens >= 1
		if enough {
			held.tokens--
		}
		m.buckets[key] = held
		return enough
	}
	return true
}

// Latency is the time that calls take.
type Latency struct {
	// Base is the minimum, and Jitter the most that is added to it.
	Base, Jitter time.Duration
}

// of is the latency of a call. It depends on the seed and on what is asked, so
// that it is the same in each run whatever the order of the calls.
func (l Latency) of(seed uint64, c *call) time.Duration {
	if l.Jitter <= 0 {
		return l.Base
	}
	d := dieOf(c.caller.account, c.signature.region, c.service.name, c.operation.name, c.request.URL.RawQuery, string(c.body))
	*d ^= die(seed)
	return l.Base + time.Duration(d.next()%uint64(l.Jitter))
}
