package runtimesim

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"sync"
	"time"

	"github.com/google/uuid"
)

// MaxResponse is the largest answer of a synchronous invocation, in bytes:
// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
const MaxResponse = 6 << 20

// Options say what runs, and how.
type Options struct {
	// Binary is the path of the bootstrap.
	Binary string
	// Env is the function's environment, KEY=value; the runtime's own variables are
	// added.
	Env []string
	// Timeout is the function's; 0 means 15 minutes, the longest that Lambda has.
	Timeout time.Duration
	// MemoryMB is what the function is told; 0 means 128.
	MemoryMB int
	// Stdout takes what the process prints on both of its outputs; nil drops it.
	Stdout io.Writer
}

// Result is what came of an event.
type Result struct {
	// Payload is the answer, or the error as Lambda shows it.
	Payload []byte
	// FunctionError is "" for an answer, else the type of the error: that of the
	// function, or Sandbox.Timedout, Runtime.ExitError, Function.ResponseSizeTooLarge.
	FunctionError string
	// Init is the time to start, 0 if the process was there already.
	Init time.Duration
	// Duration is the time from the event to its answer.
	Duration  time.Duration
	RequestID string
}

// Runtime runs one function, one event at a time.
type Runtime struct {
	options  Options
	listener net.Listener
	server   *http.Server
	served   chan struct{}
	polls    chan chan *invocation // each request for an event, as it comes

	turn    sync.Mutex // one event at a time
	process *process   // nil if none is running

	mu      sync.Mutex
	current *invocation
}

// invocation is an event under way.
type invocation struct {
	id       string
	payload  []byte
	deadline time.Time
	done     chan Result // has room for the one result
}

// New makes a runtime that listens for its function; it starts the process with
// the first event.
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
	if _, err := exec.LookPath(o.Binary); err != nil {
		return nil, fmt.Errorf("the function cannot be started: %w", err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for the function: %w", err)
	}
	r := &Runtime{options: o, listener: listener, served: make(chan struct{}), polls: make(chan chan *invocation)}
	r.server = &http.Server{Handler: r.api(), ReadHeaderTimeout: 10 * time.Second}
	go func() {
		defer close(r.served)
		_ = r.server.Serve(listener)
	}()
	return r, nil
}

// Close ends the process and the API.
func (r *Runtime) Close() error {
	r.turn.Lock()
	defer r.turn.Unlock()
	r.kill()
	err := r.server.Close()
	<-r.served
	return err
}

// Invoke hands an event to the function and waits for what comes of it. A failure
// of the function is a Result with a FunctionError; the error is not nil only if
// the process could not be started or ctx ended.
func (r *Runtime) Invoke(ctx context.Context, payload []byte) (Result, error) {
	r.turn.Lock()
	defer r.turn.Unlock()
	cold := r.process == nil
	if cold {
		if err := r.start(); err != nil {
			return Result{}, err
		}
	}
	var init time.Duration
	select {
	case poll := <-r.polls:
		if cold {
			init = time.Since(r.process.started)
		}
		result, err := r.deliver(ctx, poll, payload)
		result.Init = init
		return result, err
	case <-r.process.exited:
		return r.exited(), nil
	case <-ctx.Done():
		r.kill()
		return Result{}, ctx.Err()
	}
}

// deliver hands the event to the process that asked for one.
func (r *Runtime) deliver(ctx context.Context, poll chan<- *invocation, payload []byte) (Result, error) {
	began := time.Now()
	in := &invocation{id: uuid.NewString(), payload: payload, deadline: began.Add(r.options.Timeout), done: make(chan Result, 1)}
	r.setCurrent(in)
	defer r.setCurrent(nil)
	timer := time.NewTimer(r.options.Timeout)
	defer timer.Stop()
	poll <- in
	var result Result
	select {
	case result = <-in.done:
	case <-r.process.exited:
		result = r.exited()
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

func (r *Runtime) setCurrent(in *invocation) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.current = in
}

// take gives the event under way if the identifier is its own.
func (r *Runtime) take(id string) *invocation {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.current == nil || r.current.id != id {
		return nil
	}
	return r.current
}

// failure is a result in the form in which Lambda shows errors.
func failure(kind, message string) Result {
	payload, err := json.Marshal(map[string]string{"errorType": kind, "errorMessage": message})
	if err != nil {
		panic(err) // two texts always have a JSON form
	}
	return Result{FunctionError: kind, Payload: payload}
}
