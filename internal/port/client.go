package port

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync/atomic"
	"time"

	"portolan/internal/port/mask"
)

// The versions that Port is told. Port may decide by version what an integration
// is able to do, so it hears those of the integration whose contract this package
// keeps, not our own. The first is that of Ocean's aws-v3, the second that of
// Ocean itself.
const (
	PeerVersion      = "2.20.11-beta"
	OceanCoreVersion = "0.48.12"
)

// Options say where Port is and as whom to speak to it.
type Options struct {
	// BaseURL is Port's API without /v1, as "https://api.getport.io".
	BaseURL string
	// Type and Identifier name the integration. Together they are the mark by
	// which Port knows whose an entity is: change one, and all are orphans.
	Type, Identifier string
	// Credentials returns the client id and secret. It is asked again when Port refuses
	// what it gave: they may have been rotated.
	Credentials func(ctx context.Context) (id, secret string, err error)
	// Secrets are values that no example and no error may show, beside those that
	// Credentials gives.
	Secrets []string
	// Defaults are what a new integration starts with. With Initialize unset,
	// no blueprint is created and no mapping is put into an existing integration.
	Defaults   Defaults
	Initialize bool
	// Empty creates a new integration with a mapping without resources, and no blueprints. An
	// existing one stays as it is.
	Empty bool
	// HTTP makes the requests; nil is a client with HTTP/2 and kept connections.
	HTTP *http.Client
	// Log gets waits and retries; nil logs nothing.
	Log *slog.Logger
	// Interactive says that a person is waiting: a call is given up after half a minute
	// instead of two, unless Port itself asks for a pause.
	Interactive bool
}

// Client speaks Port's API for one integration. It is safe for concurrent use.
type Client struct {
	connection

	api        *url.URL // what the settings name
	kind       string
	identifier string
	defaults   Defaults
	initialize bool
	empty      bool

	blueprints *blueprints
	ingest     atomic.Pointer[ingest]
	told       atomic.Pointer[told] // nil if Port was told nothing
}

// connection makes calls: it decides how often one is tried and how long, and what of an answer
// is shown. What a call is about is the client's.
type connection struct {
	base     string // where the API's routes begin
	agent    string // the User-Agent of calls that write no entities
	http     *http.Client
	log      *slog.Logger
	tokens   *tokens
	pace     *pace
	stats    *counters
	secrets  []string
	mask     atomic.Pointer[mask.Mask]
	skew     atomic.Int64 // Port's clock less ours, in nanoseconds
	patience time.Duration
	down     atomic.Bool // a call was given up, and Port has not answered any since
}

// Share says how many processes, including this one, call Port for the same run at a time: each
// then takes its share of what Port's rate limits leave. Without it there is one.
func (c *Client) Share(processes int) { c.pace.share(processes) }

// The characters that a User-Agent may carry between its slashes.
var agentPart = regexp.MustCompile(`^[A-Za-z0-9@_.:+=-]+$`)

// New returns a client and makes no call yet. Its errors name the option that cannot be used.
func New(o Options) (*Client, error) {
	base, err := url.Parse(o.BaseURL)
	switch {
	case err != nil || base.Host == "" || base.Scheme != "https" && base.Scheme != "http" || base.User != nil || strings.ContainsAny(o.BaseURL, "?#"):
		return nil, errors.New("port: base URL (not shown): it should be one like https://api.getport.io")
	case !agentPart.MatchString(o.Type):
		return nil, fmt.Errorf("port: integration type %q: it should be letters, digits and any of @_.:+=- (it is part of the User-Agent)", o.Type)
	case !agentPart.MatchString(o.Identifier):
		return nil, fmt.Errorf("port: integration identifier %q: it should be letters, digits and any of @_.:+=- (it is part of the User-Agent)", o.Identifier)
	case o.Credentials == nil:
		return nil, errors.New("port: there are no credentials; a client id and a client secret are needed")
	}
	kind := strings.ToLower(o.Type)
	c := &Client{
		connection: connection{
			base:     strings.TrimRight(o.BaseURL, "/") + "/v1",
			agent:    "port-ocean/" + kind + "/" + PeerVersion + "/" + o.Identifier,
			http:     withoutRedirects(o.HTTP),
			log:      o.Log,
			pace:     newPace(),
			stats:    newCounters(),
			secrets:  o.Secrets,
			patience: patience,
		},
		api:        base,
		kind:       kind,
		identifier: o.Identifier,
		defaults:   o.Defaults,
		initialize: o.Initialize && !o.Empty,
		empty:      o.Empty,
		blueprints: newBlueprints(),
	}
	if o.Interactive {
		c.patience = shortPatience
	}
	if c.empty {
		c.defaults = Defaults{}
	}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	c.mask.Store(mask.New(o.Secrets...))
	c.tokens = newTokens(&c.connection, o.Credentials)
	return c, nil
}

