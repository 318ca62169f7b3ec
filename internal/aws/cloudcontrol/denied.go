package cloudcontrol

import (
	"fmt"
	"slices"
	"strings"

	"portolan/internal/aws/awserr"
	"portolan/internal/aws/kind"
)

// Lacking returns the actions that a role lacks by a denial of an action of a kind. The handlers
// behind Cloud Control do not always name the action that they were denied: then it is any of those
// that they make, and all are returned.
func Lacking(k *kind.Kind, action string, denial error) []string {
	handlers := slices.DeleteFunc(slices.Clone(k.Behind), func(a string) bool { return a == listAction || a == readAction })
	if (action == listAction || action == readAction) && strings.Contains(awserr.Message(denial), "HandlerErrorCode:") && len(handlers) > 0 {
		return handlers
	}
	return []string{action}
}

// IsWithheld says whether an action is one that a handler of a kind makes and that a read role
// should not get: it hands out secrets, or does not only read.
func IsWithheld(k *kind.Kind, action string) bool { return len(k.Behind) > 0 && !Grantable(action) }

// WithheldFix says what can be done about a denial of such actions.
func WithheldFix(typeName string, actions []string) string {
	return fmt.Sprintf("take %s out of the mapping: AWS reads it with %s, which a read role does not get because it returns secrets or does more than read. "+
		"Its entities stay until then", typeName, strings.Join(actions, ", "))
}
