package portsim

import (
	"net/http"
	"strconv"
	"time"
)

// Family is a group of routes that share one rate limit.
type Family string

// The families of routes for which Port documents a limit of its own.
const (
	Entities        Family = "entities"        // deletes and the listing by datasource
	BulkUpsert      Family = "bulk"            // bulk upsert
	SingleUpsert    Family = "single"          // upsert of one entity
	Search          Family = "search"          // entities/search
	Blueprints      Family = "blueprints"      // everything about blueprints
	Other           Family = "other"           // integration, organization and the rest
	Unauthenticated Family = "unauthenticated" // the token
)

// Limit allows Calls requests in each Window, which starts with the first
// request and ends Window later.
type Limit struct {
	Calls  int
	Window time.Duration
}

// DocumentedLimits are the limits that Port publishes, for one organization.
func DocumentedLimits() map[Family]Limit {
	const window = 5 * time.Minute
	return map[Family]Limit{
		Entities:        {35_000, window},
		BulkUpsert:      {35_000, window},
		Search:          {35_000, window},
		SingleUpsert:    {10_000, window},
		Blueprints:      {15_000, window},
		Other:           {15_000, window},
		Unauthenticated: {100, window},
	}
}

type window struct {
	start time.Time
	used  int
}

type limiter struct {
	limits  map[Family]Limit
	windows map[Family]window
}

// limit returns a family's limit and whether it is enforced.
func (l *limiter) limit(f Family) (Limit, bool) {
	if limit, ok := l.limits[f]; ok {
		return limit, true
	}
	return DocumentedLimits()[f], false
}

// current is the family's window at the time, a fresh one when the last ended.
func (l *limiter) current(f Family, now time.Time) (w window, limit Limit, enforced bool) {
	limit, enforced = l.limit(f)
	w = l.windows[f]
	if w.start.IsZero() || !now.Before(w.start.Add(limit.Window)) {
		w = window{start: now}
	}
	return w, limit, enforced
}

// take counts a request, or refuses it when the window is used up.
func (l *limiter) take(f Family, now time.Time) *refusal {
	w, limit, enforced := l.current(f, now)
	if enforced && w.used >= limit.Calls {
		return refuse(http.StatusTooManyRequests, "rate_limit_exceeded",
			"over %d requests in %s for %s", limit.Calls, limit.Window, f)
	}
	w.used++
	l.windows[f] = w
	return nil
}

// head writes the headers of the rate limit. A family without an enforced limit
// never runs low, so that clients do not slow down for a limit that does not exist.
func (l *limiter) head(h http.Header, f Family, now time.Time) {
	w, limit, enforced := l.current(f, now)
	remaining := limit.Calls
	if enforced {
		remaining = max(0, limit.Calls-w.used)
	}
	reset := w.start.Add(limit.Window)
	if reset.Nanosecond() > 0 {
		reset = reset.Add(time.Second)
	}
	h.Set("x-ratelimit-limit", strconv.Itoa(limit.Calls))
	h.Set("x-ratelimit-period", strconv.Itoa(int(limit.Window/time.Second)))
	h.Set("x-ratelimit-remaining", strconv.Itoa(remaining))
	h.Set("x-ratelimit-reset", strconv.FormatInt(reset.Unix(), 10))
}
