package port_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"portolan/internal/port"
)

func TestTokenIsFetchedOnceForAll(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &script{sees: func(r seen) {
			if r.Target == tokenPath {
				time.Sleep(time.Second) // of the bubble: all callers arrive meanwhile
			}
		}}
		c := client(t, s)
		var group sync.WaitGroup
		for range 50 {
			group.Go(func() {
				if _, err := c.Integration(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		if len(s.asked) != 1 || len(s.calls) != 50 {
			t.Errorf("%d token calls for %d calls", len(s.asked), len(s.calls))
		}
	})
}

func TestTokenIsRenewedBeforeItsEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &script{tokens: func(n int, _ seen) reply { return token(fmt.Sprint("token-", n), 100) }}
		c := client(t, s)
		for _, at := range []struct {
			after  time.Duration
			tokens int
		}{{0, 1}, {89 * time.Second, 1}, {2 * time.Second, 2}, {80 * time.Second, 2}} {
			time.Sleep(at.after)
			if _, err := c.Integration(t.Context()); err != nil {
				t.Fatal(err)
			}
			if len(s.asked) != at.tokens {
				t.Errorf("after %v more: %d token calls, want %d", at.after, len(s.asked), at.tokens)
			}
		}
		if got := s.calls[3].Header.Get("Authorization"); got != "Bearer token-2" {
			t.Errorf("authorization %q", got)
		}
	})
}

func TestRefusedTokenIsReplacedOnce(t *testing.T) {
	t.Parallel()
	calls := map[string]func(context.Context, *port.Client) error{
		"GET": func(ctx context.Context, c *port.Client) error { _, err := c.Integration(ctx); return err },
		"POST": func(ctx context.Context, c *port.Client) error {
			_, err := c.Find(ctx, "b", []string{"a"})
			return err
		},
		"PATCH": func(ctx context.Context, c *port.Client) error {
			return c.SetResyncState(ctx, port.ResyncState{Status: port.Running, Start: time.Now()})
		},
		"lossy POST": func(ctx context.Context, c *port.Client) error {
			return c.SendExamples(ctx, "k", []map[string]any{{"a": "b"}})
		},
	}
	for name, call := range calls {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &script{
				tokens:  func(n int, _ seen) reply { return token(fmt.Sprint("token-", n), 3600) },
				answers: []reply{status(401), fine},
			}
			if err := call(t.Context(), client(t, s)); err != nil {
				t.Fatal(err)
			}
			if len(s.calls) != 2 || s.calls[1].Header.Get("Authorization") != "Bearer token-2" || s.calls[0].Body != s.calls[1].Body {
				t.Errorf("requests %+v", s.calls)
			}
		})
		t.Run(name+", twice", func(t *testing.T) {
			t.Parallel()
			s := &script{answers: []reply{status(401)}}
			err := call(t.Context(), client(t, s))
			var refused *port.Error
			if !errors.As(err, &refused) || refused.StatusCode != 401 || len(s.calls) != 2 {
				t.Errorf("error %v after %d calls", err, len(s.calls))
			}
		})
	}
}

func TestRotatedCredentialsAreFound(t *testing.T) {
	t.Parallel()
	s := &script{tokens: func(_ int, r seen) reply {
		if strings.Contains(r.Body, "rotated-secret") {
			return token("good", 3600)
		}
		return status(401)
	}}
	reads := 0
	c := client(t, s, func(o *port.Options) {
		o.Credentials = func(context.Context) (string, string, error) {
			if reads++; reads > 1 {
				return clientID, "rotated-secret", nil
			}
			return clientID, clientSecret, nil
		}
	})
	if _, err := c.Integration(t.Context()); err != nil {
		t.Fatal(err)
	}
	if reads != 2 || len(s.asked) != 2 {
		t.Errorf("credentials read %d times, %d token calls", reads, len(s.asked))
	}
}

