package port

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	maxRetries      = 10
	maxRetriesOf500 = 2 // after 500, or an answer that says nothing: both seldom pass by themselves
	firstWait       = 300 * time.Millisecond
	longestWait     = 300 * time.Second // that Port may ask for
	longestOwnWait  = 20 * time.Second
	// Above this a number in a header is a time, below it is a count of seconds.
	epochFrom = 10_000
)

var errDeadline = context.DeadlineExceeded

// do sends a call with a token until it is answered or given up.
func (c *connection) do(ctx context.Context, cl call) (answer, error) {
	return c.send(ctx, cl, c.tokens.get)
}

// send is the loop of attempts. The authorize function returns the Authorization header for each.
func (c *connection) send(ctx context.Context, cl call, authorize func(context.Context) (string, error)) (answer, error) {
	if err := cl.check(); err != nil {
		return answer{}, err
	}
	body, err := cl.encode()
	if err != nil {
		return answer{}, &Error{Op: cl.op(), Message: "the request has no JSON form", Err: err}
	}
	c.stats.called(cl.family)
	replayed := false
	var spent time.Duration // in attempts, and in waits for which Port did not ask
	for attempt := 1; ; attempt++ {
		authorization, err := authorize(ctx)
		if err != nil {
			return answer{}, err
		}
		if err := c.wait(ctx, cl, c.pace.reserve(cl.family, time.Now()), nil); err != nil {
			return answer{}, err
		}
		began := time.Now()
		a, failure := c.exchange(ctx, cl, body, authorization, left(c.patience-spent), left(patience-spent))
		spent += time.Since(began)
		c.logCall(ctx, cl, attempt, a.status, time.Since(began))
		if failure == nil {
			return a, nil
		}
		failure.Attempts = attempt
		if ctx.Err() != nil {
			return a, &Error{Op: cl.op(), Attempts: attempt, Err: context.Cause(ctx)}
		}
		c.stats.failed(cl.family, failure.StatusCode)
		if failure.StatusCode == http.StatusUnauthorized && authorization != "" {
			if replayed {
				failure.Fix = "Port does not accept the token that it returned for these credentials; check what they are allowed to do"
				return a, failure
			}
			replayed = true
			c.tokens.drop(ctx, authorization)
		} else if err := c.backOff(ctx, cl, attempt, failure, &spent); err != nil {
			return a, err
		}
		c.stats.retried(cl.family)
	}
}

// left is how long an attempt may take when a call has that much time left. An attempt that Port asked
// for always gets some.
func left(d time.Duration) time.Duration { return min(attemptTime, max(d, leastTime)) }

// logCall logs an attempt. Calls that carry the log are left out: each would make
// another.
func (c *connection) logCall(ctx context.Context, cl call, attempt, status int, took time.Duration) {
	if cl.family == FamilyLogs {
		return
	}
	c.log.LogAttrs(ctx, slog.LevelDebug, "Port call", slog.String("call", cl.op()), slog.Int("attempt", attempt),
		slog.Int("status", status), slog.Int64("ms", took.Milliseconds()))
}

// backOff waits before the next attempt, or returns the error that ends the call. A call ends with the
// client's patience, unless Port itself asks for a pause. After one call was given up without an
// answer, every other is tried only once, until Port answers again.
func (c *connection) backOff(ctx context.Context, cl call, attempt int, failure *Error, spent *time.Duration) error {
	if cl.lossy {
		return failure
	}
	d := pause(attempt, failure.advice)
	asked := failure.advice > 0
	failure.gaveUp = !asked && *spent+d >= c.patience
	unanswered := failure.StatusCode == 0 || failure.StatusCode > http.StatusNotImplemented
	if !failure.passing(attempt) || failure.gaveUp || !asked && unanswered && c.down.Load() {
		if unanswered && !failure.unusable {
			c.down.Store(true)
		}
		return failure
	}
	if failure.StatusCode == http.StatusTooManyRequests {
		c.pace.hold(cl.family, time.Now().Add(failure.advice))
	}
	if cl.family != FamilyLogs {
		c.log.LogAttrs(ctx, slog.LevelWarn, "Port call is sent again", slog.String("call", cl.op()), slog.Int("attempt", attempt),
			slog.String("cause", c.cause(failure)), slog.Duration("wait", d.Round(time.Millisecond)), slog.String("trace", failure.TraceID))
	}
	if !asked {
		*spent += d
	}
	return c.wait(ctx, cl, d, failure)
}

