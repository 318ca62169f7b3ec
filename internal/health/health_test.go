package health

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func ask(h *Health, method, path string) (int, string) {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(method, path, nil))
	return w.Code, strings.TrimSpace(w.Body.String())
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	const live = `{"status":"healthy","check":"live","core_version":"v1"}`
	fresh, ready := &Health{Version: "v1"}, &Health{Version: "v1"}
	ready.SetReady(true)
	ready.Metrics = func(w io.Writer) error {
		_, err := io.WriteString(w, "portolan_runs_total 1\n")
		return err
	}
	tests := []struct {
		name, method, path string
		of                 *Health
		code               int
		body               string
	}{
		{"live from the start", "GET", "/health/live", fresh, 200, live},
		{"not ready from the start", "GET", "/health/ready", fresh, 503, `{"status":"not_ready","check":"ready","core_version":"v1"}`},
		{"ready", "GET", "/health/ready", ready, 200, `{"status":"healthy","check":"ready","core_version":"v1"}`},
		{"the chart's former path", "GET", "/docs", fresh, 200, live},
		{"HEAD", "HEAD", "/health/live", fresh, 200, live},
		{"another method", "POST", "/health/live", fresh, 405, "a probe is a GET"},
		{"another path", "GET", "/", ready, 404, "404 page not found"},
		{"metrics", "GET", "/metrics", ready, 200, "portolan_runs_total 1"},
		{"metrics are read", "POST", "/metrics", ready, 405, "a probe is a GET"},
		{"nothing is measured", "GET", "/metrics", fresh, 404, "404 page not found"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			code, body := ask(test.of, test.method, test.path)
			if code != test.code || body != test.body {
				t.Errorf("%d %s, want %d %s", code, body, test.code, test.body)
			}
		})
	}
}

func TestReadyNoMore(t *testing.T) {
	t.Parallel()
	h := &Health{}
	h.SetReady(true)
	h.SetReady(false)
	if code, _ := ask(h, "GET", "/health/ready"); code != 503 {
		t.Errorf("it is %d", code)
	}
}

// TestStuck lets work stop, and go on.
func TestStuck(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := &Health{}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var figure atomic.Int64
		go h.Follow(ctx, figure.Load)
		var got []int
		for _, wait := range []time.Duration{time.Second, Patience - 10*time.Second, 20 * time.Second, 10 * time.Second} {
			time.Sleep(wait)
			code, _ := ask(h, "GET", "/health/live")
			got = append(got, code)
			if code == 503 {
				figure.Add(1)
			}
		}
		if diff := cmp.Diff([]int{200, 200, 503, 200}, got); diff != "" {
			t.Error(diff)
		}
		if code, _ := ask(h, "GET", "/health/ready"); code != 503 {
			t.Errorf("progress makes it ready: %d", code)
		}
	})
}

func TestServe(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h := &Health{Version: "v1"}
	stop := h.serve(listener)
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	url := "http://" + listener.Addr().String() + "/health/live"
	answer, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(answer.Body)
	_ = answer.Body.Close()
	if err != nil || answer.StatusCode != 200 || !strings.Contains(string(body), "healthy") {
		t.Errorf("%s %s %v", answer.Status, body, err)
	}
	stop()
	if answer, err := client.Get(url); err == nil {
		_ = answer.Body.Close()
		t.Error("it answers after its end")
	}
}

func TestServeWithoutAPort(t *testing.T) {
	t.Parallel()
	stop, err := (&Health{}).Serve(0)
	if err != nil {
		t.Fatal(err)
	}
	stop()
	taken, err := net.Listen("tcp", ":0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	_, err = (&Health{}).Serve(taken.Addr().(*net.TCPAddr).Port)
	if err == nil || !strings.Contains(err.Error(), "APPLICATION__PORT") {
		t.Errorf("a port that is taken: %v", err)
	}
}
