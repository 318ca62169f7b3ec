package kinds

import (
	"fmt"

	"portolan/internal/fault"
	"portolan/internal/kind"
)

// ecsFailure gives the error that a Describe operation of ECS tells in its answer
// and not by a code. MISSING is none: the resource vanished after it was listed.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/api_failures_messages.html
func ecsFailure(operation string, answer kind.Object) error {
	for _, failure := range kind.Objects("failures", "arn")(answer) {
		reason := failure.Str("reason")
		if reason == "MISSING" {
			continue
		}
		class := fault.Failed
		if reason == "ACCESS_DENIED" {
			class = fault.Denied
		}
		return &fault.Error{Op: operation, Class: class, Err: fmt.Errorf("ECS answered %s for %s", reason, failure.ID)}
	}
	return nil
}
