package main

import (
	"bytes"
	"encoding/json"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/google/go-cmp/cmp"

	"portolan/internal/report"
	"portolan/internal/simulator/awssim"
	"portolan/internal/simulator/portsim"
	"portolan/internal/state"
)

// batchOf is the payload of an invocation by a queue.
func batchOf(t *testing.T, bodies ...string) []byte {
	t.Helper()
	var batch events.SQSEvent
	for i, body := range bodies {
		batch.Records = append(batch.Records, events.SQSMessage{
			MessageId: "message-" + string(rune('a'+i)), Body: body, EventSource: "aws:sqs", AWSRegion: "eu-west-1",
			EventSourceARN: "arn:aws:sqs:eu-west-1:" + accountID + ":Portolan-events",
			Attributes:     map[string]string{"SentTimestamp": "1764000000000", "ApproximateReceiveCount": "1"},
		})
	}
	text, err := json.Marshal(batch)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// queueEvent is the event of a call about a queue, in the function's own account.
func queueEvent(name string, at time.Time) string {
	return `{"version":"0","id":"1","detail-type":"AWS API Call via CloudTrail","source":"aws.sqs","account":"` + accountID + `","time":"` +
		at.UTC().Format(time.RFC3339) + `","region":"eu-west-1","resources":[],"detail":{"eventSource":"sqs.amazonaws.com","eventName":"` + name +
		`","readOnly":false,"awsRegion":"eu-west-1"}}`
}

// TestFunctionTakesEvents has a queue created and deleted between two full runs: the function, built
// and under Lambda's runtime API, has it in Port, and out of it, after a batch of events.
func TestFunctionTakesEvents(t *testing.T) {
	t.Parallel()
	aws, port, env := simulated(t)
	var log bytes.Buffer
	r := function(t, append(env, "PORTOLAN_STATE="+filepath.Join(t.TempDir(), "state"), "PORTOLAN_EVENTS_PACE=0"), &log, time.Minute)
	if _, answer := invoke(t, r, "{}"); answer.Status != report.Completed {
		t.Fatalf("%+v", answer)
	}
	wake := func(bodies ...string) events.SQSEventResponse {
		t.Helper()
		result, err := r.Invoke(t.Context(), batchOf(t, bodies...))
		var answer events.SQSEventResponse
		if err != nil || result.FunctionError != "" || json.Unmarshal(result.Payload, &answer) != nil || !strings.Contains(string(result.Payload), `"batchItemFailures":[`) {
			t.Fatalf("%v %s %s", err, result.FunctionError, result.Payload)
		}
		return answer
	}
	const id = "arn:aws:sqs:eu-west-1:" + accountID + ":returns"
	if err := aws.Put(accountID, awssim.Resource{Kind: awssim.Queue, Region: "eu-west-1", ID: "returns"}); err != nil {
		t.Fatal(err)
	}
	if answer := wake(queueEvent("CreateQueue", time.Now()), "hello", queueEvent("ReceiveMessage", time.Now())); len(answer.BatchItemFailures) > 0 {
		t.Errorf("%+v", answer)
	}
	if _, ok := port.Entity("sqsQueue", id); !ok {
		t.Error("the new queue is not in Port")
	}
	if !aws.Remove(accountID, awssim.Queue, "eu-west-1", "returns") {
		t.Fatal("there was no queue")
	}
	wake(queueEvent("DeleteQueue", time.Now()))
	if _, ok := port.Entity("sqsQueue", id); ok {
		t.Error("the deleted queue is in Port")
	}
	if _, ok := port.Entity("sqsQueue", "arn:aws:sqs:eu-west-1:"+accountID+":orders"); !ok {
		t.Error("the other queue is not in Port any more")
	}
	for _, payload := range []string{`{"Records":[]}`, `{"Records":[{"eventSource":"aws:s3","messageId":"1"}]}`, `{"Records":7}`} {
		if result, err := r.Invoke(t.Context(), []byte(payload)); err != nil || result.FunctionError == "" {
			t.Errorf("%s: %v %s", payload, err, result.Payload)
		}
	}
	if err := r.Close(); err != nil { // the log is whole once the process has ended
		t.Fatal(err)
	}
	for _, want := range []string{`"EventsReceived":3`, `"EventsIgnored":2`, `"CellsRefreshed":1`, `"EventLag":`, `"malformed":1`} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log lacks %s", want)
		}
	}
	if n := strings.Count(log.String(), `"RunsCompleted":`); n != 1 {
		t.Errorf("%d runs are in the metrics", n)
	}
}

