package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/rogpeppe/go-internal/txtar"

	"portolan/internal/secret"
	"portolan/internal/settings"
	"portolan/internal/simulator/awssim"
	"portolan/internal/simulator/portsim"
)

// image is what the documentation runs.
const image = "registry.example.com/portolan:v1.0.0"

// guide returns the commands of Port's guide by their names.
func guide(t *testing.T) map[string]string {
	t.Helper()
	archive, err := txtar.ParseFile("testdata/guide.txtar")
	if err != nil {
		t.Fatal(err)
	}
	commands := map[string]string{}
	for _, file := range archive.Files {
		commands[file.Name] = string(file.Data)
	}
	return commands
}

var documentedCommand = regexp.MustCompile("(?m)^### (.*)\n\n```bash\n((?:(?:\\w+=\"\\S+ \\\\\n)*)(?:helm upgrade|docker run)(?s:.*?))```$")

// The documentation keeps secrets off the command line in two ways.
var (
	fromFile        = regexp.MustCompile(`--set-file ([\w.]+)=<\(printf %s ("\$\w+")\)`)
	fromEnvironment = regexp.MustCompile(`(?m)^(\w+)=("\$\w+") \\\n`)
)

// told returns a documented command as the guide has it: with its secrets on the command line.
func told(command string) string {
	command = fromFile.ReplaceAllString(command, `--set $1=$2`)
	for _, set := range fromEnvironment.FindAllStringSubmatch(command, -1) {
		command = strings.ReplaceAll(command, "-e "+set[1]+" ", "-e "+set[1]+"="+set[2]+" ")
	}
	return fromEnvironment.ReplaceAllString(command, "")
}

// TestNoSecretOnACommandLine looks at every page: what a process gets as its arguments,
// every user of the machine can read.
func TestNoSecretOnACommandLine(t *testing.T) {
	t.Parallel()
	pages, err := filepath.Glob("../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	shown := regexp.MustCompile(`(?i)(?:--set|--set-string|-e|--env|-c|--secret\S*|--password)[ =]\S*(?:secret|password|token|access_?key)=\S+`)
	for _, page := range append(pages, "../../README.md", "../../CONTRIBUTING.md") {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, argument := range shown.FindAllString(string(text), -1) {
			t.Errorf("%s shows a secret in the list of processes: %s", page, argument)
		}
	}
	for name, command := range guide(t) { // which does
		if !shown.MatchString(command) {
			t.Errorf("%s: the test does not see the guide's secret", name)
		}
	}
}

// documented returns those of docs/containers.md, in the form of the guide.
func documented(t *testing.T) map[string]string {
	t.Helper()
	page, err := os.ReadFile("../../docs/containers.md")
	if err != nil {
		t.Fatal(err)
	}
	commands := map[string]string{}
	for _, match := range documentedCommand.FindAllStringSubmatch(string(page), -1) {
		commands[match[1]] = told(match[2])
	}
	return commands
}

// parse returns a command's words with the estate's values where the guide has
// placeholders.
func parse(t *testing.T, command string) []string {
	t.Helper()
	command = strings.NewReplacer("ORG_ACCOUNT_ID", management, "::ACCOUNT_ID", "::"+management).Replace(command)
	args, err := words(command, credentials)
	if err != nil {
		t.Fatal(err)
	}
	return args
}

// TestOnlyTheImageChanges holds the documentation against the guide.
func TestOnlyTheImageChanges(t *testing.T) {
	t.Parallel()
	theirs, ours := guide(t), documented(t)
	if len(ours) != len(theirs) || len(variants) != len(theirs) {
		t.Errorf("the guide has %d commands, docs/containers.md %d, the tests %d", len(theirs), len(ours), len(variants))
	}
	for name, command := range theirs {
		want := parse(t, strings.ReplaceAll(command, "ghcr.io/port-labs/port-ocean-aws-v3:latest", image))
		if want[0] == "helm" {
			want = slices.Insert(want, slices.Index(want, "--set"), "--set", "imageRegistry=registry.example.com", "--set", "image=portolan:v1.0.0")
		}
		got := parse(t, ours[name])
		for i, arg := range got {
			got[i] = strings.ReplaceAll(arg, `"\,"`, `","`)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: beside the image and Helm's commas there differs\n%s", name, diff)
		}
	}
}

// environment returns the environment of a documented command in its container. With cron
// the chart's Deployment becomes a CronJob.
func environment(t *testing.T, command string, v variant, cron bool) []string {
	t.Helper()
	args := parse(t, command)
	if args[0] == "docker" {
		if args[len(args)-1] != image {
			t.Errorf("the image is %s", args[len(args)-1])
		}
		return flags(args, "-e")
	}
	if cron {
		args = append(args, "--set", "workload.kind=CronJob")
	}
	environ, account, err := helm(args)
	if err != nil {
		t.Fatal(err)
	}
	if v.token {
		if !account {
			t.Error("no service account is named, so there is no token")
		}
		// https://docs.aws.amazon.com/eks/latest/userguide/pod-configuration.html
		environ = append(environ, "AWS_STS_REGIONAL_ENDPOINTS=regional", "AWS_DEFAULT_REGION=eu-west-1", "AWS_REGION=eu-west-1",
			"AWS_ROLE_ARN="+own, "AWS_WEB_IDENTITY_TOKEN_FILE="+tokenFile)
	}
	return environ
}

func TestSettingsOfTheGuide(t *testing.T) {
	t.Parallel()
	base := settings.Settings{
		Port: settings.Port{
			BaseURL:  "https://api.getport.io",
			ClientID: secret.Text(credentials["PORT_CLIENT_ID"]), ClientSecret: secret.Text(credentials["PORT_CLIENT_SECRET"]),
		},
		Integration: settings.Integration{Identifier: "my-aws-v3", Type: "aws-v3", Initialize: true, SendExamples: true},
		Schedule:    settings.Schedule{Listener: "ONCE"},
		ProbePort:   8000,
	}
	for name, command := range documented(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := settings.Load(environment(t, command, variants[name], true))
			if err != nil {
				t.Fatal(err)
			}
			want := base
			variants[name].change(&want)
			ours := cmpopts.IgnoreFields(settings.Settings{}, "AWS.BulkTags", "Integration.InitialKinds", "History", "State.Rewrite", "Deletes", "Log.Format", "Log.ToPort", "ScaleConcurrency", "Schedule.PollInterval", "Schedule.OnStart", "Schedule.Events")
			if diff := cmp.Diff(want, got, ours); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func guideContainer(t *testing.T) *container {
	t.Helper()
	c := unpacked(t)
	aws, err := awssim.New(estate(""), awssim.Options{})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(c.root, tokenFile)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(aws.Token(issuer, subject, time.Hour)), 0o644); err != nil {
		t.Fatal(err)
	}
	return c
}

// simulated starts the estate and a Port, and returns the variables with which a container
// finds them instead of the real ones.
func simulated(t *testing.T, externalID string) (*portsim.Server, []string) {
	t.Helper()
	aws, err := awssim.Start(estate(externalID), "", awssim.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = aws.Close() })
	port := portsim.New(portsim.Options{ClientID: credentials["PORT_CLIENT_ID"], ClientSecret: credentials["PORT_CLIENT_SECRET"]})
	url, stop, err := port.Listen("")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = stop() })
	// The SDK asks for the token's session before it knows AWS_ENDPOINT_URL.
	return port, []string{"AWS_ENDPOINT_URL=" + aws.URL(), "AWS_ENDPOINT_URL_STS=" + aws.URL(), "OCEAN__PORT__BASE_URL=" + url}
}

