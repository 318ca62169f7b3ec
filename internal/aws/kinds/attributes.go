package kinds

import (
	"strconv"

	"portolan/internal/aws/kind"
)

// typed makes numbers and booleans of those attributes that documents have so. SQS
// and SNS answer every attribute as text; what is not the text of a number or a
// boolean stays as it is.
func typed(attributes kind.Object, numbers, booleans []string) {
	for _, name := range numbers {
		if text, ok := attributes[name].(string); ok {
			if number, err := strconv.Atoi(text); err == nil {
				attributes[name] = number
			}
		}
	}
	for _, name := range booleans {
		if text, ok := attributes[name].(string); ok {
			if boolean, err := strconv.ParseBool(text); err == nil {
				attributes[name] = boolean
			}
		}
	}
}
