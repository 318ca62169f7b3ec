package call

import (
	"context"
	"math"
	"sync"
	"time"
)

// A bucket whose calls AWS throttles falls to a part of its pace, at the least to a part of
// its rate, and regains a part of its pace each second. So it finds a lower rate within
// seconds, and then tries a higher one rarely: each try ends with a throttle.
const (
	slowTo   = 0.75
	slowest  = 0.05
	regained = 0.02
)

// bucket holds the tokens of calls that share a rate. Calls take them in the order in which
// they came.
type bucket struct {
	rate, burst float64       // tokens a second, and at a time, as long as AWS does not throttle
	turn        chan struct{} // held by whoever takes the next token

	mu      sync.Mutex
	pace    float64 // tokens a second
	tokens  float64
	at      time.Time // of the tokens and the pace
	slowed  time.Time // when the pace fell last
	waiting int
}

func newBucket(rate float64, burst int) *bucket {
	return &bucket{
		rate: rate, burst: float64(burst), turn: make(chan struct{}, 1),
		pace: rate, tokens: float64(burst), at: time.Now(),
	}
}

// wait takes a token. It returns false if the context ends before there is one.
func (b *bucket) wait(ctx context.Context) bool {
	defer b.leave()
	if deadline, ok := ctx.Deadline(); b.enter() > time.Until(deadline) && ok {
		return false
	}
	select {
	case b.turn <- struct{}{}:
		defer func() { <-b.turn }()
	case <-ctx.Done():
		return false
	}
	for {
		missing := b.take()
		if missing <= 0 {
			return true
		}
		timer := time.NewTimer(missing)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return false
		}
	}
}

// enter counts a call among those that wait, and returns how long it will wait.
func (b *bucket) enter() time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.waiting++
	return b.until(float64(b.waiting))
}

func (b *bucket) leave() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.waiting--
}

// take takes a token, or returns how long it takes until there is one.
func (b *bucket) take() time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	missing := b.until(1)
	if missing <= 0 {
		b.tokens--
	}
	return missing
}

// until returns how long it takes until there are so many tokens at the present pace.
func (b *bucket) until(tokens float64) time.Duration {
	now := time.Now()
	passed := now.Sub(b.at).Seconds()
	b.pace = min(b.pace*math.Exp(passed*regained), b.rate)
	b.tokens = min(b.tokens+passed*b.pace, b.burst)
	b.at = now
	// A rounded duration may miss a token by a nanosecond.
	const enough = 1e-6
	return time.Duration(math.Ceil(max(tokens-b.tokens-enough, 0) / b.pace * float64(time.Second)))
}

// throttled hears that AWS throttled a call that was sent at a time. Calls that were sent
// before the pace fell say nothing about the present pace.
func (b *bucket) throttled(sent time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.until(0)
	b.tokens = min(b.tokens, 0) // so has AWS's bucket
	if sent.Before(b.slowed) {
		return
	}
	b.pace = max(b.pace*slowTo, b.rate*slowest)
	b.slowed = b.at
}
