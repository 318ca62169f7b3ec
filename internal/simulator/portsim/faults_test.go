package portsim_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"portolan/internal/simulator/portsim"
)

const bulkRoute = portsim.BulkUpsertRoute

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestFaultsStrikeWhomTheyAreMeantFor(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		fault portsim.Fault
		want  []int // of four bulks to bucket
	}{
		{"once", portsim.Fault{Status: 503}, []int{503, 200, 200, 200}},
		{"twice", portsim.Fault{Status: 503, Times: 2}, []int{503, 503, 200, 200}},
		{"the third", portsim.Fault{Status: 503, After: 2}, []int{200, 200, 503, 200}},
		{"from the second on", portsim.Fault{Status: 503, After: 1, Times: -1}, []int{200, 503, 503, 503}},
		{"by route", portsim.Fault{Status: 503, Route: bulkRoute}, []int{503, 200, 200, 200}},
		{"by blueprint", portsim.Fault{Status: 503, Blueprint: "bucket"}, []int{503, 200, 200, 200}},
		{"another route", portsim.Fault{Status: 503, Route: "/v1/organization"}, []int{200, 200, 200, 200}},
		{"another method", portsim.Fault{Status: 503, Method: "GET"}, []int{200, 200, 200, 200}},
		{"another blueprint", portsim.Fault{Status: 503, Blueprint: "account"}, []int{200, 200, 200, 200}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := start(t, portsim.Options{})
			p.Inject(test.fault)
			var got []int
			for range 4 {
				got = append(got, p.post(bulk+upsert, entitiesOf(`{"identifier":"a"}`)).status)
			}
			if d := cmp.Diff(test.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestFaultEffects(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		fault  portsim.Fault
		status int
		raw    string
		stored bool
	}{
		{"status", portsim.Fault{Status: 502}, 502, `"message":"Bad Gateway"`, false},
		{"status with a body", portsim.Fault{Status: 504, Body: "<html>"}, 504, "<html>", false},
		{"status after the write", portsim.Fault{Status: 504, Applied: true}, 504, "Gateway Timeout", true},
		{"expired tokens", portsim.Fault{ExpireTokens: true}, 401, "unauthorized", false},
		{"malformed answer", portsim.Fault{Malformed: true}, 200, `{"entities"`, true},
		{"none", portsim.Fault{}, 200, `"ok":true`, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := start(t, portsim.Options{})
			p.Inject(test.fault)
			r := p.want(p.post(bulk+upsert, entitiesOf(`{"identifier":"a"}`)), test.status)
			if !strings.Contains(r.raw, test.raw) {
				t.Errorf("answer %s, want %q", r.raw, test.raw)
			}
			if test.fault.Malformed && r.body != nil {
				t.Error("the answer is still JSON")
			}
			if _, ok := p.Entity("bucket", "a"); ok != test.stored {
				t.Errorf("stored: %t", ok)
			}
		})
	}
}

func TestFaultHeaders(t *testing.T) {
	t.Parallel()
	p := start(t, portsim.Options{})
	p.Inject(portsim.Fault{Status: 429, Header: http.Header{"Retry-After": {"7"}, "x-ratelimit-remaining": {"0"}}})
	r := p.want(p.send(request{method: "GET", path: "/v1/organization"}), 429)
	if r.header.Get("Retry-After") != "7" || r.header.Get("x-ratelimit-remaining") != "0" {
		t.Errorf("header %v", r.header)
	}
}

func TestClearFaults(t *testing.T) {
	t.Parallel()
	p := start(t, portsim.Options{})
	p.Inject(portsim.Fault{Status: 500, Times: -1})
	p.ClearFaults()
	p.want(p.send(request{method: "GET", path: "/v1/organization"}), 200)
}

func TestPartialFaults(t *testing.T) {
	t.Parallel()
	p := start(t, portsim.Options{})
	p.Inject(portsim.Fault{
		Route: bulkRoute, FailIndexes: []int{1}, FailIdentifiers: []string{"d"},
		FailStatus: 429, FailCode: "rate_limit_exceeded", FailMessage: "slow down",
	})
	four := entitiesOf(`{"identifier":"a"}`, `{"identifier":"b"}`, `{"identifier":"c"}`, `{"identifier":"d"}`)
	r := p.want(p.post(bulk+upsert, four), 207)
	want := []any{
		map[string]any{"index": 1.0, "identifier": "b", "statusCode": 429.0, "error": "rate_limit_exceeded", "message": "slow down"},
		map[string]any{"index": 3.0, "identifier": "d", "statusCode": 429.0, "error": "rate_limit_exceeded", "message": "slow down"},
	}
	if d := cmp.Diff(want, r.body["errors"]); d != "" {
		t.Error(d)
	}
	p.want(p.post(bulk+upsert, four), 200)
	p.Inject(portsim.Fault{Route: "/v1/blueprints/{blueprint}/bulk/entities/delete", FailIdentifiers: []string{"c"}})
	p.want(p.post(remove+"?delete_dependents=true", `{"entities":["a","c"]}`), 200)
	if d := cmp.Diff([]string{"b", "c", "d"}, p.identifiers("bucket")); d != "" {
		t.Error(d)
	}
}

func TestCutConnections(t *testing.T) {
	t.Parallel()
	for _, applied := range []bool{false, true} {
		t.Run(fmt.Sprintf("write applied %t", applied), func(t *testing.T) {
			t.Parallel()
			p := start(t, portsim.Options{})
			url, stop, err := p.Listen("")
			if err != nil {
				t.Fatal(err)
			}
			p.Inject(portsim.Fault{Route: bulkRoute, Cut: true, Applied: applied})
			r, err := http.NewRequest(http.MethodPost, url+bulk+upsert, strings.NewReader(entitiesOf(`{"identifier":"a"}`)))
			if err != nil {
				t.Fatal(err)
			}
			r.Header = http.Header{"Authorization": {"Bearer " + p.token}, "User-Agent": {exporter}, "Content-Type": {"application/json"}}
			client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
			answer, err := client.Do(r)
			if err == nil {
				_ = answer.Body.Close()
				t.Fatalf("answer %s, want none", answer.Status)
			}
			if !errors.Is(err, io.EOF) {
				t.Errorf("error %v, want EOF", err)
			}
			if err := stop(); err != nil {
				t.Error(err)
			}
			if _, ok := p.Entity("bucket", "a"); ok != applied {
				t.Errorf("stored: %t", ok)
			}
			if got := p.Requests()[0]; got.Status != 0 || got.Route != bulkRoute {
				t.Errorf("journal %+v", got)
			}
		})
	}
}

func TestDelay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := start(t, portsim.Options{Latency: time.Second})
		p.Inject(portsim.Fault{Delay: time.Minute}, portsim.Fault{Delay: time.Hour, Status: 503})
		before := time.Now()
		p.want(p.send(request{method: "GET", path: "/v1/organization"}), 503)
		if got := time.Since(before); got != time.Hour+time.Minute+time.Second {
			t.Errorf("took %s", got)
		}
	})
}

