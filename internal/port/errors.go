package port

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"portolan/internal/plain"
)

// maxMessage bounds what an error shows of Port's own words, in characters.
const maxMessage = 500

// Error is a call that Port refused, or that never reached it.
type Error struct {
	Op         string // method and route, "POST /blueprints/{blueprint}/entities/bulk"
	StatusCode int    // 0 if there was no answer
	Code       string // Port's word for it, "not_found"
	Message    string // Port's sentence, shortened and masked
	TraceID    string // names the request to Port's support
	Fix        string // what a person can do about it
	Attempts   int    // how often the call was sent
	Err        error  // the failure underneath, if there was no answer

	advice time.Duration // how long Port asks to wait
	tooBig bool          // the answer is larger than what is read of one
	// The answer is a success that does not say what was asked.
	unusable bool
	gaveUp   bool // no attempt was answered as long as the client has patience
}

// Error says the operation, what Port answered, and how to fix it.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("Port: " + e.Op)
	if e.StatusCode != 0 {
		fmt.Fprintf(&b, ": %d", e.StatusCode)
	}
	if e.Code != "" {
		b.WriteString(" " + e.Code)
	}
	if e.Message != "" {
		b.WriteString(": " + e.Message)
	}
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	if e.Attempts > 1 {
		b.WriteString(" (" + plain.Count(e.Attempts, "attempt", "attempts") + ")")
	}
	if e.TraceID != "" {
		b.WriteString(" [trace " + e.TraceID + "]")
	}
	if e.Fix != "" {
		b.WriteString(": " + e.Fix)
	}
	return b.String()
}

// Unwrap returns the failure underneath.
func (e *Error) Unwrap() error { return e.Err }

// HTTPStatusCode returns the status that Port answered, 0 if it did not.
func (e *Error) HTTPStatusCode() int { return e.StatusCode }

// NotFound says whether err means that Port does not have what was asked for.
func NotFound(err error) bool {
	var credentials *CredentialsError // where the token call is not found, nothing can be
	return statusOf(err) == http.StatusNotFound && !errors.As(err, &credentials)
}

func statusOf(err error) int {
	var e *Error
	if errors.As(err, &e) {
		return e.StatusCode
	}
	return 0
}

// WaitError says that a call was given up because it would have had to wait
// longer than its context lasts. It counts as context.DeadlineExceeded.
type WaitError struct {
	Op   string
	Wait time.Duration // what Port asks for, or the pace demands
	Left time.Duration // until the context's deadline
	Err  error         // what made the wait necessary; nil if it is the pace
}

// Error says how long the wait would have been, and why.
func (e *WaitError) Error() string {
	s := fmt.Sprintf("Port: %s has to wait %s, but the run has only %s left", e.Op, e.Wait.Round(time.Millisecond), e.Left.Round(time.Millisecond))
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap returns the failure that made the wait necessary.
func (e *WaitError) Unwrap() error { return e.Err }

// Is makes a WaitError count as context.DeadlineExceeded.
func (*WaitError) Is(target error) bool { return target == errDeadline }

// refusal reads an answer that is not a success. Of its body only Port's own
// error fields are used.
func (c *connection) refusal(cl call, a answer, h http.Header, now time.Time) *Error {
	e := &Error{Op: cl.op(), StatusCode: a.status, TraceID: a.trace}
	var said struct {
		Error   any `json:"error"`
		Message any `json:"message"`
	}
	if json.Unmarshal(a.body, &said) == nil {
		e.Code, _ = said.Error.(string)
		e.Message, _ = said.Message.(string)
	}
	e.Code = c.show(e.Code, 100)
	e.Message = c.show(e.Message, maxMessage)
	if a.status < 400 {
		e.Message = "the answer is a redirect"
		e.Fix = "check OCEAN__PORT__BASE_URL: Port's API does not redirect"
	}
	e.advice = advised(a.status, h, now)
	return e
}

// show makes text from outside fit for an error: masked, bounded, one line.
func (c *connection) show(text string, limit int) string {
	return plain.Line(c.mask.Load().Text(cut(text, 8*limit)), limit)
}

// cut returns at most limit bytes of text, whole characters.
func cut(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	return strings.ToValidUTF8(text[:limit], "")
}
