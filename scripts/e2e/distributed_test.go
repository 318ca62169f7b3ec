//go:build e2e

package e2e

import (
	"bytes"
	"encoding/json"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/google/go-cmp/cmp"

	"portolan/internal/report"
	"portolan/internal/simulator/portsim"
	"portolan/internal/simulator/runtimesim"
)

// queues is the request of every run here: one kind, so that its resources can be counted.
const queues = `{"kinds":["AWS::SQS::Queue"]}`

// ofTheStack are the queues of the stack itself, which is in the management account.
const ofTheStack = 2

// lambdaTime is the function's time limit here: long enough for moto's answers, and short
// enough to wait for its end.
const lambdaTime = 15 * time.Second

// installation is the stack in distributed mode, deployed into moto and run: the state
// machine by moto's interpreter, its function as Lambda runs it.
type installation struct {
	*engine
	fleet    *fleet
	port     *portsim.Server
	accounts []string
	later    atomic.Int64 // how far Port's clock is ahead
}

// install deploys the stack for an Organization with two queues in each account.
func install(t *testing.T) *installation {
	t.Helper()
	i := &installation{engine: startEngine(t)}
	i.port = portsim.New(portsim.Options{
		ClientID: portID, ClientSecret: portSecret, Clock: func() time.Time { return time.Now().Add(time.Duration(i.later.Load())) },
	})
	i.accounts = seedOrganization(t, i.url, 3)
	secret := seedSecret(t, i.url)
	for _, account := range i.accounts {
		for _, region := range regions {
			i.makeQueue(t, account, region, "orders")
		}
	}
	port, stop, err := i.port.Listen("")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = stop() })

	deploy(t, i.url, i.accounts[0], synthesize(t, map[string]any{
		"organizationId": "o-a1b2c3d4e5", "organizationRootId": "r-ab12", "integrationIdentifier": "e2e", "scale": "distributed", "scaleConcurrency": 3,
		"portSecretArn": secret, "portBaseUrl": port, "regions": strings.Join(regions, ","),
	}))
	function := must[*lambda.GetFunctionConfigurationOutput](t)(lambda.NewFromConfig(baseConfig(i.url, "us-east-1")).GetFunctionConfiguration(t.Context(),
		&lambda.GetFunctionConfigurationInput{FunctionName: aws.String("Portolan")}))
	machines := must[*sfn.ListStateMachinesOutput](t)(i.client.ListStateMachines(t.Context(), &sfn.ListStateMachinesInput{})).StateMachines
	deployed := must[*sfn.DescribeStateMachineOutput](t)(i.client.DescribeStateMachine(t.Context(), &sfn.DescribeStateMachineInput{StateMachineArn: machines[0].StateMachineArn}))
	i.start(t, *deployed.Definition)

	i.fleet = &fleet{options: runtimesim.Options{
		Binary:   must[string](t)(filepath.Abs(filepath.Join("..", "..", "build", "portolan"))),
		MemoryMB: int(*function.MemorySize), Timeout: lambdaTime,
		Env: []string{"AWS_ENDPOINT_URL=" + i.gate, "AWS_REGION=us-east-1", "AWS_ACCESS_KEY_ID=" + baseKeyID, "AWS_SECRET_ACCESS_KEY=" + baseSecret},
	}}
	for name, value := range function.Environment.Variables {
		i.fleet.options.Env = append(i.fleet.options.Env, name+"="+value)
	}
	// Lists are in a file beside the function's program, which here is the command.
	i.fleet.options.Env = append(i.fleet.options.Env, "PORTOLAN_INITIAL_KINDS=native")
	t.Cleanup(func() { i.fleet.close(t) })
	return i
}

// fleet are the processes that Lambda has for a function: as many as there are events
// at a time.
type fleet struct {
	options runtimesim.Options

	mu      sync.Mutex
	idle    []*runtimesim.Runtime
	started []*runtimesim.Runtime
	logs    []*bytes.Buffer
}

