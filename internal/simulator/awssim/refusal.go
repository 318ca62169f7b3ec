package awssim

import "fmt"

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

// dialect is how a service words the refusals that every service has. The codes
// are those of each service's list of common errors.
type dialect struct {
	missingKey, unknownKey, badSignature, skewed, expired refusal
	denied, throttled, failed, unavailable                refusal
	unknownOperation, badParameter                        refusal
	// skew is how far a request's time may be off, in minutes.
	skew int
}

var queryDialect = dialect{
	missingKey:       refusal{status: 403, code: "MissingAuthenticationToken", message: "Request is missing Authentication Token"},
	unknownKey:       refusal{status: 403, code: "InvalidClientTokenId", message: "The security token included in the request is invalid."},
	badSignature:     refusal{status: 403, code: "SignatureDoesNotMatch", message: signatureMessage},
	skewed:           refusal{status: 403, code: "SignatureDoesNotMatch"},
	expired:          refusal{status: 403, code: "ExpiredToken", message: "The security token included in the request is expired"},
	denied:           refusal{status: 403, code: "AccessDenied"},
	throttled:        refusal{status: 400, code: "Throttling", message: "Rate exceeded"},
	failed:           refusal{status: 500, code: "InternalFailure", message: "The request processing has failed because of an unknown error, exception or failure."},
	unavailable:      refusal{status: 503, code: "ServiceUnavailable", message: "The request has failed due to a temporary failure of the server."},
	unknownOperation: refusal{status: 400, code: "InvalidAction"},
	badParameter:     refusal{status: 400, code: "ValidationError"},
	skew:             5,
}

var jsonDialect = dialect{
	missingKey:       refusal{status: 400, code: "MissingAuthenticationTokenException", message: "Missing Authentication Token"},
	unknownKey:       refusal{status: 400, code: "UnrecognizedClientException", message: "The security token included in the request is invalid."},
	badSignature:     refusal{status: 400, code: "InvalidSignatureException", message: signatureMessage},
	skewed:           refusal{status: 400, code: "InvalidSignatureException"},
	expired:          refusal{status: 400, code: "ExpiredTokenException", message: "The security token included in the request is expired"},
	denied:           refusal{status: 400, code: "AccessDeniedException"},
	throttled:        refusal{status: 400, code: "ThrottlingException", message: "Rate exceeded"},
	failed:           refusal{status: 500, code: "InternalFailure", message: "The request processing has failed because of an unknown error, exception or failure."},
	unavailable:      refusal{status: 503, code: "ServiceUnavailableException", message: "The request has failed due to a temporary failure of the server."},
	unknownOperation: refusal{status: 400, code: "UnknownOperationException"},
	badParameter:     refusal{status: 400, code: "ValidationException"},
	skew:             5,
}

var restDialect = func() dialect {
	d := jsonDialect
	for _, r := range []*refusal{&d.missingKey, &d.unknownKey, &d.badSignature, &d.skewed, &d.expired, &d.denied} {
		r.status = 403
	}
	d.throttled = refusal{status: 429, code: "TooManyRequestsException", message: "Rate exceeded"}
	d.unknownOperation.status = 404
	return d
}()

const signatureMessage = "The request signature we calculated does not match the signature you provided. " +
	"Check your AWS Secret Access Key and signing method. Consult the service documentation for details."
