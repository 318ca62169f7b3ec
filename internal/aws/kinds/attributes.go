package kinds

import (
	"errors"
	"strconv"

	"portolan/internal/aws/kind"
)

// attributes takes the Attributes of an answer. SQS and SNS answer every attribute as
// text; documents have some of them as numbers and booleans. What is not the text of a
// number or a boolean stays as it is.
func attributes(numbers, booleans []string) func(*kind.Resource, kind.Object) (kind.Object, error) {
	return func(_ *kind.Resource, answer kind.Object) (kind.Object, error) {
		attributes, ok := answer["Attributes"].(kind.Object)
		if !ok {
			return nil, errors.New("the answer has no Attributes")
		}
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
		return attributes, nil
	}
}
