package port

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strings"
	"time"
)

// refusedFor is how long a refusal of the credentials counts for all calls, so that a hundred of them
// do not ask Port for the same again.
const refusedFor = 30 * time.Second

// CredentialsError says that Port refuses the credentials, or that there are none. No call can succeed
// until a person fixes that.
type CredentialsError struct{ Err error }

// Error says why, and how to fix it.
func (e *CredentialsError) Error() string { return e.Err.Error() }

// Unwrap returns the refusal of Port, or the failure to get the credentials.
func (e *CredentialsError) Unwrap() error { return e.Err }

// Authenticate gets a token, unless there is one. A *CredentialsError says that Port
// refuses the credentials; any other error says nothing about them.
func (c *Client) Authenticate(ctx context.Context) error {
	_, err := c.tokens.get(ctx)
	return err
}

// gate lets one in at a time, and those who wait can give up.
type gate chan struct{}

func newGate() gate { return make(gate, 1) }

func (g gate) enter(ctx context.Context) error {
	select {
	case g <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (g gate) leave() { <-g }

// tokens holds the token that all calls share and renews it, one call at a time.
type tokens struct {
	connection  *connection
	credentials func(ctx context.Context) (id, secret string, err error)

	turn          gate // guards all below
	authorization string
	renew         time.Time
	personal      bool
	refusal       error
	refusedUntil  time.Time
}

func newTokens(c *connection, credentials func(context.Context) (string, string, error)) *tokens {
	return &tokens{connection: c, credentials: credentials, turn: newGate()}
}

// wallClock drops the monotonic reading, which stops while a Lambda sandbox is frozen. Tokens expire by
// the wall clock.
func wallClock() time.Time { return time.Now().Round(0) }

// get returns the Authorization header, of a new token if the old one is near its
// end.
func (t *tokens) get(ctx context.Context) (string, error) {
	if err := t.turn.enter(ctx); err != nil {
		return "", &Error{Op: tokenCall.op(), Err: err}
	}
	defer t.turn.leave()
	now := wallClock()
	switch {
	case t.authorization != "" && now.Before(t.renew):
		return t.authorization, nil
	case now.Before(t.refusedUntil):
		return "", t.refusal
	}
	if err := t.fetch(ctx); err != nil {
		t.authorization = ""
		return "", err
	}
	return t.authorization, nil
}

// drop forgets a token that Port refused, unless another has taken its place.
func (t *tokens) drop(ctx context.Context, authorization string) {
	if t.turn.enter(ctx) != nil {
		return // and no call of this context will get another
	}
	defer t.turn.leave()
	if t.authorization == authorization {
		t.authorization = ""
	}
}

// fetch gets a token. Credentials that Port refuses are read once more, in case
// they were rotated.
func (t *tokens) fetch(ctx context.Context) error {
	id, secret, err := t.credentials(ctx)
	if err != nil {
		return &CredentialsError{Err: fmt.Errorf("get the credentials for Port: %w", err)}
	}
	err = t.exchange(ctx, id, secret)
	if !refusesCredentials(err) {
		return err
	}
	newID, newSecret, again := t.credentials(ctx)
	if again == nil && (newID != id || newSecret != secret) {
		if err = t.exchange(ctx, newID, newSecret); !refusesCredentials(err) {
			return err
		}
	}
	t.refusal, t.refusedUntil = &CredentialsError{Err: err}, wallClock().Add(refusedFor)
	return t.refusal
}

var tokenCall = call{family: FamilyAuth, method: http.MethodPost, route: "/auth/access_token"}

func (t *tokens) exchange(ctx context.Context, id, secret string) error {
	t.connection.learnSecrets(id, secret)
	t.personal = strings.Contains(id, "@")
	asked := wallClock()
	cl := tokenCall
	cl.body = struct {
		ID     string `json:"clientId"`
		Secret string `json:"clientSecret"`
	}{id, secret}
	a, err := t.connection.send(ctx, cl, func(context.Context) (string, error) { return "", nil })
	if err != nil {
		return withFix(err)
	}
	var got struct {
		Token  string  `json:"accessToken"`
		Type   string  `json:"tokenType"`
		Expiry float64 `json:"expiresIn"`
	}
	if failure := a.decode(cl, &got); failure != nil {
		return failure
	}
	if got.Token == "" {
		return &Error{Op: cl.op(), StatusCode: a.status, TraceID: a.trace, Message: "the answer has no token"}
	}
	if got.Type == "" {
		got.Type = "Bearer"
	}
	t.connection.learnSecrets(id, secret, got.Token)
	t.authorization = got.Type + " " + got.Token
	// Nine tenths of its life: a call that starts now must not meet its end.
	lifetime := min(max(got.Expiry, 0), math.MaxInt32)
	t.renew = asked.Add(time.Duration(0.9 * lifetime * float64(time.Second)))
	return nil
}

// refusesCredentials says whether the token call would end the same way again.
func refusesCredentials(err error) bool {
	switch status := statusOf(err); status {
	case http.StatusRequestTimeout, http.StatusTooManyRequests:
		return false
	default:
		return status >= 300 && status < 500
	}
}

// withFix says what to do about a token call that Port refused.
func withFix(err error) error {
	var refusal *Error
	if !errors.As(err, &refusal) {
		return err
	}
	switch refusal.StatusCode {
	case http.StatusUnauthorized, http.StatusUnprocessableEntity:
		refusal.Fix = "check PORT_CLIENT_ID and PORT_CLIENT_SECRET in the secret (or OCEAN__PORT__CLIENT_ID and " +
			"OCEAN__PORT__CLIENT_SECRET), and that OCEAN__PORT__BASE_URL is the region where the organization lives"
	case http.StatusForbidden:
		refusal.Fix = "let the address that this runs from into the IP allow list of the Port organization, " +
			"and check that the credentials are the organization's"
	case http.StatusNotFound:
		refusal.Fix = "check OCEAN__PORT__BASE_URL: it is Port's API without /v1, https://api.getport.io or https://api.us.getport.io"
	}
	return err
}

// note says what is odd about the credentials, or nothing.
func (t *tokens) note(ctx context.Context) string {
	if t.turn.enter(ctx) != nil {
		return ""
	}
	defer t.turn.leave()
	if !t.personal {
		return ""
	}
	return "the Port client id looks like an e-mail address: these are a person's credentials, and end with the person's access; " +
		"use those of the organization (Port: Settings, Credentials)"
}
