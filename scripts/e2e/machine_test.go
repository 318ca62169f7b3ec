//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/google/go-cmp/cmp"

	"portolan/infra/machine"
)

// step is the payload of an invocation.
type step struct {
	Step     string
	Run      string
	Batch    int
	Accounts []string
	Request  map[string]any
}

// script is a function that answers each step as a test says, and keeps what it was
// asked.
type script struct {
	begin, finish func() answer
	read          func(s step, nth int) answer // nth is how often the batch was read, from 1

	mu    sync.Mutex
	asked []string
	times map[int]int
}

const (
	batches  = `[{"batch":0,"accounts":["111111111111","222222222222"]},{"batch":1,"accounts":["333333333333"]},{"batch":2,"accounts":["444444444444"]}]`
	begun    = `{"run":"run-1","status":"begun","items":{"bucket":"state","key":"portolan/work/run-1/items.json"},"concurrency":2,"report":{"run":"run-1"}}`
	finished = `{"run":"run-1","status":"completed"}`
)

func says(format string, args ...any) answer {
	return answer{payload: fmt.Appendf(nil, format, args...)}
}

func (s step) done(done bool, legs int) answer {
	return says(`{"run":%q,"batch":%d,"done":%t,"legs":%d}`, s.Run, s.Batch, done, legs)
}

// newScript returns a function that does all at the first attempt.
func newScript() *script {
	return &script{
		begin: func() answer { return says(begun) }, finish: func() answer { return says(finished) },
		read: func(s step, nth int) answer { return s.done(true, nth) }, times: map[int]int{},
	}
}

func (s *script) invoke(payload []byte) answer {
	var asked step
	if err := json.Unmarshal(payload, &asked); err != nil {
		return answer{failure: "NoStep"}
	}
	s.mu.Lock()
	s.asked = append(s.asked, string(payload))
	if asked.Step == "read" {
		s.times[asked.Batch]++
	}
	nth := s.times[asked.Batch]
	s.mu.Unlock()
	switch asked.Step {
	case "begin":
		return s.begin()
	case "read":
		return s.read(asked, nth)
	}
	return s.finish()
}

// fails answers with a failure the first times, and then as it should.
func fails(times int, failure answer, then func() answer) func() answer {
	return func() answer {
		if times--; times >= 0 {
			return failure
		}
		return then()
	}
}

// engineOf starts an engine that may read each batch three times.
func engineOf(t *testing.T) *engine {
	t.Helper()
	e := startEngine(t)
	e.start(t, machine.Definition(machine.Options{
		Partition: "aws", FunctionARN: functionARN, Timeout: 10 * time.Minute, Invocation: time.Minute, FailureTolerance: 100,
	}))
	e.putItems(t, "state", "portolan/work/run-1/items.json", batches)
	return e
}

// play executes the machine with the script for a function.
func (e *engine) play(t *testing.T, s *script, input string) execution {
	t.Helper()
	e.mu.Lock()
	e.invoke, e.most = s.invoke, 0
	e.mu.Unlock()
	return e.run(t, e.definition, input)
}

func (x execution) check(t *testing.T, status types.ExecutionStatus, path, output string) {
	t.Helper()
	got := ""
	if x.Output != nil {
		got = *x.Output
	}
	if x.Status != status || x.path() != path || got != output && !sameJSON(got, output) {
		t.Errorf("%s by %s with %s, want %s by %s with %s", x.Status, x.path(), got, status, path, output)
	}
}

func sameJSON(a, b string) bool {
	var left, right any
	return json.Unmarshal([]byte(a), &left) == nil && json.Unmarshal([]byte(b), &right) == nil && cmp.Equal(left, right)
}

const wholeRun = "Begin Begun Read Finish"

