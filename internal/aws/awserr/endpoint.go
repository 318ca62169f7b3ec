package awserr

import (
	"errors"
	"net"
	"net/url"
	"slices"
)

// NoEndpoint says whether err means that nothing is where the endpoint should be: its
// name does not resolve, or the proxy that resolves names could not connect to it. That
// is what a service looks like that is not offered in a region, and also what a broken
// network does.
func NoEndpoint(err error) bool {
	var dns *net.DNSError
	if errors.As(err, &dns) {
		return dns.IsNotFound
	}
	// The transport makes a bare text of the status with which a proxy answers CONNECT.
	var request *url.Error
	if !errors.As(err, &request) || errors.Unwrap(request.Err) != nil {
		return false
	}
	return slices.Contains(connectRefusals, request.Err.Error())
}

// connectRefusals are the texts of 502, 503, 504 and 404.
var connectRefusals = []string{"Bad Gateway", "Service Unavailable", "Gateway Timeout", "Not Found"}
