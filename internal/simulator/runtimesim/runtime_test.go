package runtimesim_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
	"go.uber.org/goleak"

	"portolan/internal/simulator/runtimesim"
)

// TestMain makes the test binary the function where the runtime starts it.
func TestMain(m *testing.M) {
	if os.Getenv("AWS_LAMBDA_RUNTIME_API") != "" {
		lambda.Start(function)
		return
	}
	goleak.VerifyTestMain(m)
}

var events int

type answer struct {
	Events    int
	Name      string
	RequestID string
	Left      time.Duration
	Secret    string
	Setting   string
}

// function does what the event says.
func function(ctx context.Context, event string) (any, error) {
	events++
	switch event {
	case "fail":
		return nil, errors.New("as you wish")
	case "panic":
		panic("as you wish")
	case "exit":
		os.Exit(3)
	case "hang":
		select {}
	case "large":
		return strings.Repeat("x", runtimesim.MaxResponse+1), nil
	}
	about, _ := lambdacontext.FromContext(ctx)
	deadline, _ := ctx.Deadline()
	return answer{
		Events: events, Name: lambdacontext.FunctionName, RequestID: about.AwsRequestID, Left: time.Until(deadline),
		Secret: os.Getenv("RUNTIMESIM_SECRET"), Setting: os.Getenv("RUNTIMESIM_SETTING"),
	}, nil
}

func newRuntime(t *testing.T, timeout time.Duration) *runtimesim.Runtime {
	t.Helper()
	r, err := runtimesim.New(runtimesim.Options{
		Binary: os.Args[0], Timeout: timeout, MemoryMB: 256, Env: []string{"RUNTIMESIM_SETTING=given"},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

func invoke(t *testing.T, r *runtimesim.Runtime, event string) runtimesim.Result {
	t.Helper()
	result, err := r.Invoke(t.Context(), fmt.Appendf(nil, "%q", event))
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func TestColdAndWarm(t *testing.T) {
	t.Setenv("RUNTIMESIM_SECRET", "of the caller")
	r := newRuntime(t, time.Minute)
	for n := 1; n <= 3; n++ {
		result := invoke(t, r, "hello")
		var got answer
		if err := json.Unmarshal(result.Payload, &got); err != nil {
			t.Fatalf("%s: %v", result.Payload, err)
		}
		if got.Events != n || (result.Init > 0) != (n == 1) || result.Duration <= 0 {
			t.Errorf("event %d: the process has seen %d, init %s", n, got.Events, result.Init)
		}
		if got.Name != "portolan" || got.RequestID != result.RequestID || got.Left <= 0 || got.Left > time.Minute {
			t.Errorf("event %d: the function knows %+v", n, got)
		}
		if got.Secret != "" || got.Setting != "given" {
			t.Errorf("the function sees the caller's variable %q and its own %q", got.Secret, got.Setting)
		}
	}
}

func TestFailures(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		event, kind, message string
		cold                 bool
	}{
		"an error keeps the process": {"fail", "Unhandled", "as you wish", false},
		"a panic ends it":            {"panic", "Unhandled", "as you wish", true},
		"an exit ends it":            {"exit", "Runtime.ExitError", "exit status 3", true},
		"a deadline ends it":         {"hang", "Sandbox.Timedout", "Task timed out after 1.00 seconds", true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRuntime(t, time.Second)
			result := invoke(t, r, test.event)
			if result.FunctionError != test.kind || !strings.Contains(string(result.Payload), test.message) {
				t.Errorf("result %q %s, want %q that says %q", result.FunctionError, result.Payload, test.kind, test.message)
			}
			if test.event == "panic" {
				return // the process may still be ending
			}
			if next := invoke(t, r, "hello"); next.FunctionError != "" || (next.Init > 0) != test.cold {
				t.Errorf("the next event: %q %s, init %s", next.FunctionError, next.Payload, next.Init)
			}
		})
	}
}

func TestAnswerThatIsTooLarge(t *testing.T) {
	t.Parallel()
	r := newRuntime(t, time.Minute)
	if result := invoke(t, r, "large"); result.FunctionError != "Function.ResponseSizeTooLarge" {
		t.Errorf("result %q", result.FunctionError)
	}
}

func TestCallerThatGivesUp(t *testing.T) {
	t.Parallel()
	r := newRuntime(t, time.Minute)
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, err := r.Invoke(ctx, []byte(`"hang"`)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v", err)
	}
	if result := invoke(t, r, "hello"); result.FunctionError != "" || result.Init == 0 {
		t.Errorf("the next event: %q, init %s", result.FunctionError, result.Init)
	}
}

func TestBinaryThatIsNotThere(t *testing.T) {
	t.Parallel()
	if _, err := runtimesim.New(runtimesim.Options{Binary: "no-such-bootstrap"}); err == nil {
		t.Error("no error")
	}
}
