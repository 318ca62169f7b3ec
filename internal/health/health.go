// Package health answers probes, by which Kubernetes for example decides whether to restart a
// container.
//
// The paths and answers are those of Ocean's container, so that the probes of Port's Helm chart work
// unchanged: /health/live and /health/ready, and /docs, which older charts used. A probe is answered
// from memory and makes no calls: to restart a container because Port or AWS does not answer makes
// things worse. Beside them, /metrics has what the caller measures, for Prometheus.
//
// The package decides when work counts as stuck. Its caller says what counts as progress, and when
// the program is ready.
package health

import (
	"encoding/json"
	"io"
	"net/http"
	"sync"
	"time"
)

// Patience is how long work may make no progress before the program counts as stuck.
// The longest normal wait is 5 minutes, for Port's rate limit.
const Patience = 15 * time.Minute

// Health is the health of the program. It is safe for concurrent use. The zero value is not ready,
// and alive until the first [Health.Beat].
type Health struct {
	// Version is part of each answer.
	Version string
	// Metrics writes what /metrics answers, in the text format of Prometheus; nil answers nothing there.
	Metrics func(io.Writer) error

	mu    sync.Mutex
	ready bool
	beat  time.Time
}

// SetReady says whether the program can do its work: its settings are valid, and Port has accepted
// its credentials.
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

// Ready returns what SetReady said last.
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

// ServeHTTP answers GET and HEAD of the paths: 200 if all is well, 503 if not.
func (h *Health) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	said := answer{Status: "healthy", Version: h.Version}
	measured := r.URL.Path == "/metrics" && h.Metrics != nil
	switch {
	case measured:
	case r.URL.Path == "/health/live", r.URL.Path == "/docs":
		if said.Check = "live"; !h.Live() {
			said.Status = "stuck"
		}
	case r.URL.Path == "/health/ready":
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
	if measured {
		w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
		_ = h.Metrics(w) // whoever asks may be gone
		return
	}
	w.Header().Set("Content-Type", "application/json")
	if said.Status != "healthy" {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	_ = json.NewEncoder(w).Encode(said) // the prober may be gone
}
