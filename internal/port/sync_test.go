package port_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/port"
)

// introduced returns a client that has read an integration whose hosts are at the URLs.
func introduced(t *testing.T, logs, metrics string, changes ...func(*port.Options)) (*port.Client, *script) {
	t.Helper()
	s := &script{answer: func(r seen) reply {
		if strings.HasPrefix(r.Target, "/v1/integration/my-aws?") {
			return ok(fmt.Sprintf(`{"integration":{"logAttributes":{"ingestUrl":%q},"metricAttributes":{"ingestUrl":%q},
				"resyncState":{"status":"running","updatedAt":"2026-01-02T03:04:05.500Z"}}}`, logs, metrics))
		}
		return ok(`{"ok":true}`)
	}}
	c := client(t, s, changes...)
	if _, err := c.Integration(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.calls = nil
	return c, s
}

const ingestHost = "https://ingest.getport.io/"

func TestSideCalls(t *testing.T) {
	t.Parallel()
	const (
		head = `{"blueprint":"\"b\"","eventId":"` + runID + `","executionMode":"single_process","installationType":"OnPrem",` +
			`"integrationIdentifier":"my-aws","integrationType":"aws-v3","integrationVersion":"2.20.11-beta",`
		phases = `"extract":{"object_count_type":{"failed":{"object_count":1},"raw_extracted":{"object_count":12}}},` +
			`"load":{"object_count_type":{"failed":{"object_count":3},"loaded":{"object_count":4},"skipped":{"object_count":5}}},` +
			`"resync":{"duration_seconds":3.5,"success":%d},` +
			`"transform":{"object_count_type":{"failed":{"object_count":2},"filtered_out":{"object_count":6},"transformed":{"object_count":10}}}`
	)
	bucket := port.KindSync{
		Kind: "AWS::S3::Bucket", Index: 3, Blueprint: `"b"`, State: port.Completed, Seconds: 3.5,
		Extracted: 12, ExtractFailed: 1, Transformed: 10, Filtered: 6, TransformFailed: 2, Loaded: 4, Unchanged: 5, LoadFailed: 3, PeakMemory: 7,
	}
	item := head + `"kind":"AWS::S3::Bucket","kindIdentifier":"AWS::S3::Bucket-3","kindIndex":3,"metrics":{"cpu_max_percent":0,` +
		`"memory_max_bytes":7,"phase":{` + fmt.Sprintf(phases, 1) + `}},"oceanVersion":"0.48.12","syncState":"completed"}`
	tests := map[string]struct {
		call                 func(context.Context, *port.Client) error
		method, target, body string
	}{
		"kinds": {
			func(ctx context.Context, c *port.Client) error {
				return c.TellSync(ctx, runID, []port.KindSync{bucket})
			},
			"POST", "/metrics/syncMetrics", `{"syncKindsMetrics":[` + item + `]}`,
		},
		"a kind": {
			func(ctx context.Context, c *port.Client) error { return c.UpdateSync(ctx, runID, bucket) },
			"PUT", "/metrics/syncMetrics/resync/" + runID + "/kind/AWS%3A%3AS3%3A%3ABucket-3", `{"syncKindMetrics":` + item + `}`,
		},
		"heartbeat": {
			func(ctx context.Context, c *port.Client) error { return c.Heartbeat(ctx, runID) },
			"POST", "/metrics/heartbeat", `{"eventId":"` + runID + `"}`,
		},
		"logs": {
			func(ctx context.Context, c *port.Client) error {
				return c.SendLogs(ctx, []port.LogRecord{{
					Time: time.Date(2026, 1, 2, 3, 4, 5, 6000, time.UTC), Level: "INFO", Message: "the key is " + clientSecret,
					Extra: map[string]any{"event_id": runID, "password": "p", "note": "AKIAIOSFODNN7EXAMPLE"},
				}})
			},
			"POST", "/logs", `{"logs":[{"extra":{"event_id":"` + runID + `","note":"[REDACTED]","password":"[REDACTED]"},"level":"INFO",` +
				`"message":"the key is [REDACTED]","timestamp":"2026-01-02T03:04:05.000006Z"}]}`,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, s := introduced(t, ingestHost+"logs", ingestHost+"metrics")
			if err := test.call(t.Context(), c); err != nil {
				t.Fatal(err)
			}
			got := s.calls[0]
			if d := cmp.Diff([]string{test.method, test.target, test.body}, []string{got.Method, got.Target, got.Body}); d != "" {
				t.Error(d)
			}
			if got.Header.Get("User-Agent") != plainAgent || got.Header.Get("Authorization") != "Bearer good" {
				t.Errorf("headers %v", got.Header)
			}
		})
	}
}

