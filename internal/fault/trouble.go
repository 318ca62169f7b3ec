package fault

import "portolan/internal/trouble"

// troubles gives the code of each class.
var troubles = map[Class]trouble.Code{
	Denied:         trouble.Denied,
	Closed:         trouble.Closed,
	Throttled:      trouble.Throttled,
	Unsupported:    trouble.Unsupported,
	AccountState:   trouble.AccountState,
	RegionDisabled: trouble.RegionDisabled,
	ClockSkewed:    trouble.ClockSkewed,
	NotFound:       trouble.NotFound,
	Expired:        trouble.Expired,
	Timeout:        trouble.Timeout,
	Unreachable:    trouble.Unreachable,
	Failed:         trouble.Failed,
}

// Trouble gives the code of the class, "" of None.
func (c Class) Trouble() trouble.Code { return troubles[c] }

// Trouble gives the error's own code, else that of its class.
func (e *Error) Trouble() trouble.Code {
	if e.Code != "" {
		return e.Code
	}
	return e.Class.Trouble()
}

// CodeOf gives the code of an error: its outermost, else that of its class.
func CodeOf(err error) trouble.Code {
	if code := trouble.Of(err); code != "" {
		return code
	}
	return ClassOf(err).Trouble()
}
