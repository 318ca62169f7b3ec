package portsim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
)

// The hosts for logs and metrics accept what an integration reports about its resyncs, for
// the page of the data source.

var (
	// eventID is a resync's: a UUID.
	eventID = matching(regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`), 36)

	anyObject = dict(anything, anything)
	logExtra  = func(at string, v any) error {
		if err := anyObject(at, v); err != nil {
			return err
		}
		if event, ok := v.(map[string]any)["event_id"]; ok {
			return eventID(at+".event_id", event)
		}
		return nil
	}
	logsBody = object(must("logs", list(1, 10_000, object(
		must("message", text),
		must("level", word("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")),
		must("timestamp", instant),
		may("extra", logExtra),
	))))
	syncState   = word("pending", "syncing", "completed", "failed", "aborted")
	syncMetrics = object(
		must("phase", object(
			must("resync", object(must("success", share), must("duration_seconds", amount))),
			must("extract", objectCounts("raw_extracted", "failed")),
			must("transform", objectCounts("transformed", "filtered_out", "failed")),
			must("load", objectCounts("loaded", "failed", "skipped")),
			may("delete", objectCounts("deleted")),
		)),
		may("cpu_max_percent", amount), may("memory_max_bytes", amount),
	)
	kindMetrics = object(
		must("integrationType", text), must("integrationIdentifier", text), must("integrationVersion", text),
		must("kindIdentifier", text), must("kind", textOf(1, 200)), must("kindIndex", whole(0, 1<<31)),
		must("eventId", eventID), must("blueprint", text), must("metrics", syncMetrics), must("syncState", syncState),
		may("installationType", word("OnPrem")), may("executionMode", word("single_process", "multi_process")), may("oceanVersion", text),
	)
	metricsBody     = object(must("syncKindsMetrics", list(1, 10_000, kindMetrics)))
	kindMetricsBody = object(must("syncKindMetrics", kindMetrics))
	heartbeatBody   = object(must("eventId", eventID))
)

func amount(at string, v any) error {
	n, ok := v.(json.Number)
	if f, err := n.Float64(); !ok || err != nil || f < 0 {
		return wrong(at, "a number of at least 0", v)
	}
	return nil
}

func share(at string, v any) error {
	n, ok := v.(json.Number)
	if f, err := n.Float64(); !ok || err != nil || f < 0 || f > 1 {
		return wrong(at, "a number from 0 to 1", v)
	}
	return nil
}

// objectCounts wants one count of objects for each of the names.
func objectCounts(names ...string) check {
	fields := make([]field, len(names))
	for i, name := range names {
		fields[i] = must(name, object(must("object_count", amount)))
	}
	return object(must("object_count_type", object(fields...)))
}

// Ingested is one body that the host for logs or metrics took.
type Ingested struct {
	Integration string
	Route       string // the pattern, "POST /ingest/logs/{integration}"
	Body        map[string]any
}

func (s *Server) ingested(c *call) (answer, *refusal) {
	s.journal.ingested = append(s.journal.ingested, Ingested{c.params["integration"], c.route.name(), c.body})
	return done(http.StatusOK, nil), nil
}

// LogLine is a line of an integration's log, as it was sent.
type LogLine struct {
	Message, Level, Timestamp string
	Extra                     map[string]any
}

// maxLogLines bounds the lines that are kept of an integration's log, the latest ones.
const maxLogLines = 5000

func (s *Server) ingestLogs(c *call) (answer, *refusal) {
	in, r := s.integration(c)
	if r != nil {
		return answer{}, r
	}
	for _, v := range c.body["logs"].([]any) {
		line := v.(map[string]any)
		extra, _ := line["extra"].(map[string]any)
		in.logs = append(in.logs, LogLine{line["message"].(string), line["level"].(string), line["timestamp"].(string), extra})
	}
	in.logs = in.logs[max(0, len(in.logs)-maxLogLines):]
	return s.ingested(c)
}

// Sync is a resync as the integration reported it. Kinds are in the order in which they
// were named.
type Sync struct {
	Event      string
	Kinds      []*KindSync
	Heartbeats int
	Heard      time.Time // the last report
}

// KindSync is one entry of a resync: a kind of the mapping, or "__runtime__" or
// "__reconciliation__" for the whole.
type KindSync struct {
	Identifier, Kind, Blueprint string
	Index                       int
	State                       string
	States                      []string // all that were reported, the latest last
	Success, Seconds            float64

	Extracted, ExtractFailed               int
	Transformed, Filtered, TransformFailed int
	Loaded, Unchanged, LoadFailed          int
	Deleted                                int
}

// Kind returns an entry of the resync by its identifier, nil if it has none.
func (s Sync) Kind(identifier string) *KindSync {
	at := slices.IndexFunc(s.Kinds, func(k *KindSync) bool { return k.Identifier == identifier })
	if at < 0 {
		return nil
	}
	return s.Kinds[at]
}

// The identifiers of a resync as a whole.
const (
	runtimeKind        = "__runtime__"
	reconciliationKind = "__reconciliation__"
)

// ingestSync takes entries of a resync, which may be new to the server.
func (s *Server) ingestSync(c *call) (answer, *refusal) {
	in, r := s.integration(c)
	if r != nil {
		return answer{}, r
	}
	for _, v := range c.body["syncKindsMetrics"].([]any) {
		item := v.(map[string]any)
		k, r := in.kindSync(item)
		if r != nil {
			return answer{}, r
		}
		event := item["eventId"].(string)
		if in.sync(event) == nil {
			in.syncs = append(in.syncs, &Sync{Event: event})
		}
		if r := in.sync(event).take(k, c.now); r != nil {
			return answer{}, r
		}
	}
	return s.ingested(c)
}

// ingestKind takes news of an entry that the server knows.
func (s *Server) ingestKind(c *call) (answer, *refusal) {
	in, r := s.integration(c)
	if r != nil {
		return answer{}, r
	}
	item := c.body["syncKindMetrics"].(map[string]any)
	k, r := in.kindSync(item)
	if r != nil {
		return answer{}, r
	}
	if item["eventId"] != c.params["resync"] || k.Identifier != c.params["kind"] {
		return answer{}, invalid("the path is about %s of %s, the body is not", c.params["kind"], c.params["resync"])
	}
	of := in.sync(c.params["resync"])
	if of == nil || of.Kind(k.Identifier) == nil {
		return answer{}, missing("%s of resync %q was not found", k.Identifier, c.params["resync"])
	}
	if r := of.take(k, c.now); r != nil {
		return answer{}, r
	}
	return s.ingested(c)
}

func (s *Server) heartbeat(c *call) (answer, *refusal) {
	in, r := s.integration(c)
	if r != nil {
		return answer{}, r
	}
	of := in.sync(c.body["eventId"].(string))
	if of == nil {
		return answer{}, missing("resync %q was not found", c.body["eventId"])
	}
	of.Heartbeats, of.Heard = of.Heartbeats+1, c.now
	return s.ingested(c)
}

func (in *integration) sync(event string) *Sync {
	at := slices.IndexFunc(in.syncs, func(s *Sync) bool { return s.Event == event })
	if at < 0 {
		return nil
	}
	return in.syncs[at]
}

// kindSync reads an entry, and refuses one that contradicts itself.
func (in *integration) kindSync(item map[string]any) (*KindSync, *refusal) {
	str := func(name string) string { return item[name].(string) }
	index, _ := item["kindIndex"].(json.Number).Int64()
	k := &KindSync{
		Identifier: str("kindIdentifier"), Kind: str("kind"), Blueprint: str("blueprint"), Index: int(index), State: str("syncState"),
	}
	phase := members(item["metrics"].(map[string]any), "phase")
	whole := strings.HasPrefix(k.Kind, "__")
	_, deletes := phase["delete"]
	switch {
	case str("integrationIdentifier") != in.fields["identifier"]:
		return nil, invalid("integrationIdentifier %q is not that of the path", str("integrationIdentifier"))
	case whole && k.Kind != runtimeKind && k.Kind != reconciliationKind:
		return nil, invalid("kind %q is not known", k.Kind)
	case whole && (k.Identifier != k.Kind || k.Index != 0 || k.Blueprint != ""):
		return nil, invalid("%s has no index, no blueprint and no other identifier", k.Kind)
	case !whole && k.Identifier != fmt.Sprintf("%s-%d", k.Kind, k.Index):
		return nil, invalid("kindIdentifier %q has to be the kind, a hyphen and the index", k.Identifier)
	case deletes != (k.Kind == reconciliationKind):
		return nil, invalid("the phase delete belongs to %s and to nothing else", reconciliationKind)
	}
	k.fill(phase)
	if k.Success == 1 && k.State != "completed" {
		return nil, invalid("%s is a success and %s", k.Identifier, k.State)
	}
	return k, nil
}

// fill reads the counts of an entry.
func (k *KindSync) fill(phase map[string]any) {
	figure := func(of any) float64 { f, _ := of.(json.Number).Float64(); return f }
	resync := members(phase, "resync")
	k.Success, k.Seconds = figure(resync["success"]), figure(resync["duration_seconds"])
	number := func(name, count string) int {
		return int(figure(members(members(members(phase, name), "object_count_type"), count)["object_count"]))
	}
	k.Extracted, k.ExtractFailed = number("extract", "raw_extracted"), number("extract", "failed")
	k.Transformed, k.Filtered = number("transform", "transformed"), number("transform", "filtered_out")
	k.TransformFailed = number("transform", "failed")
	k.Loaded, k.LoadFailed, k.Unchanged = number("load", "loaded"), number("load", "failed"), number("load", "skipped")
	if k.Kind == reconciliationKind {
		k.Deleted = number("delete", "deleted")
	}
}

// order says how far a state is. One that is over is not left again.
var order = map[string]int{"pending": 0, "syncing": 1, "completed": 2, "failed": 2, "aborted": 2}

// take puts an entry into the resync, in place of what it was before.
func (s *Sync) take(k *KindSync, now time.Time) *refusal {
	s.Heard = now
	old := s.Kind(k.Identifier)
	if old == nil {
		k.States = []string{k.State}
		s.Kinds = append(s.Kinds, k)
		return nil
	}
	if order[k.State] < order[old.State] || order[old.State] == 2 && k.State != old.State {
		return refuse(http.StatusConflict, "conflict", "%s is %s and cannot become %s", k.Identifier, old.State, k.State)
	}
	k.States = old.States
	if k.State != old.State {
		k.States = append(k.States, k.State)
	}
	*old = *k
	return nil
}
