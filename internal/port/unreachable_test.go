package port_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"portolan/internal/diag"
	"portolan/internal/port"
)

// lines keeps a log.
type lines struct {
	mu  sync.Mutex
	all []string
}

func (l *lines) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, string(line))
	return len(line), nil
}

func (l *lines) logging(o *port.Options) { o.Log = slog.New(slog.NewTextHandler(l, nil)) }

// silent takes a request and never answers.
func silent(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

// dribble answers with a byte each second, without end.
func dribble(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(slow{r.Context()}), Request: r}, nil
}

type slow struct{ ctx context.Context }

func (s slow) Read(into []byte) (int, error) {
	select {
	case <-time.After(time.Second):
		into[0] = ' '
		return 1, nil
	case <-s.ctx.Done():
		return 0, s.ctx.Err()
	}
}

// TestEveryWaitForPortEnds walks the ways in which Port may not answer.
func TestEveryWaitForPortEnds(t *testing.T) {
	t.Parallel()
	answers := map[string]handler{
		"a name that does not resolve": func(*http.Request) (*http.Response, error) {
			return nil, &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: "port.test", IsNotFound: true}}
		},
		"a connection that is refused": func(*http.Request) (*http.Response, error) { return nil, errors.New("connect: connection refused") },
		"silence":                      silent,
		"a byte a second":              dribble,
		"502": func(r *http.Request) (*http.Response, error) {
			return (&script{answers: []reply{status(502)}}).next(seen{}).response(r)
		},
		"503": func(r *http.Request) (*http.Response, error) {
			return (&script{answers: []reply{status(503)}}).next(seen{}).response(r)
		},
		"408": func(r *http.Request) (*http.Response, error) {
			return (&script{answers: []reply{status(408)}}).next(seen{}).response(r)
		},
		"429 without a pause": func(r *http.Request) (*http.Response, error) {
			return (&script{answers: []reply{status(429)}}).next(seen{}).response(r)
		},
		"500": func(r *http.Request) (*http.Response, error) {
			return (&script{answers: []reply{status(500)}}).next(seen{}).response(r)
		},
		"no JSON": func(r *http.Request) (*http.Response, error) {
			return (&script{answers: []reply{ok("<html>")}}).next(seen{}).response(r)
		},
	}
	calls := map[string]func(context.Context, *port.Client) error{
		"integration": read,
		"write":       write,
		"owned": func(ctx context.Context, c *port.Client) error {
			for _, err := range c.Owned(ctx, time.Time{}) {
				return err
			}
			return nil
		},
		"a state": func(ctx context.Context, c *port.Client) error {
			return c.SetResyncState(ctx, port.ResyncState{Status: port.Running, Start: time.Now()})
		},
	}
	for name, answer := range answers {
		for what, call := range calls {
			for _, interactive := range []bool{false, true} {
				for _, token := range []bool{false, true} { // whether it is the token that is not to be had
					t.Run(strings.Join([]string{name, what, map[bool]string{true: "terminal"}[interactive], map[bool]string{true: "token"}[token]}, "/"), func(t *testing.T) {
						t.Parallel()
						synctest.Test(t, func(t *testing.T) {
							var log lines
							c := client(t, handler(func(r *http.Request) (*http.Response, error) {
								if r.URL.Path == tokenPath != token {
									return (&script{}).RoundTrip(r)
								}
								return answer(r)
							}), log.logging, func(o *port.Options) { o.Interactive = interactive })
							start := time.Now()
							err := call(t.Context(), c)
							longest := 2 * time.Minute
							if interactive {
								longest = 30 * time.Second
							}
							if name == "a byte a second" {
								longest = 2*time.Minute + time.Second // it is an answer, of a kind
							}
							// The answer "not done" leads to a look at the other files of the state.
							if took := time.Since(start); took > longest || err == nil && !(name == "no JSON" && what == "a state" && !token) {
								t.Errorf("after %v: %v", took, err)
							}
							for _, line := range log.all {
								if !strings.Contains(line, "cause=") || strings.Contains(line, "status=0") || strings.Count(line, "\n") != 1 {
									t.Errorf("log: %s", line)
								}
							}
						})
					})
				}
			}
		}
	}
}

