//go:build e2e

package e2e

import (
	"bytes"
	"encoding/json"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/google/uuid"
)

// answer is what Lambda says to an invocation: a payload, an error of the function
// ("Sandbox.Timedout") with its payload or without, or a refusal of Lambda itself
// ("TooManyRequestsException").
type answer struct {
	payload []byte
	failure string
	refusal string
}

// engine executes state machines with moto's interpreter of the Amazon States Language.
// Moto's own Lambda runs functions only in Docker. The interpreter calls
// Lambda and S3 over HTTP, at the port of MOTO_PORT. There the test has a gate,
// which passes invocations to a function and everything else to moto.
//
// Moto 5.2.1 lacks some features, which are not tested here: it does not have
// RedriveExecution (see [engine.redrive]), it tolerates any number of failed children, and
// it does not refuse output that is too large. It cannot start an execution while it
// remembers another (it tries to copy everything, including locks), so each execution has
// a separate machine, which is deleted afterwards.
type engine struct {
	url    string // of moto
	gate   string // of the gate, which hands everything but invocations to moto
	client *sfn.Client
	// definition is that of the machine, as the interpreter takes it.
	definition string

	mu      sync.Mutex
	invoke  func(payload []byte) answer
	hangs   func(*http.Request) bool // what moto never answers
	running int
	most    int // how many invocations there were at a time
}

const functionARN = "arn:aws:lambda:us-east-1:123456789012:function:Portolan"

// startEngine starts moto behind a gate. It executes nothing before [engine.start].
func startEngine(t *testing.T) *engine {
	t.Helper()
	e := &engine{hangs: func(*http.Request) bool { return false }}
	gate := httptest.NewServer(nil)
	t.Cleanup(gate.Close)
	e.gate = gate.URL
	e.url = startMoto(t, "MOTO_PORT="+must[*url.URL](t)(url.Parse(gate.URL)).Port())
	moto := must[*url.URL](t)(url.Parse(e.url))
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(moto)
		r.Out.Host = r.In.Host
	}, ErrorLog: log.New(io.Discard, "", 0)}
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		e.mu.Lock()
		hangs := e.hangs
		e.mu.Unlock()
		if hangs(r) {
			_, _ = io.Copy(io.Discard, r.Body) // unread, it would hide that the caller has gone
			select {
			case <-r.Context().Done():
			case <-t.Context().Done():
			}
			return
		}
		proxy.ServeHTTP(w, r)
	})
	mux.HandleFunc("POST /2015-03-31/functions/{function}/invocations", e.serve)
	gate.Config.Handler = mux
	e.client = sfn.NewFromConfig(baseConfig(e.url, "us-east-1"))
	return e
}

// start has executions of the definition really executed.
func (e *engine) start(t *testing.T, definition string) {
	t.Helper()
	e.definition = hurry(definition)
	const on = `{"stepfunctions": {"execute_state_machine": true}}`
	response := must[*http.Response](t)(http.Post(e.url+"/moto-api/config", "application/json", strings.NewReader(on)))
	defer response.Body.Close()
	if response.StatusCode >= http.StatusBadRequest {
		t.Fatalf("moto does not execute state machines: %s", response.Status)
	}
}

// hurry has the interpreter, which really waits, wait for half a second on average
// before it repeats a step. And it writes a percentage as the interpreter reads it.
func hurry(definition string) string {
	definition = regexp.MustCompile(`"ToleratedFailurePercentage":\d+`).ReplaceAllString(definition, "$0.0")
	definition = regexp.MustCompile(`"IntervalSeconds":\d+`).ReplaceAllString(definition, `"IntervalSeconds":1`)
	return regexp.MustCompile(`"BackoffRate":\d+`).ReplaceAllString(definition, `"BackoffRate":1`)
}

// serve is Lambda's Invoke.
func (e *engine) serve(w http.ResponseWriter, r *http.Request) {
	payload, err := io.ReadAll(r.Body)
	if name := r.PathValue("function"); err != nil || name != functionARN {
		http.Error(w, "no such function: "+name, http.StatusNotFound)
		return
	}
	e.mu.Lock()
	e.running++
	e.most = max(e.most, e.running)
	invoke := e.invoke
	e.mu.Unlock()
	said := invoke(payload)
	e.mu.Lock()
	e.running--
	e.mu.Unlock()
	w.Header().Set("X-Amzn-RequestId", uuid.NewString())
	switch {
	case said.refusal != "":
		w.Header().Set("X-Amzn-ErrorType", said.refusal)
		w.WriteHeader(http.StatusTooManyRequests)
		_ = json.NewEncoder(w).Encode(map[string]string{"message": "Rate Exceeded."})
	case said.failure != "":
		w.Header().Set("X-Amz-Function-Error", "Unhandled")
		if said.payload != nil {
			_, _ = w.Write(said.payload)
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]string{"errorType": said.failure, "errorMessage": "it failed"})
	default:
		_, _ = w.Write(said.payload)
	}
}

