package resync_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"portolan/internal/invocation"
	"portolan/internal/report"
	"portolan/internal/resync"
	"portolan/internal/simulator/awssim"
	"portolan/internal/state"
)

// titled makes a program the title of the entities of a kind.
func titled(t *testing.T, w *world, kind, program string) {
	t.Helper()
	var config map[string]json.RawMessage
	var resources []map[string]any
	decode(t, w.defaults.Config, &config)
	decode(t, config["resources"], &resources)
	for _, r := range resources {
		if r["kind"] == kind {
			mappings := r["port"].(map[string]any)["entity"].(map[string]any)["mappings"].(map[string]any)
			mappings["title"] = program
		}
	}
	config["resources"] = encode(t, resources)
	w.must(w.port.SetConfig(integration, encode(t, config)))
}

// TestAMappingThatWantsTooMuch costs the entities of its entry, and no other. The run comes to
// its end, and its lease is free.
func TestAMappingThatWantsTooMuch(t *testing.T) {
	t.Parallel()
	for name, program := range map[string]string{
		"memory": `[range(2000) | ("x" * 8000000)] | length | tostring`,
		"frames": `[range(100000)] as $a | def f: $a[] | f; f`,
		"caught": `try ([range(2000) | ("x" * 8000000)] | tostring) catch "caught"`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store := state.NewMemory()
			w := newWorld(t, estate(), quickRetries, func(d *resync.Deps) { d.State = store })
			w.run(invocation.Request{})
			before := w.total()
			titled(t, w, awssim.Queue, program)
			r := w.run(invocation.Request{})
			if r.Status == report.Completed || r.Total.Failed != 2*perAccount {
				t.Errorf("the run is %s, and %d entities failed, want all %d queues", r.Status, r.Total.Failed, 2*perAccount)
			}
			if after := w.total(); after != before {
				t.Errorf("%d entities, %d before", after, before)
			}
			if !leaseIsFree(t, store) {
				t.Error("the lease is not given back")
			}
		})
	}
}

// TestAMappingThatTakesLong does not hold up a run that has to end.
func TestAMappingThatTakesLong(t *testing.T) {
	t.Parallel()
	store := state.NewMemory()
	w := newWorld(t, estate(), quickRetries, func(d *resync.Deps) { d.State = store })
	w.run(invocation.Request{})
	before := w.total()
	titled(t, w, awssim.Queue, `("x" * 8000000) as $b | last(range(1e9) | $b | length) | tostring`)
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
	defer cancel()
	start := time.Now()
	r, _ := resync.Run(ctx, w.deps, invocation.Request{Trigger: invocation.CLI})
	if r == nil {
		t.Fatal("no report")
	}
	if took := time.Since(start); took > 40*time.Second || r.Status == report.Completed {
		t.Errorf("the run ends after %v: it is %s (%s)", took, r.Status, r.Reason)
	}
	if after := w.total(); after != before {
		t.Errorf("%d entities, %d before", after, before)
	}
	if !leaseIsFree(t, store) {
		t.Error("the lease is not given back")
	}
	if strings.Contains(r.Reason, "xxxx") {
		t.Errorf("the reason quotes a value: %s", r.Reason)
	}
}