// TestTheCauseIsToldAtOnce looks at the first line of the log.
func TestTheCauseIsToldAtOnce(t *testing.T) {
	t.Parallel()
	closed := httptest.NewServer(nil)
	closed.Close()
	untrusted := httptest.NewUnstartedServer(http.NotFoundHandler())
	untrusted.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	untrusted.StartTLS()
	t.Cleanup(untrusted.Close)
	dead, err := url.Parse(closed.URL)
	if err != nil {
		t.Fatal(err)
	}
	dead.User = url.UserPassword("somebody", "the-proxy-password")
	for name, test := range map[string]struct {
		base  string
		proxy *url.URL
		says  string
	}{
		"DNS":        {"http://port.invalid", nil, "lookup port.invalid"},
		"refused":    {closed.URL, nil, "connection refused"},
		"TLS":        {untrusted.URL, nil, "certificate"},
		"no TLS":     {strings.Replace(untrusted.URL, "https", "http", 1), nil, "400"},
		"proxy":      {"https://port.test", dead, "proxyconnect"},
		"wrong host": {strings.Replace(untrusted.URL, "127.0.0.1", "localhost", 1), nil, "localhost"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log lines
			transport := &http.Transport{TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12}}
			if test.proxy != nil {
				transport.Proxy = http.ProxyURL(test.proxy)
			}
			defer transport.CloseIdleConnections()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			c := client(t, transport, func(o *port.Options) {
				o.BaseURL = test.base
				o.Log = slog.New(slog.NewTextHandler(io.MultiWriter(&log, first(cancel)), nil))
			})
			err := read(ctx, c)
			text := strings.Join(log.all, "") + err.Error()
			if !strings.Contains(text, test.says) || strings.Contains(text, "status=0") || strings.Contains(text, "proxy-password") {
				t.Errorf("it does not say %q: %s", test.says, text)
			}
		})
	}
}

// first calls a function when something is written.
type first func()

func (f first) Write(line []byte) (int, error) {
	f()
	return len(line), nil
}

// TestPortIsTriedOnceWhileItIsDown has one call given up after all its attempts.
func TestPortIsTriedOnceWhileItIsDown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		up := false
		n := 0
		c := client(t, handler(func(r *http.Request) (*http.Response, error) {
			if up || r.URL.Path == tokenPath {
				return (&script{}).RoundTrip(r)
			}
			n++
			return nil, errors.New("connection refused")
		}))
		if err := read(t.Context(), c); err == nil || diag.Of(err) != diag.PortUnreachable || n < 5 {
			t.Errorf("error %v after %d attempts", err, n)
		}
		n = 0
		for range 3 {
			if err := read(t.Context(), c); err == nil {
				t.Error("no error")
			}
		}
		if n != 3 {
			t.Errorf("%d attempts for three calls", n)
		}
		up = true
		if err := read(t.Context(), c); err != nil {
			t.Error(err)
		}
		up, n = false, 0
		if err := read(t.Context(), c); err == nil || n < 5 {
			t.Errorf("error %v after %d attempts", err, n)
		}
	})
}

// TestNothingIsWrittenToAPortThatIsGone ends an upsert of many at the first.
func TestNothingIsWrittenToAPortThatIsGone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := client(t, handler(func(r *http.Request) (*http.Response, error) {
			if r.URL.Path == tokenPath {
				return (&script{}).RoundTrip(r)
			}
			return silent(r)
		}))
		start := time.Now()
		outcomes, err := c.Upsert(t.Context(), "b", items(strings.Split(strings.Repeat("x,", 200), ",")...), port.UpsertOptions{})
		if err == nil || time.Since(start) > 2*time.Minute {
			t.Errorf("error %v after %v", err, time.Since(start))
		}
		for _, o := range outcomes {
			if o.Err == nil {
				t.Fatal("an entity was taken")
			}
		}
	})
}

// TestAPauseThatPortAsksForIsKept also where a person waits.
func TestAPauseThatPortAsksForIsKept(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &script{answers: []reply{status(429).with("Retry-After", "150"), status(503).with("Retry-After", "60"), fine}}
		start := time.Now()
		if err := read(t.Context(), client(t, s, func(o *port.Options) { o.Interactive = true })); err != nil || time.Since(start) < 210*time.Second {
			t.Errorf("error %v after %v", err, time.Since(start))
		}
	})
}