func TestRefusedCredentialsFailFast(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		answer reply
		fix    string
	}{
		"wrong secret":     {refusal(401, "unauthorized", "bad credentials"), "PORT_CLIENT_SECRET"},
		"malformed id":     {refusal(422, "invalid_request", "clientId"), "PORT_CLIENT_ID"},
		"address not in":   {refusal(403, "forbidden", "IP not whitelisted: 192.0.2.1"), "allow list"},
		"not Port's API":   {status(404), "OCEAN__PORT__BASE_URL"},
		"not Port's form":  {status(400), ""},
		"sent elsewhere":   {status(301).with("Location", "https://elsewhere.test"), "OCEAN__PORT__BASE_URL"},
		"an empty success": {ok(`{"ok":true}`), ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := &script{tokens: func(int, seen) reply { return test.answer }}
				start := time.Now()
				_, err := client(t, s).Start(t.Context())
				if err == nil || !strings.Contains(err.Error(), test.fix) || strings.Contains(err.Error(), clientSecret) {
					t.Errorf("error %v, want one with %s", err, test.fix)
				}
				if time.Since(start) != 0 || len(s.asked) != 1 || len(s.calls) != 0 {
					t.Errorf("%v, %d token calls, %d others", time.Since(start), len(s.asked), len(s.calls))
				}
			})
		})
	}
}

func TestRefusalStandsForAllCallers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &script{tokens: func(n int, _ seen) reply {
			if n == 1 {
				return status(401)
			}
			return token("good", 3600)
		}}
		c := client(t, s)
		for range 20 {
			var refused *port.CredentialsError
			if _, err := c.Integration(t.Context()); !errors.As(err, &refused) || port.NotFound(err) {
				t.Fatalf("error %v", err)
			}
		}
		if len(s.asked) != 1 {
			t.Errorf("%d token calls", len(s.asked))
		}
		time.Sleep(time.Minute)
		if _, err := c.Integration(t.Context()); err != nil {
			t.Errorf("a minute later: %v", err)
		}
	})
}

func TestTokenCallIsRetriedWhenPortFails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &script{tokens: func(n int, _ seen) reply {
			switch n {
			case 1:
				return status(503)
			case 2:
				return reply{err: errors.New("connection reset")}
			}
			return token("good", 3600)
		}}
		if _, err := client(t, s).Integration(t.Context()); err != nil || len(s.asked) != 3 {
			t.Errorf("error %v after %d token calls", err, len(s.asked))
		}
	})
}

func TestUnreadableCredentials(t *testing.T) {
	t.Parallel()
	gone := errors.New("secret arn:aws:secretsmanager:…: not found")
	c := client(t, &script{}, func(o *port.Options) {
		o.Credentials = func(context.Context) (string, string, error) { return "", "", gone }
	})
	outcomes, err := c.Upsert(t.Context(), "b", items("a", "b"), port.UpsertOptions{})
	if !errors.Is(err, gone) || len(outcomes) != 2 || outcomes[1].Err == nil {
		t.Errorf("error %v, outcomes %v", err, outcomes)
	}
}

func TestWaitingForATokenEndsWithTheContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &script{sees: func(r seen) {
			if r.Target == tokenPath {
				time.Sleep(time.Minute)
			}
		}}
		c := client(t, s)
		var group sync.WaitGroup
		group.Go(func() { _, _ = c.Integration(t.Context()) })
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := c.Integration(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v", err)
		}
		group.Wait()
	})
}

func TestAuthenticate(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		answer  reply
		ok      bool
		refused bool
	}{
		"good":        {token("t", 3600), true, false},
		"refused":     {refusal(401, "invalid_credentials", "no"), false, true},
		"unreachable": {reply{err: errors.New("no route to host")}, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer cancel()
			err := client(t, &script{tokens: func(int, seen) reply { return test.answer }}).Authenticate(ctx)
			var refused *port.CredentialsError
			if (err == nil) != test.ok || errors.As(err, &refused) != test.refused {
				t.Errorf("error %v", err)
			}
		})
	}
}
