package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"portolan/internal/settings"
)

// TestSettingsOfTheChart loads the environment of the chart's Deployment, which keeps
// running.
func TestSettingsOfTheChart(t *testing.T) {
	t.Parallel()
	for name, command := range documented(t) {
		if !strings.HasPrefix(name, "Helm") {
			continue
		}
		got, err := settings.Load(environment(t, command, variants[name], false))
		if err != nil || got.Schedule.Listener != "POLLING" || got.Schedule.Interval != 24*time.Hour || len(got.Warnings) > 0 {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

// TestGuideStays runs the container of each of the chart's Deployments, and of its
// workloads that keep running by default: it becomes ready, writes everything to Port, and
// ends in an orderly way when it is told to.
func TestGuideStays(t *testing.T) {
	t.Parallel()
	c := guideContainer(t)
	for name, command := range documented(t) {
		if !strings.HasPrefix(name, "Helm") {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stays(t, c, environment(t, command, variants[name], false), variants[name], true)
		})
	}
	for _, workload := range []string{"Deployment", "StatefulSet"} {
		t.Run("default values, "+workload, func(t *testing.T) {
			t.Parallel()
			said := stays(t, c, bareOf(t, workload), variants["Helm, IAM user"], true)
			if strings.Count(said, "POLLING takes the place of the listener that is set") != 1 || strings.Contains(said, "level=WARN") {
				t.Errorf("it says\n%s", said)
			}
		})
	}
	t.Run("nobody probes", func(t *testing.T) {
		t.Parallel()
		stays(t, c, bareOf(t, "Deployment"), variants["Helm, IAM user"], false)
	})
}

// stays runs a container that stays, until all is in Port, and returns what it says.
func stays(t *testing.T, c *container, environ []string, v variant, probes bool) string {
	t.Helper()
	port, where := simulated(t, v.externalID)
	environ = slices.DeleteFunc(environ, func(pair string) bool { return strings.HasPrefix(pair, "OCEAN__PORT__BASE_URL=") })
	probed := 0
	if probes {
		probed = freePort(t)
	}
	process := c.command(append(append(environ, where...), "APPLICATION__PORT="+strconv.Itoa(probed)))
	var said bytes.Buffer
	process.Stdout, process.Stderr = &said, &said
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	identifier := "my-aws-v3"
	for _, pair := range environ {
		if value, ok := strings.CutPrefix(pair, "OCEAN__INTEGRATION__IDENTIFIER="); ok {
			identifier = value
		}
	}
	reached := until(t, func() bool {
		in, _ := port.Integration(identifier)
		return in.State.Status == "completed" && (!probes || probe(probed, "ready") == 200 && probe(probed, "live") == 200 &&
			strings.Contains(measured(probed), "\nportolan_runs_total{status=\"completed\"} 1\n"))
	})
	if err := process.Process.Signal(syscall.SIGTERM); err != nil {
		t.Error(err)
	}
	err := process.Wait()
	var exit *exec.ExitError
	if errors.As(err, &exit) || !reached {
		t.Fatalf("it ends with %v and says\n%s", err, said.String())
	}
	checkAccounts(t, port, v.accounts)
	return said.String()
}

func freePort(t *testing.T) int {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().(*net.TCPAddr).Port
}

// probe returns the status of a probe, 0 if there is no answer.
func probe(port int, check string) int {
	answer, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d/health/%s", port, check))
	if err != nil {
		return 0
	}
	_ = answer.Body.Close()
	return answer.StatusCode
}

// measured returns what Prometheus reads, "" if there is no answer.
func measured(port int) string {
	answer, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d/metrics", port))
	if err != nil {
		return ""
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		return ""
	}
	return string(text)
}

// until asks until something holds, and says whether it ever did.
func until(t *testing.T, holds func() bool) bool {
	t.Helper()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	over := time.After(2 * time.Minute)
	for !holds() {
		select {
		case <-tick.C:
		case <-over:
			return false
		}
	}
	return true
}
