package port

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// The kinds under which Port's page of a resync shows the resync as a whole, and its
// last phase.
const (
	RuntimeKind        = "__runtime__"
	ReconciliationKind = "__reconciliation__"
)

// ErrNoIngest says that Port named no host for logs or metrics, or none that the token may be sent to.
// It is also the error as long as no integration was read.
var ErrNoIngest = errors.New("port named no usable host for this")

// KindSync is what Port's page of a resync shows about one entry of the mapping, or about the whole
// under RuntimeKind and ReconciliationKind. The counts are those known so far.
type KindSync struct {
	Kind      string
	Index     int    // position in the mapping; 0 for the whole
	Blueprint string // its expression as the mapping has it, quotes included
	State     Status // Pending, Syncing, Completed, Failed or Aborted
	Seconds   float64

	Extracted, ExtractFailed               int // items, after itemsToParse; readings that failed
	Transformed, Filtered, TransformFailed int // entities; items without one; items in error
	Loaded, Unchanged, LoadFailed          int // entities
	Deleted                                int // entities; only under ReconciliationKind

	PeakMemory uint64 // bytes; 0 is not known
}

// identifier is Port's name for the entry: a kind may have several.
func (k KindSync) identifier() string {
	if k.whole() {
		return k.Kind
	}
	return fmt.Sprintf("%s-%d", k.Kind, k.Index)
}

func (k KindSync) whole() bool { return strings.HasPrefix(k.Kind, "__") }

// Introduce asks Port for these hosts, once, unless they are known, as they are after the integration
// was read.
func (c *Client) Introduce(ctx context.Context) {
	if c.ingest.Load() != nil {
		return
	}
	cl := c.readCall()
	cl.lossy = true
	if in, err := c.askIntegration(ctx, cl); err == nil {
		c.learnIngest(in)
	}
}

// TellSync tells Port about entries of a resync, known to it or not. As with everything that goes to
// this host, a failure is not worth a second attempt.
func (c *Client) TellSync(ctx context.Context, run string, kinds []KindSync) error {
	items := make([]map[string]any, len(kinds))
	for i, k := range kinds {
		items[i] = c.syncItem(run, k)
	}
	return c.tell(ctx, http.MethodPost, "/syncMetrics", map[string]any{"syncKindsMetrics": items})
}

// UpdateSync tells Port the state of an entry that TellSync has told it about.
func (c *Client) UpdateSync(ctx context.Context, run string, kind KindSync) error {
	return c.tell(ctx, http.MethodPut, "/syncMetrics/resync/{resync}/kind/{kind}",
		map[string]any{"syncKindMetrics": c.syncItem(run, kind)}, run, kind.identifier())
}

// Heartbeat tells Port that a resync is still running.
func (c *Client) Heartbeat(ctx context.Context, run string) error {
	return c.tell(ctx, http.MethodPost, "/heartbeat", map[string]string{"eventId": run})
}

func (c *Client) tell(ctx context.Context, method, route string, body any, args ...string) error {
	known := c.ingest.Load()
	if known == nil || known.metrics == "" {
		return ErrNoIngest
	}
	_, err := c.do(ctx, call{
		family: FamilyMetrics, host: known.metrics, method: method, route: route, args: args, body: body, lossy: true,
	})
	return err
}

// syncItem is an entry as the host takes it.
func (c *Client) syncItem(run string, k KindSync) map[string]any {
	success := 0.0
	if k.State == Completed {
		success = 1
	}
	phase := map[string]any{
		"resync":    map[string]any{"success": success, "duration_seconds": k.Seconds},
		"extract":   objects(map[string]int{"raw_extracted": k.Extracted, "failed": k.ExtractFailed}),
		"transform": objects(map[string]int{"transformed": k.Transformed, "filtered_out": k.Filtered, "failed": k.TransformFailed}),
		"load":      objects(map[string]int{"loaded": k.Loaded, "failed": k.LoadFailed, "skipped": k.Unchanged}),
	}
	if k.Kind == ReconciliationKind {
		phase["delete"] = objects(map[string]int{"deleted": k.Deleted})
	}
	return map[string]any{
		"integrationType": c.kind, "installationType": "OnPrem", "executionMode": "single_process",
		"integrationIdentifier": c.identifier, "integrationVersion": PeerVersion, "oceanVersion": OceanCoreVersion,
		"kindIdentifier": k.identifier(), "kind": k.Kind, "kindIndex": k.Index,
		"eventId": run, "syncState": k.State, "blueprint": k.Blueprint,
		"metrics": map[string]any{"phase": phase, "cpu_max_percent": 0.0, "memory_max_bytes": k.PeakMemory},
	}
}

// objects returns numbers of objects as the host takes them.
func objects(numbers map[string]int) map[string]any {
	counts := make(map[string]any, len(numbers))
	for name, n := range numbers {
		counts[name] = map[string]any{"object_count": n}
	}
	return map[string]any{"object_count_type": counts}
}
