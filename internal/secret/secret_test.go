package secret_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/secret"
	"portolan/internal/settings"
)

func TestSecretIsNeverShown(t *testing.T) {
	t.Parallel()
	const value = "hunter2"
	secret := secret.Text(value)
	holder := settings.Settings{Port: settings.Port{ClientSecret: secret}}

	var out strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%10s"} {
		fmt.Fprintf(&out, verb+" "+verb+"\n", secret, holder)
	}
	slog.New(slog.NewTextHandler(&out, nil)).Info("x", "secret", secret, "holder", holder)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "secret", secret, "holder", holder)
	encoded, err := json.Marshal([]any{secret, &secret, holder})
	if err != nil {
		t.Fatal(err)
	}
	out.Write(encoded)
	for _, form := range []string{value, fmt.Sprintf("%x", value), fmt.Sprintf("%X", value)} {
		if strings.Contains(out.String(), form) {
			t.Errorf("%q is shown in\n%s", form, out.String())
		}
	}
	if secret.Reveal() != value || secret.String() == "" {
		t.Errorf("Reveal() = %q, String() = %q", secret.Reveal(), secret.String())
	}
}

func TestSecrets(t *testing.T) {
	t.Parallel()
	s := settings.Settings{Port: settings.Port{ClientID: "a"}, AWS: settings.AWS{ExternalID: "b", SessionToken: "c"}}
	if diff := cmp.Diff([]string{"a", "b", "c"}, s.Secrets()); diff != "" {
		t.Error(diff)
	}
}

func TestCredentials(t *testing.T) {
	t.Parallel()
	const should = `; the secret should hold {"PORT_CLIENT_ID":"…","PORT_CLIENT_SECRET":"…"}`
	tests := map[string]struct {
		held    string
		fetched error
		id, key string
		err     string
	}{
		"good":              {held: `{"PORT_CLIENT_ID":"i","PORT_CLIENT_SECRET":" s\n","other":1}`, id: "i", key: "s"},
		"not readable":      {fetched: errors.New("access denied"), err: "read Port's credentials from port: access denied"},
		"not JSON":          {held: "hunter2", err: "read Port's credentials from port: the secret is not a JSON object" + should},
		"null":              {held: "null", err: "read Port's credentials from port: the secret is not a JSON object" + should},
		"an array":          {held: `["hunter2"]`, err: "read Port's credentials from port: the secret is not a JSON object" + should},
		"without an id":     {held: `{"clientId":"hunter2"}`, err: "read Port's credentials from port: the secret has no key PORT_CLIENT_ID" + should},
		"without a secret":  {held: `{"PORT_CLIENT_ID":"hunter2"}`, err: "read Port's credentials from port: the secret has no key PORT_CLIENT_SECRET" + should},
		"a number":          {held: `{"PORT_CLIENT_ID":12345}`, err: "read Port's credentials from port: the secret's PORT_CLIENT_ID is not a text" + should},
		"an empty one":      {held: `{"PORT_CLIENT_ID":" "}`, err: "read Port's credentials from port: the secret's PORT_CLIENT_ID is empty" + should},
		"two JSON values":   {held: `{"PORT_CLIENT_ID":"i","PORT_CLIENT_SECRET":"s"} {}`, err: "read Port's credentials from port: the secret is not a JSON object" + should},
		"an empty document": {held: "", err: "read Port's credentials from port: the secret is not a JSON object" + should},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := settings.Settings{Port: settings.Port{SecretARN: "port"}}
			id, key, err := s.Credentials(t.Context(), func(_ context.Context, arn string) (string, error) {
				if arn != "port" {
					t.Errorf("fetched %q", arn)
				}
				return tt.held, tt.fetched
			})
			if tt.err != "" {
				if err == nil || err.Error() != tt.err || !errors.Is(err, tt.fetched) && tt.fetched != nil {
					t.Errorf("error %v, want %s", err, tt.err)
				}
			} else if err != nil {
				t.Error(err)
			}
			if id.Reveal() != tt.id || key.Reveal() != tt.key {
				t.Errorf("credentials %q %q, want %q %q", id.Reveal(), key.Reveal(), tt.id, tt.key)
			}
		})
	}
}

func TestCredentialsOfTheEnvironment(t *testing.T) {
	t.Parallel()
	s := settings.Settings{Port: settings.Port{ClientID: "i", ClientSecret: "s"}}
	id, key, err := s.Credentials(t.Context(), nil)
	if id != "i" || key != "s" || err != nil {
		t.Errorf("credentials %q %q %v", id.Reveal(), key.Reveal(), err)
	}
}