// invoke has an event answered by a process that is idle, or by a new one.
func (f *fleet) invoke(t *testing.T, payload []byte) answer {
	runtime, err := f.take()
	if err != nil {
		t.Error(err)
		return answer{failure: "NotStarted"}
	}
	result, err := runtime.Invoke(t.Context(), payload)
	if err != nil {
		t.Error(err)
		return answer{failure: "NotInvoked"}
	}
	f.mu.Lock()
	f.idle = append(f.idle, runtime)
	f.mu.Unlock()
	return answer{payload: result.Payload, failure: result.FunctionError}
}

func (f *fleet) take() (*runtimesim.Runtime, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if n := len(f.idle); n > 0 {
		runtime := f.idle[n-1]
		f.idle = f.idle[:n-1]
		return runtime, nil
	}
	options, printed := f.options, &bytes.Buffer{}
	options.Stdout = printed
	runtime, err := runtimesim.New(options)
	if err == nil {
		f.started, f.logs = append(f.started, runtime), append(f.logs, printed)
	}
	return runtime, err
}

func (f *fleet) close(t *testing.T) {
	for i, runtime := range f.started {
		_ = runtime.Close()
		if strings.Contains(f.logs[i].String(), portSecret) {
			t.Error("Port's secret shows in the log")
		}
		if t.Failed() {
			t.Logf("the log of process %d:\n%s", i, f.logs[i])
		}
	}
}

// resync executes the machine, with faults between it and the function, and returns the
// report. It runs a minute after the run before: Port's clock has seconds only, and Port
// does not list what was written in the second in which a run begins.
func (i *installation) resync(t *testing.T, between func(s step, invoke func() answer) answer) (execution, report.Report) {
	t.Helper()
	i.later.Add(int64(time.Minute))
	i.mu.Lock()
	i.invoke, i.most = i.invocation(t, between), 0
	i.mu.Unlock()
	x := i.run(t, i.definition, queues)
	return x, told(t, x)
}

func (i *installation) invocation(t *testing.T, between func(s step, invoke func() answer) answer) func([]byte) answer {
	return func(payload []byte) answer {
		var s step
		if err := json.Unmarshal(payload, &s); err != nil {
			t.Error(err)
		}
		invoke := func() answer { return i.fleet.invoke(t, payload) }
		if between == nil {
			return invoke()
		}
		return between(s, invoke)
	}
}

func told(t *testing.T, x execution) (r report.Report) {
	t.Helper()
	if x.Output != nil {
		if err := json.Unmarshal([]byte(*x.Output), &r); err != nil {
			t.Errorf("the output is not a report: %s", *x.Output)
		}
	}
	return r
}

func (i *installation) queueClient(t *testing.T, account, region string) *sqs.Client {
	return sqs.NewFromConfig(memberConfig(t, i.url, region, account))
}

func (i *installation) makeQueue(t *testing.T, account, region, name string) {
	t.Helper()
	must[*sqs.CreateQueueOutput](t)(i.queueClient(t, account, region).CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: &name}))
}

// dropQueue deletes a queue and returns its ARN.
func (i *installation) dropQueue(t *testing.T, account, region, name string) (arn string) {
	t.Helper()
	client := i.queueClient(t, account, region)
	found := must[*sqs.GetQueueUrlOutput](t)(client.GetQueueUrl(t.Context(), &sqs.GetQueueUrlInput{QueueName: &name}))
	must[*sqs.DeleteQueueOutput](t)(client.DeleteQueue(t.Context(), &sqs.DeleteQueueInput{QueueUrl: found.QueueUrl}))
	return queueARN(account, region, name)
}

func queueARN(account, region, name string) string {
	return "arn:aws:sqs:" + region + ":" + account + ":" + name
}

// equal wants Port to hold what moto holds, and the given stale queues besides.
func (i *installation) equal(t *testing.T, stale ...string) {
	t.Helper()
	// Moto cannot list what it holds once it has executed something.
	want := slices.Clone(stale)
	for _, account := range i.accounts {
		for _, region := range regions {
			found := must[*sqs.ListQueuesOutput](t)(i.queueClient(t, account, region).ListQueues(t.Context(), &sqs.ListQueuesInput{}))
			for _, url := range found.QueueUrls {
				want = append(want, queueARN(account, region, url[strings.LastIndexByte(url, '/')+1:]))
			}
		}
	}
	var got []string
	for _, entity := range i.port.Entities("sqsQueue") {
		got = append(got, entity.Identifier)
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Port is not what moto holds (-moto +Port):\n%s", diff)
	}
}

