package runtimesim

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

const (
	functionName = "portolan"
	functionARN  = "arn:aws:lambda:eu-west-1:111122223333:function:" + functionName
)

// process is a running bootstrap.
type process struct {
	command *exec.Cmd
	started time.Time
	exited  chan struct{}
}

// start starts the bootstrap with the environment that Lambda gives:
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
func (r *Runtime) start() error {
	command := exec.Command(r.options.Binary)
	command.Dir = filepath.Dir(r.options.Binary)
	command.Env = append([]string{
		"PATH=" + os.Getenv("PATH"), "TZ=:UTC", "LANG=en_US.UTF-8",
		"_HANDLER=bootstrap", "LAMBDA_TASK_ROOT=" + command.Dir,
		"AWS_EXECUTION_ENV=AWS_Lambda_provided.al2023",
		"AWS_LAMBDA_RUNTIME_API=" + r.listener.Addr().String(),
		"AWS_LAMBDA_FUNCTION_NAME=" + functionName, "AWS_LAMBDA_FUNCTION_VERSION=$LATEST",
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE=" + strconv.Itoa(r.options.MemoryMB),
		"AWS_LAMBDA_INITIALIZATION_TYPE=on-demand",
		"AWS_LAMBDA_LOG_GROUP_NAME=/aws/lambda/" + functionName, "AWS_LAMBDA_LOG_STREAM_NAME=2026/01/05/[$LATEST]1",
	}, r.options.Env...)
	command.Stdout, command.Stderr = r.options.Stdout, r.options.Stdout
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	p := &process{command: command, started: time.Now(), exited: make(chan struct{})}
	if err := command.Start(); err != nil {
		return fmt.Errorf("start the function: %w", err)
	}
	go func() {
		defer close(p.exited)
		_ = command.Wait() // how it ended is in ProcessState
	}()
	r.process = p
	return nil
}

// kill ends the process and all that it started.
func (r *Runtime) kill() {
	if r.process == nil {
		return
	}
	_ = syscall.Kill(-r.process.command.Process.Pid, syscall.SIGKILL)
	<-r.process.exited
	r.process = nil
}

// exited is the result of an event whose process ended before it answered.
func (r *Runtime) exited() Result {
	state := r.process.command.ProcessState
	r.process = nil
	return failure("Runtime.ExitError", "Error: Runtime exited: "+state.String())
}
