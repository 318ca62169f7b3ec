package resync_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"runtime/metrics"
	"strconv"
	"testing"
	"time"

	"portolan/internal/invocation"
	"portolan/internal/port"
	"portolan/internal/report"
	"portolan/internal/resync"
	"portolan/internal/simulator/awssim"
	"portolan/internal/simulator/portsim"
	"portolan/internal/state"
)

// servePerCell makes the test binary serve an estate of as many resources of each of the kinds
// in plenty in each region, instead of testing: the benchmarks measure the memory of
// this process, which must not be that of the simulators.
const servePerCell = "PORTOLAN_BENCHMARK_SERVE"

// addresses is where the other process serves.
type addresses struct{ AWS, Port string }

func serve(perCell string) {
	n, err := strconv.Atoi(perCell)
	if err != nil {
		panic(err)
	}
	aws, err := awssim.Start(benchmarkEstate(n, plenty), "", awssim.Options{RememberCalls: -1})
	if err != nil {
		panic(err)
	}
	url, _, err := portsim.New(portsim.Options{}).Listen("")
	if err != nil {
		panic(err)
	}
	if err := json.NewEncoder(os.Stdout).Encode(addresses{aws.URL(), url}); err != nil {
		panic(err)
	}
	_, _ = os.Stdin.Read(make([]byte, 1)) // until the benchmark closes it
}

// plenty is the kinds that AWS lists in large pages, without a call for each resource.
var plenty = []string{awssim.Instance, awssim.Volume, awssim.DBInstance, awssim.DBCluster}

// benchmarkEstate has eight accounts and four regions with n resources of each kind.
func benchmarkEstate(n int, types []string) awssim.Estate {
	e := estate()
	e.Accounts = e.Accounts[:1]
	for i := range 7 {
		member := awssim.Account{ID: fmt.Sprintf("3000000000%02d", i), Name: fmt.Sprintf("member-%d", i), Roles: e.Accounts[0].Roles}
		e.Accounts = append(e.Accounts, member)
	}
	for i := range e.Accounts {
		e.Accounts[i].Populations = nil
		for _, kind := range types {
			e.Accounts[i].Populations = append(e.Accounts[i].Populations, awssim.Population{Kind: kind, Regions: benchmarkRegions, Count: n})
		}
	}
	return e
}

var benchmarkRegions = []string{"eu-central-1", "eu-west-1", "us-east-1", "us-west-2"}

// watched runs once, and returns the most bytes that were alive.
func (w *world) watched(b *testing.B) (_ *report.Report, most uint64, err error) {
	done, sampled := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(sampled)
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
		for {
			select {
			case <-tick.C:
				metrics.Read(sample)
				most = max(most, sample[0].Value.Uint64())
			case <-done:
				return
			}
		}
	}()
	r, err := resync.Run(b.Context(), w.deps, invocation.Request{})
	close(done)
	<-sampled
	return r, most, err
}

// startElsewhere runs the simulators in a process of their own.
func startElsewhere(b *testing.B, perCell string) addresses {
	b.Helper()
	command := exec.Command(os.Args[0])
	command.Env = append(os.Environ(), servePerCell+"="+perCell)
	command.Stderr = os.Stderr
	in, err := command.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := command.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := command.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = in.Close()
		_ = command.Wait()
	})
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil {
		b.Fatal(err)
	}
	var at addresses
	if err := json.Unmarshal(line, &at); err != nil {
		b.Fatal(err)
	}
	return at
}

// BenchmarkUnchanged shows what a resync of 20,000 entities costs Port where
// nothing changed, and where one in a hundred did.
func BenchmarkUnchanged(b *testing.B) {
	const entities, perCell = 20_000, 105 // in 192 cells
	w := newWorldOf(b, defaultsOf(b, few), benchmarkEstate(perCell, few[:6]), func(d *resync.Deps) {
		d.State, d.SendExamples, d.Regions = state.NewMemory(), false, benchmarkRegions
	})
	if r := w.run(invocation.Request{}); r.Status != report.Completed || r.Total.Created < entities {
		b.Fatalf("%s: %s: %+v", r.Status, r.Reason, r.Total)
	}
	for b.Loop() {
		w.measure(b, 0, "unchanged")
		changed := 0
		for _, a := range w.aws.Accounts() {
			for _, region := range benchmarkRegions {
				for _, q := range w.aws.Resources(a.ID, awssim.Queue, region)[:7] {
					q.Attributes = map[string]any{"VisibilityTimeout": strconv.FormatInt(time.Now().UnixNano()%40_000, 10)}
					w.must(w.aws.Put(a.ID, q))
					changed++
				}
			}
		}
		w.measure(b, changed, "1%-changed")
	}
}

// measure runs once and reports the calls to Port by their purpose.
func (w *world) measure(b *testing.B, changed int, name string) {
	r := w.run(invocation.Request{})
	upserts, listing, others := 0, 0, 0
	for family, calls := range r.Port {
		switch family {
		case port.FamilyBulkUpsert, port.FamilySingleUpsert:
			upserts += calls.Calls
		case port.FamilyEntities: // nothing else is asked of them here
			listing += calls.Calls
		default:
			others += calls.Calls
		}
	}
	if r.Status != report.Completed || r.Total.Updated != changed || r.Total.Created != 0 || (upserts == 0) != (changed == 0) || others > 10 {
		b.Fatalf("%s: %s: %+v, Port calls %+v", r.Status, r.Reason, r.Total, r.Port)
	}
	b.ReportMetric(float64(r.Total.Fetched), "entities")
	b.ReportMetric(float64(r.Total.Updated), "written/"+name)
	b.ReportMetric(float64(upserts), "upserts/"+name)
	b.ReportMetric(float64(listing), "ownership-pages/"+name)
	b.ReportMetric(float64(others), "other-port-calls/"+name+"(goal≤10)")
	b.ReportMetric(r.Seconds, "s/"+name)
}
