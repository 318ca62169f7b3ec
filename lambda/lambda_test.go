package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"portolan/internal/aws/cloudcontrol"
	"portolan/internal/aws/policy"
	"portolan/internal/report"
	"portolan/internal/simulator/awssim"
	"portolan/internal/simulator/portsim"
	"portolan/internal/simulator/runtimesim"
)

// actAsCommand is the variable that makes the test binary the command line.
const actAsCommand = "ACT_AS_COMMAND"

// TestMain makes the test binary the function where the runtime starts it, and the
// command line where a test does.
func TestMain(m *testing.M) {
	if os.Getenv("AWS_LAMBDA_RUNTIME_API") != "" || os.Getenv(actAsCommand) != "" {
		main()
		return
	}
	goleak.VerifyTestMain(m)
}

const (
	accountID    = "111111111111"
	keyID, key   = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI-base-secret-key"
	clientID     = "client-7f3a"
	clientSecret = "client-secret-8c1e"
	externalID   = "external-id-5d2b"
	tagSecret    = "AKIAI44QH8DHBEXAMPLE"
)

// wide keeps lines whole where no terminal is.
var wide = []string{"COLUMNS=1000"}

// simulated starts AWS and Port, and returns the environment in which a run finds
// them.
func simulated(t testing.TB) (*awssim.Server, *portsim.Server, []string) {
	t.Helper()
	return simulatedWith(t, awssim.Options{})
}

func simulatedWith(t testing.TB, options awssim.Options) (*awssim.Server, *portsim.Server, []string) {
	t.Helper()
	return simulatedAt(t, options, nil)
}

// simulatedAt has Port at another time; nil is the system's.
func simulatedAt(t testing.TB, options awssim.Options, clock func() time.Time) (*awssim.Server, *portsim.Server, []string) {
	t.Helper()
	aws, err := awssim.Start(awssim.Estate{
		Organization: &awssim.Organization{},
		Accounts: []awssim.Account{{
			ID: accountID, Name: "all-in-one", Management: true,
			Users:   []awssim.User{{Name: "portolan", AccessKeyID: keyID, SecretAccessKey: key, Permissions: awssim.Permissions{Allow: []string{"*"}}}},
			Roles:   []awssim.Role{{Name: "PortOceanReadRole", Trusts: []string{accountID}, ExternalID: externalID, Permissions: awssim.Permissions{Allow: []string{"*"}}}},
			Secrets: []awssim.Secret{{Name: "portolan/port", Region: "eu-west-1", Value: secretText(clientSecret)}},
			Resources: []awssim.Resource{{
				Kind: awssim.Queue, Region: "eu-west-1", ID: "orders", Tags: map[string]string{"key": tagSecret, "owner": "shop"},
			}},
		}},
	}, "", options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = aws.Close() })
	port := portsim.New(portsim.Options{ClientID: clientID, ClientSecret: clientSecret, KeepBodies: true, Clock: clock})
	url, stop, err := port.Listen("")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = stop() })
	return aws, port, []string{
		"AWS_REGION=eu-west-1", "AWS_ENDPOINT_URL=" + aws.URL(), "AWS_ACCESS_KEY_ID=" + keyID, "AWS_SECRET_ACCESS_KEY=" + key,
		"OCEAN__PORT__BASE_URL=" + url, "PORT_SECRET_ARN=portolan/port", "OCEAN__INTEGRATION__IDENTIFIER=test",
		"OCEAN__INTEGRATION__CONFIG__ACCOUNT_ROLE_ARN=arn:aws:iam::" + accountID + ":role/PortOceanReadRole",
		"OCEAN__INTEGRATION__CONFIG__EXTERNAL_ID=" + externalID,
		"PORTOLAN_REGIONS=eu-west-1", "PORTOLAN_INITIAL_KINDS=native", "PORTOLAN_LOG_LEVEL=debug", "APPLICATION__PORT=0", "COLUMNS=1000",
	}
}

func secretText(secret string) string {
	return `{"PORT_CLIENT_ID":"` + clientID + `","PORT_CLIENT_SECRET":"` + secret + `"}`
}

func function(t testing.TB, env []string, log io.Writer, timeout time.Duration) *runtimesim.Runtime {
	t.Helper()
	r, err := runtimesim.New(runtimesim.Options{Binary: os.Args[0], Env: env, Timeout: timeout, MemoryMB: 512, Stdout: log})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return r
}

