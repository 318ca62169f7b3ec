package resync_test

import (
	"testing"

	"portolan/internal/invocation"
	"portolan/internal/report"
	"portolan/internal/resync"
	"portolan/internal/simulator/portsim"
	"portolan/internal/state"
)

// TestPortIsToldOnceOfTheIntegration has a Port whose answers lack what it was told, and
// makes each run in a new process.
func TestPortIsToldOnceOfTheIntegration(t *testing.T) {
	t.Parallel()
	store := state.NewMemory()
	w := newWorld(t, estate(), func(d *resync.Deps) { d.State = store })
	hides := portsim.Fault{Route: portsim.IntegrationRoute, Times: -1, Rewrite: func(answer map[string]any) {
		if in, ok := answer["integration"].(map[string]any); ok {
			delete(in, "processingMode")
			delete(in, "arePortResourcesInitialized")
		}
	}}
	w.port.Inject(hides)
	requests := func() int {
		in, _ := w.port.Integration(integration)
		return in.ResyncRequests
	}
	wantStatus(t, w.run(invocation.Request{}), report.Completed)
	first := requests()
	if first == 0 || first > 2 {
		t.Errorf("the first run raises %d requests", first)
	}
	for range 2 {
		w.deps.Port = w.depsFor(w.portURL).Port
		wantStatus(t, w.run(invocation.Request{}), report.Completed)
	}
	if n := requests(); n != first {
		t.Errorf("%d requests are raised later", n-first)
	}
}
