package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"

	"portolan/internal/doctor"
	"portolan/internal/simulator/awssim"
)

// TestDoctorInATerminal drives the program as somebody does who sits before it: a member
// of the Organization lacks a permission. What it prints is all that they need.
func TestDoctorInATerminal(t *testing.T) {
	t.Parallel()
	aws, _, env := simulated(t)
	if err := aws.SetRole(accountID, awssim.Role{
		Name: "PortOceanReadRole", Trusts: []string{accountID}, ExternalID: externalID,
		Permissions: awssim.Permissions{Allow: []string{"account:*", "ec2:*", "s3:*", "sns:*", "ssm:*", "sqs:GetQueueAttributes", "sqs:ListQueueTags"}},
	}); err != nil {
		t.Fatal(err)
	}
	program := exec.CommandContext(t.Context(), os.Args[0], "doctor", "--kinds", "AWS::SQS::Queue,AWS::S3::Bucket,AWS::SNS::Topic")
	program.Env = append(env, actAsCommand+"=1", "PORTOLAN_LOG_LEVEL=warn", "NO_COLOR=1")
	terminal, err := pty.StartWithSize(program, &pty.Winsize{Rows: 50, Cols: 100})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = terminal.Close() }()
	screen, err := io.ReadAll(terminal)
	if err != nil && !errors.Is(err, syscall.EIO) { // which ends a terminal's output
		t.Fatal(err)
	}
	_ = program.Wait() // its exit code is looked at
	if code := program.ProcessState.ExitCode(); code != 3 {
		t.Errorf("exit code %d, want 3", code)
	}
	text := strings.ReplaceAll(string(screen), "\r\n", "\n")
	for _, want := range []string{
		"looking: ", "a run would work, except for the problems below", "AWS::SQS::Queue", "denied",
		"More: portolan explain PTL-401",
		"Add to the policies of arn:aws:iam::" + accountID + ":role/PortOceanReadRole:", `"sqs:ListQueues"`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the screen does not show %q", want)
		}
	}
	// The statement can be pasted unchanged.
	statement := regexp.MustCompile(`(?s)\{\n    +"Version".*?\n    \}\n`).FindString(text)
	var policy struct {
		Statement []struct{ Action []string }
	}
	if err := json.Unmarshal([]byte(statement), &policy); err != nil || len(policy.Statement) != 1 {
		t.Errorf("the policy cannot be pasted (%v): %q", err, statement)
	}
	if t.Failed() {
		t.Log(text)
	}
}

// TestDoctorAsksTheQueueOfEvents where there is one, and where there is none of its name.
func TestDoctorAsksTheQueueOfEvents(t *testing.T) {
	t.Parallel()
	_, _, env := simulated(t)
	for queue, want := range map[string]string{"orders": "the queue has ", "nowhere": "PTL-314"} {
		program := exec.CommandContext(t.Context(), os.Args[0], "doctor", "--kinds", "AWS::Account::Info")
		program.Env = append(slices.Clone(env), actAsCommand+"=1", "PORTOLAN_LOG_LEVEL=warn",
			"PORTOLAN_EVENTS_QUEUE=https://sqs.eu-west-1.amazonaws.com/"+accountID+"/"+queue)
		out, _ := program.CombinedOutput() // what it says is looked at
		if !strings.Contains(string(out), want) {
			t.Errorf("%s: the doctor does not say %q: %s", queue, want, out)
		}
	}
}

func TestDoctorWithWrongSettings(t *testing.T) {
	t.Parallel()
	var out, errOut bytes.Buffer
	code := command(t.Context(), []string{"doctor"}, []string{"OCEAN__PORT__CLIENT_ID=x"}, &out, &errOut)
	if code != exitUsage || !strings.Contains(out.String(), "OCEAN__INTEGRATION__IDENTIFIER is not set") || !strings.Contains(out.String(), "explain PTL-101") {
		t.Errorf("exit code %d: %s%s", code, out.String(), errOut.String())
	}
	if code := command(t.Context(), []string{"doctor", "--output", "xml"}, nil, &out, &errOut); code != exitUsage || !strings.Contains(errOut.String(), "PTL-102") {
		t.Errorf("exit code %d: %s", code, errOut.String())
	}
}

func TestDoctorAsFunction(t *testing.T) {
	t.Parallel()
	_, port, env := simulated(t)
	var log bytes.Buffer
	r := function(t, env, &log, time.Minute)
	result, err := r.Invoke(t.Context(), []byte(`{"action":"doctor","kinds":["AWS::SQS::Queue"],"everyRegion":true}`))
	if err != nil || result.FunctionError != "" {
		t.Fatalf("%v %s %s", err, result.FunctionError, result.Payload)
	}
	var d doctor.Diagnosis
	if err := json.Unmarshal(result.Payload, &d); err != nil || d.Verdict != doctor.Healthy {
		t.Errorf("%v: %s", err, result.Payload)
	}
	if _, there := port.Integration("test"); there {
		t.Error("the doctor created the integration")
	}
	if err := r.Close(); err != nil { // the log is whole once the process has ended
		t.Fatal(err)
	}
	for _, secret := range []string{clientSecret, key, externalID} {
		if strings.Contains(string(result.Payload)+log.String(), secret) {
			t.Errorf("%s shows", secret)
		}
	}
}
