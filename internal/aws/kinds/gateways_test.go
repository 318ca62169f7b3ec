package kinds_test

import (
	"errors"
	"fmt"
	"net/http"
	"testing"

	"portolan/internal/aws/awserr"
	"portolan/internal/aws/kind"
)

// gatewayPages are what proxies, gateways and captive portals answer in AWS's place.
var gatewayPages = map[string]string{
	"nothing":             "",
	"white space":         "\r\n",
	"a web page":          "<!DOCTYPE html>\n<html><head><title>404 Not Found</title></head></html>",
	"a bare page":         "<html><body>Forbidden</body></html>",
	"text":                "404 page not found\n",
	"JSON":                `{"code":"NotFound","message":"no route matched","status":404}`,
	"JSON of a framework": `{"timestamp":"2026-11-30T01:00:00Z","status":404,"error":"Not Found","path":"/"}`,
	"XML":                 `<?xml version="1.0"?><fault><code>NotFound</code></fault>`,
	"a cut answer":        `{"__type":"ResourceNotFoundEx`,
}

// TestGatewayOnEachCall answers each call of each kind, whatever its protocol, in
// AWS's place. That is never an answer about a resource, a permission or a session,
// and never an empty list.
func TestGatewayOnEachCall(t *testing.T) {
	t.Parallel()
	statuses := []int{
		http.StatusOK, http.StatusMovedPermanently, http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound,
		http.StatusProxyAuthRequired, http.StatusGone, http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable,
	}
	each(t, func(t *testing.T, k *kind.Kind) {
		for _, call := range callsOf(t, k) {
			for name, page := range gatewayPages {
				statuses := statuses
				if page != "" && name != "JSON" {
					statuses = []int{http.StatusOK, http.StatusNotFound, http.StatusServiceUnavailable}
				}
				for _, status := range statuses {
					r := newReplay(t, k)
					r.spoil = func(operation string, _ int, _ *http.Request) *reply {
						if operation != call.operation {
							return nil
						}
						return &reply{status, page}
					}
					_, errs := r.read(k, k.OptionalNames()...)
					if why := notUnanswered(errs); why != "" {
						t.Errorf("%s answered by %d with %s: %s", call.operation, status, name, why)
					}
				}
			}
		}
	})
}

// notUnanswered says why errors do not tell that AWS has not answered; "" if they do.
func notUnanswered(errs []error) string {
	if len(errs) == 0 {
		return "no error"
	}
	for _, err := range errs {
		var unanswered *awserr.Unanswered
		class := awserr.ClassOf(err)
		if !errors.As(err, &unanswered) || class != awserr.Failed && class != awserr.Unreachable {
			return fmt.Sprintf("%v is %q", err, class)
		}
	}
	return ""
}
