// Package awserr decides what kind of failure an error is, once, at the edge
// where AWS or Port answered, so that the rest of the program can act on a
// class and never on a message.
//
// A class decides what becomes of the cell in which the error happened: how it
// is reported, how to fix it, and that none of its entities may be deleted. The
// package reads only what an error says of itself (its code, its HTTP status,
// the network failure underneath). It never retries, never logs, and imports
// neither an AWS client nor net/http: an error of the SDK is recognised by its
// methods.
package awserr

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"

	"portolan/internal/diag"
	"portolan/internal/plain"
)

// Class is what kind of failure an error is. Its text is what reports show.
type Class string

// The classes of failure. None is the class of a nil error.
const (
	None           Class = ""
	Denied         Class = "denied"          // a permission is missing, or a policy denies it that the operator can change
	Closed         Class = "closed"          // a policy denies it that no statement in the reading role can lift
	Throttled      Class = "throttled"       // too many calls, after all retries
	Unsupported    Class = "unsupported"     // the endpoint answers and does not know the operation
	AccountState   Class = "account-state"   // the account is not subscribed, or is suspended or not verified
	RegionDisabled Class = "region-disabled" // the account has not enabled the region
	ClockSkewed    Class = "clock"           // the clock here is too far from AWS's
	NotFound       Class = "not-found"       // AWS says that the resource or configuration does not exist
	Expired        Class = "expired"         // the credentials ended or are not valid
	Timeout        Class = "timeout"         // no answer in time, or the run ended
	Unreachable    Class = "unreachable"     // the network path failed
	Failed         Class = "failed"          // anything else
)

// Error is a failure with what was being done and how it can be fixed.
// Op is the operation as IAM names it, "sqs:ListQueues". Fix is a sentence for
// the person who reads the report; it may be empty. Code names the diagnostic where that
// is more than the class; else it is empty.
type Error struct {
	Op    string
	Class Class
	Code  diag.Code
	Fix   string
	Err   error
}

// Error says the operation and the cause.
func (e *Error) Error() string {
	if e.Op == "" {
		return e.Err.Error()
	}
	return fmt.Sprintf("%s: %v", e.Op, e.Err)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// New wraps err with the operation that met it and its class.
// A nil err gives nil, and an *Error that is already inside err is kept as it is.
func New(op string, err error) error {
	if err == nil {
		return nil
	}
	var known *Error
	if errors.As(err, &known) {
		return err
	}
	return &Error{Op: op, Class: ClassOf(err), Err: err}
}

// ClassOf says what kind of failure err is: the class that an *Error inside it
// carries, else what the codes, the status and the network failure inside it
// mean, else Failed.
func ClassOf(err error) Class {
	if err == nil {
		return None
	}
	var known *Error
	if errors.As(err, &known) {
		return known.Class
	}
	var unanswered *Unanswered
	if errors.As(err, &unanswered) {
		return unanswered.Class
	}
	if class := ofCode(err); class != None {
		return class
	}
	if class := ofNetwork(err); class != None {
		return class
	}
	class := ofStatus(err)
	if answered(err) && class != Throttled {
		return Failed
	}
	return class
}

// answered says whether AWS answered with a code of its own.
func answered(err error) bool {
	var api interface {
		ErrorCode() string
		ErrorMessage() string
	}
	return errors.As(err, &api) && api.ErrorCode() != "" && !fabricated(api.ErrorCode(), api.ErrorMessage())
}

// IsNotFound says whether err means that what was asked for does not exist.
func IsNotFound(err error) bool { return ClassOf(err) == NotFound }

// Code returns the error code that the service answered, or "".
func Code(err error) string {
	var api interface{ ErrorCode() string }
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return ""
}

// Message is what err says for a person: the code and message that the service
// answered or what came in its place, without the request that was made, or the whole
// error where nothing answered.
func Message(err error) string {
	var unanswered *Unanswered
	if errors.As(err, &unanswered) {
		return unanswered.Error()
	}
	var api interface {
		ErrorCode() string
		ErrorMessage() string
	}
	if errors.As(err, &api) {
		return plain.Line(api.ErrorCode()+": "+api.ErrorMessage(), messageLength)
	}
	return plain.Lines(err.Error(), messageLength, "")
}

func ofCode(err error) Class {
	if !answered(err) {
		return None
	}
	class := ofName(Code(err))
	switch {
	case class == Denied && PolicyOf(err).Closes():
		return Closed
	case class == Expired && untimely(err):
		return ClockSkewed
	}
	return class
}

// untimely knows the words in which the services that have no code for it say that
// the time of a signature is not theirs: "Signature expired: 20261130T… is now
// earlier than …", "Signature not yet current: … is still later than …".
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html
func untimely(err error) bool {
	var api interface{ ErrorMessage() string }
	if !errors.As(err, &api) {
		return false
	}
	message := strings.ToLower(api.ErrorMessage())
	return strings.Contains(message, "signature expired") || strings.Contains(message, "signature not yet current")
}

func ofNetwork(err error) Class {
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) || errors.Is(err, os.ErrDeadlineExceeded) {
		return Timeout
	}
	var dns *net.DNSError
	if errors.As(err, &dns) {
		return Unreachable
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return Unreachable
	}
	var network net.Error
	if errors.As(err, &network) {
		if network.Timeout() {
			return Timeout
		}
		return Unreachable
	}
	return None
}

// ofStatus takes a status for what it says of the way to AWS. It is not AWS that
// answers without a code: a 404 says nothing of a resource and a 403 nothing of a
// permission.
func ofStatus(err error) Class {
	var answered interface{ HTTPStatusCode() int }
	if !errors.As(err, &answered) {
		return Failed
	}
	return OfStatus(answered.HTTPStatusCode())
}

// OfStatus returns the class of an HTTP status that came without an error of AWS.
func OfStatus(status int) Class {
	switch status {
	case 408, 504:
		return Timeout
	case 407, 502, 503:
		return Unreachable
	case 429:
		return Throttled
	default:
		return Failed
	}
}
