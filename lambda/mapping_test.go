package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"portolan/internal/aws/kinds"
	"portolan/internal/review"
)

const olderMapping = `
resources:
- kind: AWS::S3::Bucket
  selector: {query: 'true', useGetResourceAPI: 'true'}
  port: {entity: {mappings: {identifier: .Identifier, blueprint: '"cloudResource"', properties: {kind: .__Kind, arn: .Properties.Arn}}}}
- kind: AWS::IAM::Role
  port: {entity: {mappings: {identifier: .Identifier, blueprint: '"cloudResource"', properties: {path: .Properties.Path}}}}
`

func TestMappingCheck(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "mapping.yml")
	if err := os.WriteFile(file, []byte(olderMapping), 0o600); err != nil {
		t.Fatal(err)
	}
	broken := filepath.Join(t.TempDir(), "broken.yml")
	if err := os.WriteFile(broken, []byte(strings.Replace(olderMapping, "AWS::IAM::Role", "AWS::IAM::Rolle", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		args []string
		code int
		says string
	}{
		"a mapping of the older integration": {[]string{file}, exitDone, "natively listed, in the form of Cloud Control"},
		"permissions":                        {[]string{file}, exitDone, "portolan policy --cloud-control --kinds 'AWS::S3::Bucket AWS::IAM::Role'"},
		"as JSON":                            {[]string{file, "--output", "json"}, exitDone, `"unchecked": [`},
		"a broken one":                       {[]string{broken}, exitFailed, `"AWS::IAM::Rolle", which is not a kind`},
		"no file":                            {nil, exitUsage, "one of them"},
		"a file and Port":                    {[]string{file, "--from-port"}, exitUsage, "one of them"},
		"a file that is not there":           {[]string{"no-such-file"}, exitUsage, "no such file"},
		"an odd form":                        {[]string{file, "--output", "xml"}, exitUsage, "table or json"},
		"Port without settings":              {[]string{"--from-port"}, exitUsage, "OCEAN__INTEGRATION__IDENTIFIER"},
	} {
		var out, errOut bytes.Buffer
		code := command(t.Context(), append([]string{"mapping", "check"}, test.args...), wide, &out, &errOut)
		if code != test.code || !strings.Contains(out.String()+errOut.String(), test.says) {
			t.Errorf("%s: exit code %d, want %d; it says %s%s", name, code, test.code, out.String(), errOut.String())
		}
	}
}

// TestMappingCheckAsks drives the program: it reads standard input, asks Port for the mapping, and
// AWS for schemas.
func TestMappingCheckAsks(t *testing.T) {
	t.Parallel()
	_, _, env := simulated(t)
	run := func(in string, args ...string) (out string, code int) {
		t.Helper()
		program := exec.CommandContext(t.Context(), os.Args[0], args...)
		program.Env = append(env, actAsCommand+"=1", "PORTOLAN_LOG_LEVEL=error", "HOME="+t.TempDir())
		program.Stdin = strings.NewReader(in)
		var text, errText strings.Builder
		program.Stdout, program.Stderr = &text, &errText
		_ = program.Run() // its exit code is looked at
		if errText.Len() > 0 {
			t.Logf("%v: %s", args, errText.String())
		}
		return text.String() + errText.String(), program.ProcessState.ExitCode()
	}
	if said, code := run("", "mapping", "check", "--from-port"); code != exitUsage || !strings.Contains(said, "Port has no integration test") {
		t.Errorf("without an integration: exit code %d, %s", code, said)
	}
	if _, code := run("", "resync"); code != exitDone {
		t.Fatalf("a resync ends with %d", code)
	}
	said, code := run("", "mapping", "check", "--from-port", "--output", "json")
	var result review.Result
	if err := json.Unmarshal([]byte(said), &result); err != nil || code != exitDone || len(result.Entries) != len(kinds.All) {
		t.Errorf("the mapping in Port: exit code %d, %d entries, %v: %s", code, len(result.Entries), err, said)
	}
	// The simulator's schema of a role has its identifier, and not every property.
	said, code = run(strings.ReplaceAll(olderMapping, ".Properties.Path", ".Properties.NoSuchThing"), "mapping", "check", "-", "--from-aws")
	if code != exitFailed || !strings.Contains(said, ".Properties.NoSuchThing: AWS's schema of the type has no") {
		t.Errorf("with AWS's schemas: exit code %d, %s", code, said)
	}
	said, _ = run(strings.ReplaceAll(olderMapping, "AWS::IAM::Role", "AWS::Newest::Invention"), "mapping", "check", "-", "--from-aws")
	if !strings.Contains(said, "AWS::Newest::Invention is checked without AWS's schema") {
		t.Errorf("a type that AWS does not have: %s", said)
	}
}
