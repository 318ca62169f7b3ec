package portsim

import (
	"net/http"
	"net/url"
	"strings"
)

// route is one operation of the API: how it is called and who may call it.
type route struct {
	method, pattern string
	family          Family
	agent           agentRule
	open            bool // needs no token
	query           params
	body            check // nil when the route takes none
	do              func(*Server, *call) (answer, *refusal)

	segments []string
}

var routes = table()

func table() []*route {
	const (
		get, post, patch, put, del = http.MethodGet, http.MethodPost, http.MethodPatch, http.MethodPut, http.MethodDelete
		bp                         = "/v1/blueprints/{blueprint}"
		own                        = "/v1/integration/{integration}"
		sync                       = "/ingest/metrics/{integration}/syncMetrics"
	)
	all := []*route{
		{method: post, pattern: "/v1/auth/access_token", family: Unauthenticated, open: true, body: tokenBody, do: (*Server).token},
		{method: get, pattern: "/v1/organization", family: Other, do: (*Server).organization},
		{method: get, pattern: "/v1/integration/provision-enabled", family: Other, do: (*Server).provisionEnabled},

		{method: post, pattern: "/v1/integration", family: Other, query: createQuery, body: createBody, do: (*Server).createIntegration},
		{method: get, pattern: own, family: Other, query: readQuery, do: (*Server).readIntegration},
		{method: patch, pattern: own, family: Other, body: patchBody, do: (*Server).patchIntegration},
		{method: del, pattern: own, family: Other, do: (*Server).deleteIntegration},
		{method: patch, pattern: own + "/config", family: Other, body: configBody, do: (*Server).patchConfig},
		{method: patch, pattern: own + "/resync-state", family: Other, body: resyncStateBody, do: (*Server).patchResyncState},
		{method: get, pattern: own + "/resync-request", family: Other, do: (*Server).readResyncRequest},
		{method: post, pattern: own + "/kinds/{kind}/examples", family: Other, body: examplesBody, do: (*Server).addExamples},

		{method: post, pattern: "/v1/blueprints", family: Blueprints, agent: data, query: newBlueprintQuery, body: blueprintBody, do: (*Server).createBlueprint},
		{method: get, pattern: "/v1/blueprints", family: Blueprints, agent: anyway, do: (*Server).listBlueprints},
		{method: get, pattern: bp, family: Blueprints, agent: anyway, do: (*Server).readBlueprint},
		{method: patch, pattern: bp, family: Blueprints, agent: data, body: blueprintPatch, do: (*Server).patchBlueprint},
		{method: del, pattern: bp, family: Blueprints, agent: data, do: (*Server).deleteBlueprint},

		{method: post, pattern: bp + "/entities/bulk", family: BulkUpsert, agent: data, query: upsertQuery, body: bulkBody, do: (*Server).bulkUpsert},
		{method: post, pattern: bp + "/entities", family: SingleUpsert, agent: data, query: upsertQuery, body: entityBody, do: (*Server).upsertOne},
		{method: post, pattern: bp + "/bulk/entities/delete", family: Entities, agent: data, query: deleteQuery, body: deleteBody, do: (*Server).bulkDelete},
		{method: del, pattern: bp + "/entities/{entity}", family: Entities, agent: data, query: deleteQuery, do: (*Server).deleteOne},
		{method: post, pattern: "/v1/blueprints/entities/datasource-entities", family: Entities, agent: data, body: ownedBody, do: (*Server).owned},
		{method: post, pattern: "/v1/entities/search", family: Search, agent: data, query: searchQuery, body: searchBody, do: (*Server).search},

		{method: post, pattern: "/ingest/logs/{integration}", family: Other, body: logsBody, do: (*Server).ingestLogs},
		{method: post, pattern: sync, family: Other, body: metricsBody, do: (*Server).ingestSync},
		{method: put, pattern: sync + "/resync/{resync}/kind/{kind}", family: Other, body: kindMetricsBody, do: (*Server).ingestKind},
		{method: post, pattern: "/ingest/metrics/{integration}/heartbeat", family: Other, body: heartbeatBody, do: (*Server).heartbeat},
	}
	for _, r := range all {
		r.segments = strings.Split(r.pattern, "/")
	}
	return all
}

// match finds the route of an escaped path. A literal segment wins over a
// parameter, which holds for the table as long as such routes differ in length
// or come with the literal first.
func match(method, path string) (*route, map[string]string) {
	segments := strings.Split(path, "/")
	for _, r := range routes {
		if r.method != method || len(r.segments) != len(segments) {
			continue
		}
		if values, ok := bind(r.segments, segments); ok {
			return r, values
		}
	}
	return nil, nil
}

func bind(pattern, segments []string) (map[string]string, bool) {
	values := map[string]string{}
	for i, want := range pattern {
		got, err := url.PathUnescape(segments[i])
		if err != nil {
			return nil, false
		}
		if name, ok := strings.CutPrefix(want, "{"); ok && got != "" {
			values[strings.TrimSuffix(name, "}")] = got
		} else if got != want {
			return nil, false
		}
	}
	return values, true
}
