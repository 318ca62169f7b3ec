//go:build unix

package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"portolan/internal/simulator/awssim"
	"portolan/internal/simulator/portsim"
)

// process is the command line under way.
type process struct {
	t    *testing.T
	cmd  *exec.Cmd
	out  output
	done chan error
}

// output is what a process has written so far.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(text []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(text)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// launch starts the program as a container does.
func launch(t *testing.T, env []string, args ...string) *process {
	t.Helper()
	return launchIn(t, "", append([]string{"HOME=" + t.TempDir()}, env...), args...)
}

// launchIn is launch in a folder.
func launchIn(t *testing.T, folder string, env []string, args ...string) *process {
	t.Helper()
	p := &process{t: t, cmd: exec.CommandContext(t.Context(), os.Args[0], args...), done: make(chan error, 1)}
	p.cmd.Dir, p.cmd.Env = folder, append([]string{actAsCommand + "=1"}, env...)
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.out
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { p.done <- p.cmd.Wait() }()
	return p
}

func (p *process) signal(s syscall.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		p.t.Fatal(err)
	}
}

// ends waits for the end and returns the exit code, -1 if a signal ended the process.
func (p *process) ends(within time.Duration) int {
	p.t.Helper()
	select {
	case err := <-p.done:
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			return exit.ExitCode()
		}
		if err != nil {
			p.t.Fatal(err)
		}
		return 0
	case <-time.After(within):
		p.t.Fatalf("the process has not ended after %s:\n%s", within, &p.out)
		return 0
	}
}

// until waits for something to become true.
func (p *process) until(what string, is func() bool) {
	p.t.Helper()
	const within = 30 * time.Second
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(within); !is(); <-tick.C {
		if time.Now().After(end) {
			p.t.Fatalf("not after %s: %s\n%s", within, what, &p.out)
		}
	}
}

// states returns what Port was told of resyncs, "running completed".
func states(port *portsim.Server) string {
	in, _ := port.Integration("test")
	var told []string
	for _, state := range in.History {
		told = append(told, state.Status)
	}
	return strings.Join(told, " ")
}

func polling(env []string, more ...string) []string {
	return append(append(env, `OCEAN__EVENT_LISTENER={"type":"POLLING","interval":1}`), more...)
}

