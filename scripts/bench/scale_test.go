//go:build bench

package main

import (
	"fmt"

	"context"
	"log/slog"
	"math"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/smithy-go/middleware"

	"portolan/internal/aws/account"
	"portolan/internal/aws/call"
	"portolan/internal/aws/kinds"
	"portolan/internal/invocation"
	"portolan/internal/port"
	"portolan/internal/port/defaults"
	"portolan/internal/report"
	"portolan/internal/resync"
	"portolan/internal/secret"
	"portolan/internal/simulator/awssim"
	"portolan/internal/simulator/portsim"
	"portolan/internal/simulator/runtimesim"
	"portolan/internal/simulator/wire"
	"portolan/internal/state"
)

// world is simulated AWS and Port as a run meets them, in synctest's time.
type world struct {
	server  *awssim.Server
	aws     *handled
	port    *handled
	catalog *portsim.Server
	deps    resync.Deps
}

// now is when the run takes place; synctest's clock begins in the year 2000.
var now = time.Date(2026, time.January, 5, 6, 0, 0, 0, time.UTC)

func newWorld(t *testing.T, members int, limited bool) *world {
	t.Helper()
	e, roleARN := estate(members)
	return newWorldOf(t, e, roleARN, limited)
}

func newWorldOf(t *testing.T, e awssim.Estate, roleARN string, limited bool) *world {
	t.Helper()
	time.Sleep(time.Until(now))
	options := awssim.Options{RememberCalls: 5_000_000}
	ports := portsim.Options{}
	if limited {
		options.Limits, ports.Limits = awssim.DocumentedLimits(), portsim.DocumentedLimits()
	}
	w := &world{catalog: portsim.New(ports)}
	var err error
	if w.server, err = awssim.New(e, options); err != nil {
		t.Fatal(err)
	}
	latency := func(base, jitter int) func() time.Duration {
		return func() time.Duration {
			return time.Duration(base)*time.Millisecond + time.Duration(chance.next(jitter*1000))*time.Microsecond
		}
	}
	w.aws, w.port = &handled{Handler: w.server}, &handled{Handler: w.catalog}
	toAWS, toPort := wire.Wire{Handler: w.aws, Latency: latency(30, 50)}, wire.Wire{Handler: w.port, Latency: latency(100, 0)}
	client, err := port.New(port.Options{
		BaseURL: "http://127.0.0.1:1", Type: "aws-v3", Identifier: "bench",
		Credentials: func(context.Context) (string, string, error) { return "client", "secret", nil },
		Defaults:    defaults.Native(), Initialize: true, HTTP: &http.Client{Transport: toPort},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	w.deps = resync.Deps{
		Port: client, Kinds: kinds.All, Log: slog.New(slog.DiscardHandler), State: state.NewMemory(),
		Settings: resync.Settings{
			Integration: "bench", BulkTags: true, SendExamples: true, Coverage: true, History: 30 * 24 * time.Hour, Interval: 6 * time.Hour,
		},
		Directory: func(_ context.Context, _ string, apiOptions func(*middleware.Stack) error) (resync.Directory, error) {
			base := aws.Config{
				Region: "us-east-1", BaseEndpoint: aws.String("http://127.0.0.1:1"), APIOptions: []func(*middleware.Stack) error{apiOptions},
				Credentials: credentials.NewStaticCredentialsProvider(awssim.BaseAccessKeyID, awssim.BaseSecretAccessKey, ""),
				HTTPClient:  &http.Client{Transport: w.server.Transport(toAWS)},
			}
			return account.New(base, account.Options{RoleARN: roleARN, ExternalID: secret.Text(externalID), SessionName: "bench"}), nil
		},
	}
	if limited {
		w.deps.Rates = kinds.Rates
	} else {
		const none = math.MaxInt32
		w.deps.Limits = resync.Limits{
			Limits: call.Limits{Calls: none, AccountCalls: none, ServiceCalls: none, Shared: none}, Entering: none, Cells: 10_000, Documents: none, Uploads: 10_000,
		}
	}
	return w
}

// run is a run, and what it took of time and processor.
type run struct {
	report *report.Report
	wall   time.Duration
	work   time.Duration // without the simulators
}

func (w *world) run(t *testing.T) run {
	t.Helper()
	simulated, used, began := w.aws.taken()+w.port.taken(), processTime(), time.Now()
	r, err := resync.Run(t.Context(), w.deps, invocation.Request{})
	if err != nil || r.Status != report.Completed {
		t.Fatalf("the run ended %s (%s): %v %+v %+v", r.Status, r.Reason, err, r.Gaps, r.Entities)
	}
	return run{r, time.Since(began), processTime() - used - (w.aws.taken() + w.port.taken() - simulated)}
}

// bound is the shortest time that any program could take for the run: the longest of what
// AWS allows, what Port allows, and the calls that depend on each other.
type bound struct{ allowed, port, path time.Duration }

func (b bound) least() time.Duration { return max(b.allowed, b.port, b.path) }

// TestScale prints the time of a run that waits only for the simulators, beside the
// shortest possible time. The time is synctest's: it advances only while everything
// waits, and so does not depend on the machine.
func TestScale(t *testing.T) {
	for _, members := range []int{10, 100} {
		t.Run(fmt.Sprintf("%d-accounts", members), func(t *testing.T) {
			var paths [2]time.Duration // of the first run and the next one
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, members, false)
				paths[0], paths[1] = w.run(t).wall, w.run(t).wall
			})
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, members, true)
				for i, name := range []string{"first", "unchanged"} {
					w.server.ForgetCalls()
					r := w.run(t)
					b := bound{port: portTime(r.report), path: paths[i]}
					b.allowed, _ = allowedTime(w.server.Calls())
					show(fmt.Sprintf("Scale/%d-accounts/%s", members, name), r, b)
				}
			})
		})
	}
}

// usualMB is the memory of the function, unless somebody sets it.
const usualMB = 1024

// show prints a run in the format of Go's benchmarks. The second ratio includes CPU time,
// which the simulated clock does not count: at the function's share, neither the run nor
// the shortest possible time can be less than that.
func show(name string, r run, b bound) {
	calls, throttled := 0, 0
	for _, c := range r.report.AWS {
		calls, throttled = calls+c.Calls, throttled+c.Throttled
	}
	shared := time.Duration(float64(r.work) / runtimesim.CPUsOf(usualMB))
	fmt.Printf("\nBenchmark%s 1 %.2f wall/bound %.2f wall/bound@1024MB %.1f simulated-s %.1f bound-s %.1f allowed-s %.1f port-s %.1f path-s %.1f cpu-s %d resources %d aws-calls %d throttled\n",
		name, r.wall.Seconds()/b.least().Seconds(), max(r.wall, shared).Seconds()/max(b.least(), shared).Seconds(), r.wall.Seconds(), b.least().Seconds(), b.allowed.Seconds(), b.port.Seconds(),
		b.path.Seconds(), r.work.Seconds(), r.report.Total.Fetched, calls, throttled)
}