func invoke(t *testing.T, r *runtimesim.Runtime, payload string) (runtimesim.Result, report.Report) {
	t.Helper()
	result, err := r.Invoke(t.Context(), []byte(payload))
	if err != nil {
		t.Fatal(err)
	}
	var answer report.Report
	if result.FunctionError == "" {
		if err := json.Unmarshal(result.Payload, &answer); err != nil {
			t.Fatalf("%s: %v", result.Payload, err)
		}
	}
	return result, answer
}

func TestFunction(t *testing.T) {
	t.Parallel()
	_, port, env := simulated(t)
	var log bytes.Buffer
	r := function(t, env, &log, time.Minute)
	for _, event := range []string{
		`{"version":"0","source":"aws.events","detail-type":"Scheduled Event","detail":{}}`,
		`{}`,
	} {
		result, answer := invoke(t, r, event)
		if answer.Status != report.Completed {
			t.Fatalf("%s: %s %s", event, result.FunctionError, result.Payload)
		}
	}
	if _, ok := port.Entity("sqsQueue", "arn:aws:sqs:eu-west-1:"+accountID+":orders"); !ok {
		t.Error("the queue is not in Port")
	}
	if result, _ := invoke(t, r, `{"kindz":["AWS::S3::Bucket"]}`); result.FunctionError == "" || !strings.Contains(string(result.Payload), "kinds") {
		t.Errorf("a misspelt key: %q %s", result.FunctionError, result.Payload)
	}
	if result, _ := invoke(t, r, `{"kinds":["AWS::S3::Buckets"]}`); !strings.Contains(string(result.Payload), "AWS::S3::Bucket") {
		t.Errorf("a misspelt kind: %q %s", result.FunctionError, result.Payload)
	}
}

// TestFunctionEndsBeforeItsDeadline lets AWS hang: the function says so in good
// time, and the same process answers the next event.
func TestFunctionEndsBeforeItsDeadline(t *testing.T) {
	t.Parallel()
	aws, port, env := simulated(t)
	var log bytes.Buffer
	r := function(t, env, &log, 15*time.Second)
	if _, answer := invoke(t, r, "{}"); answer.Status != report.Completed {
		t.Fatalf("%+v", answer)
	}
	aws.Inject(awssim.Fault{Service: "sqs", Times: -1, Effect: awssim.Hang})
	result, answer := invoke(t, r, "{}")
	if answer.Status != report.Incomplete || answer.Deletes.Deleted != 0 {
		t.Errorf("%s %s", result.FunctionError, result.Payload)
	}
	if in, _ := port.Integration("test"); in.State.Status != "failed" {
		t.Errorf("Port was told %q", in.State.Status)
	}
	aws.ClearFaults()
	if result, answer := invoke(t, r, "{}"); answer.Status != report.Completed || result.Init != 0 {
		t.Errorf("the next event: init %s, %s %s", result.Init, result.FunctionError, result.Payload)
	}
}

