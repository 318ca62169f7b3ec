package main

import (
	"bytes"
	"encoding/json"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"portolan/internal/doctor"
	"portolan/internal/report"
	"portolan/internal/report/page"
	"portolan/internal/simulator/awssim"
	"portolan/internal/simulator/portsim"
	"portolan/internal/uninstall"
)

// forged is what a stranger would like to see at the left edge of a screen.
const forged = "FORGED"

// evil tries all that a text can do to those who read it.
var evil = "x\x1b]0;title\x07\x1b[2J\u009b31m\x7f\r\n" + forged + " line\r" + forged + "\u2028" + forged + "\u0085" + forged +
	"\u202egnp\u2066\u061c\u200b\ufeff\u2060\U000e0041\xff" + strings.Repeat("y", 200_000)

// harmless fails the test unless a text is shown as it is to be: without a character that controls, without a line
// that a stranger began, and in lines of some length.
func harmless(t *testing.T, where, text string) {
	t.Helper()
	longest := 60_000 // a policy to be pasted, and what is beside it
	if strings.HasPrefix(text, "<!doctype html>") {
		longest = len(text) // a page is one line
	}
	if !utf8.ValidString(text) {
		t.Errorf("%s: not UTF-8", where)
	}
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, forged) {
			t.Errorf("%s: a line begins with what a stranger wrote: %.100q", where, line)
		}
		if len(line) > longest {
			t.Errorf("%s: a line of %d bytes: %.100q", where, len(line), line)
		}
		at := strings.IndexFunc(line, func(r rune) bool {
			return r != '\n' && r != '\t' && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp)
		})
		if at >= 0 {
			t.Errorf("%s: %.60q in a line", where, line[max(0, at-20):])
		}
	}
}

// fill sets every text of a value, two in each list.
func fill(v reflect.Value, text string) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Int, reflect.Int64:
		v.SetInt(3)
	case reflect.Float64:
		v.SetFloat(1)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Interface:
		if v.NumMethod() == 0 {
			v.Set(reflect.ValueOf(any(map[string]any{text: []any{text, 1.0}})))
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), text)
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				fill(v.Field(i), text)
			}
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fill(v.Index(0), text)
		fill(v.Index(1), text)
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		key, member := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(key, text)
		fill(member, text)
		v.SetMapIndex(key, member)
	}
}

// TestResultsControlNothing prints each result with strangers' words in every text, so that no
// part of a table can be forgotten.
func TestResultsControlNothing(t *testing.T) {
	t.Parallel()
	filled := func(result any) { fill(reflect.ValueOf(result).Elem(), evil[:20_000]) }
	var run, plan report.Report
	var diagnosis doctor.Diagnosis
	var removed, planned uninstall.Result
	for _, result := range []any{&run, &plan, &diagnosis, &removed, &planned} {
		filled(result)
	}
	plan.Action, planned.Status = "plan", uninstall.Planned
	for i := range plan.Changes { // those of a sort are listed
		plan.Changes[i].Sort = []string{report.Created, report.Fails}[i]
	}
	for i := range run.Mapping {
		run.Mapping[i].Null = i > 0
	}
	for name, result := range map[string]interface{ Write(io.Writer) error }{
		"run": &run, "plan": &plan, "doctor": &diagnosis, "uninstall": &removed, "plan of an uninstall": &planned,
	} {
		var table, as bytes.Buffer
		if err := result.Write(&table); err != nil {
			t.Fatal(err)
		}
		harmless(t, name, table.String())
		if err := printResult(&as, result, "json"); err != nil || !json.Valid(as.Bytes()) {
			t.Fatalf("%s: %v", name, err)
		}
		text := as.String()
		if at := strings.IndexFunc(text, func(r rune) bool { return r != '\n' && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) }); at >= 0 {
			t.Errorf("%s as JSON: %.20q", name, text[at:])
		}
	}
	for name, r := range map[string]*report.Report{"page of a run": &run, "page of a plan": &plan} {
		var html bytes.Buffer
		if err := page.Write(&html, r); err != nil {
			t.Fatal(err)
		}
		harmless(t, name, html.String())
	}
}

