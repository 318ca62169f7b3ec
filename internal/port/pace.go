package port

import (
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// lowWater is the share of a rate limit below which calls are spread over what is
// left of its window. The organization shares the limit with everything else that
// it runs.
const lowWater = 0.1

// pace slows calls down near a rate limit, so that Port rarely has to refuse one. Each family of routes has a limit of its own.
type pace struct {
	mu      sync.Mutex
	windows map[string]*window
	sharers int // processes that call Port for the same run, including this one
}

// window is what Port last said about a limit, minus what was sent since.
type window struct {
	limit, remaining int
	reset            time.Time
	next             time.Time // nothing is sent before this
}

func newPace() *pace { return &pace{windows: make(map[string]*window), sharers: 1} }

// share says how many processes call Port at a time for the same run.
func (p *pace) share(sharers int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sharers = max(1, sharers)
}

// reserve takes a place in the family's window and says how long to wait for it.
func (p *pace) reserve(family string, now time.Time) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	w := p.windows[family]
	if w == nil {
		return 0
	}
	if left := w.reset.Sub(now); left > 0 {
		w.remaining -= p.sharers // what Port says next corrects it
		switch {
		case w.remaining < 0:
			return within(left + rand.N(time.Second)) // not all at once
		case float64(w.remaining) < lowWater*float64(w.limit):
			start := now
			if w.next.After(now) {
				start = w.next
			}
			w.next = start.Add(w.reset.Sub(start) * time.Duration(p.sharers) / time.Duration(w.remaining+1+p.sharers))
			return within(w.next.Sub(now))
		}
	}
	return within(w.next.Sub(now))
}

// learn takes in the limit's headers. Answers overtake each other: within a window
// the smaller number of remaining calls is the later one.
func (p *pace) learn(family string, h http.Header, now time.Time) {
	limit, err := strconv.Atoi(h.Get("x-ratelimit-limit"))
	if err != nil || limit <= 0 {
		return
	}
	remaining, err := strconv.Atoi(h.Get("x-ratelimit-remaining"))
	if err != nil {
		return
	}
	left, ok := parseDelay(h.Get("x-ratelimit-reset"), now)
	if !ok {
		return
	}
	reset := now.Add(left + time.Second) // the header has whole seconds
	p.mu.Lock()
	defer p.mu.Unlock()
	w := p.windows[family]
	switch {
	case w == nil:
		p.windows[family] = &window{limit: limit, remaining: remaining, reset: reset}
	case reset.Sub(w.reset).Abs() <= 2*time.Second && now.Before(w.reset):
		w.limit, w.remaining = limit, min(w.remaining, remaining)
	case reset.After(w.reset):
		w.limit, w.remaining, w.reset = limit, remaining, reset
	}
}

// hold keeps the family's calls back until a time, after one of them was refused.
func (p *pace) hold(family string, until time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	w := p.windows[family]
	if w == nil {
		w = &window{}
		p.windows[family] = w
	}
	if until.After(w.next) {
		w.next = until
	}
}
