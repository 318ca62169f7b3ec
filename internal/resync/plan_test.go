package resync_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"portolan/internal/console"
	codes "portolan/internal/diag"
	"portolan/internal/invocation"
	"portolan/internal/port"
	"portolan/internal/report"
	"portolan/internal/resync"
	"portolan/internal/resync/distributed"
	"portolan/internal/simulator/awssim"
	"portolan/internal/state"
)

// queueEntry is an entry of a mapping that makes an entity of each queue.
func queueEntry(mappings string) string {
	return `{"kind":"AWS::SQS::Queue","selector":{"query":"true"},"port":{"entity":{"mappings":` + mappings + `}}}`
}

// mappingOf makes a mapping, with further settings of its root.
func mappingOf(root string, entries ...string) json.RawMessage {
	return json.RawMessage(`{` + root + `"resources":[` + strings.Join(entries, ",") + `]}`)
}

func blueprintsOf(texts ...string) []json.RawMessage {
	var all []json.RawMessage
	for _, text := range texts {
		all = append(all, json.RawMessage(text))
	}
	return all
}

// TestPlanJudgesByTheBlueprints has entries of the mapping that Port would refuse: the
// plan counts and names them as the resync right after it does.
func TestPlanJudgesByTheBlueprints(t *testing.T) {
	t.Parallel()
	const model = `{"identifier":"queue","title":"Queue","schema":{"properties":{
		"size":{"type":"number"},"state":{"type":"string","enum":["on","off"]},"must":{"type":"string"},"tags":{"type":"array","items":{"type":"string"}}},"required":["must"]},
		"relations":{"other":{"title":"Other","target":"plain","required":false,"many":false},"others":{"title":"Others","target":"plain","required":false,"many":true}}}`
	const plain = `{"identifier":"plain","title":"Plain","schema":{"properties":{}}}`
	entry := func(rest string) string {
		return queueEntry(`{"identifier":".Properties.QueueArn","blueprint":"\"queue\"","properties":{"must":"\"x\""` + rest)
	}
	for name, test := range map[string]struct {
		entry string
		code  codes.Code // "" if it is taken
	}{
		"all is well":                 {entry: entry(`}}`)},
		"no such blueprint":           {queueEntry(`{"identifier":".Properties.QueueArn","blueprint":"\"nothing\""}`), codes.BlueprintMissing},
		"a computed blueprint":        {queueEntry(`{"identifier":".Properties.QueueArn","blueprint":".Type | ascii_downcase | gsub(\":\";\"_\")"}`), codes.BlueprintMissing},
		"an unknown property":         {entry(`,"seize":".Properties.QueueName"}}`), codes.PropertyUnknown},
		"an unknown property is null": {entry(`,"seize":"null"}}`), codes.PropertyUnknown},
		"an unknown relation":         {entry(`},"relations":{"another":"\"x\""}}`), codes.RelationTarget},
		"no required property":        {queueEntry(`{"identifier":".Properties.QueueArn","blueprint":"\"queue\"","properties":{"size":"1"}}`), codes.RequiredUnfed},
		"a required one is null":      {queueEntry(`{"identifier":".Properties.QueueArn","blueprint":"\"queue\"","properties":{"must":"null"}}`), codes.RequiredUnfed},
		"text for a number":           {entry(`,"size":".Properties.QueueName"}}`), codes.EntityRefused},
		"none of the values":          {entry(`,"state":"\"idle\""}}`), codes.EntityRefused},
		"numbers in a list of texts":  {entry(`,"tags":"[1]"}}`), codes.EntityRefused},
		"a list for one":              {entry(`},"relations":{"other":"[\"x\"]"}}`), codes.EntityRefused},
		"one for a list":              {entry(`},"relations":{"others":"\"x\""}}`), codes.EntityRefused},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := port.Defaults{Blueprints: blueprintsOf(model, plain), Config: mappingOf("", test.entry)}
			w := newWorldOf(t, d, estate(awssim.Queue), quickRetries)
			plan := w.run(invocation.Request{Action: invocation.Plan})
			after := w.run(invocation.Request{})
			const all = 2 * perAccount
			want, status := report.Counts{Created: all}, report.Completed
			if test.code != "" {
				want, status = report.Counts{Failed: all}, report.Incomplete
			}
			for name, r := range map[string]*report.Report{"plan": plan, "resync": after} {
				got := report.Counts{Created: r.Total.Created, Updated: r.Total.Updated, Failed: r.Total.Failed}
				if r.Status != status || got != want {
					t.Errorf("the %s: %s (%s), %+v, want %s and %+v: %+v", name, r.Status, r.Reason, got, status, want, r.Entities)
				}
			}
			if test.code == "" {
				return
			}
			if len(plan.Entities) != 1 || plan.Entities[0].Code != test.code || plan.Entities[0].Count != all {
				t.Errorf("the plan says %+v, want %d of %s", plan.Entities, all, test.code)
			}
			for _, c := range plan.Changes {
				if c.Sort != report.Fails || c.Code != test.code || c.Cause == "" || c.Account == "" || c.Region == "" {
					t.Errorf("change %+v", c)
				}
			}
			if len(plan.Changes) != all {
				t.Errorf("%d changes", len(plan.Changes))
			}
		})
	}
}