func (x execution) ended(t *testing.T, r report.Report, status report.Status) {
	t.Helper()
	if x.Status != types.ExecutionStatusSucceeded || r.Status != status {
		t.Fatalf("%s by %s, report %s, want %s: %s\n%+v", x.Status, x.path(), r.Status, status, r.Reason, r.Gaps)
	}
}

// TestDistributed runs the deployed state machine, and breaks it in every place.
func TestDistributed(t *testing.T) {
	i := install(t)
	ok := t.Run("a run", func(t *testing.T) {
		x, r := i.resync(t, nil)
		x.ended(t, r, report.Completed)
		i.equal(t)
		if got := x.mapRuns[0].ItemCounts.Succeeded; got != 3 || i.most != 3 || r.Total.Fetched != 2*len(i.accounts)+ofTheStack {
			t.Errorf("%d batches, %d at a time, %d queues", got, i.most, r.Total.Fetched)
		}
		if in, _ := i.port.Integration("e2e"); in.State.Status != "completed" {
			t.Errorf("Port was told %q", in.State.Status)
		}
	}) && t.Run("the answer of begin is lost", i.beginIsLost) &&
		t.Run("children that die, before and after their work", i.childrenDie) &&
		t.Run("a child that fails for good", i.childFails) &&
		t.Run("a child runs out of time", i.childIsLate) &&
		t.Run("batches that cannot be read", i.itemsAreGone) &&
		t.Run("a finish that fails, and a redrive", i.finishFails)
	if !ok {
		t.Fatal("what follows would start from another state")
	}
}

// beginIsLost lets the first step take the lease and lose its answer: when it is repeated,
// it continues.
func (i *installation) beginIsLost(t *testing.T) {
	begins := 0
	x, r := i.resync(t, func(s step, invoke func() answer) answer {
		said := invoke()
		if s.Step == "begin" {
			if begins++; begins == 1 {
				return answer{failure: "Sandbox.Timedout"}
			}
		}
		return said
	})
	x.ended(t, r, report.Completed)
	i.equal(t)
}

func (i *installation) childrenDie(t *testing.T) {
	i.dropQueue(t, i.accounts[1], regions[0], "orders")
	i.makeQueue(t, i.accounts[2], regions[1], "letters")
	var mu sync.Mutex
	times := map[int]int{}
	x, r := i.resync(t, func(s step, invoke func() answer) answer {
		mu.Lock()
		times[s.Batch]++
		first := times[s.Batch] == 1
		mu.Unlock()
		if s.Step == "read" && first {
			if s.Batch == 0 {
				invoke() // and its answer is lost
			}
			return answer{failure: "Sandbox.Timedout"}
		}
		return invoke()
	})
	x.ended(t, r, report.Completed)
	i.equal(t)
	if r.Deletes.Deleted != 1 || r.Total.Created != 1 {
		t.Errorf("%+v, %+v", r.Total, r.Deletes)
	}
}

// childFails has a batch never read: its accounts keep what they have, and are in the
// report; the others do not suffer.
func (i *installation) childFails(t *testing.T) {
	var lost []string
	stale := map[string]string{}
	for _, account := range i.accounts[1:] {
		i.makeQueue(t, account, regions[0], "to-go")
	}
	x, r := i.resync(t, nil)
	x.ended(t, r, report.Completed)
	for _, account := range i.accounts[1:] {
		stale[account] = i.dropQueue(t, account, regions[0], "to-go")
	}
	x, r = i.resync(t, func(s step, invoke func() answer) answer {
		if s.Step == "read" && slices.Contains(s.Accounts, i.accounts[3]) {
			lost = s.Accounts
			return answer{failure: "Runtime.OutOfMemory"}
		}
		return invoke()
	})
	x.ended(t, r, report.Incomplete)
	var kept []string
	for _, account := range lost {
		if arn := stale[account]; arn != "" {
			kept = append(kept, arn)
		}
		if !slices.ContainsFunc(r.Gaps, func(g report.Gap) bool { return g.Outcome == "failed" && (g.Account == account || g.Account == "") }) {
			t.Errorf("the report does not say that %s was not read: %+v", account, r.Gaps)
		}
	}
	i.equal(t, kept...)
	if len(kept) == 0 || len(kept) == len(stale) {
		t.Errorf("%d of %d stale queues are kept", len(kept), len(stale))
	}
	x, r = i.resync(t, nil)
	x.ended(t, r, report.Completed)
	i.equal(t)
}

