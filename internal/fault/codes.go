package fault

import "strings"

// codes gives the class of the error codes that mean the same in every service,
// without the ending "Exception". The sources are the common errors that each
// service's API reference lists, and the SDK's tables of throttling codes
// (package aws/retry). What says that something does not exist has its own rule,
// saysNotFound.
var codes = map[string]Class{
	"AccessDenied":          Denied,
	"AccessDeniedFault":     Denied,
	"AuthorizationError":    Denied,
	"UnauthorizedAccess":    Denied,
	"UnauthorizedOperation": Denied,
	"Forbidden":             Denied,
	"AllAccessDisabled":     Denied,

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
	"RequestExpired":             Expired,
	"InvalidClientTokenId":       Expired,
	"UnrecognizedClient":         Expired,
	"InvalidToken":               Expired,
	"InvalidAccessKeyId":         Expired,
	"AuthFailure":                Expired,
	"SignatureDoesNotMatch":      Expired,
	"InvalidSignature":           Expired,
	"MissingAuthenticationToken": Expired,

	"RequestTimeout": Timeout,
	"OptInRequired":  AccountState,
}

// ofName gives the class of an error code, None if the code says nothing.
func ofName(code string) Class {
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
	return strings.HasSuffix(code, "NotFound") || strings.HasPrefix(code, "NoSuch") ||
		strings.HasSuffix(code, "DoesNotExist") || strings.HasSuffix(code, "NonExistentQueue")
}
