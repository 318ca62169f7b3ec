package portsim

import (
	"net/http"
	"slices"
	"time"
)

// Fault is a failure to come. Of the calls that match, it skips the first After
// and affects the next Times (one if Times is 0, all if it is negative). Several
// faults may affect the same call: their delays add up, and the first fault
// decides Status, Cut and Malformed.
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
	// Rewrite changes the JSON of the answer that the route made.
	Rewrite func(answer map[string]any)
	// OmitIdentifiers are the entities that a page of the owned list lacks.
	OmitIdentifiers []string
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

// Inject adds faults to those that are already waiting.
func (s *Server) Inject(faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range faults {
		s.faults = append(s.faults, &scripted{Fault: f})
	}
}

// ClearFaults removes all faults.
func (s *Server) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// effect is the combined effect of the faults on one call.
type effect struct {
	delay     time.Duration
	status    int
	header    http.Header
	body      string
	malformed bool
	cut       bool
	applied   bool
	partial   []Fault
	rewrite   []func(map[string]any)
	omitted   []string
}

// fire finds the faults that affect the call.
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
	if f.Rewrite != nil {
		e.rewrite = append(e.rewrite, f.Rewrite)
	}
	e.omitted = append(e.omitted, f.OmitIdentifiers...)
	if !e.final() && !e.malformed {
		e.status, e.header, e.body = f.Status, f.Header, f.Body
		e.malformed, e.cut, e.applied = f.Malformed, f.Cut, f.Applied
	}
}

// final says whether the client will not see the route's own answer.
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

// fails returns why one entity of a call is not accepted.
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

// The routes with answers that a client has to check.
const (
	BulkUpsertRoute  = "/v1/blueprints/{blueprint}/entities/bulk"
	UpsertRoute      = "/v1/blueprints/{blueprint}/entities"
	BulkDeleteRoute  = "/v1/blueprints/{blueprint}/bulk/entities/delete"
	OwnedRoute       = "/v1/blueprints/entities/datasource-entities"
	SearchRoute      = "/v1/entities/search"
	IntegrationRoute = "/v1/integration/{integration}"
)

// AnswerLost lets a call take place and cuts the connection instead of the answer.
func AnswerLost(method, route string) Fault {
	return Fault{Method: method, Route: route, Cut: true, Applied: true}
}

// ListLacks leaves entities out of a page of the owned list, as a list does that lags.
func ListLacks(identifiers ...string) Fault {
	return Fault{Route: OwnedRoute, OmitIdentifiers: identifiers}
}

// UnnamedUpserts are answers of the single route with status 200 that do not name the
// entity, which is not written. Each strikes once.
func UnnamedUpserts() map[string]Fault {
	faults := map[string]Fault{}
	for name, body := range unnamed {
		faults[name] = Fault{Method: http.MethodPost, Route: UpsertRoute, Status: http.StatusOK, Body: body}
	}
	return faults
}

// UnnamedBulks are answers of the bulk route with status 200 that do not show for every
// entity that it was written. If only a part of the route's own answer is changed, the
// write takes place. Each affects one call.
func UnnamedBulks() map[string]Fault {
	faults := map[string]Fault{}
	add := func(name string, f Fault) {
		f.Method, f.Route = http.MethodPost, BulkUpsertRoute
		faults[name] = f
	}
	for name, body := range unnamed {
		add(name, Fault{Status: http.StatusOK, Body: body})
	}
	for name, change := range map[string]func(map[string]any){
		"no identifier":        func(e map[string]any) { delete(e, "identifier") },
		"an empty identifier":  func(e map[string]any) { e["identifier"] = "" },
		"an identifier null":   func(e map[string]any) { e["identifier"] = nil },
		"another identifier":   func(e map[string]any) { e["identifier"] = "somebody-else" },
		"no index":             func(e map[string]any) { delete(e, "index") },
		"an index below":       func(e map[string]any) { e["index"] = -1 },
		"an index above":       func(e map[string]any) { e["index"] = e["index"].(int) + maxBulk },
		"the same index twice": func(e map[string]any) { e["index"] = 0 },
	} {
		add(name, Fault{Rewrite: func(answer map[string]any) {
			entities, _ := answer["entities"].([]any)
			for _, e := range entities {
				change(e.(map[string]any))
			}
		}})
	}
	add("fewer than were sent", Fault{Rewrite: func(answer map[string]any) {
		if entities, _ := answer["entities"].([]any); len(entities) > 0 {
			answer["entities"] = entities[:len(entities)-1]
		}
	}})
	add("refused in the whole", Fault{Rewrite: func(answer map[string]any) { answer["ok"] = false }})
	return faults
}

// unnamed are bodies that name no entity.
var unnamed = map[string]string{
	"an empty object":             `{}`,
	"a bare ok":                   `{"ok":true}`,
	"not ok":                      `{"ok":false}`,
	"an entity without a name":    `{"ok":true,"entity":{},"entities":[{}]}`,
	"a name that is null":         `{"ok":true,"entity":{"identifier":null},"entities":[{"index":0,"identifier":null}]}`,
	"a name that is no text":      `{"ok":true,"entity":{"identifier":7},"entities":[{"index":0,"identifier":7}]}`,
	"another entity's name":       `{"ok":true,"entity":{"identifier":"somebody-else"},"entities":[{"index":0,"identifier":"somebody-else"}]}`,
	"null":                        `null`,
	"a list":                      `[]`,
	"a text":                      `"ok"`,
	"a page of HTML":              `<html><body>Welcome</body></html>`,
	"an answer that is cut":       `{"ok":true,"entity":{"identif`,
	"white space and nothing":     ` `,
	"more than one value of JSON": `{"ok":true}{"ok":true}`,
}
