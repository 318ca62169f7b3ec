package port

import (
	"errors"
	"net/http"

	"portolan/internal/trouble"
)

// Trouble gives the code of what Port refused.
func (e *Error) Trouble() trouble.Code {
	switch {
	case e.StatusCode == 0:
		return trouble.PortUnreachable
	case e.StatusCode == http.StatusUnauthorized:
		return trouble.PortCredentials
	case e.StatusCode == http.StatusForbidden:
		return trouble.PortDenied
	case e.StatusCode == http.StatusTooManyRequests:
		return trouble.PortThrottled
	case e.StatusCode >= 500 || e.StatusCode < 300:
		return trouble.PortFailed
	default:
		return trouble.PortRefused
	}
}

// Trouble gives the code of an entity that Port did not take.
func (e *EntityError) Trouble() trouble.Code {
	if e.Unnamed {
		return trouble.PortUnnamed
	}
	return trouble.EntityRefused
}

// Trouble gives the code of credentials that could not be got, else of those that
// Port does not take.
func (e *CredentialsError) Trouble() trouble.Code {
	var refusal *Error
	if !errors.As(e.Err, &refusal) {
		return trouble.Of(e.Err)
	}
	switch refusal.StatusCode {
	case http.StatusForbidden:
		return trouble.PortAddressRefused
	case http.StatusNotFound:
		return trouble.PortUnreachable
	default:
		return trouble.PortCredentials
	}
}

// Trouble gives the code of what made a wait too long: a failure, or the pace.
func (e *WaitError) Trouble() trouble.Code {
	var failure *Error
	if errors.As(e.Err, &failure) {
		return failure.Trouble()
	}
	return trouble.PortThrottled
}
