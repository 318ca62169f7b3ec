package port_test

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/port"
)

const (
	plainAgent    = "port-ocean/aws-v3/2.20.11-beta/my-aws"
	exporterAgent = plainAgent + "/exporter"
	runID         = "6c0b54e2-0000-4000-8000-000000000001"
	inRun         = "ocean_info_event_type=resync&ocean_info_resync_id=" + runID
)

// TestWire holds every call to the exact request that Port expects.
func TestWire(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 2, 3, 4, 5, 123_456_000, time.UTC)
	upsert := func(items ...port.Item) func(context.Context, *port.Client) error {
		return func(ctx context.Context, c *port.Client) error {
			_, err := c.Upsert(ctx, "s3/Bucket", items, port.UpsertOptions{Merge: true, ResyncID: runID})
			return err
		}
	}
	owned := func(before time.Time) func(context.Context, *port.Client) error {
		return func(ctx context.Context, c *port.Client) error {
			for range c.Owned(ctx, before) {
				break
			}
			return nil
		}
	}
	tests := map[string]struct {
		call                        func(context.Context, *port.Client) error
		method, target, agent, body string
	}{
		"integration": {
			call:   func(ctx context.Context, c *port.Client) error { _, err := c.Integration(ctx); return err },
			method: "GET", target: "/v1/integration/my-aws?isPolling=false&oceanCoreVersion=0.48.12", agent: plainAgent,
		},
		"resync begins": {
			call: func(ctx context.Context, c *port.Client) error {
				return c.SetResyncState(ctx, port.ResyncState{Status: port.Running, Start: at, Interval: time.Hour})
			},
			method: "PATCH", target: "/v1/integration/my-aws/resync-state", agent: plainAgent,
			body: `{"intervalInMinuets":60,"lastResyncEnd":null,"lastResyncStart":"2026-01-02T03:04:05.123456+00:00",` +
				`"nextResync":"2026-01-02T04:04:05.123456+00:00","status":"running"}`,
		},
		"resync ends": {
			call: func(ctx context.Context, c *port.Client) error {
				return c.SetResyncState(ctx, port.ResyncState{Status: port.Completed, Start: at, End: at.Add(time.Minute).Truncate(time.Second)})
			},
			method: "PATCH", target: "/v1/integration/my-aws/resync-state", agent: plainAgent,
			body: `{"intervalInMinuets":null,"lastResyncEnd":"2026-01-02T03:05:05+00:00","nextResync":null,"status":"completed"}`,
		},
		"resync ends with a time zone and a next one": {
			call: func(ctx context.Context, c *port.Client) error {
				east := at.In(time.FixedZone("east", 2*60*60))
				return c.SetResyncState(ctx, port.ResyncState{Status: port.Aborted, End: east, Next: east, Interval: time.Second})
			},
			method: "PATCH", target: "/v1/integration/my-aws/resync-state", agent: plainAgent,
			body: `{"intervalInMinuets":1,"lastResyncEnd":"2026-01-02T03:04:05.123456+00:00",` +
				`"nextResync":"2026-01-02T03:04:05.123456+00:00","status":"aborted"}`,
		},
		"bulk upsert": {
			call: upsert(items("a", "b")...), method: "POST", agent: exporterAgent,
			target: "/v1/blueprints/s3%2FBucket/entities/bulk?create_missing_related_entities=false&merge=true&" + inRun +
				"&upsert=true&validation_only=false",
			body: `{"entities":[{"blueprint":"b","identifier":"a"},{"blueprint":"b","identifier":"b"}]}`,
		},
		"single upsert": {
			call: upsert(item("a")), method: "POST", agent: exporterAgent,
			target: "/v1/blueprints/s3%2FBucket/entities?create_missing_related_entities=false&merge=true&" + inRun +
				"&upsert=true&validation_only=false",
			body: `{"blueprint":"b","identifier":"a"}`,
		},
		"delete": {
			call: func(ctx context.Context, c *port.Client) error {
				_, err := c.Delete(ctx, "b", []string{"a", "<é>"}, port.DeleteOptions{Dependents: true, ResyncID: runID})
				return err
			},
			method: "POST", target: "/v1/blueprints/b/bulk/entities/delete?delete_dependents=true&" + inRun, agent: exporterAgent,
			body: `{"entities":["a","<é>"]}`,
		},
		"owned": {
			call: owned(at), method: "POST", target: "/v1/blueprints/entities/datasource-entities", agent: exporterAgent,
			body: `{"datasource_prefix":"port-ocean/aws-v3/","datasource_suffix":"/my-aws/exporter","limit":5000,` +
				`"before":"2026-01-02T03:04:05.123456+00:00"}`,
		},
		"owned at any time": {
			call: owned(time.Time{}), method: "POST", target: "/v1/blueprints/entities/datasource-entities", agent: exporterAgent,
			body: `{"datasource_prefix":"port-ocean/aws-v3/","datasource_suffix":"/my-aws/exporter","limit":5000}`,
		},
		"blueprint": {
			call:   func(ctx context.Context, c *port.Client) error { _, err := c.Blueprint(ctx, `a:b\c d`); return err },
			method: "GET", target: `/v1/blueprints/a%3Ab%5Cc%20d`, agent: plainAgent,
		},
		"examples": {
			call: func(ctx context.Context, c *port.Client) error {
				return c.SendExamples(ctx, "AWS::S3::Bucket", []map[string]any{{"Type": "AWS::S3::Bucket"}})
			},
			method: "POST", target: "/v1/integration/my-aws/kinds/AWS%3A%3AS3%3A%3ABucket/examples", agent: plainAgent,
			body: `{"examples":[{"Type":"AWS::S3::Bucket"}]}`,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &script{}
			if err := test.call(t.Context(), client(t, s)); err != nil {
				t.Fatal(err)
			}
			first := slices.IndexFunc(s.calls, func(c seen) bool { return !strings.HasPrefix(c.Target, "/v1/entities/search") }) // a delete looks up first
			got := s.calls[first]
			want := []string{test.method, test.target, test.agent, test.body, "Bearer good", contentType(test.body)}
			have := []string{
				got.Method, got.Target, got.Header.Get("User-Agent"), got.Body,
				got.Header.Get("Authorization"), got.Header.Get("Content-Type"),
			}
			if diff := cmp.Diff(want, have); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func contentType(body string) string {
	if body == "" {
		return ""
	}
	return "application/json"
}

func TestTokenCallOnTheWire(t *testing.T) {
	t.Parallel()
	s := &script{}
	if _, err := client(t, s, func(o *port.Options) { o.Type, o.BaseURL = "AWS-V3", "https://port.test/" }).Integration(t.Context()); err != nil {
		t.Fatal(err)
	}
	got := s.asked[0]
	if got.Header.Get("User-Agent") != plainAgent || got.Header.Get("Authorization") != "" {
		t.Errorf("headers %v", got.Header)
	}
	if want := `{"clientId":"` + clientID + `","clientSecret":"` + clientSecret + `"}`; got.Body != want {
		t.Errorf("body %s, want %s", got.Body, want)
	}
}

func TestNew(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		change func(*port.Options)
		want   string
	}{
		"base URL":                {func(o *port.Options) { o.BaseURL = "api.getport.io" }, "https://api.getport.io"},
		"slash in the identifier": {func(o *port.Options) { o.Identifier = "a/b" }, "identifier"},
		"no identifier":           {func(o *port.Options) { o.Identifier = "" }, "identifier"},
		"line in the type":        {func(o *port.Options) { o.Type = "a\nb" }, "type"},
		"no credentials":          {func(o *port.Options) { o.Credentials = nil }, "credentials"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := options(&script{})
			test.change(&o)
			if _, err := port.New(o); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want one about %s", err, test.want)
			}
		})
	}
}

