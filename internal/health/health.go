// Package health answers the probes of what keeps a container running.
//
// The paths and answers are those of Ocean's container, so that the probes of Port's
// Helm chart work as they are: /health/live and /health/ready, and /docs, which the
// chart asked before it had these. A probe is answered from memory and asks nobody: a
// cluster that restarts a container because Port or AWS does not answer makes things
// worse.
//
// The package decides when work counts as stuck. What counts as progress, and when
// the program is ready, is for the one who works to tell.
package health

import (
	"encoding/json"
	"net/http"
	"sync"
	"time"
)

// Patience is how long work may make no progress before the program counts as stuck.
// The longest wait that is no fault is one for Port's rate limit, 5 minutes.
const Patience = 15 * time.Minute

// Health is what is known of the program's. It is safe for concurrent use. The zero
// value is not ready and, until the first [Health.Beat], alive.
type Health struct {
	// Version is told with each answer.
	Version string

	mu    sync.Mutex
	ready bool
	beat  time.Time
}

// SetReady says whether the program can do its work: its settings hold, and Port has
// taken its credentials.
func (h *Health) SetReady(ready bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ready = ready
}

// Beat says that the work has made progress.
func (h *Health) Beat() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.beat = time.Now()
}

// Ready says what SetReady said last.
func (h *Health) Ready() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.ready
}

// Live says whether there was progress within Patience.
func (h *Health) Live() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.beat.IsZero() || time.Since(h.beat) < Patience
}

// answer has the members of Ocean's.
type answer struct {
	Status  string `json:"status"`
	Check   string `json:"check"`
	Version string `json:"core_version"`
}

// ServeHTTP answers GET and HEAD of the paths: 200 if all is well, else 503.
func (h *Health) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	said := answer{Status: "healthy", Version: h.Version}
	switch r.URL.Path {
	case "/health/live", "/docs":
		if said.Check = "live"; !h.Live() {
			said.Status = "stuck"
		}
	case "/health/ready":
		if said.Check = "ready"; !h.Ready() {
			said.Status = "not_ready"
		}
	default:
		http.NotFound(w, r)
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "a probe is a GET", http.StatusMethodNotAllowed)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	if said.Status != "healthy" {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	_ = json.NewEncoder(w).Encode(said) // whoever probes has gone
}
