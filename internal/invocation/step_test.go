package invocation_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/invocation"
)

func TestParseStep(t *testing.T) {
	t.Parallel()
	const run = "7c0f8a52-3f4e-4f0e-9d5c-2b1a0c9d8e7f"
	everything := invocation.Request{Action: invocation.Resync, Trigger: invocation.Manual}
	scheduled := invocation.Request{Action: invocation.Resync, Trigger: invocation.Schedule}
	narrow := invocation.Request{Action: invocation.Plan, Trigger: invocation.Manual, Kinds: []string{"AWS::SQS::Queue"}}
	for payload, want := range map[string]invocation.Step{
		`{"step":"begin"}`:                              {Name: invocation.Begin, Request: everything},
		`{"step":"begin","request":{}}`:                 {Name: invocation.Begin, Request: everything},
		`{"step":"begin","request":{},"execution":"x"}`: {Name: invocation.Begin, Request: everything, Execution: "x"},
		`{"step":"begin","request":{"source":"aws.scheduler","detail-type":"Scheduled Event"}}`: {Name: invocation.Begin, Request: scheduled},
		`{"step":"begin","request":{"action":"plan","kinds":["AWS::SQS::Queue"]}}`:              {Name: invocation.Begin, Request: narrow},
		`{"step":"read","run":"` + run + `","batch":3,"accounts":["111122223333"]}`: {
			Name: invocation.Read, Run: run, Batch: 3, Accounts: []string{"111122223333"},
		},
		`{"step":"finish","run":"` + run + `"}`: {Name: invocation.Finish, Run: run},
	} {
		got, ok, err := invocation.ParseStep([]byte(payload))
		if diff := cmp.Diff(want, got); diff != "" || !ok || err != nil {
			t.Errorf("%s: %v, %v (-want +got):\n%s", payload, ok, err, diff)
		}
	}
	for _, payload := range []string{``, `null`, `{}`, `{"action":"plan"}`, `[1]`} {
		if _, ok, err := invocation.ParseStep([]byte(payload)); ok || err != nil {
			t.Errorf("%q is taken for a step (%v)", payload, err)
		}
	}
}

func TestParseStepRefuses(t *testing.T) {
	t.Parallel()
	for payload, want := range map[string]string{
		`{"step":"raed"}`:   `the step "raed" is not known; valid: begin, read, finish`,
		`{"step":7}`:        `the payload's step is "7"; it should be a text`,
		`{"step":"finish"}`: `does not name its run`,
		`{"step":"read","run":"r","batch":"one"}`:                   `the step's batch cannot be "\"one\""`,
		`{"step":"finish","run":"r","force":true}`:                  `the step's key "force" is not known; valid are run, step`,
		`{"step":"begin","request":{"action":"resync","knds":[]}}`:  `"knds" is not known`,
		`{"step":"begin","request":{"accounts":["12"]}}`:            `"12" is not an account id`,
		`{"step":"begin","request":{"source":"x","detail-type":1}}`: `only scheduled events`,
	} {
		if _, ok, err := invocation.ParseStep([]byte(payload)); !ok || err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", payload, err, want)
		}
	}
}

// FuzzParseStep wants every payload to be either no step, an error, or a step that says
// all that it has to.
func FuzzParseStep(f *testing.F) {
	for _, payload := range []string{
		``, `null`, `{}`, `{"step":"begin"}`, `{"step":"begin","request":null,"execution":"x"}`, `{"step":"finish","run":"r"}`,
		`{"step":"read","run":"r","batch":-1,"accounts":["111122223333"]}`, `{"step":null}`, `{"step":"read","accounts":{}}`,
	} {
		f.Add([]byte(payload))
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		s, ok, err := invocation.ParseStep(payload)
		switch {
		case !ok && (err != nil || s.Name != ""):
			t.Errorf("%q is not a step, and returns %+v, %v", payload, s, err)
		case ok && err == nil && s.Name == invocation.Begin && s.Request.Action == "":
			t.Errorf("%q begins nothing: %+v", payload, s)
		case ok && err == nil && s.Name != invocation.Begin && s.Run == "":
			t.Errorf("%q is a step of no run: %+v", payload, s)
		}
	})
}
