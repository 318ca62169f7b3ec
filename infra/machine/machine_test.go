package machine_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"portolan/infra/machine"
)

var update = flag.Bool("update", false, "write the golden template")

func options() machine.Options {
	return machine.Options{
		Partition: "aws", FunctionARN: "arn:aws:lambda:eu-west-1:111122223333:function:Portolan",
		Timeout: 12 * time.Hour, Invocation: 15 * time.Minute, FailureTolerance: 100,
	}
}

// The golden file is a template, so that cfn-lint reads the definition as AWS will.
func TestDefinition(t *testing.T) {
	t.Parallel()
	text, err := json.MarshalIndent(map[string]any{
		"AWSTemplateFormatVersion": "2010-09-09",
		"Resources": map[string]any{"Machine": map[string]any{"Type": "AWS::StepFunctions::StateMachine", "Properties": map[string]any{
			"RoleArn": "arn:aws:iam::111122223333:role/Machine", "DefinitionString": machine.Definition(options()),
		}}},
	}, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("testdata", "machine.json")
	if *update {
		if err := os.WriteFile(path, append(text, '\n'), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v; go test ./infra/machine -update writes it", err)
	}
	if diff := cmp.Diff(string(want), string(text)+"\n"); diff != "" {
		t.Errorf("%s is not as it was (-want +got); -update if that is meant:\n%s", path, diff)
	}
}

// task is a state that invokes the function.
type task struct {
	Type, Next, Resource string
	End                  bool
	Parameters           struct{ Payload map[string]any }
	TimeoutSeconds       int
	Retry                []struct {
		ErrorEquals    []string
		JitterStrategy string
		MaxAttempts    int
	}
	Catch []struct {
		ErrorEquals []string
		Next        string
		ResultPath  any
	}
	Choices       []map[string]any
	ItemProcessor struct{ States map[string]task }
}

func states(t *testing.T, o machine.Options) map[string]task {
	t.Helper()
	var parsed struct{ States map[string]task }
	if err := json.Unmarshal([]byte(machine.Definition(o)), &parsed); err != nil {
		t.Fatal(err)
	}
	return parsed.States
}

// Once a run has begun, whatever becomes of it, it is finished: no failure between
// Begin and Finish ends the execution, and Finish is where it ends.
func TestWhatHasBegunIsFinished(t *testing.T) {
	t.Parallel()
	all := states(t, options())
	read, finish := all["Read"], all["Finish"]
	if read.Next != "Finish" || len(read.Catch) != 1 || read.Catch[0].Next != "Finish" || !slices.Equal(read.Catch[0].ErrorEquals, []string{"States.ALL"}) {
		t.Errorf("Read goes on with %s, or with %+v", read.Next, read.Catch)
	}
	if !finish.End || finish.Catch != nil {
		t.Errorf("a Finish that fails can be redriven only if nothing follows: %+v", finish)
	}
}

// Every step is repeated, with jitter, more patiently where Lambda has no room, and
// waited for a little longer than it may take.
func TestSteps(t *testing.T) {
	t.Parallel()
	all := states(t, options())
	for name, step := range map[string]task{"begin": all["Begin"], "read": all["Read"].ItemProcessor.States["ReadBatch"], "finish": all["Finish"]} {
		if step.Parameters.Payload["step"] != name || step.TimeoutSeconds != 960 {
			t.Errorf("%s: %+v", name, step)
		}
		var repeated []string
		for _, retry := range step.Retry {
			if retry.JitterStrategy != "FULL" || retry.MaxAttempts < 3 {
				t.Errorf("%s: %+v", name, retry)
			}
			repeated = append(repeated, retry.ErrorEquals...)
		}
		if diff := cmp.Diff([]string{"Lambda.TooManyRequestsException", "States.ALL"}, repeated); diff != "" {
			t.Errorf("%s is repeated (-want +got):\n%s", name, diff)
		}
	}
}

// A batch is read until scaleTimeout is near, and at least once.
func TestLegs(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		timeout, invocation time.Duration
		legs                float64
	}{
		{12 * time.Hour, 15 * time.Minute, 43}, {time.Hour, 15 * time.Minute, 1}, {time.Hour, time.Minute, 28},
	} {
		o := options()
		o.Timeout, o.Invocation = test.timeout, test.invocation
		choices := states(t, o)["Read"].ItemProcessor.States["Done"].Choices
		if got := choices[len(choices)-1]["NumericGreaterThanEquals"]; got != test.legs {
			t.Errorf("within %s, %s each: %v invocations, want %v", test.timeout, test.invocation, got, test.legs)
		}
	}
}

func TestEveryPlaceholderIsReplaced(t *testing.T) {
	t.Parallel()
	if text := machine.Definition(options()); strings.Contains(text, "${") || strings.Contains(text, `"TimeoutSeconds":0`) {
		t.Error(text)
	}
}
