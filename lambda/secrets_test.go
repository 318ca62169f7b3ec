package main

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"portolan/internal/simulator/awssim"
	"portolan/internal/simulator/portsim"
)

// The secrets that a run handles, and those that people put where a run finds them. A
// secret in a tag, or under a name that does not suggest a secret, has the form of a key.
const (
	variableSecret = "hunter2-in-a-variable"
	namedSecret    = "hunter2-by-its-name"
	keySecret      = "AKIAI55QH8DHBEXAMPLE"
	urlSecret      = "hunter2-in-a-url"
	messageSecret  = "AKIAI66QH8DHBEXAMPLE"
	commandSecret  = "hunter2-in-a-command"
	textSecret     = "hunter2-in-a-text"
)

var seeded = []string{
	key, clientID, clientSecret, externalID, tagSecret, variableSecret, namedSecret, keySecret, urlSecret, messageSecret, commandSecret, textSecret,
	base64.StdEncoding.EncodeToString([]byte(encodedText)),
}

// encodedText is sent nowhere, not even as base64.
const encodedText = "password=" + textSecret

// anyCredential is what the simulators issue while a run is under way: tokens of Port,
// and keys and session tokens of AWS.
var anyCredential = regexp.MustCompile(`eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.|ASIA[A-Z2-7]{16}|IQoJb3JpZ2luX2Vj[A-Za-z0-9_+/=-]{8,}`)

// exposed starts an estate with secrets in every place, and a Port that repeats one in
// its answers. It returns the environment of a process that logs all it can.
func exposed(t *testing.T) (port *portsim.Server, env []string, issued awssim.Identity) {
	t.Helper()
	aws, port, env := simulated(t)
	for _, r := range []awssim.Resource{
		{Kind: awssim.Function, Region: "eu-west-1", ID: "notify", Tags: map[string]string{"password": namedSecret}, Attributes: map[string]any{
			"Environment": map[string]any{"Variables": map[string]string{"DATABASE": variableSecret, "KEY": keySecret}},
			"Description": "connects to postgres://shop:" + urlSecret + "@db.example.com/shop",
		}},
		{Kind: awssim.Function, Region: "eu-west-1", ID: "bill", Tags: map[string]string{"note": base64.StdEncoding.EncodeToString([]byte(encodedText))}, Attributes: map[string]any{
			"Description": `with {"password":"` + textSecret + `"}, "Authorization: Bearer ` + textSecret + `" and https://` + textSecret + `@git.example.com/a`,
			"ImageConfigResponse": map[string]any{"ImageConfig": map[string]any{
				"Command": []any{"--password", commandSecret}, "EntryPoint": []any{"DB_PASS=" + commandSecret},
			}},
		}},
		{Kind: awssim.TaskDefinition, Region: "eu-west-1", ID: "web:7", Attributes: map[string]any{"containerDefinitions": []any{map[string]any{
			"name": "web", "image": "web:7", "command": []any{"run", commandSecret}, "entryPoint": []any{"sh", "-c", commandSecret},
			"healthCheck":      map[string]any{"command": []any{"CMD-SHELL", "curl -u admin:" + commandSecret}},
			"dockerLabels":     map[string]any{"owner": commandSecret},
			"logConfiguration": map[string]any{"logDriver": "splunk", "options": map[string]any{"splunk-url": commandSecret}},
		}}}},
		{Kind: awssim.Project, Region: "eu-west-1", ID: "shop", Attributes: map[string]any{
			"source": map[string]any{"type": "NO_SOURCE", "buildspec": "phases:\n  build:\n    commands: [" + commandSecret + "]"},
		}},
		{Kind: awssim.Queue, Region: "eu-west-1", ID: "returns", Tags: map[string]string{"api_key": namedSecret, "note": keySecret}},
	} {
		if err := aws.Put(accountID, r); err != nil {
			t.Fatal(err)
		}
	}
	issued, err := aws.Assume(accountID, "PortOceanReadRole", "portolan")
	if err != nil {
		t.Fatal(err)
	}
	// One service refuses, one fails, Port repeats what it was sent, and its tokens end.
	aws.Inject(
		awssim.Fault{Service: "sns", Times: -1, Effect: awssim.Deny},
		awssim.Fault{Service: "dynamodb", Times: 1, Effect: awssim.Garble},
		awssim.Fault{Service: "ecs", Times: 1, Effect: awssim.Expire},
	)
	port.Inject(
		portsim.Fault{Route: "/v1/blueprints/{blueprint}/entities/bulk", Blueprint: "lambdaFunction", Times: 1, Status: 422,
			Body: `{"ok":false,"error":"invalid","message":"\"` + messageSecret + `\" with ` + clientSecret + ` does not fit"}`},
		portsim.Fault{Route: "/v1/blueprints/{blueprint}/entities/bulk", Blueprint: "sqsQueue", Times: 1, ExpireTokens: true},
	)
	return port, append(env,
		"AWS_ACCESS_KEY_ID="+issued.AccessKeyID, "AWS_SECRET_ACCESS_KEY="+issued.SecretAccessKey, "AWS_SESSION_TOKEN="+issued.SessionToken,
		"PORTOLAN_COVERAGE=true",
	), issued
}