// TestABatchThatFailsIsNoFailedRun wants all messages of a batch to come back while Port is down, and
// Lambda to count no failed invocation, which would ring the alarm about runs.
func TestABatchThatFailsIsNoFailedRun(t *testing.T) {
	t.Parallel()
	_, port, env := simulated(t)
	var log bytes.Buffer
	r := function(t, append(env, "PORTOLAN_STATE="+filepath.Join(t.TempDir(), "state")), &log, time.Minute)
	port.Inject(portsim.Fault{Times: -1, Status: 403})
	result, err := r.Invoke(t.Context(), batchOf(t, queueEvent("CreateQueue", time.Now()), queueEvent("DeleteQueue", time.Now())))
	var answer events.SQSEventResponse
	if err != nil || result.FunctionError != "" || json.Unmarshal(result.Payload, &answer) != nil {
		t.Fatalf("%v %s %s", err, result.FunctionError, result.Payload)
	}
	want := events.SQSEventResponse{BatchItemFailures: []events.SQSBatchItemFailure{{ItemIdentifier: "message-a"}, {ItemIdentifier: "message-b"}}}
	if diff := cmp.Diff(want, answer); diff != "" {
		t.Errorf("come back (-want +got):\n%s", diff)
	}
}

// TestFunctionNotesTestEvents wants the doctor that waits for a test event to be told, and nobody else's to
// leave anything.
func TestFunctionNotesTestEvents(t *testing.T) {
	t.Parallel()
	_, _, env := simulated(t)
	var log bytes.Buffer
	folder := filepath.Join(t.TempDir(), "state")
	r := function(t, append(env, "PORTOLAN_STATE="+folder), &log, time.Minute)
	store, err := state.Open(folder, aws.Config{})
	if err != nil {
		t.Fatal(err)
	}
	const awaited, forged = "6f1a2b3c-0000-4000-8000-000000000001", "6f1a2b3c-0000-4000-8000-000000000002"
	if _, err := store.Put(t.Context(), "doctor/"+awaited, []byte("portolan doctor waits for this test event\n"), ""); err != nil {
		t.Fatal(err)
	}
	body := func(id string) string {
		return `{"detail-type":"Portolan Test Event","source":"portolan.doctor","account":"` + accountID + `","region":"eu-west-1","detail":{"id":"` + id + `"}}`
	}
	result, err := r.Invoke(t.Context(), batchOf(t, body(awaited), body(forged)))
	if err != nil || string(result.Payload) != `{"batchItemFailures":[]}` {
		t.Fatalf("%v %s", err, result.Payload)
	}
	if data, _, err := store.Get(t.Context(), "doctor/"+awaited); err != nil || string(data) != "it arrived\n" {
		t.Errorf("%q %v", data, err)
	}
	if names, err := store.List(t.Context(), "doctor/"); err != nil || len(names) != 1 {
		t.Errorf("%v %v", names, err)
	}
}

