package portsim

import (
	"maps"
	"net/http"
	"regexp"
	"slices"
	"time"

	"github.com/google/uuid"
)

// integration is an integration as its routes keep it.
type integration struct {
	fields   map[string]any // the wire form, less what the server adds
	state    map[string]any // resyncState
	history  []ResyncState
	request  map[string]any // the pending resync request
	requests int
	examples map[string][]map[string]any
	syncs    []*Sync
	logs     []LogLine
}

var (
	installationName = regexp.MustCompile(`^[A-Za-z0-9@_.:-]+$`)
	mode             = word("dsp", "ocean-core")
	origin           = word("Port", "Default", "Empty")
	destination      = orNull(either(object(), either(
		object(must("type", word("KAFKA"))), object(must("type", word("WEBHOOK")), must("url", text)),
	)))
)

// config is the mapping. Its parts are the exporter's business; that resources
// is a list of objects is the API's.
func config(at string, v any) error {
	if err := dict(anything, anything)(at, v); err != nil {
		return err
	}
	if resources, ok := v.(map[string]any)["resources"]; ok {
		return list(0, 10_000, dict(anything, anything))(at+".resources", resources)
	}
	return nil
}

var (
	readQuery = params{
		"oceanCoreVersion": {accepts: filled},
		"isPolling":        {accepts: among("false")},
		"byField":          {accepts: among("installationId")},
	}
	createQuery = params{"integration_modes": {accepts: among("create_resources")}}
	createBody  = object(
		must("installationId", matching(installationName, 100)),
		must("installationAppType", matching(agentType, 100)),
		must("version", matching(agentVersion, 100)),
		must("changelogDestination", destination),
		must("config", config),
		may("actionsProcessingEnabled", flag),
		may("incrementalSyncEnabled", flag),
		may("createPortResourcesOrigin", origin),
	)
	patchBody = object(
		may("installationAppType", matching(agentType, 100)),
		may("version", matching(agentVersion, 100)),
		may("changelogDestination", destination),
		may("config", config),
		may("actionsProcessingEnabled", flag),
		may("incrementalSyncEnabled", flag),
		may("processingMode", mode),
		may("arePortResourcesInitialized", flag),
	)
	configBody      = object(must("config", config))
	resyncStateBody = object(
		must("status", word("running", "completed", "failed", "aborted")),
		may("lastResyncStart", orNull(instant)),
		may("lastResyncEnd", orNull(instant)),
		may("nextResync", orNull(instant)),
		may("intervalInMinuets", orNull(whole(1, 1<<31))),
	)
	examplesBody = object(must("examples", list(1, maxExamples, dict(anything, anything))))
)

// maxExamples is how many raw samples of a kind one call may carry.
const maxExamples = 5

func (s *Server) organization(*call) (answer, *refusal) {
	return done(http.StatusOK, map[string]any{"organization": map[string]any{
		"id": "org_simulated", "name": "Simulated", "featureFlags": append([]string{}, s.options.FeatureFlags...),
	}}), nil
}

func (s *Server) provisionEnabled(*call) (answer, *refusal) {
	return done(http.StatusOK, map[string]any{"integrations": append([]string{}, s.options.Provisionable...)}), nil
}

// integration returns the integration of the call's path.
func (s *Server) integration(c *call) (*integration, *refusal) {
	id := c.params["integration"]
	if in := s.integrations[id]; in != nil {
		return in, nil
	}
	return nil, missing("integration %q was not found", id)
}

func (s *Server) createIntegration(c *call) (answer, *refusal) {
	if c.query.Has("integration_modes") && (c.body["createPortResourcesOrigin"] != "Port" ||
		!slices.Contains(s.options.Provisionable, c.body["installationAppType"].(string))) {
		return answer{}, invalid("integration_modes is for the origin Port and a type that can be provisioned")
	}
	in, r := s.addIntegration(c.body, c.now)
	if r != nil {
		return answer{}, r
	}
	return done(http.StatusCreated, map[string]any{"integration": s.wire(in, c.request.Host)}), nil
}

func (s *Server) addIntegration(body map[string]any, now time.Time) (*integration, *refusal) {
	id := body["installationId"].(string)
	if s.integrations[id] != nil {
		return nil, refuse(http.StatusConflict, "conflict", "integration %q exists already", id)
	}
	in := &integration{fields: map[string]any{
		"actionsProcessingEnabled": false, "incrementalSyncEnabled": false, "createPortResourcesOrigin": "Default",
		"processingMode": "dsp", "arePortResourcesInitialized": false, "installationType": "OnPrem",
	}, examples: map[string][]map[string]any{}}
	maps.Copy(in.fields, body)
	in.fields["identifier"] = id
	in.fields["updatedAt"] = stamp(now)
	s.integrations[id] = in
	return in, nil
}