// cause says in a line why an attempt failed.
func (c *connection) cause(failure *Error) string {
	var parts []string
	if failure.StatusCode != 0 {
		parts = append(parts, strings.TrimSpace(strconv.Itoa(failure.StatusCode)+" "+failure.Code))
	}
	if failure.Message != "" {
		parts = append(parts, failure.Message)
	}
	if failure.Err != nil {
		parts = append(parts, failure.Err.Error())
	}
	return c.show(strings.Join(parts, ": "), maxMessage)
}

// passing says whether another attempt makes sense after a failure.
func (e *Error) passing(attempt int) bool {
	if e.unusable {
		return attempt <= maxRetriesOf500
	}
	switch e.StatusCode {
	case 0, http.StatusRequestTimeout, http.StatusTooManyRequests,
		http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return attempt <= maxRetries && !e.tooBig
	case http.StatusInternalServerError:
		return attempt <= maxRetriesOf500
	}
	return false
}

// pause is how long to wait after an attempt: full jitter below a ceiling that
// doubles, or what Port asks for and a little more, so that not all come back at
// the same moment.
func pause(attempt int, advice time.Duration) time.Duration {
	ceiling := min(firstWait<<min(attempt-1, 20), longestOwnWait)
	if advice > 0 {
		return min(advice+rand.N(min(ceiling, time.Second)), longestWait)
	}
	return rand.N(ceiling)
}

// wait lets time pass. It returns at once, with a *WaitError, if the context ends
// before the wait would.
func (c *connection) wait(ctx context.Context, cl call, d time.Duration, cause *Error) error {
	if d <= 0 {
		return nil
	}
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) <= d {
		e := &WaitError{Op: cl.op(), Wait: d, Left: time.Until(deadline)}
		if cause != nil {
			e.Err = cause
		}
		return e
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return &Error{Op: cl.op(), Err: context.Cause(ctx)}
	}
}

// advised is how long Port asks to wait: Retry-After, or the end of the window of
// the rate limit if that is what refused the call.
func advised(status int, h http.Header, now time.Time) time.Duration {
	if d, ok := parseDelay(h.Get("Retry-After"), now); ok {
		return d
	}
	if status != http.StatusTooManyRequests && h.Get("x-ratelimit-remaining") != "0" {
		return 0
	}
	d, _ := parseDelay(h.Get("x-ratelimit-reset"), now)
	return d
}

// parseDelay reads seconds, seconds since 1970 (numbers above 10,000), an HTTP
// date or an ISO 8601 time. A time in the past is 0, one far ahead is five minutes.
func parseDelay(text string, now time.Time) (time.Duration, bool) {
	text = strings.TrimSpace(text)
	if text == "" {
		return 0, false
	}
	if seconds, err := strconv.ParseInt(text, 10, 64); err == nil || errors.Is(err, strconv.ErrRange) {
		if seconds > epochFrom {
			return within(time.Unix(min(seconds, 1<<40), 0).Sub(now)), true
		}
		return within(time.Duration(max(seconds, 0)) * time.Second), true
	}
	if at, err := http.ParseTime(text); err == nil {
		return within(at.Sub(now)), true
	}
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return within(at.Sub(now)), true
	}
	return 0, false
}

func within(d time.Duration) time.Duration { return min(max(d, 0), longestWait) }