func TestJournal(t *testing.T) {
	t.Parallel()
	p := start(t, portsim.Options{KeepBodies: true})
	body := entitiesOf(`{"identifier":"a"}`, `{"identifier":"b"}`)
	p.post(bulk+upsert, body)
	p.send(request{method: "GET", path: "/v1/nowhere"})
	got := p.Requests()
	if len(got) != 2 {
		t.Fatalf("%d requests", len(got))
	}
	r := got[0]
	summary := fmt.Sprint(r.Method, " ", r.Path, " ", r.Route, " ", r.Query.Get("upsert"), " ", r.UserAgent, " ", r.Blueprint, " ", r.Status, " ", r.Size, " ", r.Entities, " ", string(r.Body))
	want := fmt.Sprint("POST ", bulk, " ", bulkRoute, " true ", exporter, " bucket 200 ", len(body), " 2 ", body)
	if summary != want {
		t.Errorf("journal\n%s, want\n%s", summary, want)
	}
	if got[1].Route != "" || got[1].Status != 404 {
		t.Errorf("journal %+v", got[1])
	}
	if d := cmp.Diff(map[string]int{"POST " + bulkRoute: 1, "GET /v1/nowhere": 1}, p.Calls()); d != "" {
		t.Error(d)
	}
}

func TestInspectionGivesCopies(t *testing.T) {
	t.Parallel()
	p := start(t, portsim.Options{})
	p.put(upsert, `{"identifier":"a","properties":{"policy":{"x":["y"]}},"relations":{"copies":["a"]}}`)
	e := p.Entities("bucket")[0]
	e.Properties["policy"].(map[string]any)["x"].([]any)[0] = "changed"
	e.Relations["copies"].([]any)[0] = "changed"
	if d := cmp.Diff(map[string]any{"x": []any{"y"}}, p.entity("bucket", "a").Properties["policy"]); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]any{"a"}, p.entity("bucket", "a").Relations["copies"]); d != "" {
		t.Error(d)
	}
}

func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	p := start(t, portsim.Options{})
	p.Inject(portsim.Fault{Route: bulkRoute, Status: 503, After: 10, Times: 10})
	var group sync.WaitGroup
	for i := range 50 {
		group.Go(func() {
			p.post(bulk+create, entitiesOf(fmt.Sprintf(`{"identifier":"%d","relations":{"account":"1"}}`, i)))
			p.Entities("bucket")
			p.Requests()
			p.send(request{method: "GET", path: "/ui/api/overview"})
		})
	}
	group.Wait()
	if n := len(p.Entities("bucket")); n != 40 {
		t.Errorf("%d entities, want 40", n)
	}
}