// wire is the integration as the API returns it to a client of the given host. The
// hosts for logs and metrics are the same one.
func (s *Server) wire(in *integration, host string) map[string]any {
	out := cloneValue(in.fields).(map[string]any)
	for _, field := range s.options.NoEcho {
		delete(out, field)
	}
	if in.state != nil {
		out["resyncState"] = cloneValue(in.state)
	}
	id := in.fields["identifier"].(string)
	out["logAttributes"] = map[string]any{"ingestId": id, "ingestUrl": "http://" + host + "/ingest/logs/" + id}
	out["metricAttributes"] = map[string]any{"ingestUrl": "http://" + host + "/ingest/metrics/" + id}
	out["ingestAttributes"] = map[string]any{"ingestUrl": "http://" + host + "/ingest/lake/" + id}
	return out
}

func (s *Server) readIntegration(c *call) (answer, *refusal) {
	in, r := s.integration(c)
	if r != nil {
		return answer{}, r
	}
	return done(http.StatusOK, map[string]any{"integration": s.wire(in, c.request.Host)}), nil
}

// change sets fields. By default Port treats a change as a request to resync.
func (in *integration) change(fields map[string]any, now time.Time, resync bool) {
	maps.Copy(in.fields, fields)
	in.fields["updatedAt"] = stamp(now)
	if resync {
		in.ask(now)
	}
}

// ask raises a resync request.
func (in *integration) ask(now time.Time) {
	in.requests++
	in.request = map[string]any{"id": uuid.NewString(), "updatedAt": stamp(now)}
}

func (s *Server) patchIntegration(c *call) (answer, *refusal) {
	in, r := s.integration(c)
	if r != nil {
		return answer{}, r
	}
	in.change(c.body, c.now, true)
	return done(http.StatusOK, map[string]any{"integration": s.wire(in, c.request.Host)}), nil
}

func (s *Server) patchConfig(c *call) (answer, *refusal) {
	in, r := s.integration(c)
	if r != nil {
		return answer{}, r
	}
	in.change(c.body, c.now, c.request.Header.Get("x-skip-resync") != "true")
	return done(http.StatusOK, map[string]any{"integration": s.wire(in, c.request.Host)}), nil
}

func (s *Server) deleteIntegration(c *call) (answer, *refusal) {
	if _, r := s.integration(c); r != nil {
		return answer{}, r
	}
	delete(s.integrations, c.params["integration"])
	return done(http.StatusOK, nil), nil
}

// patchResyncState takes the report of a run. A run that starts says when, and
// one that ends says when.
func (s *Server) patchResyncState(c *call) (answer, *refusal) {
	in, r := s.integration(c)
	if r != nil {
		return answer{}, r
	}
	running := c.body["status"] == "running"
	switch {
	case running && c.body["lastResyncStart"] == nil:
		return answer{}, invalid("a resync that is running has to say lastResyncStart")
	case !running && c.body["lastResyncEnd"] == nil:
		return answer{}, invalid("a resync that is over has to say lastResyncEnd")
	}
	state := map[string]any{}
	maps.Copy(state, in.state)
	maps.Copy(state, c.body)
	state["updatedAt"] = stamp(c.now)
	in.state = state
	in.history = append(in.history, resyncState(state))
	return done(http.StatusOK, map[string]any{"integration": s.wire(in, c.request.Host)}), nil
}

func (s *Server) readResyncRequest(c *call) (answer, *refusal) {
	in, r := s.integration(c)
	if r != nil {
		return answer{}, r
	}
	return done(http.StatusOK, map[string]any{"request": orNone(in.request)}), nil
}

// orNone keeps a missing object null.
func orNone(m map[string]any) any {
	if m == nil {
		return nil
	}
	return m
}

func (s *Server) addExamples(c *call) (answer, *refusal) {
	in, r := s.integration(c)
	if r != nil {
		return answer{}, r
	}
	kind := c.params["kind"]
	for _, v := range c.body["examples"].([]any) {
		in.examples[kind] = append(in.examples[kind], v.(map[string]any))
	}
	return done(http.StatusOK, nil), nil
}