// TestPlanShowsValues has one queue with an entity that differs in many ways. Values that
// the mask cannot check are not shown.
func TestPlanShowsValues(t *testing.T) {
	t.Parallel()
	const model = `{"identifier":"queue","title":"Queue","schema":{"properties":{
		"plain":{"type":"string"},"size":{"type":"number"},"long":{"type":"string"},"password":{"type":"string"},"key":{"type":"string"},
		"moved":{"type":"string"},"list":{"type":"array"},"object":{"type":"object"},"text":{"type":"string"},"gone":{"type":"string"},"flag":{"type":"boolean"}}},
		"relations":{"others":{"title":"Others","target":"queue","required":false,"many":true}}}`
	const secret = "hunter2-hunter2"
	entry := queueEntry(`{"identifier":".Properties.QueueName","title":"\"a title\"","blueprint":"\"queue\"","properties":{
		"plain":"\"new\"","size":"7","long":"\"x\"*500","password":"\"` + secret + `\"","key":"\"AKIAIOSFODNN7EXAMPLE\"","moved":"\"` + secret + `\" // .Properties.Environment",
		"list":"[\"--password\",\"` + secret + `\"]","object":"{a:\"` + secret + `\"}","text":"{a:\"` + secret + `\"}|tojson","gone":"null","flag":"true"},
		"relations":{"others":"[\"q-2\",\"q-3\"]"}}`)
	d := port.Defaults{Blueprints: blueprintsOf(model), Config: mappingOf("", entry)}
	e := estate("AWS::SQS::Queue")
	for i := range e.Accounts {
		e.Accounts[i].Populations = nil
	}
	w := newWorldOf(t, d, e, quickRetries)
	w.must(w.aws.Put(member, awssim.Resource{Kind: awssim.Queue, Region: "eu-west-1", ID: "q-1"}))
	w.must(w.port.PutBlueprint([]byte(model)))
	w.must(w.port.PutEntity("queue", []byte(`{"identifier":"q-1","title":"old title","properties":{"plain":"old","gone":"was here","size":1000000,"moved":"other-secret-1","list":["`+secret+`"],"password":"`+secret+`-old"},"relations":{"others":[]}}`), formerly))
	r := w.run(invocation.Request{Action: invocation.Plan})
	wantStatus(t, r, report.Completed)
	if len(r.Changes) != 1 {
		t.Fatalf("changes %+v", r.Changes)
	}
	got := r.Changes[0]
	const notShown = "(not shown)"
	want := []report.FieldChange{
		{Name: "title", Old: "old title", New: "a title"},
		{Name: "properties.flag", Old: nil, New: true},
		{Name: "properties.gone", Old: "was here", New: nil},
		{Name: "properties.key", Old: nil, New: "[REDACTED]"},
		{Name: "properties.list", Old: "(a list of 1, not shown)", New: "(a list of 2, not shown)"},
		{Name: "properties.long", Old: nil, New: strings.Repeat("x", 80) + "…"},
		{Name: "properties.moved", Old: notShown, New: notShown},
		{Name: "properties.object", Old: nil, New: "(an object of 1 member, not shown)"},
		{Name: "properties.password", Old: "[REDACTED]", New: "[REDACTED]"},
		{Name: "properties.plain", Old: "old", New: "new"},
		{Name: "properties.size", Old: 1e6, New: 7.0},
		{Name: "properties.text", Old: nil, New: "(a text of 23 characters, not shown)"},
		{Name: "relations.others", Old: nil, New: "q-2, q-3"},
	}
	if !slices.Equal(got.Fields, want) || got.Account != member || got.Region != "eu-west-1" {
		t.Errorf("change %+v\nwant %+v", got, want)
	}
	var table strings.Builder
	w.must(r.Write(console.Fixed(&table, 1000)))
	told := string(encode(t, r)) + table.String()
	if strings.Contains(told, secret) || strings.Contains(told, "other-secret") {
		t.Errorf("a secret is shown:\n%s", told)
	}
	for _, line := range strings.Split(table.String(), "\n") {
		if strings.Contains(line, "→") && strings.Contains(line, "properties.") && len([]rune(line)) > 80 {
			t.Errorf("the line has %d characters: %s", len([]rune(line)), line)
		}
	}
	if want := fmt.Sprintf("- queue/q-1\n    in %s, eu-west-1\n    title: %q → %q\n", member, "old title", "a title"); !strings.Contains(table.String(), want) {
		t.Errorf("the table lacks %q:\n%s", want, table.String())
	}
}