// TestGuide runs each command's container once, as `docker run` or the chart's CronJob
// does, until everything is in Port.
func TestGuide(t *testing.T) {
	t.Parallel()
	c := guideContainer(t)
	for name, command := range documented(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := variants[name]
			port, where := simulated(t, v.externalID)
			environ := environment(t, command, v, true)
			environ = slices.DeleteFunc(environ, func(pair string) bool { return strings.HasPrefix(pair, "OCEAN__PORT__BASE_URL=") })
			out, errOut, code := c.run(t, append(environ, where...))
			if code != 0 || !strings.Contains(out, "COMPLETED") {
				t.Fatalf("it ends with %d and says\n%s\n%s", code, out, errOut)
			}
			checkAccounts(t, port, v.accounts)
			if strings.Contains(errOut, "ignored") {
				t.Errorf("it warns about what the chart sets:\n%s", errOut)
			}
			for _, secret := range []string{"PORT_CLIENT_SECRET", "AWS_SECRET_ACCESS_KEY"} {
				if strings.Contains(out+errOut, credentials[secret]) {
					t.Errorf("it prints %s", secret)
				}
			}
		})
	}
}

// checkAccounts wants these accounts and their buckets in Port, and no others.
func checkAccounts(t *testing.T, port *portsim.Server, ids []string) {
	t.Helper()
	var accounts, buckets, want []string
	for _, e := range port.Entities("awsAccount") {
		accounts = append(accounts, e.Identifier)
	}
	for _, e := range port.Entities("s3Bucket") {
		buckets = append(buckets, e.Identifier)
	}
	for _, id := range ids {
		want = append(want, "arn:aws:s3:::bucket-of-"+id)
	}
	if diff := cmp.Diff(ids, accounts); diff != "" {
		t.Errorf("accounts: %s", diff)
	}
	if diff := cmp.Diff(want, buckets); diff != "" {
		t.Errorf("buckets: %s", diff)
	}
}
