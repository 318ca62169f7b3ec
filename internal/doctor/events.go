package doctor

import (
	"context"
	"fmt"

	"portolan/internal/aws/awserr"
	"portolan/internal/diag"
)

// EventQueue is what a queue of events holds.
type EventQueue struct {
	// Waiting messages can be taken, Taken ones are being dealt with, Delayed ones are to come.
	Waiting, Taken, Delayed int
}

// events says whether the queue of events can be asked. There is none unless events are wanted.
// Whether AWS sends any depends on trails and rules in every account, which are not looked at.
func (e *examination) events(ctx context.Context) {
	if e.Events == nil {
		return
	}
	c := e.open("events")
	q, err := e.Events(ctx)
	if err != nil {
		c.add(diag.Diagnostic{Severity: diag.Warning, Code: diag.EventsUnreached, Cause: awserr.Message(err)})
		return
	}
	c.Said = fmt.Sprintf("the queue has %d messages, %d that are being dealt with and %d to come; whether trails and rules send any is not looked at",
		q.Waiting, q.Taken, q.Delayed)
}
