package port

import (
	"errors"
	"net/http"

	"portolan/internal/diag"
)

// DiagCode returns the code of what Port refused.
func (e *Error) DiagCode() diag.Code {
	switch {
	case e.StatusCode == 0:
		return diag.PortUnreachable
	case e.StatusCode == http.StatusUnauthorized:
		return diag.PortCredentials
	case e.StatusCode == http.StatusForbidden:
		return diag.PortDenied
	case e.StatusCode == http.StatusTooManyRequests:
		return diag.PortThrottled
	case e.StatusCode >= 500 || e.StatusCode < 300:
		return diag.PortFailed
	default:
		return diag.PortRefused
	}
}

// DiagCode returns the code of an entity that Port did not take.
func (e *EntityError) DiagCode() diag.Code {
	if e.Unnamed {
		return diag.PortUnnamed
	}
	return diag.EntityRefused
}

// DiagCode returns the code of credentials that could not be got, else of those that
// Port does not take.
func (e *CredentialsError) DiagCode() diag.Code {
	var refusal *Error
	if !errors.As(e.Err, &refusal) {
		return diag.Of(e.Err)
	}
	switch refusal.StatusCode {
	case http.StatusForbidden:
		return diag.PortAddressRefused
	case http.StatusNotFound:
		return diag.PortUnreachable
	default:
		return diag.PortCredentials
	}
}

// DiagCode returns the code of what made a wait too long: a failure, or the pace.
func (e *WaitError) DiagCode() diag.Code {
	var failure *Error
	if errors.As(e.Err, &failure) {
		return failure.DiagCode()
	}
	return diag.PortThrottled
}
