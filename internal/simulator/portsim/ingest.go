package portsim

import "net/http"

// The hosts for logs and metrics take what an integration tells of its runs.
// Nothing follows from it here; its form is checked and it is kept.

var (
	anyObject = dict(anything, anything)
	logsBody  = object(must("logs", list(1, 10_000, object(
		must("message", text),
		must("level", word("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")),
		must("timestamp", instant),
		may("extra", anyObject),
	))))
	kindMetrics = object(
		must("integrationType", text), must("integrationIdentifier", text), must("integrationVersion", text),
		must("kindIdentifier", text), must("kind", text), must("kindIndex", whole(0, 1<<31)),
		must("eventId", text), must("blueprint", text), must("metrics", anyObject),
		must("syncState", word("pending", "syncing", "completed", "failed", "aborted")),
		may("installationType", word("OnPrem")), may("executionMode", text), may("oceanVersion", text),
	)
	metricsBody     = object(must("syncKindsMetrics", list(1, 10_000, kindMetrics)))
	kindMetricsBody = object(must("syncKindMetrics", kindMetrics))
	heartbeatBody   = object(must("eventId", text))
)

// Ingested is one body that the host for logs or metrics took.
type Ingested struct {
	Integration string
	Route       string // the pattern, "POST /ingest/logs/{integration}"
	Body        map[string]any
}

func (s *Server) ingest(c *call) (answer, *refusal) {
	if _, r := s.integration(c); r != nil {
		return answer{}, r
	}
	s.journal.ingested = append(s.journal.ingested, Ingested{c.params["integration"], c.route.name(), c.body})
	return done(http.StatusOK, nil), nil
}
