package portsim

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
)

// maxBody is Port's limit for the body of a request, in bytes.
const maxBody = 1 << 20

// call is one request on its way through the server.
type call struct {
	request *http.Request
	trace   string
	route   *route // nil when no route matches
	params  map[string]string
	query   url.Values
	raw     []byte
	size    int64          // of the body as sent, in bytes
	body    map[string]any // nil for a route without one
	agent   agent
	effect  effect
	now     time.Time
}

// serveAPI takes a request through its stages: read, faults, answer, journal.
func (s *Server) serveAPI(w http.ResponseWriter, r *http.Request) {
	c := &call{request: r, trace: uuid.NewString(), query: r.URL.Query()}
	c.route, c.params = match(r.Method, r.URL.EscapedPath())
	unread := c.read()
	c.effect = s.fire(c)
	if !pause(r, s.options.Latency+c.effect.delay) {
		panic(http.ErrAbortHandler)
	}
	var a answer
	switch {
	case c.effect.final() && !c.effect.applied:
		s.count(c)
	case unread != nil:
		s.count(c)
		a = unread.answer()
	default:
		a = s.answer(c)
	}
	s.send(w, c, a)
}

// maxDrain is how much of a body that is too large is still taken in, so that
// its sender gets to read the refusal.
const maxDrain = 64 << 20

// read reads the body, or returns why it cannot be read.
func (c *call) read() *refusal {
	raw, err := io.ReadAll(io.LimitReader(c.request.Body, maxBody+1))
	c.raw, c.size = raw, int64(len(raw))
	if err != nil {
		return refuse(http.StatusBadRequest, "bad_request", "body ended early: %v", err)
	}
	if len(raw) > maxBody {
		c.raw = nil
		rest, _ := io.CopyN(io.Discard, c.request.Body, maxDrain)
		c.size += rest
		return refuse(http.StatusRequestEntityTooLarge, "payload_too_large", "body is over %d bytes", maxBody)
	}
	return nil
}

// pause waits for d and says whether the client is still there.
func pause(r *http.Request, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-r.Context().Done():
		return false
	}
}

// answer decides on the call with the state locked.
func (s *Server) answer(c *call) answer {
	var unsound *refusal
	if c.route != nil {
		unsound = c.decode()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c.now = s.now()
	if c.route == nil {
		return missing("Route %s:%s not found", c.request.Method, c.request.URL.Path).answer()
	}
	if r := s.limiter.take(c.route.family, c.now); r != nil {
		return r.answer()
	}
	if r := s.admit(c); r != nil {
		return r.answer()
	}
	if unsound != nil {
		return unsound.answer()
	}
	a, r := c.route.do(s, c)
	if r != nil {
		return r.answer()
	}
	return a
}

// count lets a call that is not answered by its route still use up its limit.
func (s *Server) count(c *call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c.now = s.now()
	if c.route != nil {
		_ = s.limiter.take(c.route.family, c.now)
	}
}

// decode checks the query and turns the body into JSON values, numbers exact.
func (c *call) decode() *refusal {
	if r := c.route.query.check(c.request.URL.RawQuery); r != nil {
		return r
	}
	if c.route.body == nil {
		if len(c.raw) > 0 {
			return refuse(http.StatusBadRequest, "bad_request", "%s %s takes no body", c.route.method, c.route.pattern)
		}
		return nil
	}
	kind, _, err := mime.ParseMediaType(c.request.Header.Get("Content-Type"))
	if err != nil || kind != "application/json" {
		return refuse(http.StatusUnsupportedMediaType, "unsupported_media_type", "Content-Type has to be application/json")
	}
	if e := c.request.Header.Get("Content-Encoding"); e != "" && e != "identity" {
		return refuse(http.StatusUnsupportedMediaType, "unsupported_media_type", "Content-Encoding %q is not accepted", e)
	}
	v, err := parse(c.raw)
	if err != nil {
		return refuse(http.StatusBadRequest, "bad_request", "body is not JSON: %v", err)
	}
	if err := c.route.body("body", v); err != nil {
		return invalid("%v", err)
	}
	c.body = v.(map[string]any)
	return nil
}

// parse reads exactly one JSON value, keeping numbers as they are written.
func parse(raw []byte) (any, error) {
	if !utf8.Valid(raw) {
		return nil, errors.New("it is not UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("there is more after the value")
	}
	return v, nil
}

// send writes the answer, as changed by the call's faults, and the journal.
func (s *Server) send(w http.ResponseWriter, c *call, a answer) {
	status, body := a.status, []byte(nil)
	if a.body != nil {
		for _, rewrite := range c.effect.rewrite {
			rewrite(a.body)
		}
		body = encode(a.body)
	}
	status, body = c.effect.bend(status, body)
	s.mu.Lock()
	h := w.Header()
	h.Set("Date", s.now().Format(http.TimeFormat))
	if c.route != nil {
		s.limiter.head(h, c.route.family, c.now)
	}
	s.record(c, status)
	s.mu.Unlock()
	if c.effect.cut {
		panic(http.ErrAbortHandler)
	}
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("x-trace-id", c.trace)
	for k, v := range c.effect.header {
		h[http.CanonicalHeaderKey(k)] = v
	}
	w.WriteHeader(status)
	_, _ = w.Write(body)
}
