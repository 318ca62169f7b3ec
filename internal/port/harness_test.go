package port_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"portolan/internal/port"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	clientID     = "id-of-the-organization"
	clientSecret = "secret-of-the-organization"
	tokenPath    = "/v1/auth/access_token"
)

// handler answers requests without a network, so that in a bubble of synctest
// time passes as soon as all wait.
type handler func(*http.Request) (*http.Response, error)

func (h handler) RoundTrip(r *http.Request) (*http.Response, error) { return h(r) }

// serve turns a server into a transport.
func serve(s http.Handler) handler {
	return func(r *http.Request) (*http.Response, error) {
		if err := r.Context().Err(); err != nil {
			return nil, err
		}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		return w.Result(), nil
	}
}

// seen is a request as Port gets it.
type seen struct {
	At     time.Time
	Method string
	Target string // path and query, escaped
	Header http.Header
	Body   string
}

// reply is an answer; err is a connection that breaks.
type reply struct {
	status int
	header http.Header
	body   string
	err    error
}

func status(code int) reply { return reply{status: code} }

func refusal(code int, word, message string) reply {
	text, _ := json.Marshal(map[string]any{"ok": false, "error": word, "message": message})
	return reply{status: code, body: string(text)}
}

func (r reply) with(name, value string) reply {
	if r.header == nil {
		r.header = http.Header{}
	}
	r.header = r.header.Clone()
	r.header.Set(name, value)
	return r
}

// fine is what Port answers to a call that it takes.
var fine = reply{status: http.StatusOK}

// usual is the body of the answer to a call about which a test does not care further.
func usual(r seen) string {
	path, _, _ := strings.Cut(r.Target, "?")
	switch {
	case strings.HasSuffix(path, "/bulk/entities/delete"):
		return `{"ok":true,"deletedEntities":` + strings.TrimSuffix(strings.TrimPrefix(r.Body, `{"entities":`), "}") + `}`
	case strings.HasSuffix(path, "/datasource-entities"), strings.HasSuffix(path, "/search"):
		return `{"ok":true,"entities":[]}`
	case r.Method == http.MethodPost && strings.Contains(path, "/entities"):
		return taken(r).body
	case strings.HasPrefix(path, "/v1/integration/"):
		return `{"ok":true,"integration":{"installationId":"my-aws"}}`
	case strings.HasPrefix(path, "/v1/blueprints/"):
		return `{"ok":true,"blueprint":{}}`
	}
	return "{}"
}

func ok(body string) reply { return reply{status: http.StatusOK, body: body} }

// script is a Port that answers as scripted. It returns tokens by itself.
type script struct {
	// answers are given one after another, the last one for ever.
	answers []reply
	// answer comes before answers, if it is set.
	answer func(seen) reply
	// tokens are the answers to token calls, by default good ones.
	tokens func(n int, r seen) reply
	// sees is called with each request.
	sees func(seen)

	mu        sync.Mutex
	calls     []seen
	asked     []seen // token calls
	delivered int
}

func (s *script) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	got := seen{At: time.Now(), Method: r.Method, Target: r.URL.RequestURI(), Header: r.Header, Body: string(body)}
	if s.sees != nil {
		s.sees(got)
	}
	a := s.next(got)
	if a.body == "" {
		a.body = usual(got)
	}
	return a.response(r)
}

// response is the reply to a request.
func (r reply) response(to *http.Request) (*http.Response, error) {
	if r.err != nil {
		return nil, r.err
	}
	if r.header == nil {
		r.header = http.Header{}
	}
	return &http.Response{StatusCode: r.status, Header: r.header, Body: io.NopCloser(strings.NewReader(r.body)), Request: to}, nil
}

func (s *script) next(got seen) reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	if got.Target == tokenPath {
		s.asked = append(s.asked, got)
		if s.tokens != nil {
			return s.tokens(len(s.asked), got)
		}
		return token("good", 3600)
	}
	s.calls = append(s.calls, got)
	if s.answer != nil {
		return s.answer(got)
	}
	if len(s.answers) == 0 {
		return fine
	}
	a := s.answers[min(s.delivered, len(s.answers)-1)]
	s.delivered++
	return a
}

func token(value string, seconds int) reply {
	text, _ := json.Marshal(map[string]any{"ok": true, "accessToken": value, "expiresIn": seconds, "tokenType": "Bearer"})
	return ok(string(text))
}

// options are those of a client that speaks to a transport.
func options(to http.RoundTripper) port.Options {
	return port.Options{
		BaseURL: "https://port.test", Type: "aws-v3", Identifier: "my-aws",
		Credentials: func(context.Context) (string, string, error) { return clientID, clientSecret, nil },
		HTTP:        &http.Client{Transport: to},
	}
}

func client(t *testing.T, to http.RoundTripper, changes ...func(*port.Options)) *port.Client {
	t.Helper()
	o := options(to)
	for _, change := range changes {
		change(&o)
	}
	c, err := port.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func item(identifier string) port.Item {
	body, _ := json.Marshal(map[string]any{"identifier": identifier, "blueprint": "b"})
	return port.Item{Blueprint: "b", Key: identifier, Body: body}
}

func items(identifiers ...string) []port.Item {
	var all []port.Item
	for _, identifier := range identifiers {
		all = append(all, item(identifier))
	}
	return all
}

// taken answers a bulk or a single upsert: all entities were taken.
func taken(r seen) reply {
	if !strings.Contains(r.Target, "/bulk?") {
		return reply{status: http.StatusCreated, body: `{"ok":true,"entity":` + r.Body + `}`}
	}
	var sent struct{ Entities []map[string]any }
	_ = json.Unmarshal([]byte(r.Body), &sent)
	said := []map[string]any{}
	for i, e := range sent.Entities {
		said = append(said, map[string]any{"index": i, "identifier": e["identifier"], "created": true})
	}
	text, _ := json.Marshal(map[string]any{"ok": true, "entities": said})
	return ok(string(text))
}
