package portsim_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/simulator/portsim"
)

const (
	event      = "6c0b54e2-0000-4000-8000-000000000001"
	otherEvent = "6c0b54e2-0000-4000-8000-000000000002"
	ingestSync = "/ingest/metrics/my-aws/syncMetrics"
	bucketSync = ingestSync + "/resync/" + event + "/kind/k-0"
)

// syncItem is an entry of a resync as an integration reports it.
func syncItem(identifier, state string, change ...string) string {
	kind, index, blueprint, deletes := identifier, "0", "", ""
	if at := strings.LastIndex(identifier, "-"); at > 0 {
		kind, index, blueprint = identifier[:at], identifier[at+1:], `\"b\"`
	}
	if kind == "__reconciliation__" {
		deletes = `,"delete":{"object_count_type":{"deleted":{"object_count":3.0}}}`
	}
	success := "0.0"
	if state == "completed" {
		success = "1.0"
	}
	text := fmt.Sprintf(`{"integrationType":"aws-v3","installationType":"OnPrem","executionMode":"single_process","integrationIdentifier":"my-aws",
		"integrationVersion":"1.2.3","oceanVersion":"0.48.12","kindIdentifier":%q,"kind":%q,"kindIndex":%s,"eventId":"`+event+`","syncState":%q,
		"blueprint":"%s","metrics":{"phase":{"resync":{"success":%s,"duration_seconds":3.4},
		"extract":{"object_count_type":{"raw_extracted":{"object_count":12.0},"failed":{"object_count":1}}},
		"transform":{"object_count_type":{"transformed":{"object_count":10},"filtered_out":{"object_count":2},"failed":{"object_count":4}}},
		"load":{"object_count_type":{"loaded":{"object_count":9},"failed":{"object_count":5},"skipped":{"object_count":6}}}%s},
		"cpu_max_percent":0.0,"memory_max_bytes":1048576}}`, identifier, kind, index, state, blueprint, success, deletes)
	return strings.NewReplacer(change...).Replace(text)
}

func syncs(items ...string) string { return `{"syncKindsMetrics":[` + strings.Join(items, ",") + `]}` }

func (p *port) putSync(path, item string) response {
	p.t.Helper()
	return p.send(request{method: "PUT", path: path, body: `{"syncKindMetrics":` + item + `}`})
}

func TestSync(t *testing.T) {
	t.Parallel()
	p := installed(t)
	p.want(p.post(ingestSync, syncs(syncItem("k-0", "pending"), syncItem("__runtime__", "syncing"))), 200)
	p.want(p.putSync(bucketSync, syncItem("k-0", "syncing")), 200)
	p.want(p.post("/ingest/metrics/my-aws/heartbeat", `{"eventId":"`+event+`"}`), 200)
	p.want(p.putSync(bucketSync, syncItem("k-0", "completed")), 200)
	p.want(p.post(ingestSync, syncs(syncItem("__reconciliation__", "syncing"))), 200)
	p.want(p.putSync(ingestSync+"/resync/"+event+"/kind/__reconciliation__", syncItem("__reconciliation__", "completed")), 200)
	p.want(p.post(ingestSync, syncs(syncItem("__runtime__", "failed"))), 200)
	in, _ := p.Integration("my-aws")
	if len(in.Syncs) != 1 || in.Syncs[0].Event != event || in.Syncs[0].Heartbeats != 1 {
		t.Fatalf("%+v", in.Syncs)
	}
	states := map[string]string{}
	for _, k := range in.Syncs[0].Kinds {
		states[k.Identifier] = strings.Join(k.States, " ")
	}
	want := map[string]string{"k-0": "pending syncing completed", "__runtime__": "syncing failed", "__reconciliation__": "syncing completed"}
	if d := cmp.Diff(want, states); d != "" {
		t.Error(d)
	}
	got := *in.Syncs[0].Kind("k-0")
	got.States = nil
	if d := cmp.Diff(portsim.KindSync{
		Identifier: "k-0", Kind: "k", Blueprint: `"b"`, State: "completed", Success: 1, Seconds: 3.4,
		Extracted: 12, ExtractFailed: 1, Transformed: 10, Filtered: 2, TransformFailed: 4, Loaded: 9, Unchanged: 6, LoadFailed: 5,
	}, got); d != "" {
		t.Error(d)
	}
	if n := in.Syncs[0].Kind("__reconciliation__").Deleted; n != 3 {
		t.Errorf("%d deleted", n)
	}
}