func leaseOf(t *testing.T, folder string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(folder, "lease.json"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestPolling lives through a short life of a process that stays: a resync at the
// start, one for the button, one for the mapping, and the end while it is idle.
func TestPolling(t *testing.T) {
	t.Parallel()
	_, port, env := simulated(t)
	folder := t.TempDir()
	p := launch(t, polling(env, "OCEAN__SCHEDULED_RESYNC_INTERVAL=720", "PORTOLAN_STATE="+folder), "run")
	want := "running completed"
	p.until("a resync at the start", func() bool { return states(port) == want })
	in, _ := port.Integration("test")
	if in.State.IntervalMinutes != 720 || in.State.NextResync == "" {
		t.Errorf("Port was told %+v", in.State)
	}
	if err := port.RequestResync("test"); err != nil {
		t.Fatal(err)
	}
	want += " running completed"
	p.until("a resync for the button", func() bool { return states(port) == want })
	if err := port.SetConfig("test", in.Config); err != nil {
		t.Fatal(err)
	}
	want += " running completed"
	p.until("a resync for the mapping", func() bool { return states(port) == want })

	polls := func() int { return port.Calls()["GET /v1/integration/{integration}/resync-request"] }
	seen := polls()
	p.until("two more polls", func() bool { return polls() >= seen+2 })
	if got := states(port); got != want {
		t.Errorf("Port was told %s", got)
	}
	p.signal(syscall.SIGTERM)
	if code := p.ends(10 * time.Second); code != exitDone {
		t.Errorf("exit code %d\n%s", code, &p.out)
	}
	if lease := leaseOf(t, folder); !strings.Contains(lease, `"released":true`) {
		t.Errorf("the lease is %s", lease)
	}
	for _, line := range []string{"listening", "Port asks for a resync", "told to stop", "stopped"} {
		if !strings.Contains(p.out.String(), "msg="+line) && !strings.Contains(p.out.String(), `msg="`+line+`"`) {
			t.Errorf("the log lacks %q", line)
		}
	}
}

// TestPollingToldToStop ends a process in the middle of a run, while AWS does not answer.
func TestPollingToldToStop(t *testing.T) {
	t.Parallel()
	aws, port, env := simulated(t)
	folder := t.TempDir()
	aws.Inject(awssim.Fault{Service: "sqs", Times: -1, Effect: awssim.Hang})
	p := launch(t, polling(env, "PORTOLAN_STATE="+folder), "run")
	p.until("a run that waits for AWS", func() bool { return states(port) == "running" && strings.Contains(p.out.String(), "account entered") })
	p.signal(syscall.SIGTERM)
	if code := p.ends(10 * time.Second); code != exitDone {
		t.Errorf("exit code %d\n%s", code, &p.out)
	}
	if got := states(port); got != "running aborted" {
		t.Errorf("Port was told %s\n%s", got, &p.out)
	}
	in, _ := port.Integration("test")
	for _, k := range in.Syncs[0].Kinds {
		if k.State != "aborted" {
			t.Errorf("%s is %s", k.Identifier, k.State)
		}
	}
	if lease := leaseOf(t, folder); !strings.Contains(lease, `"released":true`) {
		t.Errorf("the lease is %s", lease)
	}
}

// TestPollingToldTwice sends a second signal to a process that cannot tell Port that the
// run ended: it ends at once.
func TestPollingToldTwice(t *testing.T) {
	t.Parallel()
	_, port, env := simulated(t)
	p := launch(t, polling(env, "OCEAN__EVENT_LISTENER__RESYNC_ON_START=true"), "run")
	port.Inject(portsim.Fault{Method: "PATCH", Route: "/v1/integration/{integration}/resync-state", After: 1, Times: -1, Delay: time.Minute})
	p.until("the end of a run that Port is not told about", func() bool { return strings.Contains(p.out.String(), "kind read") })
	p.signal(syscall.SIGTERM)
	p.until("the first signal", func() bool { return strings.Contains(p.out.String(), "told to stop") })
	p.until("the end, by one more signal", func() bool {
		_ = p.cmd.Process.Signal(syscall.SIGTERM) // fails once it has ended
		return len(p.done) == 1
	})
	if code := p.ends(time.Second); code != -1 {
		t.Errorf("exit code %d\n%s", code, &p.out)
	}
}

// TestRun has the other listener, and what is wrong with a listener.
func TestRun(t *testing.T) {
	t.Parallel()
	_, port, env := simulated(t)
	p := launch(t, append(env, `OCEAN__EVENT_LISTENER={"type":"ONCE"}`), "run", "--output", "json")
	if code := p.ends(time.Minute); code != exitDone || states(port) != "running completed" || !strings.Contains(p.out.String(), `"status": "completed"`) {
		t.Errorf("exit code %d, %s\n%s", code, states(port), &p.out)
	}
	p = launch(t, env, "poll")
	if code := p.ends(time.Minute); code != exitDone || !strings.Contains(p.out.String(), "has been answered") {
		t.Errorf("exit code %d\n%s", code, &p.out)
	}
	p = launch(t, env, "run", "--kinds", "AWS::SQS::Queue") // POLLING, as in Ocean
	if code := p.ends(time.Minute); code != exitUsage || !strings.Contains(p.out.String(), "--kinds is for one run") {
		t.Errorf("exit code %d\n%s", code, &p.out)
	}
	p = launch(t, append(env, `OCEAN__EVENT_LISTENER={"type":"WEBHOOKS_ONLY"}`), "run")
	if code := p.ends(time.Minute); code != exitUsage || !strings.Contains(p.out.String(), `holds "WEBHOOKS_ONLY"; it should hold ONCE or POLLING`) {
		t.Errorf("exit code %d\n%s", code, &p.out)
	}
	p = launch(t, append(env, `OCEAN__EVENT_LISTENER={"type":"KAFKA","brokers":"b:9196"}`, "APPLICATION__PORT=0", "OCEAN__EVENT_LISTENER__RESYNC_ON_START=false"), "run")
	p.until("what it does instead", func() bool { return strings.Contains(p.out.String(), "msg=listening") })
	p.signal(syscall.SIGTERM)
	if code := p.ends(time.Minute); code != exitDone || strings.Count(p.out.String(), "POLLING takes the place of the listener that is set") != 1 ||
		strings.Count(p.out.String(), "brokers is ignored") != 1 {
		t.Errorf("exit code %d\n%s", code, &p.out)
	}
}
