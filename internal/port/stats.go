package port

import (
	"maps"
	"net/http"
	"sync"
)

// The families of routes, as Port's rate limits divide them.
const (
	FamilyAuth         = "auth"
	FamilyBlueprints   = "blueprints"
	FamilyBulkUpsert   = "bulk-upsert"
	FamilySingleUpsert = "single-upsert"
	FamilyEntities     = "entities"
	FamilyOther        = "other"
	FamilyMetrics      = "sync-metrics" // the host for what a resync tells of its kinds
	FamilyLogs         = "logs"         // the host for logs
)

// Stats counts the calls of one family of routes.
type Stats struct {
	Calls     int   // calls as they were asked for
	Retries   int   // requests beyond these
	Throttled int   // answers with status 429
	Bytes     int64 // bodies of all requests, uncompressed
}

type counters struct {
	mu       sync.Mutex
	families map[string]Stats
}

func newCounters() *counters { return &counters{families: make(map[string]Stats)} }

// Stats returns the counts since the client was made, by family.
func (c *Client) Stats() map[string]Stats {
	c.stats.mu.Lock()
	defer c.stats.mu.Unlock()
	return maps.Clone(c.stats.families)
}

func (s *counters) change(family string, f func(*Stats)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	of := s.families[family]
	f(&of)
	s.families[family] = of
}

func (s *counters) called(family string)  { s.change(family, func(of *Stats) { of.Calls++ }) }
func (s *counters) retried(family string) { s.change(family, func(of *Stats) { of.Retries++ }) }

func (s *counters) sent(family string, bytes int) {
	s.change(family, func(of *Stats) { of.Bytes += int64(bytes) })
}

func (s *counters) failed(family string, status int) {
	if status == http.StatusTooManyRequests {
		s.change(family, func(of *Stats) { of.Throttled++ })
	}
}