// childIsLate has SQS answer nothing in one region, until a child's time is over. It
// says so, and is called again.
func (i *installation) childIsLate(t *testing.T) {
	i.makeQueue(t, i.accounts[1], regions[1], "late")
	i.setHangs(func(r *http.Request) bool {
		return strings.Contains(r.Header.Get("Authorization"), "/"+regions[1]+"/sqs/")
	})
	defer i.setHangs(nil)
	var mu sync.Mutex
	legs := map[int]int{}
	x, r := i.resync(t, func(s step, invoke func() answer) answer {
		said := invoke()
		if s.Step != "read" {
			return said
		}
		mu.Lock()
		defer mu.Unlock()
		if legs[s.Batch]++; len(legs) == 3 {
			i.setHangs(nil)
		}
		return said
	})
	x.ended(t, r, report.Completed)
	i.equal(t)
	if diff := cmp.Diff(map[int]int{0: 2, 1: 2, 2: 2}, legs); diff != "" {
		t.Errorf("invocations of each batch (-want +got):\n%s", diff)
	}
}

func (i *installation) setHangs(hangs func(*http.Request) bool) {
	if hangs == nil {
		hangs = func(*http.Request) bool { return false }
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.hangs = hangs
}

// itemsAreGone takes the list of batches away: the map run cannot begin, the run is
// finished nevertheless, and the lease is free.
func (i *installation) itemsAreGone(t *testing.T) {
	i.dropQueue(t, i.accounts[1], regions[1], "late")
	before := i.port.Entities("sqsQueue")
	x, _ := i.resync(t, func(s step, invoke func() answer) answer {
		said := invoke()
		if s.Step == "begin" {
			return answer{payload: bytes.Replace(said.payload, []byte("items.json"), []byte("gone.json"), 1)}
		}
		return said
	})
	if x.path() != wholeRun {
		t.Errorf("%s by %s", x.Status, x.path())
	}
	if after := i.port.Entities("sqsQueue"); len(after) != len(before) {
		t.Errorf("a run that read nothing left %d of %d queues", len(after), len(before))
	}
	x, r := i.resync(t, nil)
	x.ended(t, r, report.Completed)
	i.equal(t)
}

// finishFails has the last step die before its work, and once after: the redrive ends
// the run, and says what it did.
func (i *installation) finishFails(t *testing.T) {
	i.dropQueue(t, i.accounts[2], regions[1], "letters")
	finishes := 0
	die := func(s step, invoke func() answer) answer {
		if s.Step == "finish" {
			finishes++
			return answer{failure: "Runtime.ExitError"}
		}
		return invoke()
	}
	failed, _ := i.resync(t, die)
	if failed.Status != types.ExecutionStatusFailed || failed.path() != wholeRun || finishes != 4 {
		t.Fatalf("%s by %s, after %d attempts", failed.Status, failed.path(), finishes)
	}
	var first []byte
	i.mu.Lock()
	i.invoke = i.invocation(t, func(_ step, invoke func() answer) answer {
		said := invoke()
		if first == nil {
			first = said.payload
			return answer{failure: "Runtime.ExitError"}
		}
		return said
	})
	i.mu.Unlock()
	redriven := i.redrive(t, failed)
	r := told(t, redriven)
	redriven.ended(t, r, report.Completed)
	i.equal(t)
	var said report.Report
	if err := json.Unmarshal(first, &said); err != nil || said.Run != r.Run || r.Deletes.Deleted != 1 {
		t.Errorf("the second finish tells another run: %s and %s, %+v: %v", said.Run, r.Run, r.Deletes, err)
	}
	x, r := i.resync(t, nil)
	x.ended(t, r, report.Completed)
}
