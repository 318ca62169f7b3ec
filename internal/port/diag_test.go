package port_test

import (
	"errors"
	"fmt"
	"testing"

	"portolan/internal/diag"
	"portolan/internal/port"
)

func TestTrouble(t *testing.T) {
	t.Parallel()
	refused := func(status int) *port.Error { return &port.Error{Op: "GET /x", StatusCode: status} }
	tests := map[string]struct {
		err  error
		want diag.Code
	}{
		"no answer":                  {refused(0), diag.PortUnreachable},
		"a token that is not taken":  {refused(401), diag.PortCredentials},
		"a right that is missing":    {refused(403), diag.PortDenied},
		"too often":                  {refused(429), diag.PortThrottled},
		"a fault of Port's":          {refused(503), diag.PortFailed},
		"an answer that is none":     {refused(200), diag.PortFailed},
		"a call that is wrong":       {refused(422), diag.PortRefused},
		"credentials":                {&port.CredentialsError{Err: refused(401)}, diag.PortCredentials},
		"an address":                 {&port.CredentialsError{Err: refused(403)}, diag.PortAddressRefused},
		"another API":                {&port.CredentialsError{Err: refused(404)}, diag.PortUnreachable},
		"a secret":                   {&port.CredentialsError{Err: diag.New(diag.SecretEmpty, "empty")}, diag.SecretEmpty},
		"a wait for the pace":        {&port.WaitError{}, diag.PortThrottled},
		"a wait for a network":       {&port.WaitError{Err: refused(0)}, diag.PortUnreachable},
		"inside of another error":    {fmt.Errorf("read the blueprints: %w", refused(403)), diag.PortDenied},
		"something else has no code": {errors.New("odd"), ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := diag.Of(test.err); got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}
