package awssim

import (
	"fmt"
	"slices"
	"strings"
)

// refusal is an error that a service answers with.
type refusal struct {
	status  int
	code    string
	message string
	// queryCode is the code of the older query protocol, which SQS still sends
	// along in a header.
	queryCode string
	// extra are further members of the error's body.
	extra object
	// region is sent in S3's header of a bucket's region.
	region string
}

func (r *refusal) Error() string { return r.code + ": " + r.message }

// saying is the refusal with a message of its own.
func (r refusal) saying(format string, args ...any) *refusal {
	r.message = fmt.Sprintf(format, args...)
	return &r
}

func (r refusal) plain() *refusal { return &r }

func refuse(status int, code, message string) refusal {
	return refusal{status: status, code: code, message: message}
}

// about is the refusal with {id} and {account} replaced by what was asked for and by the
// caller's account.
func (r refusal) about(c *call, id string) *refusal {
	fill := strings.NewReplacer("{id}", id, "{account}", c.caller.account)
	r.message = fill.Replace(r.message)
	r.extra = slices.Clone(r.extra)
	for i, m := range r.extra {
		if text, ok := m.value.(string); ok {
			r.extra[i].value = fill.Replace(text)
		}
	}
	return &r
}

// with is the refusal with further members.
func (r refusal) with(extra object) refusal {
	r.extra = extra
	return r
}

// dialect is how a service words the refusals that every service has. The codes
// are those of each service's list of common errors.
type dialect struct {
	missingKey, unknownKey, badSignature, skewed, expired refusal
	denied, throttled, failed, unavailable                refusal
	unknownOperation, badParameter                        refusal
	// These are badParameter if they have no code. The message of badSize is a format
	// for the size, the minimum and the maximum.
	badToken, badSize, unknownMember refusal
	// skew is how far a request's time may be off, in minutes.
	skew int
}

// with is the dialect with some changes.
func (d dialect) with(change func(*dialect)) dialect {
	change(&d)
	return d
}

func (d *dialect) tokenRefused() *refusal {
	if d.badToken.code == "" {
		return d.badParameter.saying("The token is not valid.")
	}
	return d.badToken.plain()
}

var queryDialect = dialect{
	missingKey:       refuse(403, "MissingAuthenticationToken", "Request is missing Authentication Token"),
	unknownKey:       refuse(403, "InvalidClientTokenId", "The security token included in the request is invalid."),
	badSignature:     refuse(403, "SignatureDoesNotMatch", signatureMessage),
	skewed:           refuse(403, "SignatureDoesNotMatch", ""),
	expired:          refuse(403, "ExpiredToken", "The security token included in the request is expired"),
	denied:           refuse(403, "AccessDenied", ""),
	throttled:        refuse(400, "Throttling", "Rate exceeded"),
	failed:           refuse(500, "InternalFailure", "The request processing has failed because of an unknown error, exception or failure."),
	unavailable:      refuse(503, "ServiceUnavailable", "The request has failed due to a temporary failure of the server."),
	unknownOperation: refuse(400, "InvalidAction", ""),
	badParameter:     refuse(400, "ValidationError", ""),
	skew:             5,
}

var jsonDialect = dialect{
	missingKey:       refuse(400, "MissingAuthenticationTokenException", "Missing Authentication Token"),
	unknownKey:       refuse(400, "UnrecognizedClientException", "The security token included in the request is invalid."),
	badSignature:     refuse(400, "InvalidSignatureException", signatureMessage),
	skewed:           refuse(400, "InvalidSignatureException", ""),
	expired:          refuse(400, "ExpiredTokenException", "The security token included in the request is expired"),
	denied:           refuse(400, "AccessDeniedException", ""),
	throttled:        refuse(400, "ThrottlingException", "Rate exceeded"),
	failed:           refuse(500, "InternalFailure", "The request processing has failed because of an unknown error, exception or failure."),
	unavailable:      refuse(503, "ServiceUnavailableException", "The request has failed due to a temporary failure of the server."),
	unknownOperation: refuse(400, "UnknownOperationException", ""),
	badParameter:     refuse(400, "ValidationException", ""),
	skew:             5,
}

var restDialect = jsonDialect.with(func(d *dialect) {
	for _, r := range []*refusal{&d.missingKey, &d.unknownKey, &d.badSignature, &d.skewed, &d.expired, &d.denied} {
		r.status = 403
	}
	d.throttled = refuse(429, "TooManyRequestsException", "Rate exceeded")
	d.unknownOperation.status = 404
})

const signatureMessage = "The request signature we calculated does not match the signature you provided. " +
	"Check your AWS Secret Access Key and signing method. Consult the service documentation for details."
