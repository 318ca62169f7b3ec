package runtimesim

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"sync"
	"time"

	"github.com/google/uuid"
)

// MaxResponse is the largest answer of a synchronous invocation, in bytes: the
// 6 MB of https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
// and the 100 bytes that Lambda allows on top, as its own refusal says.
const MaxResponse = 6<<20 + 100

// maxInit is how long Lambda lets a function start before it starts it once more,
// then on the time of the event:
// https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
const maxInit = 10 * time.Second

// Options say what runs, and how.
type Options struct {
	// Binary is the path of the bootstrap.
	Binary string
	// Env is the function's environment, KEY=value; the runtime's own variables are
	// added.
	Env []string
	// Timeout is the function's; 0 means 15 minutes, the longest that Lambda has.
	Timeout time.Duration
	// MemoryMB is the memory size in the function's environment; 0 means 128.
	MemoryMB int
	// CPUs is how much of one processor the function gets, all that there is if 0.
	// Lambda returns MemoryMB / 1769; see [CPUsOf]. It works on Linux only.
	CPUs float64
	// Stdout takes what the process prints on both of its outputs; nil drops it.
	Stdout io.Writer
}

// CPUsOf returns how many processors Lambda provides to a function with this memory:
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
func CPUsOf(memoryMB int) float64 { return float64(memoryMB) / 1769 }

// Result is what came of an event.
type Result struct {
	// Payload is the answer, or the error as Lambda shows it.
	Payload []byte
	// FunctionError is "" for an answer, otherwise the type of the error: that of the
	// function, or Sandbox.Timedout, Runtime.ExitError, Function.ResponseSizeTooLarge.
	FunctionError string
	// Init is the time to start, 0 if the process was there already.
	Init time.Duration
	// Duration is the time from the event to its answer.
	Duration time.Duration
	// RequestID is the event's, "" if the process never asked for it.
	RequestID string
}

// Runtime runs one function, one event at a time. It is safe for concurrent use:
// events wait for their turn.
type Runtime struct {
	options   Options
	initLimit time.Duration

	turn    sync.Mutex
	process *process // nil if none is running
}

// New makes a runtime for a bootstrap that is there; it starts the process with the
// first event.
func New(o Options) (*Runtime, error) {
	if o.Timeout <= 0 {
		o.Timeout = 15 * time.Minute
	}
	if o.MemoryMB <= 0 {
		o.MemoryMB = 128
	}
	if o.Stdout == nil {
		o.Stdout = io.Discard
	}
	binary, err := exec.LookPath(o.Binary)
	if err == nil {
		o.Binary, err = filepath.Abs(binary)
	}
	if err != nil {
		return nil, fmt.Errorf("the function cannot be started: %w", err)
	}
	return &Runtime{options: o, initLimit: maxInit + o.Timeout}, nil
}

// Close ends the process. A later event starts it again.
func (r *Runtime) Close() error {
	r.turn.Lock()
	defer r.turn.Unlock()
	r.kill()
	return nil
}

// Invoke hands an event to the function and waits for the result. If the function
// fails, the Result has a FunctionError; the error is not nil only if
// the process could not be started or ctx ended.
func (r *Runtime) Invoke(ctx context.Context, payload []byte) (Result, error) {
	r.turn.Lock()
	defer r.turn.Unlock()
	cold := r.process == nil
	poll, ended, err := r.await(ctx)
	if !cold && poll == nil && err == nil {
		// It ended after its last answer, so this event is tried with a new process.
		cold = true
		poll, ended, err = r.await(ctx)
	}
	if poll == nil {
		return ended, err
	}
	var init time.Duration
	if cold {
		init = time.Since(r.process.started)
	}
	result, err := r.deliver(ctx, poll, payload)
	result.Init = init
	return result, err
}

// await waits until the process asks for an event; it starts one if none is
// running. If poll is nil, the process has ended and the result says how, or the error
// says why the wait ended.
func (r *Runtime) await(ctx context.Context) (poll chan<- *invocation, ended Result, err error) {
	if r.process == nil {
		if r.process, err = start(r.options); err != nil {
			return nil, Result{}, err
		}
	}
	timer := time.NewTimer(r.initLimit)
	defer timer.Stop()
	select {
	case poll = <-r.process.polls:
		select {
		case <-r.process.exited: // it asked, and ended since
			ended, poll = r.process.ending(), nil
		default:
			return poll, Result{}, nil
		}
	case <-r.process.exited:
		ended = r.process.ending()
	case <-timer.C:
		ended = failure("Sandbox.Timedout", fmt.Sprintf("Error: The function did not ask for an event within %.2f seconds", r.initLimit.Seconds()))
	case <-ctx.Done():
		err = ctx.Err()
	}
	r.kill()
	return nil, ended, err
}

// deliver hands the event to the process that asked for one.
func (r *Runtime) deliver(ctx context.Context, poll chan<- *invocation, payload []byte) (Result, error) {
	began := time.Now()
	in := &invocation{id: uuid.NewString(), payload: payload, deadline: began.Add(r.options.Timeout), done: make(chan Result, 1)}
	r.process.setCurrent(in)
	defer r.process.setCurrent(nil)
	timer := time.NewTimer(r.options.Timeout)
	defer timer.Stop()
	poll <- in
	var result Result
	select {
	case result = <-in.done:
	case <-r.process.exited:
		result = r.process.ending()
		select {
		case result = <-in.done: // it answered, and ended at once
		default:
		}
		r.kill()
	case <-timer.C:
		r.kill()
		result = failure("Sandbox.Timedout", fmt.Sprintf("RequestId: %s Error: Task timed out after %.2f seconds", in.id, r.options.Timeout.Seconds()))
	case <-ctx.Done():
		r.kill()
		return Result{}, ctx.Err()
	}
	result.RequestID, result.Duration = in.id, time.Since(began)
	return result, nil
}

// kill ends the process, if there is one.
func (r *Runtime) kill() {
	if r.process != nil {
		r.process.kill()
		r.process = nil
	}
}

// failure is a result in the form in which Lambda shows errors.
func failure(kind, message string) Result {
	payload, err := json.Marshal(map[string]string{"errorType": kind, "errorMessage": message})
	if err != nil {
		panic(err) // two texts always have a JSON form
	}
	return Result{FunctionError: kind, Payload: payload}
}
