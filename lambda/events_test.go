package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const eventSamples = "../internal/aws/event/testdata/samples/"

// explained runs `portolan events explain` and returns what it prints.
func explained(t *testing.T, args ...string) (code int, out, notes string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code = command(t.Context(), append([]string{"events", "explain"}, args...), wide, &stdout, &stderr)
	return code, stdout.String(), stderr.String()
}

func TestExplainEvents(t *testing.T) {
	t.Parallel()
	const (
		queue = `{"detail-type":"AWS API Call via CloudTrail","source":"aws.sqs","account":"111122223333","region":"eu-west-1",` +
			`"time":"2026-11-24T09:14:07Z","detail":{"eventSource":"sqs.amazonaws.com","eventName":"CreateQueue"}}`
		said = ": sqs.amazonaws.com CreateQueue in account 111122223333, eu-west-1, 2026-11-24T09:14:07Z\n" +
			"  AWS::SQS::Queue in account 111122223333, eu-west-1\n"
	)
	quoted, err := json.Marshal(queue)
	if err != nil {
		t.Fatal(err)
	}
	purge := strings.Replace(queue, "CreateQueue", "PurgeQueue", 1)
	role := strings.NewReplacer("sqs", "iam", "CreateQueue", "CreateRole", `"eventName"`, `"readOnly":false,"eventName"`).Replace(queue)
	for name, test := range map[string]struct {
		text  string
		args  []string
		code  int
		want  string
		notes string
	}{
		"one":           {queue, nil, exitDone, "event 1" + said, ""},
		"one after one": {queue + "\n" + queue, nil, exitDone, "event 1" + said + "event 2" + said, ""},
		"a list":        {"[" + queue + "," + queue + "]", nil, exitDone, "event 1" + said + "event 2" + said, ""},
		"a batch":       {`{"Records":[{"messageId":"1","body":` + string(quoted) + `},{"messageId":"2","body":"hello"}]}`, nil, exitDone, "event 1" + said + "event 2\n  no cell: it is not an event of EventBridge, or a member of it has another form\n", ""},
		"a look": {`{"Records":[{"messageId":"1","body":"{\"portolan\":\"look\",\"cells\":[\"111122223333 eu-west-1 AWS::SQS::Queue\"],\"due\":\"2026-11-24T09:14:27Z\"}"}]}`,
			nil, exitDone, "event 1: portolan look, 2026-11-24T09:14:27Z\n  AWS::SQS::Queue in account 111122223333, eu-west-1\n", ""},
		"a look at nothing": {`{"portolan":"look","cells":[]}`, nil, exitFailed, "event 1\n  no cell: it is not an event of EventBridge, or a member of it has another form\n", ""},
		"the doctor's": {`{"source":"portolan.doctor","detail-type":"Portolan Test Event","account":"111122223333","region":"eu-west-1","detail":{"id":"6f1a2b3c-0000-4000-8000-000000000001"}}`,
			nil, exitFailed, "event 1: portolan.doctor Portolan Test Event\n  no cell: the doctor sent it, to find out whether events arrive\n", ""},
		"no cell":        {purge, nil, exitFailed, "event 1: sqs.amazonaws.com PurgeQueue in account 111122223333, eu-west-1, 2026-11-24T09:14:07Z\n  no cell: no kind declares this operation: it changes no document\n", ""},
		"of another":     {role, []string{"--kinds", "AWS::IAM::Role"}, exitDone, "event 1: iam.amazonaws.com CreateRole in account 111122223333, eu-west-1, 2026-11-24T09:14:07Z\n  AWS::IAM::Role in account 111122223333\n", ""},
		"controls":       {strings.Replace(queue, "CloudTrail", `\u001b[2J`, 1), nil, exitFailed, "event 1: aws.sqs in account 111122223333, eu-west-1, 2026-11-24T09:14:07Z\n  no cell: it is neither a call that CloudTrail reports, nor of a type that a kind declares\n", ""},
		"nothing":        {"", nil, exitUsage, "", "holds no event"},
		"not JSON":       {queue + "hello", nil, exitUsage, "", "after 1 event comes what is not JSON"},
		"a misspelt one": {queue, []string{"--kinds", "AWS::SQS::Queues"}, exitUsage, "", `did you mean "AWS::SQS::Queue"?`},
		"no kinds":       {queue, []string{"--kinds", ""}, exitUsage, "", "--kinds is empty"},
		"another output": {queue, []string{"--output", "xml"}, exitUsage, "", "it should be table or json"},
	} {
		code, out, notes := explained(t, append(test.args, written(t, "event.json", test.text))...)
		if diff := cmp.Diff(test.want, out); diff != "" || code != test.code || !strings.Contains(notes, test.notes) {
			t.Errorf("%s: exit code %d, %s (-want +got):\n%s", name, code, notes, diff)
		}
	}
	if code, _, notes := explained(t, "no/such/file"); code != exitUsage || !strings.Contains(notes, "no/such/file") {
		t.Errorf("a file that does not exist: exit code %d, %s", code, notes)
	}
}

func TestExplainEventsAsJSON(t *testing.T) {
	t.Parallel()
	code, out, notes := explained(t, "--output", "json", eventSamples+"s3-put-bucket-tagging.json")
	want := `[
  {
    "source": "s3.amazonaws.com",
    "name": "PutBucketTagging",
    "account": "555566667777",
    "region": "eu-west-1",
    "time": "2026-11-24T10:05:22Z",
    "cells": [
      {
        "account": "555566667777",
        "region": "",
        "kind": "AWS::S3::Bucket"
      }
    ]
  }
]
`
	if diff := cmp.Diff(want, out); diff != "" || code != exitDone {
		t.Errorf("exit code %d, %s (-want +got):\n%s", code, notes, diff)
	}
	if code, out, _ := explained(t, "--output", "json", eventSamples+"s3-delete-bucket-failed.json"); code != exitFailed || !strings.Contains(out, `"reason": "failed call"`) || strings.Contains(out, "null") {
		t.Errorf("exit code %d: %s", code, out)
	}
}
