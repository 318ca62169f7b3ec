package awserr

import "portolan/internal/diag"

// diagnostics returns the code of each class.
var diagnostics = map[Class]diag.Code{
	Denied:         diag.Denied,
	Closed:         diag.Closed,
	Throttled:      diag.Throttled,
	Unsupported:    diag.Unsupported,
	AccountState:   diag.AccountState,
	RegionDisabled: diag.RegionDisabled,
	ClockSkewed:    diag.ClockSkewed,
	NotFound:       diag.NotFound,
	Expired:        diag.Expired,
	Timeout:        diag.Timeout,
	Unreachable:    diag.Unreachable,
	Failed:         diag.Failed,
}

// DiagCode returns the code of the class, "" of None.
func (c Class) DiagCode() diag.Code { return diagnostics[c] }

// DiagCode returns the error's own code, else that of its class.
func (e *Error) DiagCode() diag.Code {
	if e.Code != "" {
		return e.Code
	}
	return e.Class.DiagCode()
}

// CodeOf returns the code of an error: its outermost, else that of its class.
func CodeOf(err error) diag.Code {
	if code := diag.Of(err); code != "" {
		return code
	}
	return ClassOf(err).DiagCode()
}