// TestFunctionWritesMetrics reads the log as CloudWatch does, where each line of the
// process is an event.
func TestFunctionWritesMetrics(t *testing.T) {
	t.Parallel()
	aws, _, env := simulated(t)
	var log bytes.Buffer
	r := function(t, env, &log, time.Minute)
	if _, answer := invoke(t, r, "{}"); answer.Status != report.Completed {
		t.Fatalf("%+v", answer)
	}
	if _, answer := invoke(t, r, `{"action":"plan"}`); answer.Status != report.Completed {
		t.Fatalf("%+v", answer)
	}
	if err := aws.RemoveRole(accountID, "PortOceanReadRole"); err != nil {
		t.Fatal(err)
	}
	if result, _ := invoke(t, r, "{}"); result.FunctionError == "" {
		t.Fatalf("a run without its role succeeds: %s", result.Payload)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	type metrics struct {
		Integration               string
		RunsCompleted, RunsFailed float64
		CellsComplete             float64
		AccountsUnreachable       float64
		DeadlineUsed              float64
	}
	var got []metrics
	for line := range strings.Lines(log.String()) {
		if !strings.Contains(line, `"_aws"`) {
			continue
		}
		var m metrics
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if m.DeadlineUsed <= 0 || m.DeadlineUsed >= 100 {
			t.Errorf("%v %% of the time were used", m.DeadlineUsed)
		}
		m.DeadlineUsed = 0
		got = append(got, m)
	}
	if len(got) != 2 || got[0].CellsComplete == 0 {
		t.Fatalf("two runs and a plan wrote %+v", got)
	}
	got[0].CellsComplete = 0
	want := []metrics{{Integration: "test", RunsCompleted: 1}, {Integration: "test", RunsFailed: 1}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestFunctionFindsARotatedSecret(t *testing.T) {
	t.Parallel()
	aws, port, env := simulated(t)
	var log bytes.Buffer
	r := function(t, env, &log, time.Minute)
	if _, answer := invoke(t, r, "{}"); answer.Status != report.Completed {
		t.Fatalf("%+v", answer)
	}
	const rotated = "client-secret-rotated"
	port.SetCredentials(clientID, rotated)
	port.ExpireTokens()
	if err := aws.SetSecret(accountID, awssim.Secret{Name: "portolan/port", Region: "eu-west-1", Value: secretText(rotated)}); err != nil {
		t.Fatal(err)
	}
	if result, answer := invoke(t, r, "{}"); answer.Status != report.Completed {
		t.Errorf("%s %s", result.FunctionError, result.Payload)
	}
}

func TestFunctionTellsWhyASecretGivesNothing(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ name, value, want string }{
		"an empty one": {"portolan/empty", "", "read Port's credentials from portolan/empty: the secret exists and is empty; run make secret"},
		"none":         {"portolan/prot", "", "read Port's credentials from portolan/prot: the secret does not exist in eu-west-1"},
		"no JSON":      {"portolan/text", "hunter2", "read Port's credentials from portolan/text: the secret is not a JSON object"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			aws, _, env := simulated(t)
			if name != "none" {
				if err := aws.SetSecret(accountID, awssim.Secret{Name: test.name, Region: "eu-west-1", Value: test.value}); err != nil {
					t.Fatal(err)
				}
			}
			var log bytes.Buffer
			r := function(t, append(env, "PORT_SECRET_ARN="+test.name), &log, time.Minute)
			result, _ := invoke(t, r, "{}")
			var said struct{ ErrorMessage string }
			if err := json.Unmarshal(result.Payload, &said); err != nil || !strings.Contains(said.ErrorMessage, test.want) {
				t.Errorf("it says %q, not %q", said.ErrorMessage, test.want)
			}
			if strings.Contains(said.ErrorMessage, "hunter2") {
				t.Error("the error shows the secret")
			}
		})
	}
}

func TestFunctionTellsWrongSettingsWithEachEvent(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	r := function(t, []string{"AWS_REGION=eu-west-1", "OCEAN__INTEGRATION__IDENTIFIR=x"}, &log, time.Minute)
	for range 2 {
		result, _ := invoke(t, r, "{}")
		if !strings.Contains(string(result.Payload), "OCEAN__INTEGRATION__IDENTIFIER") {
			t.Errorf("%q %s", result.FunctionError, result.Payload)
		}
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(log.String(), `"_aws"`) {
		t.Errorf("there are metrics of no run:\n%s", log.String())
	}
}

func TestCommandLine(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		args []string
		env  []string
		code int
		says string
	}{
		"help":                  {nil, nil, exitDone, "Exit codes: 0 done"},
		"help of a command":     {[]string{"resync", "--help"}, nil, exitDone, "--allow-mass-delete"},
		"help with ownership":   {[]string{"resync", "--help"}, nil, exitDone, "--take-ownership"},
		"kinds":                 {[]string{"kinds"}, nil, exitDone, "AWS::SQS::Queue"},
		"kinds by words":        {[]string{"kinds", "Load", "balancer"}, nil, exitDone, "AWS::ElasticLoadBalancingV2::LoadBalancer"},
		"all kinds":             {[]string{"kinds", "--all"}, nil, exitDone, "AWS::IAM::Role"},
		"one kind":              {[]string{"kinds", "AWS::EKS::Nodegroup"}, nil, exitDone, "eks:ListNodegroups"},
		"one kind as JSON":      {[]string{"kinds", "AWS::EKS::Nodegroup", "--output", "json"}, nil, exitDone, `"how": "cloud-control"`},
		"the rest of the kinds": {[]string{"kinds"}, nil, exitDone, "more types of AWS's: portolan kinds WORD searches them"},
		"no such kind":          {[]string{"kinds", "AWS::IAM::Rolle"}, nil, exitUsage, `did you mean "AWS::IAM::Role"?`},
		"no kind of such words": {[]string{"kinds", "no", "such"}, nil, exitUsage, `no kind has "no such" in its name`},
		"all kinds and words":   {[]string{"kinds", "--all", "x"}, nil, exitUsage, "leave it or the words out"},
		"kinds in odd form":     {[]string{"kinds", "--output", "xml"}, nil, exitUsage, "table or json"},
		"policy":                {[]string{"policy", "--kinds", "AWS::SQS::Queue"}, nil, exitDone, "sqs:GetQueueAttributes"},
		"policy for management": {[]string{"policy", "--management"}, nil, exitDone, "organizations:ListAccounts"},
		"policy for any type":   {[]string{"policy", "--kinds", "AWS::IAM::Role AWS::EKS::Nodegroup,AWS::SQS::Queue"}, nil, exitDone, "eks:DescribeNodegroup"},
		"policy in both forms":  {[]string{"policy", "--kinds", "AWS::S3::Bucket", "--cloud-control"}, nil, exitDone, "cloudformation:ListResources"},
		"policy without secrets": {[]string{"policy", "--kinds", "AWS::SecretsManager::Secret"}, nil, exitDone,
			"AWS::SecretsManager::Secret: its handler declares secretsmanager:GetSecretValue too, which a read role does not get"},
		"policy for a misspelt type":           {[]string{"policy", "--kinds", "AWS::IAM::Rol"}, nil, exitUsage, `did you mean "AWS::IAM::Role"?`},
		"policy for a type that is not listed": {[]string{"policy", "--kinds", "AWS::OpenSearchService::Domain"}, nil, exitUsage, "no call that lists"},
		"policy for nothing":                   {[]string{"policy", "--kinds", ""}, nil, exitUsage, "--kinds is empty"},
		"version":                              {[]string{"version"}, nil, exitDone, "portolan"},
		"help of run":                          {[]string{"run", "--help"}, nil, exitDone, "OCEAN__EVENT_LISTENER"},
		"a narrowed poll":                      {[]string{"poll", "--kinds", "AWS::SQS::Queue"}, nil, exitUsage, "portolan poll has no flag --kinds"},
		"run without settings":                 {[]string{"run"}, nil, exitUsage, "OCEAN__INTEGRATION__IDENTIFIER"},
		"unknown command":                      {[]string{"resink"}, nil, exitUsage, `did you mean "resync"?`},
		"help of what is no command":           {[]string{"help", "resink"}, nil, exitUsage, `did you mean "resync"?`},
		"help of what is not beneath":          {[]string{"help", "mapping", "chek"}, nil, exitUsage, `portolan mapping has no command "chek"; did you mean "check"?`},
		"completion of another shell":          {[]string{"completion", "zhs"}, nil, exitUsage, `portolan completion has no command "zhs"; did you mean "zsh"?`},
		"unknown flag":                         {[]string{"resync", "--kindz", "x"}, nil, exitUsage, "did you mean --kinds?"},
		"unknown kind":                         {[]string{"resync", "--kinds", "AWS::SQS::Queues"}, nil, exitUsage, "AWS::SQS::Queue"},
		"unknown output":                       {[]string{"resync", "--output", "xml"}, nil, exitUsage, "table or json"},
		"unknown form of file":                 {[]string{"resync", "--report", "report.pdf"}, nil, exitUsage, "it should end in .html or .json"},
		"no settings":                          {[]string{"resync"}, nil, exitUsage, "OCEAN__INTEGRATION__IDENTIFIER"},
		"wrong setting": {[]string{"resync"}, []string{"OCEAN__INTEGRATION__IDENTIFIER=x", "OCEAN__PORT__BASE_URL=ftp://x"},
			exitUsage, "OCEAN__PORT__BASE_URL"},
		"a group that is none": {[]string{"resync"}, []string{"OCEAN__INTEGRATION__IDENTIFIER=x", "PORT_SECRET_ARN=s", "PORTOLAN_INITIAL_KINDS=native,networks"},
			exitUsage, `PORTOLAN_INITIAL_KINDS: there is no kind or group "networks"; did you mean "network"?`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out, errOut bytes.Buffer
			if code := command(t.Context(), test.args, append(test.env, wide...), &out, &errOut); code != test.code {
				t.Errorf("exit code %d, want %d", code, test.code)
			}
			if !strings.Contains(out.String()+errOut.String(), test.says) {
				t.Errorf("it says %q and %q, not %q", out.String(), errOut.String(), test.says)
			}
		})
	}
}

