package runtimesim_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
	"go.uber.org/goleak"

	"portolan/internal/simulator/runtimesim"
)

// TestMain makes the test binary the function where the runtime starts it.
func TestMain(m *testing.M) {
	if api := os.Getenv("AWS_LAMBDA_RUNTIME_API"); api != "" {
		start(api)
		return
	}
	goleak.VerifyTestMain(m)
}

// start starts the function, or fails to as the environment says.
func start(api string) {
	switch os.Getenv("RUNTIMESIM_START") {
	case "error":
		answer, err := http.Post("http://"+api+"/2018-06-01/runtime/init/error", "application/json",
			strings.NewReader(`{"errorType":"Extension.None","errorMessage":"no settings"}`))
		if err == nil {
			_ = answer.Body.Close()
		}
		os.Exit(1)
	case "exit":
		os.Exit(4)
	case "hang":
		wait()
	default:
		lambda.Start(function)
	}
}

// wait waits for a signal that is never sent.
func wait() {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGUSR1)
	<-signals
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
		wait()
	case "leave a child":
		child := exec.Command("tail", "-f", "/dev/null")
		child.Stdout = os.Stdout // which the child holds open
		if err := child.Start(); err != nil {
			return nil, err
		}
		os.Exit(3)
	case "work":
		work(100 * time.Millisecond)
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

func newRuntime(t *testing.T, timeout time.Duration, env ...string) *runtimesim.Runtime {
	t.Helper()
	r, err := runtimesim.New(runtimesim.Options{
		Binary: os.Args[0], Timeout: timeout, MemoryMB: 256, Env: append(env, "RUNTIMESIM_SETTING=given"),
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
		timeout              time.Duration
		cold                 bool
	}{
		"an error keeps the process":       {"fail", "Unhandled", "as you wish", time.Minute, false},
		"a panic ends it":                  {"panic", "Unhandled", "as you wish", time.Minute, true},
		"an exit ends it":                  {"exit", "Runtime.ExitError", "exit status 3", time.Minute, true},
		"an exit ends what it started too": {"leave a child", "Runtime.ExitError", "exit status 3", time.Minute, true},
		"a deadline ends it":               {"hang", "Sandbox.Timedout", "Task timed out after 1.00 seconds", time.Second, true},
		"an answer that is too large":      {"large", "Function.ResponseSizeTooLarge", "6291556 bytes", time.Minute, true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRuntime(t, test.timeout)
			result := invoke(t, r, test.event)
			if result.FunctionError != test.kind || !strings.Contains(string(result.Payload), test.message) {
				t.Errorf("result %q %s, want %q that says %q", result.FunctionError, result.Payload, test.kind, test.message)
			}
			if next := invoke(t, r, "hello"); next.FunctionError != "" || (next.Init > 0) != test.cold {
				t.Errorf("the next event: %q %s, init %s", next.FunctionError, next.Payload, next.Init)
			}
		})
	}
}

// TestEndBetweenEvents ends the process while it waits for an event.
func TestEndBetweenEvents(t *testing.T) {
	t.Parallel()
	r := newRuntime(t, time.Minute)
	invoke(t, r, "hello")
	r.EndProcess()
	if result := invoke(t, r, "hello"); result.FunctionError != "" || result.Init == 0 {
		t.Errorf("the next event: %q %s, init %s", result.FunctionError, result.Payload, result.Init)
	}
}

func TestStartThatFails(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ start, kind, message string }{
		"it says why":              {"error", "Unhandled", "no settings"},
		"it ends":                  {"exit", "Runtime.ExitError", "exit status 4"},
		"it asks for nothing ever": {"hang", "Sandbox.Timedout", "did not ask for an event"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRuntime(t, time.Minute, "RUNTIMESIM_START="+test.start)
			if test.start == "hang" {
				r.LimitInit(100 * time.Millisecond)
			}
			for range 2 {
				result := invoke(t, r, "hello")
				if result.FunctionError != test.kind || !strings.Contains(string(result.Payload), test.message) {
					t.Errorf("result %q %s, want %q that says %q", result.FunctionError, result.Payload, test.kind, test.message)
				}
			}
		})
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
