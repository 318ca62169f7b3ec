package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"strings"
	"testing"

	"portolan/internal/simulator/portsim"
	"portolan/internal/uninstall"
)

// settled returns a Port with an integration that owns two entities, and with somebody
// else's entities, and the environment that names the integration.
func settled(t *testing.T) (*portsim.Server, []string) {
	t.Helper()
	port := portsim.New(portsim.Options{ClientID: clientID, ClientSecret: clientSecret})
	url, stop, err := port.Listen("")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = stop() })
	const ours = "port-ocean/aws-v3/2.20.11-beta/test/exporter"
	for _, err := range []error{
		port.PutBlueprint([]byte(`{"identifier":"queue","title":"Queue","schema":{"properties":{}}}`)),
		port.PutEntity("queue", []byte(`{"identifier":"orders","properties":{},"relations":{}}`), ours),
		port.PutEntity("queue", []byte(`{"identifier":"bills","properties":{},"relations":{}}`), ours),
		port.PutEntity("queue", []byte(`{"identifier":"mine","properties":{},"relations":{}}`), "somebody else"),
		port.PutIntegration([]byte(`{"installationId":"test","installationAppType":"aws-v3","version":"1.0.0","changelogDestination":{},"config":{}}`)),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return port, []string{
		"OCEAN__PORT__BASE_URL=" + url, "OCEAN__PORT__CLIENT_ID=" + clientID, "OCEAN__PORT__CLIENT_SECRET=" + clientSecret,
		"OCEAN__INTEGRATION__IDENTIFIER=test", "PORTOLAN_STATE=" + t.TempDir(), "COLUMNS=1000",
	}
}

func TestUninstallOnTheCommandLine(t *testing.T) {
	t.Parallel()
	port, env := settled(t)
	run := func(want int, args ...string) (out, errOut string) {
		t.Helper()
		var stdout, stderr bytes.Buffer
		if code := command(t.Context(), append([]string{"uninstall"}, args...), env, &stdout, &stderr); code != want {
			t.Errorf("exit code %d, want %d\n%s\n%s", code, want, stdout.String(), stderr.String())
		}
		if said := stdout.String() + stderr.String(); strings.Contains(said, clientSecret) {
			t.Errorf("it shows the secret: %s", said)
		}
		return stdout.String(), stderr.String()
	}
	for _, wrong := range []struct {
		args []string
		says string
	}{
		{nil, "choose what goes: --entities, --integration"},
		{[]string{"--entities", "--output", "xml"}, "table or json"},
		{[]string{"--entities", "--confirm", "tset"}, `--confirm is "tset", and the settings are those of test; nothing was deleted`},
	} {
		if _, said := run(exitUsage, wrong.args...); !strings.Contains(said, wrong.says) {
			t.Errorf("%v: it says %s", wrong.args, said)
		}
	}
	text, _ := run(exitDone, "--entities", "--integration")
	for _, says := range []string{"Nothing has been deleted", "2 entities", "bills, orders", "would be deleted", "--confirm test"} {
		if !strings.Contains(text, says) {
			t.Errorf("the plan does not say %q:\n%s", says, text)
		}
	}
	if n := len(port.Entities("queue")); n != 3 {
		t.Fatalf("after the plan there are %d entities", n)
	}
	text, _ = run(exitDone, "--entities", "--integration", "--confirm", "test", "--output", "json")
	var result uninstall.Result
	if err := json.Unmarshal([]byte(text), &result); err != nil || result.Entities.Deleted != 2 || !result.DataSource.Deleted {
		t.Errorf("%v: %s", err, text)
	}
	if left := port.Entities("queue"); len(left) != 1 || left[0].Identifier != "mine" {
		t.Errorf("left are %+v", left)
	}
	port.SetCredentials(clientID, "rotated")
	if _, said := run(exitFailed, "--entities"); !strings.Contains(said, "check PORT_CLIENT_ID") {
		t.Errorf("it says %s", said)
	}
}

func TestAsk(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		typed string
		want  bool
	}{
		"the identifier":   {"my-aws\n", true},
		"with blanks":      {" my-aws \r\n", true},
		"something else":   {"yes\n", false},
		"nothing":          {"\n", false},
		"the end of input": {"", false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var said bytes.Buffer
			got, err := ask(t.Context(), strings.NewReader(test.typed), &said, "my-aws")
			if err != nil || got != test.want {
				t.Errorf("%t, %v", got, err)
			}
			if strings.Contains(said.String(), "Nothing was deleted.") == test.want {
				t.Errorf("it says %q", said.String())
			}
		})
	}
}

func TestAskIsStopped(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	if agreed, err := ask(ctx, reader, io.Discard, "my-aws"); agreed || err == nil {
		t.Errorf("%t, %v", agreed, err)
	}
	if err := writer.Close(); err != nil { // which ends the reading
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = reader.Close() })
}
