//go:build released

package main

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"portolan/internal/simulator/awssim"
	"portolan/internal/simulator/portsim"
)

const (
	account, region = "111122223333", "eu-west-1"
	keyID, key      = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
	bucket          = "photos-of-the-release"
	portSecret      = "secret-of-the-test"
)

// unpacked is the archive of this machine, unpacked, with simulated services around it.
type unpacked struct {
	*testing.T
	folder  string
	environ []string
	files   map[string]member
}

func unpack(t *testing.T) *unpacked {
	t.Helper()
	archives, err := filepath.Glob("../../build/release/portolan_*_" + runtime.GOOS + "_" + runtime.GOARCH + ".tar.gz")
	if err != nil || len(archives) != 1 {
		t.Fatalf("archives of this machine: %v %v; make gather makes one", archives, err)
	}
	text, err := os.ReadFile(archives[0])
	if err != nil {
		t.Fatal(err)
	}
	u := &unpacked{T: t, folder: t.TempDir(), files: untarred(t, text)}
	for name, of := range u.files {
		write(t, u.folder, name, of.Text, of.Mode)
	}
	of := awssim.Account{
		ID: account, Name: "photos", Management: true, Resources: []awssim.Resource{{Kind: awssim.Bucket, Region: region, ID: bucket}},
		Users: []awssim.User{{Name: "me", AccessKeyID: keyID, SecretAccessKey: key, Permissions: awssim.Permissions{Allow: []string{"*"}}}},
	}
	aws, err := awssim.Start(awssim.Estate{Organization: &awssim.Organization{}, Accounts: []awssim.Account{of}}, "", awssim.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = aws.Close() })
	url, stop, err := portsim.New(portsim.Options{ClientID: "id", ClientSecret: portSecret}).Listen("")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = stop() })
	u.environ = []string{
		"HOME=" + u.folder, "AWS_REGION=" + region, "AWS_ENDPOINT_URL=" + aws.URL(), "AWS_ENDPOINT_URL_STS=" + aws.URL(),
		"AWS_ACCESS_KEY_ID=" + keyID, "AWS_SECRET_ACCESS_KEY=" + key,
		"OCEAN__PORT__BASE_URL=" + url, "OCEAN__PORT__CLIENT_ID=id", "OCEAN__PORT__CLIENT_SECRET=" + portSecret,
		"OCEAN__INTEGRATION__IDENTIFIER=released",
	}
	return u
}

func (u *unpacked) command(args ...string) *exec.Cmd {
	c := exec.CommandContext(u.Context(), filepath.Join(u.folder, "portolan"), args...)
	c.Dir, c.Env = u.folder, u.environ
	return c
}

// run runs a command, which should succeed and say something, and returns what it says.
func (u *unpacked) run(input, want string, args ...string) string {
	u.Helper()
	c := u.command(args...)
	var errOut bytes.Buffer
	c.Stderr, c.Stdin = &errOut, strings.NewReader(input)
	out, err := c.Output()
	if err != nil || !strings.Contains(string(out), want) {
		u.Errorf("portolan %s: %v; it should say %q, and says\n%s\n%s", strings.Join(args, " "), err, want, out, errOut.String())
	}
	return string(out)
}

// TestReleased uses nothing but what is in the archive of this machine.
func TestReleased(t *testing.T) {
	u := unpack(t)
	for _, name := range []string{"portolan", "LICENSE", "README.md", "CHANGELOG.md", "schemas/portolan.json", "schemas/mapping.json"} {
		if u.files[name].Text == "" {
			t.Errorf("the archive has no %s", name)
		}
	}
	write(t, u.folder, "mapping.yml", "resources:\n  - kind: AWS::S3::Bucket\n    port:\n      entity:\n        mappings:\n"+
		"          identifier: .Properties.BucketName\n          blueprint: '\"bucket\"'\n", 0o600)
	u.run("", "0.0.0", "version")
	u.run("", "AWS::S3::Bucket", "kinds")
	u.run("", "s3:ListAllMyBuckets", "policy")
	u.run("", "PTL-401", "explain", "PTL-401")
	document := u.run("", bucket, "read", "AWS::S3::Bucket", "--limit", "1")
	u.run(document, bucket, "map", "--mapping", "mapping.yml", "-")
	u.run("", "kinds in accounts are answered", "doctor")
	u.run("", bucket, "plan", "--output", "json")
}

var address = regexp.MustCompile(`catalog +(http://127\.0\.0\.1:[0-9]+/)`)

// TestReleasedTry looks at the page that the command of the archive serves.
func TestReleasedTry(t *testing.T) {
	u := unpack(t)
	c := u.command("try", "--no-browser", "--kinds", "AWS::S3::Bucket")
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	lines, url := bufio.NewScanner(out), ""
	for url == "" && lines.Scan() {
		if found := address.FindStringSubmatch(lines.Text()); found != nil {
			url = found[1]
		}
	}
	answer, err := http.Get(url + "api/entities?blueprint=s3Bucket")
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(answer.Body)
	if err = errors.Join(err, answer.Body.Close()); err != nil || answer.StatusCode != http.StatusOK || !strings.Contains(string(text), bucket) {
		t.Errorf("%s: %s %v\n%s", url, answer.Status, err, text)
	}
	if err := c.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, out)
	if err := c.Wait(); err != nil {
		t.Errorf("it ends with %v", err)
	}
}
