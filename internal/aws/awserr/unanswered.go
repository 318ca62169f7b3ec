package awserr

import (
	"fmt"
	"strings"

	"portolan/internal/plain"
)

// Unanswered is the error of a call to which AWS has not answered, or not in full:
// something on the way answered in its place, the answer is broken, or none came in
// time. It says nothing about what was asked for.
type Unanswered struct {
	Class Class
	// Status is the HTTP status of what came, 0 if nothing did.
	Status int
	// Why is what is wrong with it, the rest of the sentence "the answer …".
	Why string
	// Excerpt is how the answer begins, cleaned.
	Excerpt string
	// Again says that the call may be made again.
	Again bool
}

// excerptLength is how many characters of an answer an error shows, and messageLength of a
// message of AWS.
const (
	excerptLength = 80
	messageLength = 2000
)

// Excerpt makes an excerpt of an answer: its beginning, on one line.
func Excerpt(body []byte) string {
	start := string(body[:min(len(body), 8*excerptLength)])
	return plain.Line(strings.Join(strings.Fields(start), " "), excerptLength)
}

// Error says what is wrong, the status and how the answer begins.
func (e *Unanswered) Error() string {
	text := e.Why
	if e.Status != 0 {
		text += fmt.Sprintf(" (status %d", e.Status)
		if e.Excerpt != "" {
			text += fmt.Sprintf(", %q", e.Excerpt)
		}
		text += ")"
	}
	return text
}

// RetryableError tells the SDK's retryer whether the call may be made again.
func (e *Unanswered) RetryableError() bool { return e.Again }

// Fix is what a person can do about it.
func (e *Unanswered) Fix() string {
	if e.Class == Timeout || e.Class == Unreachable && e.Status < 300 {
		return networkFix
	}
	return "look for a proxy or gateway between here and AWS"
}
