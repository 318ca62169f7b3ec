package operate_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/operate"
	"portolan/internal/report"
)

const (
	machineARN = "arn:aws:states:eu-west-1:111122223333:stateMachine:Portolan"
	mapRunARN  = "arn:aws:states:eu-west-1:111122223333:mapRun:Portolan/Read:1"
)

// executionCloud is an installation in distributed mode. An execution is described by
// each of the answers in turn, and by the last one from then on; its batches likewise.
func executionCloud(t *testing.T, executions, batches []string) *cloud {
	var execution string
	next := func(answers []string) func(request) reply {
		var n atomic.Int32
		return func(request) reply { return ok(answers[min(int(n.Add(1)), len(answers))-1]) }
	}
	described := next(executions)
	return newCloud(t, map[string]func(request) reply{
		"cloudformation:DescribeStacks": stacks(map[string]map[string]string{"Portolan": {"FunctionName": function, "StateMachineArn": machineARN}}),
		"states:StartExecution": func(r request) reply {
			execution = strings.Replace(machineARN, "stateMachine", "execution", 1) + ":" + r.JSON["name"].(string)
			return ok(`{"executionArn":"` + execution + `","startDate":1.7e9}`)
		},
		"states:DescribeExecution": func(r request) reply {
			if r.JSON["executionArn"] != execution {
				t.Errorf("%v is described, not %s", r.JSON, execution)
			}
			return described(r)
		},
		"states:ListMapRuns":    next([]string{`{"mapRuns":[]}`, `{"mapRuns":[{"mapRunArn":"` + mapRunARN + `"}]}`}),
		"states:DescribeMapRun": next(batches),
	})
}

func executionOf(status, more string) string {
	return fmt.Sprintf(`{"executionArn":"e","stateMachineArn":"m","status":%q,"startDate":1.7e9%s}`, status, more)
}

func batchesOf(total, succeeded, running, failed int) string {
	return fmt.Sprintf(`{"mapRunArn":%q,"status":"RUNNING","itemCounts":{"total":%d,"succeeded":%d,"running":%d,"failed":%d,"pending":%d,"aborted":0,"timedOut":0,"resultsWritten":0}}`,
		mapRunARN, total, succeeded, running, failed, total-succeeded-running-failed)
}

func succeeded(t *testing.T, status report.Status) string {
	output, err := json.Marshal(reportOf(t, status))
	if err != nil {
		t.Fatal(err)
	}
	return executionOf("SUCCEEDED", `,"output":`+string(output))
}

func (c *cloud) execute(ctx context.Context, args ...string) outcome {
	program := operate.Program{In: strings.NewReader("")}
	program.Hurry()
	return c.run(ctx, &program, args)
}

func TestExecute(t *testing.T) {
	t.Parallel()
	running := executionOf("RUNNING", "")
	for name, test := range map[string]struct {
		args  []string
		input string
	}{
		"a run":  {[]string{"invoke", "--kinds", "AWS::S3::Bucket"}, `{"action":"resync","kinds":["AWS::S3::Bucket"]}`},
		"a plan": {[]string{"plan"}, `{"action":"plan"}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := executionCloud(t, []string{running, running, running, running, succeeded(t, report.Incomplete)},
				[]string{batchesOf(10, 2, 4, 0), batchesOf(10, 6, 3, 1), batchesOf(10, 9, 0, 1)})
			c.execute(t.Context(), test.args...).says(t, 3, "Portolan runs with "+test.input, "execution arn:aws:states:eu-west-1:111122223333:execution:Portolan:operate-",
				"beginning, after 0s", "2 of 10 batches read, 4 under way, after 0s", "6 of 10 batches read, 3 under way, 1 failed", "finishing, 9 of 10 batches read",
				"Run run-1 of my-aws: INCOMPLETE")
			if diff := cmp.Diff(test.input, c.seen[1].JSON["input"]); diff != "" || c.seen[1].JSON["stateMachineArn"] != machineARN {
				t.Errorf("started with %v: %s", c.seen[1].JSON, diff)
			}
			if strings.Count(strings.Join(c.made(), " "), "states:StartExecution") != 1 || strings.Contains(strings.Join(c.made(), " "), "lambda:") {
				t.Errorf("calls: %v", c.made())
			}
		})
	}
}

func TestExecutionsThatFail(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		ended string
		says  []string
	}{
		"failed": {executionOf("FAILED", `,"error":"wrapError","cause":"{\"errorType\":\"wrapError\",\"errorMessage\":\"the settings are wrong:\\nOCEAN__X is not a setting\"}"`),
			[]string{"the run failed: wrapError: the settings are wrong:\n  OCEAN__X is not a setting", "make logs shows more", "redrive-execution --execution-arn arn:aws:states:"}},
		"without a cause": {executionOf("FAILED", `,"error":"States.Runtime"`), []string{"the run failed: States.Runtime: "}},
		"out of time":     {executionOf("TIMED_OUT", ""), []string{"ended after scaleTimeout", "redrive-execution"}},
		"stopped":         {executionOf("ABORTED", ""), []string{"the execution was stopped"}},
		"no report":       {executionOf("SUCCEEDED", `,"output":"{}"`), []string{"the function's answer is not a report: {}"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			executionCloud(t, []string{test.ended}, nil).execute(t.Context(), "invoke").says(t, 1, test.says...)
		})
	}
}

func TestExecutionsThatAreRefused(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ call, code, says string }{
		"may not start":  {"states:StartExecution", "AccessDeniedException", "allow states:StartExecution to the identity"},
		"gone":           {"states:StartExecution", "StateMachineDoesNotExist", "the state machine " + machineARN + " of the stack Portolan no longer exists; run make deploy"},
		"may not follow": {"states:DescribeExecution", "AccessDeniedException", "allow states:DescribeExecution to the identity that you are logged in as; the execution goes on"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := executionCloud(t, []string{succeeded(t, report.Completed)}, nil)
			c.answers[test.call] = jsonError(test.code, "no")
			c.execute(t.Context(), "invoke").says(t, 1, test.says)
		})
	}
	// The progress is a courtesy.
	c := executionCloud(t, []string{executionOf("RUNNING", ""), executionOf("RUNNING", ""), succeeded(t, report.Completed)}, nil)
	c.answers["states:ListMapRuns"] = jsonError("AccessDeniedException", "no")
	c.execute(t.Context(), "invoke").says(t, 0, "the progress cannot be seen: states:ListMapRuns", "running, after 0s", "COMPLETED")
	if n := strings.Count(strings.Join(c.made(), " "), "states:ListMapRuns"); n != 1 {
		t.Errorf("asked %d times for what is refused", n)
	}
}

func TestExecutionIsLeft(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	c := executionCloud(t, []string{executionOf("RUNNING", "")}, []string{batchesOf(1, 0, 1, 0)})
	c.answers["states:DescribeMapRun"] = func(request) reply {
		stop()
		return ok(batchesOf(1, 0, 1, 0))
	}
	c.execute(ctx, "invoke").says(t, 1, "the run goes on; aws stepfunctions stop-execution --execution-arn arn:aws:states:")
}
