package account

import (
	"errors"
	"net/http"
	"net/url"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"

	"portolan/internal/aws/answer"
)

// idleConnections is how many connections to one endpoint of AWS are kept for the
// next call: about as many as there are calls to it at a time.
const idleConnections = 64

// Client returns the HTTP client for calls to AWS. It uses the proxies of the environment, and
// follows no redirect: the SDK would send the session's token along, and follow any number of
// them. This also holds for the SDK's own clients, which look for credentials.
func Client() *awshttp.BuildableClient {
	return awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) {
		t.MaxIdleConns, t.MaxIdleConnsPerHost = 0, idleConnections
		t.Proxy = proxyOf
		answer.Bound(t)
	})
}

var errRedirect = errors.New("the answer is a redirect, which is not followed")

// proxyOf returns the proxy for a request. The transport asks for it before it connects anywhere.
func proxyOf(r *http.Request) (*url.URL, error) {
	if r.Response != nil { // the redirect that led to the request
		return nil, errRedirect
	}
	return http.ProxyFromEnvironment(r)
}
