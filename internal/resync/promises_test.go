package resync_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	codes "portolan/internal/diag"
	"portolan/internal/invocation"
	"portolan/internal/report"
	"portolan/internal/resync"
	"portolan/internal/state"
)

// TestOnlyARunThatRemembersPromises ends plans and resyncs before, in and after their
// reading. Only a resync with a state leaves to the next run what that begins with.
func TestOnlyARunThatRemembersPromises(t *testing.T) {
	t.Parallel()
	ends := map[string]func(*world, context.CancelCauseFunc){
		"before the reading": func(w *world, _ context.CancelCauseFunc) {
			enough := make(chan struct{})
			close(enough)
			w.deps.Enough = enough
		},
		"while it compares": func(w *world, cancel context.CancelCauseFunc) {
			w.deps.Port = &stopping{Port: w.deps.Port, at: "find", stop: func() { cancel(signalled{}) }}
		},
		"while it sends": func(w *world, cancel context.CancelCauseFunc) {
			w.deps.Port = &stopping{Port: w.deps.Port, at: "upsert", stop: func() { cancel(signalled{}) }}
		},
	}
	for how, end := range ends {
		for _, action := range []string{invocation.Plan, invocation.Resync} {
			for name, store := range map[string]state.Store{"a state": state.NewMemory(), "no state": nil} {
				t.Run(how+", "+action+" with "+name, func(t *testing.T) {
					t.Parallel()
					w := newWorld(t, estate(), quickRetries, func(d *resync.Deps) { d.State = store })
					ctx, cancel := context.WithCancelCause(t.Context())
					defer cancel(nil)
					end(w, cancel)
					r, _ := resync.Run(ctx, w.deps, invocation.Request{Action: action, Trigger: invocation.CLI})
					reading := r.Cells[report.NotReached] > 0
					if how == "before the reading" && !reading {
						t.Fatalf("all was read: %v", r.Cells)
					}
					for _, gap := range r.Gaps {
						if gap.Code == "" {
							t.Errorf("no code: %+v", gap)
						}
						promises := action == invocation.Resync && store != nil
						if gap.Code == codes.NotReached && promises != strings.Contains(gap.Cause, "the next run begins with it") {
							t.Errorf("%+v", gap)
						}
					}
					text, err := json.Marshal(r)
					w.must(err)
					if action == invocation.Plan && strings.Contains(string(text), "next run") {
						t.Errorf("a plan tells of a next run: %s", text)
					}
				})
			}
		}
	}
}