// TestSideCallsAreLossy lets the hosts fail: each call is made once.
func TestSideCallsAreLossy(t *testing.T) {
	t.Parallel()
	s := &script{answers: []reply{
		ok(`{"integration":{"logAttributes":{"ingestUrl":"https://ingest.us.port.io/l"},"metricAttributes":{"ingestUrl":"https://ingest.us.port.io/m"}}}`), status(503),
	}}
	c := client(t, s)
	if _, err := c.Integration(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{
		c.Heartbeat(t.Context(), runID), c.TellSync(t.Context(), runID, nil), c.UpdateSync(t.Context(), runID, port.KindSync{Kind: port.RuntimeKind}),
		c.SendLogs(t.Context(), []port.LogRecord{{Message: "m"}}),
	} {
		if err == nil {
			t.Error("a failure is not an error")
		}
	}
	if len(s.calls) != 5 {
		t.Errorf("%d calls for 1 and 4", len(s.calls))
	}
	stats := c.Stats()
	if stats[port.FamilyMetrics].Calls != 3 || stats[port.FamilyLogs].Calls != 1 {
		t.Errorf("%+v", stats)
	}
}

// TestTokenGoesToSafeHostsOnly has Port name addresses to which the token must not go.
func TestTokenGoesToSafeHostsOnly(t *testing.T) {
	t.Parallel()
	const own, loop = "https://port.test", "http://127.0.0.1:9001"
	for _, test := range []struct {
		base, names string
		safe        bool
	}{
		{own, "https://ingest.getport.io/logs", true}, {own, "https://ingest.us.port.io", true}, {own, "https://ingest.getport.io:443/logs", true},
		{own, "https://INGEST.GetPort.io/", true}, {own, "https://getport.io/x", true}, {own, "https://port.test/ingest/", true}, {own, "https://PORT.test/x", true},
		{loop, "http://127.0.0.1:9001/ingest/logs/", true}, {loop, "https://ingest.getport.io/", true},

		{own, "http://ingest.getport.io/logs", false}, {own, "https://ingest.getport.io:8443/", false}, {own, "http://port.test/x", false},
		{own, "https://port.test:444/x", false}, {own, "https://evil.example/logs", false}, {own, "https://evilgetport.io/", false},
		{own, "https://getport.io.evil.example/", false}, {own, "https://port.io.evil/", false}, {own, "https://support.io/", false},
		{own, "https://u:p@ingest.getport.io/", false}, {own, "https://ingest.getport.io@evil.example/", false},
		{own, "https://ingest.getport.io/?a=b", false}, {own, "https://ingest.getport.io/?", false}, {own, "https://ingest.getport.io/#a", false},
		{own, "https://evil.example\uff0f.getport.io/", false}, {own, "https://evil.example\u3002getport.io/", false}, {own, "https://evil.example\\.getport.io/", false},
		{own, "//ingest.getport.io/logs", false}, {own, "ftp://ingest.getport.io", false}, {own, "https://", false}, {own, "::no address", false},
		{own, "http://127.0.0.1:9001/2018-06-01/runtime", false}, {own, "https://localhost/", false}, {own, "http://[::1]:8/", false},
		{own, "http://169.254.169.254/latest/meta-data", false}, {own, "http://169.254.170.2/", false}, {own, "https://10.0.0.1/", false},
		{own, "https://metadata.google.internal/", false}, {own, "http://0x7f000001/", false}, {own, "https://[fd00:ec2::254]/", false},
		{loop, "http://127.0.0.1:9002/", false}, {loop, "http://localhost:9001/", false}, {loop, "http://169.254.169.254/", false}, {loop, "https://127.0.0.1:9001/", false},
	} {
		var log bytes.Buffer
		c, s := introduced(t, test.names, test.names, func(o *port.Options) {
			o.BaseURL, o.Log = test.base, slog.New(slog.NewTextHandler(&log, nil))
		})
		err := errors.Join(c.Heartbeat(t.Context(), runID), c.SendLogs(t.Context(), []port.LogRecord{{Message: "m"}}))
		if test.safe != (err == nil) || test.safe != (len(s.calls) == 2) || !test.safe && !errors.Is(err, port.ErrNoIngest) {
			t.Errorf("%s names %q: %d calls, %v", test.base, test.names, len(s.calls), err)
		}
		if told := strings.Count(log.String(), "Port does not get"); test.safe != (told == 0) || told > 2 {
			t.Errorf("%s names %q: it is told %d times: %s", test.base, test.names, told, log.String())
		}
		if strings.Contains(log.String(), "u:p") {
			t.Errorf("credentials are shown: %s", log.String())
		}
	}
}

// TestUnusedHostsAreInTheReport names addresses that are not used, and none.
func TestUnusedHostsAreInTheReport(t *testing.T) {
	t.Parallel()
	for names, want := range map[string]int{"https://evil.example/x?token=t": 2, "": 0, "https://ingest.getport.io/x": 0} {
		c, _ := introduced(t, names, names)
		in, err := c.Preview(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		notes := strings.Join(in.Notes, "\n")
		if strings.Count(notes, "https://evil.example for that") != want || strings.Contains(notes, "token=t") {
			t.Errorf("%q: %s", names, notes)
		}
	}
}

// TestNoPathLeadsElsewhere writes and deletes in blueprints whose names would change the path.
func TestNoPathLeadsElsewhere(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"..": "", ".": "", "": "", "../entities": "/v1/blueprints/..%2Fentities/entities", "a/../b": "/v1/blueprints/a%2F..%2Fb/entities",
		"a?b#c": "/v1/blueprints/a%3Fb%23c/entities", "%2e%2e": "/v1/blueprints/%252e%252e/entities", "...": "/v1/blueprints/.../entities",
	} {
		c, s := introduced(t, "", "")
		outcomes, err := c.Upsert(t.Context(), name, []port.Item{{Key: "a", Body: []byte(`{"identifier":"a"}`)}}, port.UpsertOptions{})
		var sent []string
		for _, call := range s.calls {
			path, _, _ := strings.Cut(call.Target, "?")
			sent = append(sent, path)
		}
		if want == "" && (len(sent) > 0 || err == nil && outcomes[0].Err == nil) || want != "" && (len(sent) == 0 || sent[0] != want) {
			t.Errorf("%q: sent %q, %v, %+v", name, sent, err, outcomes)
		}
	}
}

// TestLogsFitIntoRequests sends more than one request takes, and a line that none takes.
func TestLogsFitIntoRequests(t *testing.T) {
	t.Parallel()
	c, s := introduced(t, ingestHost, ingestHost)
	var records []port.LogRecord
	for _, size := range []int{700_000, 2 << 20, 500_000, 10} {
		records = append(records, port.LogRecord{Message: strings.Repeat("m", size)})
	}
	if err := c.SendLogs(t.Context(), records); err != nil {
		t.Fatal(err)
	}
	var lines []int
	for _, call := range s.calls {
		lines = append(lines, strings.Count(call.Body, `"message"`))
		if len(call.Body) > port.MaxBytes {
			t.Errorf("a body of %d bytes", len(call.Body))
		}
	}
	if d := cmp.Diff([]int{1, 2}, lines); d != "" {
		t.Error(d)
	}
}

func TestResyncRequest(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]time.Time{
		`{"ok":true,"request":{"id":"r","updatedAt":"2026-01-02T03:04:05.123Z"}}`: time.Date(2026, 1, 2, 3, 4, 5, 123e6, time.UTC),
		`{"ok":true,"request":null}`: {},
		`{"ok":true}`:                {},
		`{"ok":true,"request":{"id":"r","updatedAt":"yesterday"}}`: {},
		`{"ok":true,"request":{"id":"r","updatedAt":null}}`:        {},
	} {
		s := &script{answers: []reply{ok(body)}}
		got, err := client(t, s).ResyncRequest(t.Context())
		if err != nil || !got.At.Equal(want) {
			t.Errorf("%s: %v %v", body, got, err)
		}
		if s.calls[0].Method != http.MethodGet || s.calls[0].Target != "/v1/integration/my-aws/resync-request" {
			t.Errorf("%s %s", s.calls[0].Method, s.calls[0].Target)
		}
	}
	c, _ := introduced(t, "", "")
	in, err := c.Integration(t.Context())
	if err != nil || in.LastResync.Status != port.Running || in.LastResync.UpdatedAt.Nanosecond() != 500e6 {
		t.Errorf("%+v %v", in.LastResync, err)
	}
}

// TestCallsAreLogged has each call in the log at debug, without what it carries, and
// not those that carry the log.
func TestCallsAreLogged(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	c, _ := introduced(t, ingestHost, ingestHost, func(o *port.Options) {
		o.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	if err := errors.Join(c.Heartbeat(t.Context(), "the-run"), c.SendLogs(t.Context(), []port.LogRecord{{Message: "m"}})); err != nil {
		t.Fatal(err)
	}
	text := log.String()
	for _, want := range []string{`call="GET /integration/{integration}" attempt=1 status=200 ms=`, `call="POST /heartbeat"`, `call="POST /auth/access_token"`} {
		if !strings.Contains(text, want) {
			t.Errorf("the log lacks %s:\n%s", want, text)
		}
	}
	if strings.Count(text, "\n") != 3 || strings.Contains(text, clientSecret) || strings.Contains(text, "the-run") {
		t.Errorf("the log says\n%s", text)
	}
}
