package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"portolan/internal/report"
	"portolan/internal/resync/distributed"
)

// TestFunctionPolls presses the button in Port, and has the function asked by its
// schedule whether somebody did.
func TestFunctionPolls(t *testing.T) {
	t.Parallel()
	for name, state := range map[string]string{"with a state": t.TempDir(), "without": ""} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, port, env := simulated(t)
			if state != "" {
				env = append(env, "PORTOLAN_STATE="+state)
			}
			var log bytes.Buffer
			r := function(t, env, &log, time.Minute)
			poll := func(want report.Status, action, reason string) {
				t.Helper()
				port.ForgetRequests()
				result, answer := invoke(t, r, `{"action":"poll"}`)
				if answer.Status != want || answer.Action != action || !strings.Contains(answer.Reason, reason) {
					t.Errorf("%s %s", result.FunctionError, result.Payload)
				}
				if calls := len(port.Requests()); want == report.Yielded && calls > 2 {
					t.Errorf("a poll with nothing to do makes %d calls to Port: %v", calls, port.Calls())
				}
			}
			poll(report.Yielded, "poll", "does not have the integration yet")
			if result, answer := invoke(t, r, "{}"); answer.Status != report.Completed {
				t.Fatalf("%s %s", result.FunctionError, result.Payload)
			}
			poll(report.Yielded, "poll", "has been answered")
			if err := port.RequestResync("test"); err != nil {
				t.Fatal(err)
			}
			poll(report.Completed, "resync", "")
			poll(report.Yielded, "poll", "has been answered")
			if in, _ := port.Integration("test"); len(in.Syncs) != 2 {
				t.Errorf("Port heard of %d resyncs", len(in.Syncs))
			}
			if result, _ := invoke(t, r, `{"action":"poll","force":true}`); !strings.Contains(string(result.Payload), "the action poll takes no other keys") {
				t.Errorf("%s", result.Payload)
			}
			if err := r.Close(); err != nil {
				t.Fatal(err)
			}
			if n := strings.Count(log.String(), `"_aws"`); n != 2 {
				t.Errorf("two runs and four polls wrote %d lines of metrics", n)
			}
		})
	}
}

// TestPollThatFails lets Port refuse the credentials: the function fails, so that
// alarms go off.
func TestPollThatFails(t *testing.T) {
	t.Parallel()
	_, port, env := simulated(t)
	port.SetCredentials(clientID, "another-secret")
	var log bytes.Buffer
	result, _ := invoke(t, function(t, env, &log, time.Minute), `{"action":"poll"}`)
	if result.FunctionError == "" || !strings.Contains(string(result.Payload), "PORT_CLIENT_SECRET") {
		t.Errorf("%q %s", result.FunctionError, result.Payload)
	}
}

// TestStepPolls begins a run in several invocations only if somebody has asked for one.
func TestStepPolls(t *testing.T) {
	t.Parallel()
	_, port, env := simulated(t)
	var log bytes.Buffer
	r := function(t, append(env, "PORTOLAN_STATE="+t.TempDir()), &log, time.Minute)
	begin := func() (begun distributed.Begun) {
		t.Helper()
		result, err := r.Invoke(t.Context(), []byte(`{"step":"begin","request":{"action":"poll"}}`))
		if err != nil || json.Unmarshal(result.Payload, &begun) != nil {
			t.Fatalf("%v %s", err, result.Payload)
		}
		return begun
	}
	if result, answer := invoke(t, r, "{}"); answer.Status != report.Completed {
		t.Fatalf("%s %s", result.FunctionError, result.Payload)
	}
	if begun := begin(); begun.Status != "skipped" || begun.Report == nil || !strings.Contains(begun.Report.Reason, "has been answered") {
		t.Errorf("%+v", begun)
	}
	if err := port.RequestResync("test"); err != nil {
		t.Fatal(err)
	}
	if begun := begin(); begun.Status != distributed.BegunStatus || begun.Run == "" {
		t.Errorf("%+v", begun)
	}
}
