package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"portolan/internal/simulator/awssim"
)

// TestRead needs the process's environment: the AWS SDK reads it.
func TestRead(t *testing.T) {
	aws, port, env := simulated(t)
	t.Setenv("HOME", t.TempDir())
	var own []string // nothing of Port
	for _, variable := range env {
		name, value, _ := strings.Cut(variable, "=")
		if strings.Contains(name, "PORT__") || strings.HasPrefix(name, "PORT_SECRET") || strings.Contains(name, "IDENTIFIER") {
			continue
		}
		own = append(own, variable)
		t.Setenv(name, value)
	}
	for _, id := range []string{"orders<1>", "returns"} {
		if err := aws.Put(accountID, awssim.Resource{Kind: awssim.Topic, Region: "eu-west-1", ID: strings.Trim(id, "<>")}); err != nil {
			t.Logf("%s: %v", id, err)
		}
	}
	read := func(want int, args ...string) (out, notes string) {
		t.Helper()
		var stdout, stderr bytes.Buffer
		if code := command(t.Context(), append([]string{"read"}, args...), own, &stdout, &stderr); code != want {
			t.Errorf("%v: exit code %d, want %d\n%s%s", args, code, want, stdout.String(), stderr.String())
		}
		return stdout.String(), stderr.String()
	}
	out, _ := read(exitDone, awssim.Queue)
	var document struct {
		Type       string
		Properties struct{ QueueArn string }
		Context    struct{ AccountID, Region string } `json:"__ExtraContext"` //nolint:tagliatelle // as documents have it
	}
	if strings.Count(out, "\n") != 1 || json.Unmarshal([]byte(out), &document) != nil || document.Type != awssim.Queue || document.Context.Region != "eu-west-1" ||
		!strings.HasSuffix(document.Properties.QueueArn, ":orders") {
		t.Errorf("%s", out)
	}
	mapping := filepath.Join(t.TempDir(), "mapping.yml")
	const text = "resources:\n- kind: AWS::SQS::Queue\n  port:\n    entity:\n      mappings:\n        identifier: .Properties.QueueArn\n        blueprint: '\"q\"'\n"
	if err := os.WriteFile(mapping, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "documents.json")
	if err := os.WriteFile(file, []byte(out), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, mapped, notes := says(t, "map", "--mapping", mapping, file); code != exitDone || !strings.Contains(mapped, ":orders") {
		t.Errorf("exit code %d: %s%s", code, mapped, notes)
	}
	if out, _ := read(exitDone, awssim.Topic, "--limit", "1"); strings.Count(out, "\n") != 1 {
		t.Errorf("%s", out)
	}
	if out, _ := read(exitDone, "AWS::IAM::Role", "--regions", "eu-west-1"); strings.Contains(out, "\n\n") {
		t.Errorf("%s", out)
	}
	read(exitFailed, awssim.Queue, "--regions", "ap-south-2")
	for _, wrong := range [][]string{
		{"AWS::SQS::Queues"}, {awssim.Queue, "--accounts", "12"}, {awssim.Queue, "--regions", "Frankfurt"}, {awssim.Queue, "--limit", "-1"},
		{awssim.Queue, "--include-actions", "Nothing"}, {awssim.Queue, "--regions", ""}, {},
	} {
		if _, notes := read(exitUsage, wrong...); !strings.Contains(notes, "Error: ") {
			t.Errorf("%v: %s", wrong, notes)
		}
	}
	aws.Inject(awssim.Fault{Service: "sqs", Times: -1, Effect: awssim.Deny})
	if out, notes := read(exitFailed, awssim.Queue); out != "" || !strings.Contains(notes, "account "+accountID+", eu-west-1: ") || !strings.Contains(notes, "sqs:ListQueues") {
		t.Errorf("%s%s", out, notes)
	}
	if len(port.Requests()) > 0 {
		t.Error("Port was called")
	}
}
