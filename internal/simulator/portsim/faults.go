package portsim

import (
	"net/http"
	"slices"
	"time"
)

// Fault is a failure to come. It is meant for the calls that match, passes over
// the first After of them, and strikes the next Times (once when Times is 0,
// for ever when it is negative). Several faults may strike the same call: their
// delays add up, and of Status, Cut and Malformed the first fault's count.
type Fault struct {
	// Method, Route and Blueprint choose the calls; what is empty matches all.
	// Route is the pattern of the path, "/v1/blueprints/{blueprint}/entities/bulk".
	Method, Route, Blueprint string
	After, Times             int

	// Delay passes before the call is looked at.
	Delay time.Duration
	// ExpireTokens ends all tokens, so that the call meets a 401.
	ExpireTokens bool
	// Status answers with it, Header and Body. Without Body an error of Port's
	// form is sent.
	Status int
	Header http.Header
	Body   string
	// Malformed cuts the JSON of the answer in half.
	Malformed bool
	// Cut closes the connection without an answer.
	Cut bool
	// Applied lets the call take place before Status or Cut hides its outcome.
	Applied bool

	// FailIndexes and FailIdentifiers are the entities of a bulk that are not
	// taken, and of a bulk delete that are left; the rest is. Each of them gets
	// FailStatus (500 when 0) with FailCode and FailMessage.
	FailIndexes           []int
	FailIdentifiers       []string
	FailStatus            int
	FailCode, FailMessage string
}

type scripted struct {
	Fault
	seen int
}

// Inject adds faults to those that wait already.
func (s *Server) Inject(faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range faults {
		s.faults = append(s.faults, &scripted{Fault: f})
	}
}

// ClearFaults calls off all faults.
func (s *Server) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// effect is what the faults do to one call.
type effect struct {
	delay     time.Duration
	status    int
	header    http.Header
	body      string
	malformed bool
	cut       bool
	applied   bool
	partial   []Fault
}

// fire finds the faults that strike the call.
func (s *Server) fire(c *call) effect {
	s.mu.Lock()
	defer s.mu.Unlock()
	var e effect
	for _, f := range s.faults {
		if !f.meets(c) {
			continue
		}
		f.seen++
		if n := f.seen - f.After; n < 1 || f.Times >= 0 && n > max(1, f.Times) {
			continue
		}
		e.add(f.Fault)
		if f.ExpireTokens {
			clear(s.sessions.tokens)
		}
	}
	return e
}

func (f *scripted) meets(c *call) bool {
	return (f.Method == "" || f.Method == c.request.Method) &&
		(f.Route == "" || c.route != nil && f.Route == c.route.pattern) &&
		(f.Blueprint == "" || f.Blueprint == c.params["blueprint"])
}

func (e *effect) add(f Fault) {
	e.delay += f.Delay
	if len(f.FailIndexes)+len(f.FailIdentifiers) > 0 {
		e.partial = append(e.partial, f)
	}
	if !e.final() && !e.malformed {
		e.status, e.header, e.body = f.Status, f.Header, f.Body
		e.malformed, e.cut, e.applied = f.Malformed, f.Cut, f.Applied
	}
}

// final tells whether the route's own answer will not be seen.
func (e *effect) final() bool { return e.cut || e.status != 0 }

// bend turns the route's answer into what the client gets.
func (e *effect) bend(status int, body []byte) (int, []byte) {
	if e.status != 0 {
		status, body = e.status, []byte(e.body)
		if e.body == "" {
			body = encode(refuse(status, "simulated", "%s", http.StatusText(status)).answer().body)
		}
	}
	if e.malformed {
		body = body[:len(body)/2]
	}
	return status, body
}

// fails tells why one entity of a call is not taken.
func (e *effect) fails(index int, identifier string) *refusal {
	for _, f := range e.partial {
		if !slices.Contains(f.FailIndexes, index) && !slices.Contains(f.FailIdentifiers, identifier) {
			continue
		}
		status, code, message := f.FailStatus, f.FailCode, f.FailMessage
		if status == 0 {
			status = http.StatusInternalServerError
		}
		if code == "" {
			code = "internal_error"
		}
		if message == "" {
			message = http.StatusText(status)
		}
		return refuse(status, code, "%s", message)
	}
	return nil
}
