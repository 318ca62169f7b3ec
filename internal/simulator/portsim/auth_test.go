package portsim_test

import (
	"testing"
	"time"

	"portolan/internal/simulator/portsim"
)

func TestToken(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, body, code string
		status           int
	}{
		{"right credentials", `{"clientId":"client","clientSecret":"secret"}`, "", 200},
		{"wrong secret", `{"clientId":"client","clientSecret":"x"}`, "invalid_credentials", 401},
		{"wrong id", `{"clientId":"x","clientSecret":"secret"}`, "invalid_credentials", 401},
		{"unknown key", `{"clientId":"client","clientSecret":"secret","scope":"all"}`, "invalid_request", 422},
		{"no secret", `{"clientId":"client"}`, "invalid_request", 422},
		{"no body", ``, "unsupported_media_type", 415},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := start(t, portsim.Options{TokenLifetime: time.Hour})
			r := p.send(request{method: "POST", path: "/v1/auth/access_token", body: test.body, token: "none"})
			if test.code != "" {
				p.refused(r, test.status, test.code, "")
				return
			}
			if p.want(r, 200); r.body["expiresIn"] != 3600.0 || r.body["tokenType"] != "Bearer" {
				t.Errorf("answer %s", r.raw)
			}
		})
	}
}

func TestTokensEnd(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		before func(*port)
		token  string
		status int
	}{
		{"good", func(*port) {}, "", 200},
		{"in its last second", func(p *port) { p.clock.Advance(time.Hour - time.Second) }, "", 200},
		{"at its end", func(p *port) { p.clock.Advance(time.Hour) }, "", 401},
		{"all expired", func(p *port) { p.ExpireTokens() }, "", 401},
		{"after a rotation of the credentials", func(p *port) { p.SetCredentials("client", "new") }, "", 200},
		{"unknown", func(*port) {}, "abc", 401},
		{"none", func(*port) {}, "none", 401},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := start(t, portsim.Options{TokenLifetime: time.Hour})
			test.before(p)
			p.want(p.send(request{method: "GET", path: "/v1/organization", token: test.token}), test.status)
		})
	}
}

func TestRotatedCredentials(t *testing.T) {
	t.Parallel()
	p := start(t, portsim.Options{})
	p.SetCredentials("client", "new")
	old := request{method: "POST", path: "/v1/auth/access_token", body: `{"clientId":"client","clientSecret":"secret"}`, token: "none"}
	p.refused(p.send(old), 401, "invalid_credentials", "wrong")
	old.body = `{"clientId":"client","clientSecret":"new"}`
	p.want(p.send(old), 200)
}

func TestUserAgent(t *testing.T) {
	t.Parallel()
	read := request{method: "GET", path: "/v1/organization"}
	write := request{method: "POST", path: bulk + upsert, body: entitiesOf(`{"identifier":"a"}`)}
	blueprint := request{method: "GET", path: "/v1/blueprints/bucket"}
	for _, test := range []struct {
		name, agent string
		request     request
		status      int
	}{
		{"plain read", base, read, 200},
		{"read with a feature", exporter, read, 422},
		{"write as exporter", exporter, write, 200},
		{"write without a feature", base, write, 422},
		{"write as gitops", base + "/gitops", write, 422},
		{"blueprint read plainly", base, blueprint, 200},
		{"blueprint read as exporter", exporter, blueprint, 200},
		{"blueprint read as gitops", base + "/gitops", blueprint, 422},
		{"identifier before version", "port-ocean/aws-v3/my-aws/1.2.3/exporter", write, 422},
		{"type in capitals", "port-ocean/AWS-v3/1.2.3/my-aws", read, 422},
		{"no version", "port-ocean/aws-v3//my-aws", read, 422},
		{"no identifier", "port-ocean/aws-v3/1.2.3/exporter", write, 422},
		{"slash in the identifier", "port-ocean/aws-v3/1.2.3/my/aws/exporter", write, 422},
		{"another product", "Go-http-client/1.1", read, 422},
		{"none", "none", read, 422},
		{"beta version", "port-ocean/aws-v3/2.20.11-beta/my-aws", read, 200},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := start(t, portsim.Options{})
			q := test.request
			q.agent = test.agent
			r := p.want(p.send(q), test.status)
			if test.status == 422 && r.body["error"] != "invalid_user_agent" {
				t.Errorf("answer %s", r.raw)
			}
		})
	}
}

func TestTransport(t *testing.T) {
	t.Parallel()
	body := entitiesOf(`{"identifier":"a"}`)
	for _, test := range []struct {
		name    string
		request request
		status  int
	}{
		{"unknown path", request{method: "GET", path: "/v1/nothing"}, 404},
		{"unknown version", request{method: "GET", path: "/v2/organization"}, 404},
		{"another method", request{method: "PUT", path: "/v1/organization"}, 404},
		{"slash at the end", request{method: "GET", path: "/v1/organization/"}, 404},
		{"empty segment", request{method: "GET", path: "/v1/blueprints//entities"}, 404},
		{"body where none belongs", request{method: "GET", path: "/v1/organization", body: "{}"}, 400},
		{"query where none belongs", request{method: "GET", path: "/v1/organization?x=1"}, 422},
		{"text as content", request{method: "POST", path: bulk, body: body, header: map[string]string{"Content-Type": "text/plain"}}, 415},
		{"content with charset", request{method: "POST", path: bulk, body: body, header: map[string]string{"Content-Type": "application/json; charset=utf-8"}}, 200},
		{"compressed content", request{method: "POST", path: bulk, body: body, header: map[string]string{"Content-Encoding": "gzip"}}, 415},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := start(t, portsim.Options{})
			p.want(p.send(test.request), test.status)
		})
	}
}

func TestEveryAnswerCarriesItsHeaders(t *testing.T) {
	t.Parallel()
	p := start(t, portsim.Options{})
	for _, test := range []struct {
		name  string
		path  string
		token string
	}{
		{"success", "/v1/organization", ""},
		{"refusal", "/v1/organization", "none"},
		{"not found", "/v1/blueprints/none", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := p.send(request{method: "GET", path: test.path, token: test.token})
			for name, want := range map[string]string{
				"Date": "Sun, 01 Mar 2026 12:00:00 GMT", "Content-Type": "application/json; charset=utf-8",
				"x-ratelimit-limit": "15000", "x-ratelimit-period": "300", "x-ratelimit-remaining": "15000", "x-ratelimit-reset": "1772366700",
			} {
				if got := r.header.Get(name); got != want {
					t.Errorf("%s: %q, want %q", name, got, want)
				}
			}
			if r.header.Get("x-trace-id") == "" {
				t.Error("no x-trace-id")
			}
		})
	}
}

func TestRateLimit(t *testing.T) {
	t.Parallel()
	p := start(t, portsim.Options{Limits: map[portsim.Family]portsim.Limit{portsim.Other: {Calls: 2, Window: time.Minute}}})
	ask := func(status int, remaining string) {
		t.Helper()
		r := p.want(p.send(request{method: "GET", path: "/v1/organization"}), status)
		if got := r.header.Get("x-ratelimit-remaining"); got != remaining {
			t.Errorf("remaining %s, want %s", got, remaining)
		}
	}
	ask(200, "1")
	ask(200, "0")
	ask(429, "0")
	p.want(p.send(request{method: "GET", path: "/v1/blueprints/bucket"}), 200)
	p.clock.Advance(59 * time.Second)
	ask(429, "0")
	p.clock.Advance(time.Second)
	ask(200, "1")
}
