package awserr

import (
	"fmt"
	"strings"
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

// excerptLength is how many bytes of an answer an error shows.
const excerptLength = 80

// Excerpt makes an excerpt of an answer: its beginning, without what could act upon
// a terminal or a log.
func Excerpt(body []byte) string {
	text := strings.ToValidUTF8(string(body[:min(len(body), 2*excerptLength)]), "\uFFFD")
	clean := strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 || r == 0x2028 || r == 0x2029 || r >= 0x200b && r <= 0x200f || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0xfeff {
			return ' '
		}
		return r
	}, text)
	clean = strings.Join(strings.Fields(clean), " ")
	if runes := []rune(clean); len(runes) > excerptLength {
		clean = string(runes[:excerptLength]) + "…"
	}
	return clean
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
