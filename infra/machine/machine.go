// Package machine holds the state machine that runs Portolan in distributed mode: one
// execution is one run.
//
// The definition, definition.asl.json, is in the Amazon States Language. It decides in which order
// the function's steps are invoked, how many at a time, what is retried, and what is tolerated:
// begin once, read for each batch of accounts until the batch is done, finish. Once a run has
// begun, finish is invoked whatever happened to the rest, to put the lease, the report and Port's
// view of the run right. A run's data does not pass through the machine: steps leave it to each
// other in the state, and a child's output is empty, so that thousands of children stay below the
// 256 KiB that a state may pass on
// (https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html).
//
// Finish has no Catch. An execution that fails does so there, and can be redriven from there.
//
// The package does not know the CDK, so that a test can execute the definition as it is deployed.
package machine

import (
	_ "embed" // the definition
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// MapLabel is the name of the map run in the ARNs of its children:
// execution:<machine>/<MapLabel>:<id>.
const MapLabel = "Read"

// Options fill in what the definition leaves open.
type Options struct {
	Partition   string // AWS's, "aws"
	FunctionARN string // of the function whose steps are invoked
	// Timeout is how long an execution may take.
	Timeout time.Duration
	// Invocation is the function's own time limit.
	Invocation time.Duration
	// FailureTolerance is the percentage of batches that may fail before the execution
	// stops reading the others.
	FailureTolerance int
}

// grace is how much longer than the function's time limit the machine waits for an answer.
const grace = time.Minute

// legs is how many invocations may read a batch before the execution has to finish. Two
// invocations are left for begin and finish.
func (o Options) legs() int {
	return max(1, int(o.Timeout/(o.Invocation+grace))-2)
}

//go:embed definition.asl.json
var definition string

// Definition returns the state machine's definition, in JSON.
func Definition(o Options) string {
	var parsed object
	open := strings.NewReplacer("${Partition}", o.Partition, "${FunctionArn}", o.FunctionARN)
	if err := json.Unmarshal([]byte(open.Replace(definition)), &parsed); err != nil {
		panic(err) // a test reads it
	}
	states := parsed.at("States")
	read := states.at("Read")
	children := read.at("ItemProcessor").at("States")
	wait := int((o.Invocation + grace).Seconds())
	parsed["TimeoutSeconds"] = int(o.Timeout.Seconds())
	for _, task := range []object{states.at("Begin"), children.at("ReadBatch"), states.at("Finish")} {
		task["TimeoutSeconds"] = wait
	}
	read["ToleratedFailurePercentage"] = o.FailureTolerance
	choices, _ := children.at("Done")["Choices"].([]any)
	choices[len(choices)-1].(map[string]any)["NumericGreaterThanEquals"] = o.legs()
	text, err := json.Marshal(parsed)
	if err != nil {
		panic(err) // it was read just now
	}
	return string(text)
}

// object is a JSON object.
type object map[string]any

// at returns the object that is a member.
func (o object) at(name string) object {
	member, ok := o[name].(map[string]any)
	if !ok {
		panic(fmt.Sprintf("the definition has no %s", name)) // a test reads it
	}
	return member
}
