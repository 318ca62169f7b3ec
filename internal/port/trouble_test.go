package port_test

import (
	"errors"
	"fmt"
	"testing"

	"portolan/internal/port"
	"portolan/internal/trouble"
)

func TestTrouble(t *testing.T) {
	t.Parallel()
	refused := func(status int) *port.Error { return &port.Error{Op: "GET /x", StatusCode: status} }
	tests := map[string]struct {
		err  error
		want trouble.Code
	}{
		"no answer":                   {refused(0), trouble.PortUnreachable},
		"a token that is not taken":   {refused(401), trouble.PortCredentials},
		"a right that is missing":     {refused(403), trouble.PortDenied},
		"too often":                   {refused(429), trouble.PortThrottled},
		"a fault of Port's":           {refused(503), trouble.PortFailed},
		"an answer that is none":      {refused(200), trouble.PortFailed},
		"a call that is wrong":        {refused(422), trouble.PortRefused},
		"credentials":                 {&port.CredentialsError{Err: refused(401)}, trouble.PortCredentials},
		"an address":                  {&port.CredentialsError{Err: refused(403)}, trouble.PortAddressRefused},
		"another API":                 {&port.CredentialsError{Err: refused(404)}, trouble.PortUnreachable},
		"a secret":                    {&port.CredentialsError{Err: trouble.New(trouble.SecretEmpty, "empty")}, trouble.SecretEmpty},
		"a wait for the pace":         {&port.WaitError{}, trouble.PortThrottled},
		"a wait for a network":        {&port.WaitError{Err: refused(0)}, trouble.PortUnreachable},
		"inside of another error":     {fmt.Errorf("read the blueprints: %w", refused(403)), trouble.PortDenied},
		"something else is no matter": {errors.New("odd"), ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := trouble.Of(test.err); got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}
