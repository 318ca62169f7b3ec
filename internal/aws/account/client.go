package account

import (
	"errors"
	"net/http"
	"net/url"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
)

// idleConnections is how many connections to one endpoint of AWS are kept for the
// next call: about as many as there are calls to it at a time.
const idleConnections = 64

// Client returns the HTTP client for calls to AWS. It uses the proxies of the environment, and
// follows no redirect to another host: the SDK would send the session's token along.
func Client() *awshttp.BuildableClient {
	return awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) {
		t.MaxIdleConns, t.MaxIdleConnsPerHost = 0, idleConnections
		t.Proxy = proxyOf
	})
}

var errElsewhere = errors.New("the answer is a redirect to another host, which is not followed")

// proxyOf returns the proxy for a request. The transport asks for it before it connects anywhere.
func proxyOf(r *http.Request) (*url.URL, error) {
	if r.Response != nil { // the redirect that led to the request
		if from := r.Response.Request; from == nil || from.URL.Host != r.URL.Host || from.URL.Scheme != r.URL.Scheme {
			return nil, errElsewhere
		}
	}
	return http.ProxyFromEnvironment(r)
}
