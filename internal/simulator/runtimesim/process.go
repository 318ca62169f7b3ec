package runtimesim

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"time"
)

const (
	functionName = "portolan"
	functionARN  = "arn:aws:lambda:eu-west-1:111122223333:function:" + functionName
)

// process is a running bootstrap and the API that it alone talks to: what a killed
// one still had under way cannot reach its successor.
type process struct {
	command *exec.Cmd
	started time.Time
	exited  chan struct{}
	server  *http.Server
	served  chan struct{}
	polls   chan chan<- *invocation // each request for an event, as it comes
	unshare func()                  // lets it use the whole processor again

	mu        sync.Mutex
	current   *invocation
	initError *Result // what the process said of its failed start
}

// invocation is an event under way.
type invocation struct {
	id       string
	payload  []byte
	deadline time.Time
	done     chan Result // has room for the one result
}

// start starts the bootstrap and its API.
func start(o Options) (*process, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for the function: %w", err)
	}
	p := &process{
		command: command(o, listener.Addr().String()), started: time.Now(), exited: make(chan struct{}),
		served: make(chan struct{}), polls: make(chan chan<- *invocation),
	}
	p.server = &http.Server{Handler: p.api(), ReadHeaderTimeout: 10 * time.Second}
	if err := p.command.Start(); err != nil {
		_ = listener.Close()
		return nil, fmt.Errorf("start the function: %w", err)
	}
	p.unshare = func() {}
	if o.CPUs > 0 {
		end, err := share(p.command.Process.Pid, o.CPUs)
		if err != nil {
			_ = p.command.Process.Kill()
			_ = p.command.Wait()
			_ = listener.Close()
			return nil, err
		}
		p.unshare = sync.OnceFunc(end)
	}
	go func() {
		defer close(p.served)
		_ = p.server.Serve(listener) // ends when the server is closed
	}()
	go func() {
		defer close(p.exited)
		_ = p.command.Wait() // how it ended is in ProcessState
	}()
	return p, nil
}

// command is the bootstrap with the environment that Lambda sets:
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
func command(o Options, api string) *exec.Cmd {
	c := exec.Command(o.Binary)
	c.Dir = filepath.Dir(o.Binary)
	c.Env = append([]string{
		"PATH=" + os.Getenv("PATH"), "TZ=:UTC", "LANG=en_US.UTF-8",
		"_HANDLER=bootstrap", "LAMBDA_TASK_ROOT=" + c.Dir,
		"AWS_EXECUTION_ENV=AWS_Lambda_provided.al2023",
		"AWS_LAMBDA_RUNTIME_API=" + api,
		"AWS_LAMBDA_FUNCTION_NAME=" + functionName, "AWS_LAMBDA_FUNCTION_VERSION=$LATEST",
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE=" + strconv.Itoa(o.MemoryMB),
		"AWS_LAMBDA_INITIALIZATION_TYPE=on-demand",
		"AWS_LAMBDA_LOG_GROUP_NAME=/aws/lambda/" + functionName, "AWS_LAMBDA_LOG_STREAM_NAME=2026/01/05/[$LATEST]1",
	}, o.Env...)
	c.Stdout, c.Stderr = o.Stdout, o.Stdout
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	// A child that the function leaves behind holds its output open.
	c.WaitDelay = time.Second
	return c
}

// kill ends the process, all that it started, and the API.
func (p *process) kill() {
	p.unshare()
	_ = syscall.Kill(-p.command.Process.Pid, syscall.SIGKILL)
	<-p.exited
	_ = p.server.Close()
	<-p.served
}

// ending is the result of an event if the process ended without an answer.
func (p *process) ending() Result {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.initError != nil {
		return *p.initError
	}
	return failure("Runtime.ExitError", "Error: Runtime exited: "+p.command.ProcessState.String())
}

func (p *process) setCurrent(in *invocation) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.current = in
}

// take returns the event under way if the identifier is its own.
func (p *process) take(id string) *invocation {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.current == nil || p.current.id != id {
		return nil
	}
	return p.current
}
