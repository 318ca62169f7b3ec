package portsim

import (
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"time"
)

// Request is one request to the API and what became of it.
type Request struct {
	Time      time.Time
	Method    string
	Path      string // as sent, escaped
	Route     string // the pattern of the path, "" when there is no such route
	Query     url.Values
	UserAgent string
	Blueprint string // of the path
	Status    int    // as sent; 0 when the connection was cut
	Size      int    // of the body, in bytes
	Entities  int    // how many the body carries or names
	Body      json.RawMessage
	TraceID   string
}

type journal struct {
	requests []Request
	calls    map[string]int
	ingested []Ingested
}

func (r *route) name() string { return r.method + " " + r.pattern }

// record keeps the call. The caller holds the lock.
func (s *Server) record(c *call, status int) {
	if c.effect.cut {
		status = 0
	}
	r := Request{
		Time: s.now(), Method: c.request.Method, Path: c.request.URL.EscapedPath(), Query: c.query,
		UserAgent: c.request.UserAgent(), Blueprint: c.params["blueprint"],
		Status: status, Size: int(c.size), TraceID: c.trace,
	}
	name := r.Method + " " + r.Path
	if c.route != nil {
		r.Route, name = c.route.pattern, c.route.name()
	}
	if entities, ok := c.body["entities"].([]any); ok {
		r.Entities = len(entities)
	}
	if s.options.KeepBodies {
		r.Body = c.raw
	}
	s.journal.requests = append(s.journal.requests, r)
	if s.journal.calls == nil {
		s.journal.calls = map[string]int{}
	}
	s.journal.calls[name]++
}

// Requests are all requests to the API since the start or the last
// ForgetRequests, in the order of their answers.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.journal.requests)
}

// Calls counts the requests by method and pattern, "GET /v1/organization". A
// request without a route counts under its path.
func (s *Server) Calls() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.journal.calls)
}

// ForgetRequests empties the request log and the counters.
func (s *Server) ForgetRequests() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.journal.requests, s.journal.calls = nil, nil
}