// TestStateOfAnotherIntegration is refused by plan and resync, in one process and in
// steps, before anything is read or written.
func TestStateOfAnotherIntegration(t *testing.T) {
	t.Parallel()
	w := newWorld(t, estate(), quickRetries, func(d *resync.Deps) { d.State, d.Type = state.NewMemory(), "aws-v3" })
	wantStatus(t, w.run(invocation.Request{}), report.Completed)
	names := func() []string {
		all, err := w.deps.State.List(t.Context(), "")
		w.must(err)
		return all
	}
	before, held := w.contents(), names()
	for name, change := range map[string]func(*resync.Deps){
		"another identifier": func(d *resync.Deps) { d.Integration = "third" },
		"another type":       func(d *resync.Deps) { d.Type = "aws" },
	} {
		ours := w.deps
		change(&w.deps)
		asked := len(w.port.Requests())
		for _, action := range []string{invocation.Plan, invocation.Resync} {
			r := w.run(invocation.Request{Action: action})
			if r.Status != report.Failed || r.Code != codes.StateForeign || !strings.Contains(r.Reason, "aws-v3/"+integration) || r.Total.Fetched != 0 {
				t.Errorf("%s of %s: %s %s (%s)", action, name, r.Status, r.Code, r.Reason)
			}
			_, err := distributed.Begin(t.Context(), w.deps, invocation.Step{Request: invocation.Request{Action: action}}, 1)
			if codes.Of(err) != codes.StateForeign {
				t.Errorf("the beginning of a %s of %s: %v", action, name, err)
			}
		}
		if n := len(w.port.Requests()) - asked; n != 0 {
			t.Errorf("%s: Port was asked %d times", name, n)
		}
		w.deps = ours
	}
	// The reports of the refused resyncs are not left in what is another's.
	if !maps.Equal(before, w.contents()) || !slices.Equal(held, names()) {
		t.Errorf("something was written: %v, before %v", names(), held)
	}
	wantStatus(t, w.run(invocation.Request{}), report.Completed)
}
