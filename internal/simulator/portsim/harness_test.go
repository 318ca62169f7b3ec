package portsim_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"portolan/internal/simulator/portsim"
)

const (
	base     = "port-ocean/aws-v3/1.2.3/my-aws"
	exporter = base + "/exporter"
)

// clock is a time that moves only when the test moves it.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// port is a server with a client that has a token.
type port struct {
	*portsim.Server
	t     *testing.T
	clock *clock
	token string
}

// start makes a server with the blueprints account and bucket.
func start(t *testing.T, o portsim.Options) *port {
	t.Helper()
	c := &clock{now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	o.Clock = c.Now
	p := &port{Server: portsim.New(o), t: t, clock: c}
	for _, b := range []string{accountBlueprint, bucketBlueprint} {
		if err := p.PutBlueprint([]byte(b)); err != nil {
			t.Fatal(err)
		}
	}
	p.login()
	p.ForgetRequests()
	return p
}

func (p *port) login() {
	p.t.Helper()
	r := p.send(request{method: "POST", path: "/v1/auth/access_token", body: `{"clientId":"client","clientSecret":"secret"}`, token: "none"})
	p.want(r, 200)
	p.token = r.body["accessToken"].(string)
}

const (
	accountBlueprint = `{"identifier":"account","title":"Account","schema":{"properties":{"email":{"type":"string","format":"email"}}}}`
	bucketBlueprint  = `{"identifier":"bucket","title":"Bucket","schema":{"properties":{
		"arn":{"type":"string"},"region":{"type":"string","enum":["eu-west-1","us-east-1"]},
		"created":{"type":"string","format":"date-time"},"link":{"type":"string","format":"url"},
		"size":{"type":"number","minimum":0},"public":{"type":"boolean"},
		"policy":{"type":"object"},"tags":{"type":"array","items":{"type":"object"}},
		"tier":{"type":"string","default":"standard"}}},
		"relations":{"account":{"target":"account","required":false,"many":false},
		"copies":{"target":"bucket","required":false,"many":true}}}`

	upsert = "?upsert=true&merge=false&create_missing_related_entities=false&validation_only=false"
	merge  = "?upsert=true&merge=true&create_missing_related_entities=false&validation_only=false"
	create = "?upsert=true&merge=true&create_missing_related_entities=true&validation_only=false"

	bulk   = "/v1/blueprints/bucket/entities/bulk"
	remove = "/v1/blueprints/bucket/bulk/entities/delete"
)

type request struct {
	method, path, body, agent, token string
	header                           map[string]string
}

type response struct {
	status int
	header http.Header
	raw    string
	body   map[string]any
}

// send makes the request. Agent and token are the right ones unless given;
// "none" leaves the header out.
func (p *port) send(q request) response {
	p.t.Helper()
	r := httptest.NewRequest(q.method, q.path, strings.NewReader(q.body))
	if q.body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if q.agent == "" {
		q.agent = base
		if strings.Contains(q.path, "entities") || q.method != "GET" && strings.HasPrefix(q.path, "/v1/blueprints") {
			q.agent = exporter
		}
	}
	if q.token == "" {
		q.token = p.token
	}
	if q.agent != "none" {
		r.Header.Set("User-Agent", q.agent)
	}
	if q.token != "none" {
		r.Header.Set("Authorization", "Bearer "+q.token)
	}
	for k, v := range q.header {
		r.Header.Set(k, v)
	}
	w := httptest.NewRecorder()
	p.ServeHTTP(w, r)
	out := response{status: w.Code, header: w.Header(), raw: w.Body.String()}
	d := json.NewDecoder(bytes.NewReader(w.Body.Bytes()))
	if err := d.Decode(&out.body); err != nil && err != io.EOF {
		out.body = nil
	}
	return out
}

func (p *port) post(path, body string) response {
	p.t.Helper()
	return p.send(request{method: "POST", path: path, body: body})
}

func (p *port) want(r response, status int) response {
	p.t.Helper()
	if r.status != status {
		p.t.Fatalf("status %d, want %d: %s", r.status, status, r.raw)
	}
	return r
}

// refused wants an error of the API with the code and a part of the message.
func (p *port) refused(r response, status int, code, part string) {
	p.t.Helper()
	p.want(r, status)
	message, _ := r.body["message"].(string)
	if r.body["ok"] != false || r.body["error"] != code || !strings.Contains(message, part) {
		p.t.Fatalf("answer %s, want error %q with %q", r.raw, code, part)
	}
}

// put upserts entities of the bucket blueprint and wants all of them taken.
func (p *port) put(query string, entities ...string) {
	p.t.Helper()
	p.want(p.post(bulk+query, entitiesOf(entities...)), 200)
}

func entitiesOf(entities ...string) string {
	return `{"entities":[` + strings.Join(entities, ",") + `]}`
}

func (p *port) entity(blueprint, identifier string) portsim.Entity {
	p.t.Helper()
	e, ok := p.Entity(blueprint, identifier)
	if !ok {
		p.t.Fatalf("no entity %q of blueprint %q", identifier, blueprint)
	}
	return e
}