// A policy that is longer than IAM takes is several, which together allow the same.
func TestPolicyIsSplit(t *testing.T) {
	t.Parallel()
	var out, errOut bytes.Buffer
	names := strings.Join(cloudcontrol.Names(), "\n")
	if code := command(t.Context(), []string{"policy", "--cloud-control", "--kinds", names}, nil, &out, &errOut); code != exitDone {
		t.Fatalf("exit code %d: %s", code, errOut.String())
	}
	var documents []policy.Document
	if err := json.Unmarshal(out.Bytes(), &documents); err != nil || len(documents) < 10 {
		t.Fatalf("%d documents, %v", len(documents), err)
	}
	granted := map[string]bool{}
	for _, document := range documents {
		if document.Size() > policy.MaxManaged {
			t.Errorf("a policy of %d characters", document.Size())
		}
		for _, s := range document.Statement {
			for _, action := range s.Action {
				granted[action] = true
			}
		}
	}
	for _, of := range cloudcontrol.All() {
		for _, action := range of.Permissions() {
			if cloudcontrol.Find(of.Name) != nil && !granted[action] {
				t.Errorf("%s lacks %s", of.Name, action)
			}
		}
	}
}

// TestResyncOnTheCommandLine needs the process's environment: the AWS SDK reads it.
func TestResyncOnTheCommandLine(t *testing.T) {
	aws, _, env := simulated(t)
	t.Setenv("HOME", t.TempDir())
	for _, variable := range env {
		name, value, _ := strings.Cut(variable, "=")
		t.Setenv(name, value)
	}
	call := func(want int, args ...string) string {
		t.Helper()
		var out, errOut bytes.Buffer
		if code := command(t.Context(), args, env, &out, &errOut); code != want {
			t.Errorf("%v: exit code %d, want %d\n%s\n%s", args, code, want, out.String(), errOut.String())
		}
		return out.String()
	}
	run := func(want int, args ...string) string { return call(want, append([]string{"resync"}, args...)...) }
	call(exitDone, "plan")
	call(exitChanges, "plan", "--exit-code")
	if text := run(exitDone); !strings.Contains(text, "COMPLETED") || !strings.Contains(text, "AWS::SQS::Queue") {
		t.Errorf("the table says\n%s", text)
	}
	var answer report.Report
	if text := run(exitDone, "--output", "json", "--timeout", "1m"); json.Unmarshal([]byte(text), &answer) != nil || answer.Trigger != "cli" {
		t.Errorf("the JSON is\n%s", text)
	}
	call(exitDone, "plan", "--exit-code")
	aws.Inject(awssim.Fault{Service: "sqs", Times: -1, Effect: awssim.Deny})
	call(exitIncomplete, "plan", "--exit-code")
	file := filepath.Join(t.TempDir(), "report.html")
	if text := run(exitIncomplete, "--report", file); !strings.Contains(text, "allow sqs:ListQueues") {
		t.Errorf("the table says\n%s", text)
	}
	if page, err := os.ReadFile(file); err != nil || !strings.Contains(string(page), "Allow sqs:ListQueues") {
		t.Errorf("the page says\n%s\n%v", page, err)
	}
	if err := aws.RemoveRole(accountID, "PortOceanReadRole"); err != nil {
		t.Fatal(err)
	}
	run(exitFailed)
}

// BenchmarkInit measures the start of the real function: from the start of the
// process to its first request for an event.
func BenchmarkInit(b *testing.B) {
	binary, err := filepath.Abs("../build/bench/bootstrap")
	if err != nil {
		b.Fatal(err)
	}
	if _, err := os.Stat(binary); err != nil {
		b.Fatalf("%v: make bench builds it", err)
	}
	_, _, env := simulated(b)
	const starts = 21
	var times []time.Duration
	for b.Loop() {
		for range starts {
			r, err := runtimesim.New(runtimesim.Options{Binary: binary, Env: env, Timeout: time.Minute})
			if err != nil {
				b.Fatal(err)
			}
			result, err := r.Invoke(context.Background(), []byte(`{"kinds":["AWS::Account::Info"]}`))
			if err != nil || result.FunctionError != "" {
				b.Fatalf("%v %s", err, result.Payload)
			}
			times = append(times, result.Init)
			if err := r.Close(); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(median(times).Seconds()*1000, "ms-init(goal≤150)")
}

func median(times []time.Duration) time.Duration {
	slices.Sort(times)
	return times[len(times)/2]
}