// execution is one that has ended.
type execution struct {
	*sfn.DescribeExecutionOutput
	events  []types.HistoryEvent
	mapRuns []*sfn.DescribeMapRunOutput
}

// run starts an execution of a machine of the definition and waits for its end.
func (e *engine) run(t *testing.T, definition, input string) execution {
	t.Helper()
	arn := *must[*sfn.CreateStateMachineOutput](t)(e.client.CreateStateMachine(t.Context(), &sfn.CreateStateMachineInput{
		Name: aws.String("Portolan-" + uuid.NewString()), Definition: &definition, RoleArn: aws.String("arn:aws:iam::123456789012:role/Machine"),
	})).StateMachineArn
	started := must[*sfn.StartExecutionOutput](t)(e.client.StartExecution(t.Context(), &sfn.StartExecutionInput{
		StateMachineArn: &arn, Input: &input, Name: aws.String(uuid.NewString()),
	}))
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	limit := time.After(2 * time.Minute)
	var ended execution
	for {
		ended.DescribeExecutionOutput = must[*sfn.DescribeExecutionOutput](t)(e.client.DescribeExecution(t.Context(),
			&sfn.DescribeExecutionInput{ExecutionArn: started.ExecutionArn}))
		if ended.Status != types.ExecutionStatusRunning {
			break
		}
		select {
		case <-limit:
			t.Fatalf("the execution does not end: %s", input)
		case <-tick.C:
		}
	}
	ended.events = must[*sfn.GetExecutionHistoryOutput](t)(e.client.GetExecutionHistory(t.Context(),
		&sfn.GetExecutionHistoryInput{ExecutionArn: started.ExecutionArn})).Events
	for _, found := range must[*sfn.ListMapRunsOutput](t)(e.client.ListMapRuns(t.Context(), &sfn.ListMapRunsInput{ExecutionArn: started.ExecutionArn})).MapRuns {
		ended.mapRuns = append(ended.mapRuns, must[*sfn.DescribeMapRunOutput](t)(e.client.DescribeMapRun(t.Context(),
			&sfn.DescribeMapRunInput{MapRunArn: found.MapRunArn})))
	}
	must[*sfn.DeleteStateMachineOutput](t)(e.client.DeleteStateMachine(t.Context(), &sfn.DeleteStateMachineInput{StateMachineArn: &arn}))
	return ended
}

// path are the states that the execution entered, without those of its children.
func (x execution) path() string {
	var names []string
	for _, event := range x.events {
		if event.StateEnteredEventDetails != nil {
			names = append(names, *event.StateEnteredEventDetails.Name)
		}
	}
	return strings.Join(names, " ")
}

// redrive does what RedriveExecution does to a failed execution: the same definition
// continues with the state that failed, with the input of that state.
func (e *engine) redrive(t *testing.T, failed execution) execution {
	t.Helper()
	var last *types.StateEnteredEventDetails
	for _, event := range failed.events {
		if event.StateEnteredEventDetails != nil {
			last = event.StateEnteredEventDetails
		}
	}
	var definition map[string]any
	if err := json.Unmarshal([]byte(e.definition), &definition); err != nil {
		t.Fatal(err)
	}
	// What comes before can be reached no more, which no definition may hold.
	states := definition["States"].(map[string]any)
	definition["StartAt"], definition["States"] = *last.Name, map[string]any{*last.Name: states[*last.Name]}
	text := must[[]byte](t)(json.Marshal(definition))
	return e.run(t, string(text), *last.Input)
}

// putItems writes a list of batches to moto's S3.
func (e *engine) putItems(t *testing.T, bucket, key, items string) {
	t.Helper()
	store := s3.NewFromConfig(baseConfig(e.url, "us-east-1"), func(o *s3.Options) { o.UsePathStyle = true })
	must[*s3.CreateBucketOutput](t)(store.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &bucket}))
	must[*s3.PutObjectOutput](t)(store.PutObject(t.Context(), &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: bytes.NewReader([]byte(items))}))
}