// TestNoSecretLeaves searches everything that leaves the process: what it prints, its
// report, its state, and what it sends Port except entities, which the mapping decides.
func TestNoSecretLeaves(t *testing.T) {
	t.Parallel()
	t.Run("function", func(t *testing.T) {
		t.Parallel()
		port, env, issued := exposed(t)
		folder := t.TempDir()
		var log bytes.Buffer
		r := function(t, append(env, "PORTOLAN_STATE="+folder), &log, time.Minute)
		result, _ := invoke(t, r, "{}")
		again, _ := invoke(t, r, `{"action":"poll"}`)
		plan, _ := invoke(t, r, `{"action":"plan"}`)
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
		left := told(t, port)
		left["report"] = string(result.Payload)
		left["report of a poll"] = string(again.Payload)
		left["plan"] = string(plan.Payload)
		left["log and metrics"] = log.String()
		left["state"] = kept(t, folder)
		wantNoSecret(t, left, issued)
	})
	t.Run("command", func(t *testing.T) {
		t.Parallel()
		port, env, issued := exposed(t)
		folder := t.TempDir()
		env = append(env, "PORTOLAN_STATE="+folder, "PORT_SECRET_ARN=", "OCEAN__PORT__CLIENT_ID="+clientID, "OCEAN__PORT__CLIENT_SECRET="+clientSecret)
		json := launch(t, env, "resync", "--output", "json")
		json.ends(time.Minute)
		table := launch(t, append(env, "PORTOLAN_LOG_FORMAT=json"), "resync", "--force")
		table.ends(time.Minute)
		left := told(t, port)
		left["output as JSON"], left["output as a table"], left["state"] = json.out.String(), table.out.String(), kept(t, folder)
		wantNoSecret(t, left, issued)
	})
}

// wantNoSecret greps texts for the seeded secrets and for whatever was issued.
func wantNoSecret(t *testing.T, left map[string]string, issued awssim.Identity) {
	t.Helper()
	for where, text := range left {
		if len(text) < 100 {
			t.Errorf("there is hardly any %s: %q", where, text)
		}
		for _, secret := range append(seeded, issued.AccessKeyID, issued.SecretAccessKey, issued.SessionToken) {
			if at := strings.Index(text, secret); at >= 0 {
				t.Errorf("the %s shows %s: …%s", where, secret, text[max(0, at-200):at])
			}
		}
		if found := anyCredential.FindString(text); found != "" {
			t.Errorf("the %s shows %s", where, found)
		}
	}
	for where, text := range map[string]string{"log of Port": left["log of Port"], "examples": left["examples"]} {
		if !strings.Contains(text, "AWS::SQS::Queue") {
			t.Errorf("the %s does not tell of queues", where)
		}
	}
	if !strings.Contains(left["examples"], "dockerLabels") || !strings.Contains(left["examples"], "DATABASE") || !strings.Contains(left["log of Port"], "AWS call") {
		t.Error("the test greps too little")
	}
}

// told returns what Port was sent, except credentials and entities.
func told(t *testing.T, port *portsim.Server) map[string]string {
	t.Helper()
	in, _ := port.Integration("test")
	left := map[string]string{"examples": text(t, in.Examples), "log of Port": text(t, in.Logs), "metrics of Port": text(t, in.Syncs)}
	var rest strings.Builder
	for _, r := range port.Requests() {
		_, _ = io.WriteString(&rest, r.Method+" "+r.Path+"?"+r.Query.Encode()+" "+r.UserAgent+"\n")
		if !strings.Contains(r.Path, "/entities") && !strings.Contains(r.Path, "/auth/") {
			rest.Write(r.Body)
		}
	}
	left["requests to Port"] = rest.String()
	var coverage []any
	for _, e := range port.Entities("awsSyncCoverage") {
		coverage = append(coverage, e.Properties)
	}
	left["coverage"] = text(t, coverage)
	return left
}

func text(t *testing.T, value any) string {
	t.Helper()
	encoded, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(encoded)
}

// kept returns all files of a folder, those that are packed unpacked.
func kept(t *testing.T, folder string) string {
	t.Helper()
	var all strings.Builder
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		file, err := os.Open(path)
		if err != nil {
			return err
		}
		defer func() { _ = file.Close() }()
		var from io.Reader = file
		if strings.HasSuffix(path, ".gz") {
			if from, err = gzip.NewReader(file); err != nil {
				return err
			}
		}
		_, _ = io.WriteString(&all, path+"\n")
		_, err = io.Copy(&all, from)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.String()
}
