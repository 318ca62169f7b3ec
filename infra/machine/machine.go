// Package machine holds the state machine that runs Portolan in distributed mode: one
// execution is one run.
//
// The definition, definition.asl.json, is in the Amazon States Language. It decides in
// which order the function's steps are invoked, how many side by side, what is
// repeated, and what is tolerated: begin once, read for each batch of accounts until
// the batch is done, finish. Once a run has begun, finish is invoked whatever became
// of the rest, so that lease, report and Port's view of the run are put right. No data
// of a run passes through it: steps leave them to each other in the state, and a
// child's output is empty, so that thousands of children stay below the 256 KiB that a
// state may give on
// (https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html).
//
// Finish has no Catch. An execution that fails does so there, and can be redriven from
// there.
//
// The package knows nothing of the CDK, so that the definition can be executed in a
// test as it is deployed.
package machine

import (
	_ "embed" // the definition
	"encoding/json"
	"fmt"
	"time"
)

// MapLabel is the name of the map run in the ARNs of its children:
// execution:<machine>/<MapLabel>:<id>.
const MapLabel = "Read"

// What stands for something else in the definition, as ${Partition}.
const (
	Partition   = "Partition"   // AWS's partition, "aws"
	FunctionARN = "FunctionArn" // the function that the steps are invoked of
)

// Limits bound an execution.
type Limits struct {
	// Timeout ends an execution that has taken so long.
	Timeout time.Duration
	// Invocation is the function's own time limit.
	Invocation time.Duration
	// FailureTolerance is how many of the batches may fail, in percent, before the
	// others are not read any more.
	FailureTolerance int
}

// grace is how much longer than the function's time limit an answer is waited for.
const grace = time.Minute

// legs is how often a batch may be read before the execution has to finish. Two
// invocations are left to begin and finish.
func (l Limits) legs() int {
	return max(1, int(l.Timeout/(l.Invocation+grace))-2)
}

//go:embed definition.asl.json
var definition []byte

// Definition gives the state machine's definition, with Partition and FunctionARN
// still to be replaced.
func Definition(l Limits) string {
	var parsed object
	if err := json.Unmarshal(definition, &parsed); err != nil {
		panic(err) // a test reads it
	}
	states := parsed.at("States")
	read := states.at("Read")
	children := read.at("ItemProcessor").at("States")
	wait := int((l.Invocation + grace).Seconds())
	parsed["TimeoutSeconds"] = int(l.Timeout.Seconds())
	for _, task := range []object{states.at("Begin"), children.at("ReadBatch"), states.at("Finish")} {
		task["TimeoutSeconds"] = wait
	}
	read["ToleratedFailurePercentage"] = l.FailureTolerance
	choices, _ := children.at("Done")["Choices"].([]any)
	object(choices[len(choices)-1].(map[string]any))["NumericGreaterThanEquals"] = l.legs()
	text, err := json.Marshal(parsed)
	if err != nil {
		panic(err) // it was read just now
	}
	return string(text)
}

// object is a JSON object.
type object map[string]any

// at gives the object that is a member.
func (o object) at(name string) object {
	member, ok := o[name].(map[string]any)
	if !ok {
		panic(fmt.Sprintf("the definition has no %s", name)) // a test reads it
	}
	return member
}
