package kind

import (
	"context"

	"portolan/internal/aws/answer"
)

// Confirming returns what asks the kind's Confirm about resources in a target, with one client
// for all of them. It must not be used for a kind without Confirm.
func (k *Kind) Confirming(t Target) func(ctx context.Context, id string) (exists bool, err error) {
	t = k.open(t)
	return func(ctx context.Context, id string) (bool, error) { return k.Confirm(answer.Reading(ctx), t, id) }
}
