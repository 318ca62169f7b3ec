package doctor

import (
	"cmp"
	"errors"

	"portolan/internal/aws/account"
	"portolan/internal/aws/awserr"
	"portolan/internal/port"
)

// operationOf returns the action that an error is about.
func operationOf(err error) string {
	var known *awserr.Error
	if errors.As(err, &known) {
		return known.Op
	}
	return ""
}

// Explain splits an error's text into its cause and its fix, which may be missing.
func Explain(err error) (cause, fix string) {
	var (
		entry   *account.EnterError
		refused *port.Error
		known   *awserr.Error
	)
	switch {
	case errors.As(err, &entry):
		return cmp.Or(entry.Account.RoleARN, "the base identity") + ": " + entry.Cause, entry.Fix
	case errors.As(err, &refused):
		bare := *refused
		bare.Fix = ""
		return bare.Error(), refused.Fix
	case errors.As(err, &known):
		cause = awserr.Message(known.Err)
		if known.Op != "" {
			cause = known.Op + ": " + cause
		}
		return cause, sentence(awserr.Fix(err))
	}
	return err.Error(), ""
}