// hostile starts an AWS and a Port that write whatever they can, and a state that somebody
// else has written to.
func hostile(t *testing.T) (port *portsim.Server, env []string) {
	t.Helper()
	aws, port, env := simulated(t)
	short := evil[:600]
	if err := aws.AddAccount(awssim.Account{ID: "222222222222", Name: short, Resources: []awssim.Resource{
		{Kind: awssim.Queue, Region: "eu-west-1", ID: "returns", Tags: map[string]string{"note": short}},
	}}); err != nil {
		t.Fatal(err)
	}
	aws.Inject(
		awssim.Fault{Service: "sns", Times: -1, Effect: awssim.Refuse, Code: "Odd" + forged, Message: evil},
		awssim.Fault{Service: "dynamodb", Times: -1, Effect: awssim.Refuse, Status: 403, Code: "AccessDenied", Message: evil},
	)
	says := func(status string) string {
		text, err := json.Marshal(map[string]any{"ok": false, "error": evil, "message": status + evil})
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	port.Inject(portsim.Fault{
		Route: "/v1/blueprints/{blueprint}/entities/bulk", Blueprint: "s3Bucket", Times: -1, Status: 422, Body: says("no"),
		Header: map[string][]string{"X-Trace-Id": {"t\u202e" + forged}},
	})
	word, err := json.Marshal(strings.ToValidUTF8(short, "?"))
	if err != nil {
		t.Fatal(err)
	}
	quoted, err := json.Marshal(string(word)) // as an expression
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{
		port.PutIntegration([]byte(`{"installationId":"test","installationAppType":"aws-v3","version":"1.0.0","changelogDestination":{},"config":{}}`)),
		port.PutBlueprint([]byte(`{"identifier":"queue","title":"Queue","schema":{"properties":{"note":{"type":"string"}}}}`)),
		port.SetConfig("test", []byte(`{"resources":[
			{"kind":"AWS::SQS::Queue","selector":{"query":"true"},"port":{"entity":{"mappings":{"identifier":".Properties.QueueName","title":`+string(quoted)+`,
				"blueprint":"\"queue\"","properties":{"note":`+string(quoted)+`,"gone":".Nothing | error(`+strings.ReplaceAll(string(word), `"`, `\"`)+`)"}}}}},
			{"kind":"AWS::SNS::Topic","selector":{"query":"true"},"port":{"entity":{"mappings":{"identifier":".Properties.TopicArn","blueprint":`+string(quoted)+`}}}},
			{"kind":`+string(word)+`,"selector":{"query":`+string(quoted)+`},"port":{"entity":{"mappings":{"identifier":".a","blueprint":"\"queue\""}}}},
			{"kind":"AWS::DynamoDB::Table","selector":{"query":`+string(word)+`},"port":{"entity":{"mappings":{"identifier":".a","blueprint":"\"queue\""}}}}]}`)),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return port, append(env, "PORTOLAN_STATE="+t.TempDir())
}

// TestStrangersControlNothing runs each command in a world in which strangers have
// written all that they can.
func TestStrangersControlNothing(t *testing.T) {
	t.Parallel()
	_, env := hostile(t)
	file := filepath.Join(t.TempDir(), "report.html")
	document := written(t, "document.json", `{"Type":"AWS::SQS::Queue","Properties":{"QueueName":`+jsonOf(t, evil)+`},"__ExtraContext":{}}`)
	mapping := written(t, "mapping.json", `{"resources":[{"kind":"AWS::SQS::Queue","selector":{"query":"true"},"port":{"entity":{"mappings":{
		"identifier":".Properties.QueueName","blueprint":"\"q\"","properties":{"a":".Properties.QueueName|error"}}}}},{"kind":`+jsonOf(t, "k\u202e\u2028"+forged+strings.Repeat("y", 100_000))+`}]}`)
	for name, test := range map[string]struct {
		args  []string
		shows string
	}{
		"resync":             {[]string{"resync"}, "PTL-"},
		"resync, to a page":  {[]string{"resync", "--report", file}, "PTL-"},
		"plan":               {[]string{"plan"}, "PTL-"},
		"doctor":             {[]string{"doctor"}, "PTL-"},
		"uninstall":          {[]string{"uninstall", "--entities", "--integration"}, "data source test"},
		"map":                {[]string{"map", "--mapping", mapping, document}, "1 document"},
		"wrong arguments":    {[]string{"resync", "--kinds", strings.ReplaceAll(evil[:300], "\x00", "")}, "PTL-"},
		"an unknown command": {[]string{strings.ReplaceAll(evil[:300], "\x00", "")}, "PTL-"},
		"kinds":              {[]string{"kinds"}, "AWS::"},
	} {
		for _, format := range []string{"text", "json"} {
			p := launch(t, append(env, "PORTOLAN_LOG_FORMAT="+format), test.args...)
			p.ends(time.Minute)
			harmless(t, name, p.out.String())
			if !strings.Contains(p.out.String(), test.shows) {
				t.Errorf("%s: %.3000s", name, p.out.String())
			}
		}
	}
	html, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	harmless(t, "the page", string(html))
}

// TestForgedLeaseControlsNothing has somebody who may write to the state leave a lease.
func TestForgedLeaseControlsNothing(t *testing.T) {
	t.Parallel()
	_, env := hostile(t)
	launch(t, env, "resync").ends(time.Minute)
	folder := strings.TrimPrefix(env[len(env)-1], "PORTOLAN_STATE=")
	var leases []string
	err := filepath.WalkDir(folder, func(path string, _ fs.DirEntry, err error) error {
		if filepath.Base(path) == "lease.json" {
			leases = append(leases, path)
		}
		return err
	})
	if err != nil || len(leases) != 1 {
		t.Fatalf("leases %v, %v", leases, err)
	}
	text, err := os.ReadFile(leases[0])
	if err != nil {
		t.Fatal(err)
	}
	var lease map[string]any
	if err := json.Unmarshal(text, &lease); err != nil {
		t.Fatal(err)
	}
	lease["run"], lease["source"], lease["execution"] = evil, evil, evil
	lease["released"], lease["until"] = false, time.Now().Add(time.Minute).UTC()
	if text, err = json.Marshal(lease); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"resync"}, {"doctor"}, {"uninstall", "--entities", "--confirm", "test"}} {
		if err := os.WriteFile(leases[0], text, 0o600); err != nil {
			t.Fatal(err)
		}
		p := launch(t, env, args...)
		p.ends(time.Minute)
		harmless(t, args[0], p.out.String())
	}
}

