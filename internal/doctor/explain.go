package doctor

import (
	"errors"

	"portolan/internal/aws/awserr"
)

// operationOf returns the action that an error is about.
func operationOf(err error) string {
	var known *awserr.Error
	if errors.As(err, &known) {
		return known.Op
	}
	return ""
}
