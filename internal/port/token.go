package port

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// tokens gives the Authorization header of calls. The token is renewed when nine
// tenths of its life are over, or when Port refused it; whoever asks meanwhile
// waits for that one renewal.
type tokens struct {
	client      *Client
	credentials func(ctx context.Context, stale bool) (id, secret string, err error)

	turn   chan struct{} // holds one place; who has it may use what follows
	header string
	renew  time.Time
	warned bool
}

func newTokens(c *Client, credentials func(context.Context, bool) (string, string, error)) *tokens {
	return &tokens{client: c, credentials: credentials, turn: make(chan struct{}, 1)}
}

func (t *tokens) lock(ctx context.Context) error {
	select {
	case t.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return &Error{Op: "wait for a token", Err: context.Cause(ctx)}
	}
}

func (t *tokens) unlock() { <-t.turn }

// get gives the header's value.
func (t *tokens) get(ctx context.Context) (string, error) {
	if err := t.lock(ctx); err != nil {
		return "", err
	}
	defer t.unlock()
	if t.header != "" && time.Now().Before(t.renew) {
		return t.header, nil
	}
	if err := t.fetch(ctx); err != nil {
		return "", err
	}
	return t.header, nil
}

// drop forgets a header that Port refused, unless it was renewed already.
func (t *tokens) drop(header string) {
	t.turn <- struct{}{}
	defer t.unlock()
	if t.header == header {
		t.header = ""
	}
}

// fetch gets a token. If Port refuses the credentials, they are read once more:
// they may have been rotated.
func (t *tokens) fetch(ctx context.Context) error {
	id, secret, err := t.credentials(ctx, false)
	if err != nil {
		return err
	}
	err = t.request(ctx, id, secret)
	if !refusesCredentials(err) {
		return err
	}
	newID, newSecret, readErr := t.credentials(ctx, true)
	if readErr != nil || newID == id && newSecret == secret {
		return err
	}
	return t.request(ctx, newID, newSecret)
}

func refusesCredentials(err error) bool {
	switch statusOf(err) {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusUnprocessableEntity:
		return true
	default:
		return false
	}
}

func (t *tokens) request(ctx context.Context, id, secret string) error {
	c := t.client
	c.learnSecrets(id, secret)
	if strings.Contains(id, "@") && !t.warned {
		t.warned = true
		c.log.Warn("Port's client id looks like a person's; use the organization's credentials, which do not leave with a person")
	}
	cl := call{
		family: FamilyAuth, method: http.MethodPost, route: "/auth/access_token",
		body: map[string]string{"clientId": id, "clientSecret": secret},
	}
	a, err := c.send(ctx, cl, func(context.Context) (string, error) { return "", nil })
	if err != nil {
		return withMend(err)
	}
	var said struct {
		AccessToken string  `json:"accessToken"`
		ExpiresIn   float64 `json:"expiresIn"`
		TokenType   string  `json:"tokenType"`
	}
	if err := a.decode(cl, &said); err != nil {
		return err
	}
	if said.AccessToken == "" || said.TokenType == "" || said.ExpiresIn <= 0 {
		return &Error{Op: cl.op(), StatusCode: a.status, TraceID: a.trace, Message: "the answer holds no token"}
	}
	c.learnSecrets(id, secret, said.AccessToken)
	t.header = said.TokenType + " " + said.AccessToken
	t.renew = time.Now().Add(time.Duration(said.ExpiresIn * 0.9 * float64(time.Second)))
	return nil
}

func withMend(err error) error {
	var e *Error
	if errors.As(err, &e) && refusesCredentials(err) {
		e.Mend = "check Port's client id and secret, and that OCEAN__PORT__BASE_URL is the region of that organization"
		if strings.HasPrefix(e.Message, "IP not whitelisted") {
			e.Mend = "allow the address from which this runs in Port's IP allow list"
		}
		return e
	}
	return fmt.Errorf("get a token: %w", err)
}