// withoutRedirects returns a client that hands redirects to the caller: Port sends none, and to
// follow one would send the credentials along.
func withoutRedirects(given *http.Client) *http.Client {
	own := http.Client{Transport: &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 15 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		ForceAttemptHTTP2:     true,
		TLSHandshakeTimeout:   15 * time.Second,
		MaxIdleConns:          50,
		MaxIdleConnsPerHost:   50,
		IdleConnTimeout:       90 * time.Second,
		ExpectContinueTimeout: time.Second,

		MaxResponseHeaderBytes: maxHead,
	}}
	if given != nil {
		own = *given
	}
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &own
}

// Close closes the connections that are kept for later calls.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// ServerTime returns what Port's clock showed when ours showed local, by the Date of Port's latest
// answer. That header has whole seconds and took time to arrive, so the result is never later than
// Port's true time. Before the first answer the result is local.
func (c *Client) ServerTime(local time.Time) time.Time {
	return local.Add(time.Duration(c.skew.Load()))
}

func (c *connection) learnTime(h http.Header, now time.Time) {
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		c.skew.Store(int64(date.Sub(now)))
	}
}

// userAgent is the mark of ownership: Port keeps it with each entity, and finds an integration's
// entities by its beginning and end.
func (c *connection) userAgent(exporter bool) string {
	if exporter {
		return c.agent + "/exporter"
	}
	return c.agent
}

// datasource returns how the integration's User-Agent begins and ends, whatever its version.
func (c *Client) datasource() (prefix, suffix string) {
	return "port-ocean/" + c.kind + "/", "/" + c.identifier + "/exporter"
}

// learnSecrets keeps values out of everything that is shown from now on.
func (c *connection) learnSecrets(values ...string) {
	c.mask.Store(mask.New(append(values, c.secrets...)...))
}

// read sends a call and reads its answer. Lacks says what is missing from the answer, "" if nothing
// is. An answer that lacks something, or is not JSON, does not count: the call is sent again.
func read[T any](ctx context.Context, c *Client, cl call, lacks func(T) string) (T, error) {
	var got T
	cl.judge = func(a answer) *Error {
		var said T
		if err := a.decode(cl, &said); err != nil {
			return err
		}
		if what := lacks(said); what != "" {
			return &Error{Op: cl.op(), StatusCode: a.status, TraceID: a.trace, Message: "the answer " + what, unusable: true}
		}
		got = said
		return nil
	}
	_, err := c.do(ctx, cl)
	return got, err
}

// decode reads the answer's JSON into v.
func (a answer) decode(cl call, v any) *Error {
	if err := json.Unmarshal(a.body, v); err != nil {
		return &Error{
			Op: cl.op(), StatusCode: a.status, TraceID: a.trace, Message: "the answer is not the JSON that was expected", Err: err, unusable: true,
		}
	}
	return nil
}

// confirmed sends a call whose answer only has to say that Port took it. Port's reference does not
// say what it answers to a change of an integration, for example.
func (c *Client) confirmed(ctx context.Context, cl call) error {
	cl.judge = func(a answer) *Error {
		var said struct {
			OK *bool `json:"ok"`
		}
		if len(bytes.TrimSpace(a.body)) == 0 {
			return nil
		}
		if err := a.decode(cl, &said); err != nil {
			return err
		}
		if said.OK != nil && !*said.OK {
			return &Error{Op: cl.op(), StatusCode: a.status, TraceID: a.trace, Message: "the answer says that it was not done", unusable: true}
		}
		return nil
	}
	_, err := c.do(ctx, cl)
	return err
}

// nothing accepts any answer.
func nothing[T any](T) string { return "" }