// TestSyncIsStrict reports what contradicts itself or an earlier report.
func TestSyncIsStrict(t *testing.T) {
	t.Parallel()
	const heartbeat = "/ingest/metrics/my-aws/heartbeat"
	for name, test := range map[string]struct {
		method, path, body string
		status             int
	}{
		"unknown state":          {"POST", ingestSync, syncs(syncItem("k-0", "done")), 422},
		"unknown key":            {"POST", ingestSync, syncs(syncItem("k-0", "syncing", `"kindIndex"`, `"index":1,"kindIndex"`)), 422},
		"unknown phase":          {"POST", ingestSync, syncs(syncItem("k-0", "syncing", `"extract"`, `"export":{},"extract"`)), 422},
		"unknown count":          {"POST", ingestSync, syncs(syncItem("k-0", "syncing", `"raw_extracted"`, `"raw"`)), 422},
		"a phase is missing":     {"POST", ingestSync, syncs(syncItem("k-0", "syncing", `"load"`, `"unload"`)), 422},
		"a negative count":       {"POST", ingestSync, syncs(syncItem("k-0", "syncing", `{"object_count":12.0}`, `{"object_count":-1}`)), 422},
		"an event that is none":  {"POST", ingestSync, syncs(syncItem("k-0", "syncing", event, "e")), 422},
		"another index":          {"POST", ingestSync, syncs(syncItem("k-0", "syncing", `"kindIndex":0`, `"kindIndex":1`)), 422},
		"another integration":    {"POST", ingestSync, syncs(syncItem("k-0", "syncing", `"my-aws"`, `"your-aws"`)), 422},
		"an unknown pseudo kind": {"POST", ingestSync, syncs(syncItem("__other__", "syncing")), 422},
		"a whole with index":     {"POST", ingestSync, syncs(syncItem("__runtime__", "syncing", `"kindIndex":0`, `"kindIndex":1`)), 422},
		"deletes of a kind":      {"POST", ingestSync, syncs(syncItem("k-0", "syncing", `"skipped":{"object_count":6}}}`, `"skipped":{"object_count":6}}},"delete":{"object_count_type":{"deleted":{"object_count":3}}}`)), 422},
		"a failed success":       {"POST", ingestSync, syncs(syncItem("k-0", "failed", `"success":0.0`, `"success":1.0`)), 422},
		"back":                   {"POST", ingestSync, syncs(syncItem("k-0", "pending")), 409},
		"over again":             {"PUT", ingestSync + "/resync/" + event + "/kind/k-1", `{"syncKindMetrics":` + syncItem("k-1", "failed") + `}`, 409},
		"the same again":         {"PUT", ingestSync + "/resync/" + event + "/kind/k-1", `{"syncKindMetrics":` + syncItem("k-1", "completed") + `}`, 200},
		"an unknown kind":        {"PUT", ingestSync + "/resync/" + event + "/kind/k-2", `{"syncKindMetrics":` + syncItem("k-2", "syncing") + `}`, 404},
		"an unknown event":       {"PUT", ingestSync + "/resync/" + otherEvent + "/kind/k-0", `{"syncKindMetrics":` + syncItem("k-0", "syncing", event, otherEvent) + `}`, 404},
		"another path":           {"PUT", ingestSync + "/resync/" + event + "/kind/k-1", `{"syncKindMetrics":` + syncItem("k-0", "syncing") + `}`, 422},
		"a heart unheard of":     {"POST", heartbeat, `{"eventId":"` + otherEvent + `"}`, 404},
		"unknown integration":    {"POST", "/ingest/metrics/other/heartbeat", `{"eventId":"` + event + `"}`, 404},
		"lake":                   {"POST", "/ingest/lake/my-aws", `{}`, 404},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := installed(t)
			p.want(p.post(ingestSync, syncs(syncItem("k-0", "syncing"), syncItem("k-1", "completed"))), 200)
			before := len(p.Ingested())
			p.want(p.send(request{method: test.method, path: test.path, body: test.body}), test.status)
			if kept := len(p.Ingested()) > before; kept != (test.status == 200) {
				t.Errorf("kept: %t", kept)
			}
			for _, token := range []string{"none", "wrong"} {
				p.want(p.send(request{method: test.method, path: test.path, body: test.body, token: token}), map[bool]int{true: 404, false: 401}[test.path == "/ingest/lake/my-aws"])
			}
		})
	}
}

func TestLogs(t *testing.T) {
	t.Parallel()
	const path = "/ingest/logs/my-aws"
	line := `{"message":"m","level":"INFO","timestamp":"2026-03-01T12:00:00.000000Z","extra":{"event_id":"` + event + `","n":1}}`
	for name, test := range map[string]struct {
		path, body string
		status     int
	}{
		"a line":              {path, `{"logs":[` + line + `]}`, 200},
		"no line":             {path, `{"logs":[]}`, 422},
		"unknown level":       {path, `{"logs":[` + strings.Replace(line, "INFO", "TRACE", 1) + `]}`, 422},
		"unknown key":         {path, `{"logs":[` + strings.Replace(line, `"level"`, `"line":1,"level"`, 1) + `]}`, 422},
		"no time":             {path, `{"logs":[` + strings.Replace(line, "2026-", "", 1) + `]}`, 422},
		"no event":            {path, `{"logs":[` + strings.Replace(line, event, "e", 1) + `]}`, 422},
		"unknown integration": {"/ingest/logs/other", `{"logs":[` + line + `]}`, 404},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := installed(t)
			p.want(p.post(test.path, test.body), test.status)
			in, _ := p.Integration("my-aws")
			if kept := len(in.Logs) == 1; kept != (test.status == 200) {
				t.Errorf("kept: %t", kept)
			}
			p.want(p.send(request{method: "POST", path: test.path, body: test.body, token: "wrong"}), 401)
		})
	}
}