func TestServerTimeIsNeverLate(t *testing.T) {
	t.Parallel()
	portNow := time.Now().Add(-90 * time.Second)
	s := &script{answers: []reply{fine.with("Date", portNow.UTC().Format(http.TimeFormat))}}
	c := client(t, s)
	local := time.Now()
	if got := c.ServerTime(local); !got.Equal(local) {
		t.Errorf("before any answer %v, want %v", got, local)
	}
	if _, err := c.Integration(t.Context()); err != nil {
		t.Fatal(err)
	}
	got := c.ServerTime(local)
	if late := got.Sub(portNow); late > 0 || late < -5*time.Second {
		t.Errorf("%v against Port's own time, want at most 0 and hardly less", late)
	}
}

func TestStatsCountByFamily(t *testing.T) {
	t.Parallel()
	s := &script{answers: []reply{status(429).with("Retry-After", "0"), ok(`{"ok":true,"entity":{}}`)}}
	c := client(t, s)
	if _, err := c.Upsert(t.Context(), "b", items("a"), port.UpsertOptions{}); err != nil {
		t.Fatal(err)
	}
	body, _ := json.Marshal(map[string]any{"clientId": clientID, "clientSecret": clientSecret})
	want := map[string]port.Stats{
		port.FamilyAuth:         {Calls: 1, Bytes: int64(len(body))},
		port.FamilySingleUpsert: {Calls: 1, Retries: 1, Throttled: 1, Bytes: int64(2 * len(item("a").Body))},
	}
	if diff := cmp.Diff(want, c.Stats()); diff != "" {
		t.Error(diff)
	}
}

func TestRedirectIsNotFollowed(t *testing.T) {
	t.Parallel()
	s := &script{tokens: func(int, seen) reply { return status(307).with("Location", "https://elsewhere.test/") }}
	_, err := client(t, s).Integration(t.Context())
	if err == nil || len(s.asked)+len(s.calls) != 1 {
		t.Errorf("error %v after %d requests, want an error after one", err, len(s.asked)+len(s.calls))
	}
}

func TestAnswersAreBounded(t *testing.T) {
	t.Parallel()
	s := &script{answers: []reply{ok(strings.Repeat(" ", 32<<20+1))}}
	_, err := client(t, s).Integration(t.Context())
	if err == nil || len(s.calls) != 1 || !strings.Contains(err.Error(), "MiB") {
		t.Errorf("error %v after %d calls", err, len(s.calls))
	}
}

func TestErrorsShowLittle(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 10_000)
	s := &script{answers: []reply{refusal(422, "invalid_request", "your secret is "+clientSecret+"\n"+long).with("x-trace-id", "trace-1")}}
	_, err := client(t, s).Integration(t.Context())
	text := err.Error()
	switch {
	case strings.Contains(text, clientSecret), strings.Contains(text, "good"):
		t.Errorf("a secret is shown: %s", text)
	case len(text) > 1000 || strings.Contains(text, "\n"):
		t.Errorf("%d bytes on several lines", len(text))
	}
	for _, part := range []string{"GET /integration/{integration}", "422", "invalid_request", "[REDACTED]", "trace-1"} {
		if !strings.Contains(text, part) {
			t.Errorf("%q is not in %s", part, text)
		}
	}
}