// TestFunctionAnswersHarmlessly reads what the function answers, logs and sends Port as its log.
func TestFunctionAnswersHarmlessly(t *testing.T) {
	t.Parallel()
	port, env := hostile(t)
	var log bytes.Buffer
	r := function(t, env, &log, time.Minute)
	for _, payload := range []string{`{}`, `{"action":"plan"}`, `{"action":"doctor"}`, `{"kinds":[` + jsonOf(t, evil) + `]}`} {
		result, err := r.Invoke(t.Context(), []byte(payload))
		if err != nil {
			t.Fatal(err)
		}
		answer := string(result.Payload)
		if strings.ContainsFunc(answer, func(r rune) bool { return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) }) {
			t.Errorf("%.40s: the answer has characters that control: %.300q", payload, answer)
		}
		var failure struct{ ErrorMessage string }
		if json.Unmarshal(result.Payload, &failure) == nil {
			harmless(t, "the error", failure.ErrorMessage)
		}
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	harmless(t, "the log", log.String())
	in, _ := port.Integration("test")
	if len(in.Logs) == 0 {
		t.Error("Port got no log")
	}
	for _, line := range in.Logs {
		line := strings.ReplaceAll(text(t, line), `\\`, "")
		if len(line) > 40_000 || strings.Contains(line, `\u001b`) || strings.Contains(line, "\u202e") {
			t.Errorf("Port's log: %.300q", line)
		}
	}
}

func jsonOf(t *testing.T, text string) string {
	t.Helper()
	encoded, err := json.Marshal(strings.ToValidUTF8(text, "?"))
	if err != nil {
		t.Fatal(err)
	}
	return string(encoded)
}