// TestEventsOfEverySample wants no sample to crash the function, or to come back.
func TestEventsOfEverySample(t *testing.T) {
	t.Parallel()
	_, _, env := simulated(t)
	var log bytes.Buffer
	r := function(t, append(env, "PORTOLAN_STATE="+filepath.Join(t.TempDir(), "state")), &log, time.Minute)
	if _, answer := invoke(t, r, "{}"); answer.Status != report.Completed {
		t.Fatalf("%+v", answer)
	}
	files, err := filepath.Glob(eventSamples + "*.json")
	if err != nil || len(files) < 15 {
		t.Fatal(files, err)
	}
	var bodies []string
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		bodies = append(bodies, string(text))
	}
	result, err := r.Invoke(t.Context(), batchOf(t, bodies...))
	if err != nil || result.FunctionError != "" || string(result.Payload) != `{"batchItemFailures":[]}` {
		t.Errorf("%v %s %s", err, result.FunctionError, result.Payload)
	}
}

// TestEventsKeepPortAsAWSIs changes AWS at random, and brings the function what AWS tells of it: twice,
// in another order, some of it much later, among a full run. When the last event has come, Port has
// what AWS has, without another full run.
func TestEventsKeepPortAsAWSIs(t *testing.T) {
	t.Parallel()
	dice := rand.New(rand.NewPCG(19, 1))
	aws, port, env := simulatedWith(t, awssim.Options{Trail: &awssim.Trail{Twice: 0.3}})
	var log bytes.Buffer
	r := function(t, append(env, "PORTOLAN_STATE="+filepath.Join(t.TempDir(), "state"), "PORTOLAN_EVENTS_PACE=0", "PORTOLAN_LOG_LEVEL=warn"), &log, time.Minute)
	full := func() {
		t.Helper()
		if _, answer := invoke(t, r, `{"allowMassDelete":true}`); answer.Status != report.Completed {
			t.Fatalf("%+v", answer)
		}
	}
	full()
	blueprints := map[string]string{awssim.Queue: "sqsQueue", awssim.Topic: "snsTopic", awssim.Bucket: "s3Bucket", awssim.Cluster: "ecsCluster"}
	kinds := slices.Sorted(maps.Keys(blueprints))
	var pending []string
	deliver := func(n int) {
		t.Helper()
		for _, text := range aws.TakeEvents(1000) {
			pending = append(pending, string(text))
		}
		dice.Shuffle(len(pending), func(i, j int) { pending[i], pending[j] = pending[j], pending[i] })
		for n = min(n, len(pending)); n > 0; n = min(n, len(pending)) {
			batch := pending[:min(n, 10)]
			result, err := r.Invoke(t.Context(), batchOf(t, batch...))
			if err != nil || result.FunctionError != "" || string(result.Payload) != `{"batchItemFailures":[]}` {
				t.Fatalf("%v %s %s", err, result.FunctionError, result.Payload)
			}
			pending, n = pending[len(batch):], n-len(batch)
		}
	}
	for turn := range 40 {
		kind := kinds[dice.IntN(len(kinds))]
		held := aws.Resources(accountID, kind, "eu-west-1")
		switch of := dice.IntN(5); {
		case of == 0 && len(held) > 0:
			aws.Remove(accountID, kind, "eu-west-1", held[dice.IntN(len(held))].ID)
		case of == 1 && len(held) > 0:
			one := held[dice.IntN(len(held))]
			one.Tags = map[string]string{"turn": strconv.Itoa(turn)}
			if err := aws.Put(accountID, one); err != nil {
				t.Fatal(err)
			}
		default:
			if err := aws.Put(accountID, awssim.Resource{Kind: kind, Region: "eu-west-1", ID: "made-" + strconv.Itoa(turn)}); err != nil {
				t.Fatal(err)
			}
		}
		if turn == 20 {
			full()
		}
		if turn%4 == 3 {
			deliver(dice.IntN(6))
		}
	}
	deliver(1000)
	for _, kind := range kinds {
		var want, got []string
		for _, one := range aws.Resources(accountID, kind, "eu-west-1") {
			want = append(want, one.ID)
		}
		for _, e := range port.Entities(blueprints[kind]) {
			got = append(got, e.Identifier[strings.LastIndexAny(e.Identifier, ":/")+1:])
		}
		slices.Sort(want)
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-AWS +Port):\n%s", kind, diff)
		}
	}
}
