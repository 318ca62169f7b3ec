package doctor_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"portolan/internal/diag"
	"portolan/internal/doctor"
	"portolan/internal/invocation"
)

func TestEvents(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		queue func(context.Context) (doctor.EventQueue, error)
		level doctor.Level
		said  string
	}{
		"it answers": {func(context.Context) (doctor.EventQueue, error) {
			return doctor.EventQueue{Waiting: 7, Taken: 2, Delayed: 3}, nil
		}, doctor.OK, "the queue has 7 messages, 2 that are being dealt with and 3 to come"},
		"it does not": {func(context.Context) (doctor.EventQueue, error) {
			return doctor.EventQueue{}, errors.New("denied")
		}, doctor.Warning, ""},
		"there is none": {nil, doctor.OK, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.deps.Events = test.queue
			checks := doctor.Examine(t.Context(), w.deps, invocation.Request{Kinds: []string{"AWS::Account::Info"}}).Checks
			at := slices.IndexFunc(checks, func(c *doctor.Check) bool { return c.Name == "events" })
			if test.queue == nil {
				if at >= 0 {
					t.Errorf("%+v", checks[at])
				}
				return
			}
			if at < 0 || checks[at].Level != test.level || !strings.Contains(checks[at].Said, test.said) {
				t.Fatalf("checks %+v", checks)
			}
			found := len(checks[at].Diagnostics) == 1 && checks[at].Diagnostics[0].Code == diag.EventsUnreached && strings.Contains(checks[at].Diagnostics[0].Cause, "denied")
			if found != (test.level == doctor.Warning) {
				t.Errorf("diagnostics %+v", checks[at].Diagnostics)
			}
		})
	}
}
