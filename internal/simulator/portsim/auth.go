package portsim

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// sessions are the credentials and the tokens given for them.
type sessions struct {
	id, secret string
	tokens     map[string]time.Time // token to its end
}

func newSessions(id, secret string) sessions {
	return sessions{id, secret, map[string]time.Time{}}
}

// SetCredentials rotates the client's credentials. Tokens that were given for
// the old ones stay good until they end.
func (s *Server) SetCredentials(id, secret string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sessions.id, s.sessions.secret = id, secret
}

// ExpireTokens ends all tokens at once.
func (s *Server) ExpireTokens() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.sessions.tokens)
}

// admit checks who is calling: the User-Agent and, except on an open route, the
// token.
func (s *Server) admit(c *call) *refusal {
	if !c.route.open {
		if r := s.sessions.check(c.request.Header.Get("Authorization"), c.now); r != nil {
			return r
		}
	}
	a, r := parseAgent(c.request.UserAgent())
	if r != nil {
		return r
	}
	c.agent = a
	return c.route.agent.check(a)
}

func (s sessions) check(header string, now time.Time) *refusal {
	token, ok := strings.CutPrefix(header, "Bearer ")
	if !ok {
		return refuse(http.StatusUnauthorized, "unauthorized", "Authorization has to be a Bearer token")
	}
	end, ok := s.tokens[token]
	if !ok || !now.Before(end) {
		return refuse(http.StatusUnauthorized, "unauthorized", "token is not valid, or no longer")
	}
	return nil
}

var tokenBody = object(must("clientId", text), must("clientSecret", text))

func (s *Server) token(c *call) (answer, *refusal) {
	if c.body["clientId"] != s.sessions.id || c.body["clientSecret"] != s.sessions.secret {
		return answer{}, refuse(http.StatusUnauthorized, "invalid_credentials", "client id or secret is wrong")
	}
	lifetime := s.options.TokenLifetime
	token := mint(c.now.Add(lifetime))
	s.sessions.tokens[token] = c.now.Add(lifetime)
	return done(http.StatusOK, map[string]any{
		"accessToken": token, "expiresIn": int(lifetime / time.Second), "tokenType": "Bearer",
	}), nil
}

// mint makes a token that looks like the JSON Web Token of a machine user. Its
// signature is a random number: the server knows its tokens by heart.
func mint(end time.Time) string {
	part := base64.RawURLEncoding.EncodeToString
	claims := fmt.Sprintf(`{"isMachine":true,"personalToken":false,"exp":%d}`, end.Unix())
	return strings.Join([]string{part([]byte(`{"alg":"HS256","typ":"JWT"}`)), part([]byte(claims)), part([]byte(rand.Text()))}, ".")
}