// TestMachine executes the definition that the stack has, against a function that is
// scripted.
func TestMachine(t *testing.T) {
	e := engineOf(t)
	t.Run("a run", func(t *testing.T) {
		s := newScript()
		x := e.play(t, s, `{"detail-type":"Scheduled Event","source":"aws.scheduler"}`)
		x.check(t, types.ExecutionStatusSucceeded, wholeRun, finished)
		want := []string{
			`{"step":"begin","request":{"detail-type":"Scheduled Event","source":"aws.scheduler"},"execution":"` + *x.ExecutionArn + `"}`,
			`{"step":"read","run":"run-1","batch":0,"accounts":["111111111111","222222222222"]}`,
			`{"step":"read","run":"run-1","batch":1,"accounts":["333333333333"]}`,
			`{"step":"read","run":"run-1","batch":2,"accounts":["444444444444"]}`,
			`{"step":"finish","run":"run-1"}`,
		}
		slices.Sort(s.asked[1 : len(s.asked)-1])
		if diff := cmp.Diff(want, s.asked, cmp.Comparer(sameJSON)); diff != "" {
			t.Errorf("the function was asked (-want +got):\n%s", diff)
		}
		if len(x.mapRuns) != 1 || x.mapRuns[0].ItemCounts.Succeeded != 3 {
			t.Errorf("the progress was %+v", x.mapRuns)
		}
	})
	t.Run("no more at a time than begin says", func(t *testing.T) {
		s, together := newScript(), make(chan struct{})
		s.read = func(asked step, nth int) answer {
			// Of the first two batches, each waits for the other.
			if asked.Batch < 2 {
				select {
				case together <- struct{}{}:
				case <-together:
				}
			}
			return asked.done(true, nth)
		}
		x := e.play(t, s, `{}`)
		x.check(t, types.ExecutionStatusSucceeded, wholeRun, finished)
		if e.most != 2 {
			t.Errorf("%d invocations at a time", e.most)
		}
	})
	t.Run("another run is writing", func(t *testing.T) {
		s := newScript()
		s.begin = func() answer {
			return says(`{"run":"run-2","status":"skipped","report":{"run":"run-2","status":"skipped"}}`)
		}
		e.play(t, s, `{}`).check(t, types.ExecutionStatusSucceeded, "Begin Begun Skipped", `{"run":"run-2","status":"skipped"}`)
		if len(s.asked) != 1 {
			t.Errorf("asked: %v", s.asked)
		}
	})
	t.Run("a batch takes several invocations", func(t *testing.T) {
		s := newScript()
		s.read = func(asked step, nth int) answer { return asked.done(asked.Batch != 1 || nth == 3, nth) }
		e.play(t, s, `{}`).check(t, types.ExecutionStatusSucceeded, wholeRun, finished)
		if diff := cmp.Diff(map[int]int{0: 1, 1: 3, 2: 1}, s.times); diff != "" {
			t.Errorf("invocations (-want +got):\n%s", diff)
		}
	})
	t.Run("a batch that comes to no end", func(t *testing.T) {
		s := newScript()
		s.read = func(asked step, nth int) answer { return asked.done(asked.Batch != 1, nth) }
		x := e.play(t, s, `{}`)
		x.check(t, types.ExecutionStatusSucceeded, wholeRun, finished)
		if s.times[1] != 3 || x.mapRuns[0].ItemCounts.Failed != 1 {
			t.Errorf("it was read %d times; %+v", s.times[1], x.mapRuns[0].ItemCounts)
		}
	})
	for name, fault := range map[string]answer{
		"a function that is killed": {failure: "Sandbox.Timedout"}, "a crash": {failure: "Runtime.ExitError"}, "too many invocations": {refusal: "TooManyRequestsException"},
	} {
		t.Run(name+", once", func(t *testing.T) {
			s := newScript()
			s.read = func(asked step, nth int) answer {
				if asked.Batch == 1 && nth == 1 {
					return fault
				}
				return asked.done(true, 1)
			}
			e.play(t, s, `{}`).check(t, types.ExecutionStatusSucceeded, wholeRun, finished)
			if s.times[1] != 2 {
				t.Errorf("the batch was read %d times", s.times[1])
			}
		})
	}
	t.Run("a batch that fails for good", func(t *testing.T) {
		s := newScript()
		s.read = func(asked step, nth int) answer {
			if asked.Batch == 1 {
				return answer{failure: "errorString"}
			}
			return asked.done(true, nth)
		}
		x := e.play(t, s, `{}`)
		x.check(t, types.ExecutionStatusSucceeded, wholeRun, finished)
		if s.times[1] != 5 || x.mapRuns[0].ItemCounts.Failed != 1 {
			t.Errorf("it was read %d times; %+v", s.times[1], x.mapRuns[0].ItemCounts)
		}
	})
	t.Run("the batches cannot be read", func(t *testing.T) {
		s := newScript()
		s.begin = func() answer {
			return says(`{"run":"run-1","status":"begun","items":{"bucket":"state","key":"gone"},"concurrency":2}`)
		}
		e.play(t, s, `{}`).check(t, types.ExecutionStatusSucceeded, wholeRun, finished)
		if len(s.asked) != 2 {
			t.Errorf("asked: %v", s.asked)
		}
	})
	t.Run("begin fails", func(t *testing.T) {
		s := newScript()
		s.begin = func() answer { return answer{failure: "wrapError"} }
		e.play(t, s, `{}`).check(t, types.ExecutionStatusFailed, "Begin", "")
		if len(s.asked) != 4 || s.asked[0] != s.asked[3] {
			t.Errorf("asked: %v", s.asked)
		}
	})
	t.Run("begin meets a fault of Lambda", func(t *testing.T) {
		s := newScript()
		s.begin = fails(2, answer{refusal: "TooManyRequestsException"}, s.begin)
		e.play(t, s, `{}`).check(t, types.ExecutionStatusSucceeded, wholeRun, finished)
	})
	t.Run("finish fails once", func(t *testing.T) {
		s := newScript()
		s.finish = fails(1, answer{failure: "Runtime.ExitError"}, s.finish)
		e.play(t, s, `{}`).check(t, types.ExecutionStatusSucceeded, wholeRun, finished)
	})
	t.Run("finish fails, and is redriven", func(t *testing.T) {
		s := newScript()
		s.finish = fails(4, answer{failure: "Runtime.ExitError"}, s.finish)
		failed := e.play(t, s, `{}`)
		failed.check(t, types.ExecutionStatusFailed, wholeRun, "")
		before := len(s.asked)
		e.redrive(t, failed).check(t, types.ExecutionStatusSucceeded, "Finish", finished)
		if after := s.asked[before:]; len(after) != 1 || !sameJSON(after[0], `{"step":"finish","run":"run-1"}`) {
			t.Errorf("the redrive asked for %v", after)
		}
	})
}
