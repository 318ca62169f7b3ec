package doctor

import (
	"errors"

	"portolan/internal/fault"
)

// operationOf gives the action that an error is about.
func operationOf(err error) string {
	var known *fault.Error
	if errors.As(err, &known) {
		return known.Op
	}
	return ""
}
