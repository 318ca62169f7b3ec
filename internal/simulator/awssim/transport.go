package awssim

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
)

// Transport is an HTTP client's transport that fails to resolve the host of a
// service in a region where the estate does not offer it, as the name of a real
// endpoint would. Through any other transport the server cuts the connection.
// [Server.SetUnresolved] takes further names away, and [Server.SetProxy] puts a proxy
// in between, which resolves names itself.
func (s *Server) Transport(base http.RoundTripper) http.RoundTripper {
	return &transport{s, base}
}

// SetUnresolved says which names Transport does not resolve although the service is
// offered there: what a private zone or a DNS firewall does. It replaces what was said
// before.
func (s *Server) SetUnresolved(names ...Offering) {
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	s.world.unresolved = map[Offering]bool{}
	for _, name := range names {
		s.world.unresolved[name] = true
	}
}

// SetProxy puts an HTTPS proxy between the clients of Transport and AWS. To a name that
// it cannot resolve it answers CONNECT with the status: proxies choose 502, 503 or 504.
// Zero takes it away.
func (s *Server) SetProxy(status int) {
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	s.world.proxy = status
}

// resolves says whether the name of a service in a region resolves, and the status with
// which a proxy says that it does not, 0 if there is no proxy.
func (w *world) resolves(service, region string) (ok bool, proxy int) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	at := Offering{service, region}
	return !w.notOffered[at] && !w.unresolved[at], w.proxy
}

type transport struct {
	server *Server
	base   http.RoundTripper
}

// RoundTrip sends the request on, or fails as the resolver or the proxy would.
func (t *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	signed, ok := readSignature(r.Header.Get("Authorization"))
	if !ok {
		return t.base.RoundTrip(r)
	}
	resolves, proxy := t.server.world.resolves(signed.service, signed.region)
	if resolves {
		return t.base.RoundTrip(r)
	}
	host := signed.service + "." + signed.region + "." + domain(t.server.world.partition)
	if proxy != 0 {
		return throughProxy(r, host, proxy)
	}
	return nil, &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}}
}

// throughProxy fails as net/http does when a proxy answers CONNECT with a status: the
// request really is sent by it, to a proxy at the other end of a pipe.
func throughProxy(r *http.Request, host string, status int) (*http.Response, error) {
	through := &http.Transport{
		Proxy: http.ProxyURL(&url.URL{Scheme: "http", Host: "proxy.invalid:3128"}),
		DialContext: func(context.Context, string, string) (net.Conn, error) {
			client, server := net.Pipe()
			go func() {
				defer func() { _ = server.Close() }()
				if _, err := http.ReadRequest(bufio.NewReader(server)); err == nil {
					_, _ = fmt.Fprintf(server, "HTTP/1.1 %d %s\r\nContent-Length: 0\r\n\r\n", status, http.StatusText(status))
				}
			}()
			return client, nil
		},
	}
	defer through.CloseIdleConnections()
	sent := r.Clone(r.Context())
	sent.URL.Scheme, sent.URL.Host = "https", host
	return through.RoundTrip(sent)
}
