package answer

import (
	"cmp"
	"io"
	"net/http"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
)

// MaxHead is the most bytes that the head of an answer may have, together with everything that
// comes before it, such as 103 Early Hints. AWS's have a few kilobytes.
const MaxHead = 64 << 10

// Bound limits what a transport reads before a body. It is an option for
// awshttp.BuildableClient.WithTransportOptions.
func Bound(transport *http.Transport) { transport.MaxResponseHeaderBytes = MaxHead }

// Guarded returns the configuration for clients to which all rules of this package apply: with
// [Guard] and [Client].
func Guarded(config aws.Config) aws.Config {
	config.HTTPClient = Client(config.HTTPClient)
	config.APIOptions = append(slices.Clone(config.APIOptions), Guard)
	return config
}

// Client returns the HTTP client for a configuration: the given one, bounded, which follows no
// redirect. AWS redirects nobody who signs for the right region. The SDK would follow one to any
// host, together with the session's token, and any number of them.
//
// The SDK's own client is frozen, so that all service clients share its connections. A client of
// another type is returned as it is.
func Client(given aws.HTTPClient) aws.HTTPClient {
	if given == nil {
		given = awshttp.NewBuildableClient()
	}
	if buildable, ok := given.(*awshttp.BuildableClient); ok {
		given = buildable.WithTransportOptions(Bound).Freeze()
	}
	client, ok := given.(*http.Client)
	if !ok {
		return given
	}
	own := *client
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	own.Transport = plainBodies{cmp.Or[http.RoundTripper](own.Transport, http.DefaultTransport)}
	return &own
}

// plainBodies hides from a transport that the body of a request has WriteTo. The SDK closes the
// body as soon as the head of an answer is there, and smithy-go's WriteTo then returns io.EOF as an
// error. If that comes before the transport has looked for the body's end, it takes the request for
// broken and drops the connection while the answer is still being read.
type plainBodies struct{ http.RoundTripper }

func (p plainBodies) RoundTrip(request *http.Request) (*http.Response, error) {
	if _, ok := request.Body.(io.WriterTo); ok {
		plain := *request
		plain.Body = struct{ io.ReadCloser }{request.Body}
		request = &plain
	}
	return p.RoundTripper.RoundTrip(request)
}

// CloseIdleConnections is what [http.Client] looks for.
func (p plainBodies) CloseIdleConnections() {
	if transport, ok := p.RoundTripper.(interface{ CloseIdleConnections() }); ok {
		transport.CloseIdleConnections()
	}
}
