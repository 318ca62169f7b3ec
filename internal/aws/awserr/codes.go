package awserr

import "strings"

// codes returns the class of the error codes that mean the same in every service,
// without the ending "Exception". The sources are the common errors that each
// service's API reference lists, those of EC2 and of S3, and the SDK's tables of
// throttling codes (package aws/retry). What says that something does not exist
// has its own rule, saysNotFound.
//
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
// https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
// https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html
var codes = map[string]Class{
	"AccessDenied":          Denied,
	"AccessDeniedFault":     Denied,
	"AuthorizationError":    Denied,
	"NotAuthorized":         Denied,
	"UnauthorizedAccess":    Denied,
	"UnauthorizedOperation": Denied,

	"Throttling":                    Throttled,
	"Throttled":                     Throttled,
	"RequestThrottled":              Throttled,
	"TooManyRequests":               Throttled,
	"RequestLimitExceeded":          Throttled,
	"BandwidthLimitExceeded":        Throttled,
	"LimitExceeded":                 Throttled,
	"SlowDown":                      Throttled,
	"PriorRequestNotComplete":       Throttled,
	"ProvisionedThroughputExceeded": Throttled,
	"EC2Throttled":                  Throttled,

	"ExpiredToken":               Expired,
	"RequestExpired":             Expired, // EC2, of a session that ended and of a clock that is wrong alike
	"TokenRefreshRequired":       Expired,
	"InvalidClientTokenId":       Expired,
	"UnrecognizedClient":         Expired,
	"InvalidToken":               Expired,
	"InvalidAccessKeyId":         Expired,
	"AuthFailure":                Expired,
	"SignatureDoesNotMatch":      Expired,
	"InvalidSignature":           Expired,
	"MissingAuthenticationToken": Expired,

	"RequestTimeTooSkewed": ClockSkewed,
	"RequestInTheFuture":   ClockSkewed,

	"OptInRequired":            AccountState,
	"NotSignedUp":              AccountState,
	"SubscriptionRequired":     AccountState,
	"AccountNotSubscribed":     AccountState,
	"AccountProblem":           AccountState,
	"AccountDisabled":          AccountState,
	"AccountSuspended":         AccountState,
	"AccountBlocked":           AccountState,
	"AccountNotVerified":       AccountState,
	"AccountNotActive":         AccountState,
	"AllAccessDisabled":        AccountState,
	"Blocked":                  AccountState,
	"PendingVerification":      AccountState,
	"InvalidPayer":             AccountState,
	"InvalidPaymentInstrument": AccountState,

	"RegionDisabled":   RegionDisabled,
	"RegionNotEnabled": RegionDisabled,

	"UnknownOperation":      Unsupported,
	"UnsupportedOperation":  Unsupported,
	"UnknownAction":         Unsupported,
	"InvalidAction":         Unsupported,
	"NoSuchOperation":       Unsupported,
	"NoSuchAction":          Unsupported,
	"OperationNotFound":     Unsupported,
	"ActionNotFound":        Unsupported,
	"OperationNotSupported": Unsupported,
	"ActionNotSupported":    Unsupported,
	"MethodNotAllowed":      Unsupported,
	"NotImplemented":        Unsupported,
	"NoSuchVersion":         Unsupported, // of the API: what the query protocol answers to a Version that is not known

	"RequestTimeout": Timeout,
}

// whole are codes that mean something else with another ending, or none.
var whole = map[string]Class{
	"Forbidden":          Denied,
	"ForbiddenException": Denied,
	"NotFound":           NotFound, // SNS, of a topic
	"NotFoundException":  NotFound,
}

// fabricated says whether the SDK made up the code for a status that came without
// one. S3's client makes code and message of the status's text, all others say
// "UnknownError".
func fabricated(code, message string) bool {
	if code == "UnknownError" {
		return true
	}
	switch message {
	case "Not Found", "Gone", "Forbidden", "Unauthorized", "Bad Request", "Method Not Allowed", "Not Implemented", "Conflict", "Precondition Failed",
		"Internal Server Error", "Bad Gateway", "Service Unavailable", "Gateway Timeout":
		return strings.ReplaceAll(message, " ", "") == code
	}
	return false
}

// ofName returns the class of an error code, None if the code says nothing.
func ofName(code string) Class {
	if class, known := whole[code]; known {
		return class
	}
	code = strings.TrimSuffix(code, "Exception")
	if class, known := codes[code]; known {
		return class
	}
	if saysNotFound(code) {
		return NotFound
	}
	return None
}

// saysNotFound knows the forms in which the services say that a resource or a
// configuration does not exist: NoSuchBucket, InvalidInstanceID.NotFound,
// DBInstanceNotFoundFault, QueueDoesNotExist,
// AWS.SimpleQueueService.NonExistentQueue.
func saysNotFound(code string) bool {
	code = strings.TrimSuffix(strings.TrimSuffix(code, "Error"), "Fault")
	for _, suffix := range []string{"NotFound", "DoesNotExist"} {
		if what, says := strings.CutSuffix(code, suffix); says {
			return !onTheWay(what)
		}
	}
	if what, says := strings.CutPrefix(code, "NoSuch"); says {
		return !onTheWay(what)
	}
	return strings.HasSuffix(code, "NonExistentQueue")
}

// onTheWay says whether what is missing is none of an account's resources but
// something on the way to them: then nothing is known of these.
func onTheWay(what string) bool {
	switch strings.ToLower(strings.TrimSuffix(what, ".")) {
	case "host", "hostname", "endpoint", "dns", "upstream", "backend", "gateway", "route", "page", "url", "uri",
		"method", "operation", "action", "api", "region", "partition", "subscription",
		"accesskey", "accesskeyid", "credential", "credentials", "token", "clienttoken", "signature":
		return true
	}
	return false
}
