//go:build bench

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"portolan/internal/report"
	"portolan/internal/simulator/awssim"
	"portolan/internal/simulator/portsim"
	"portolan/internal/simulator/runtimesim"
)

// surroundings are the simulators of an estate, and the function's state.
type surroundings struct{ aws, port, roleARN, state string }

func simulated(b *testing.B, e awssim.Estate, roleARN string, aws awssim.Options, port portsim.Options) surroundings {
	b.Helper()
	aws.RememberCalls = -1
	server, err := awssim.Start(e, "", aws)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = server.Close() })
	url, stop, err := portsim.New(port).Listen("")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = stop() })
	return surroundings{aws: server.URL(), port: url, roleARN: roleARN, state: b.TempDir()}
}

// function starts the real function, as make bench builds it. It has the processor share of
// its memory size, or the whole processor.
func (s surroundings) function(b *testing.B, memoryMB int, shared bool) *runtimesim.Runtime {
	b.Helper()
	binary, err := filepath.Abs("../../build/bench/bootstrap")
	if err != nil {
		b.Fatal(err)
	}
	if _, err := os.Stat(binary); err != nil {
		b.Fatalf("%v: make bench builds it", err)
	}
	options := runtimesim.Options{Binary: binary, MemoryMB: memoryMB, Stdout: io.Discard, Env: []string{
		"AWS_REGION=us-east-1", "AWS_ENDPOINT_URL=" + s.aws, "AWS_ACCESS_KEY_ID=" + awssim.BaseAccessKeyID,
		"AWS_SECRET_ACCESS_KEY=" + awssim.BaseSecretAccessKey, "OCEAN__PORT__BASE_URL=" + s.port,
		"OCEAN__PORT__CLIENT_ID=client", "OCEAN__PORT__CLIENT_SECRET=secret", "OCEAN__INTEGRATION__IDENTIFIER=bench",
		"OCEAN__INTEGRATION__CONFIG__ACCOUNT_ROLE_ARN=" + s.roleARN, "OCEAN__INTEGRATION__CONFIG__EXTERNAL_ID=" + externalID,
		"PORTOLAN_INITIAL_KINDS=native", "PORTOLAN_STATE=" + s.state, "PORTOLAN_LOG_LEVEL=error",
	}}
	if shared {
		options.CPUs = runtimesim.CPUsOf(memoryMB)
	}
	r, err := runtimesim.New(options)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = r.Close() })
	return r
}

// invoke has the function run once, to the end.
func invoke(b *testing.B, r *runtimesim.Runtime) (*report.Report, runtimesim.Result) {
	b.Helper()
	result, err := r.Invoke(context.Background(), []byte("{}"))
	if err != nil || result.FunctionError != "" {
		b.Fatalf("%v %s", err, result.Payload)
	}
	var answer report.Report
	if err := json.Unmarshal(result.Payload, &answer); err != nil {
		b.Fatal(err)
	}
	if answer.Status != report.Completed {
		b.Fatalf("the run ended %s: %s", answer.Status, answer.Reason)
	}
	return &answer, result
}

// plenty is the kinds that AWS lists in large pages, so that many of them are not many calls.
var plenty = []string{awssim.Instance, awssim.Volume, awssim.DBInstance, awssim.DBCluster}

// BenchmarkMemory measures the most memory that the process of the smallest function holds, the
// runtime, the program and the libraries included, with the limit that the function sets
// itself: in a first run, and in one of a new process that finds all of it in the state.
func BenchmarkMemory(b *testing.B) {
	for _, resources := range []int{1_000, 10_000, 100_000} {
		b.Run(fmt.Sprintf("%d-resources-128-MB", resources), func(b *testing.B) { peaks(b, resources, 128, plenty) })
	}
}

// BenchmarkMillion is BenchmarkMemory for a million of the resources that are read fastest. It is not
// one of the measurements of make bench, for it takes as long as all others.
func BenchmarkMillion(b *testing.B) { peaks(b, 1_000_000, 1024, []string{awssim.Volume}) }

func peaks(b *testing.B, resources, megabytes int, types []string) {
	const members, regions = 10, 4
	counts := map[string]int{}
	for _, kind := range types {
		counts[kind] = max(1, resources/(members*regions*len(types)))
	}
	e, roleARN := estateOf(members, counts)
	for b.Loop() {
		s := simulated(b, e, roleARN, awssim.Options{}, portsim.Options{})
		first, _ := invoke(b, s.function(b, megabytes, false))
		again, _ := invoke(b, s.function(b, megabytes, false))
		if again.Total.Unchanged != again.Total.Fetched {
			b.Fatalf("%d of %d are unchanged", again.Total.Unchanged, again.Total.Fetched)
		}
		b.ReportMetric(float64(first.PeakMemoryBytes)/(1<<20), "MB-first")
		b.ReportMetric(float64(again.PeakMemoryBytes)/(1<<20), "MB-unchanged")
		b.ReportMetric(float64(first.Total.Fetched), "resources")
	}
}

// pricePerGBSecond is what Lambda costs on arm64 in us-east-1, in USD:
// https://aws.amazon.com/lambda/pricing/
const pricePerGBSecond = 0.0000133334

// BenchmarkSize runs the same estate with the processor's share that each size of
// memory gets.
func BenchmarkSize(b *testing.B) {
	for _, memory := range []int{256, 512, 1024, 1769} {
		b.Run(fmt.Sprintf("%d-MB", memory), func(b *testing.B) {
			e, roleARN := estate(10)
			for b.Loop() {
				r := simulated(b, e, roleARN, awssim.Options{
					Latency: awssim.Latency{Base: 30 * time.Millisecond, Jitter: 50 * time.Millisecond}, Limits: awssim.DocumentedLimits(),
				}, portsim.Options{Latency: 100 * time.Millisecond, Limits: portsim.DocumentedLimits()}).function(b, memory, true)
				_, first := invoke(b, r)
				_, again := invoke(b, r)
				gigabytes := float64(memory) / 1024
				b.ReportMetric(first.Init.Seconds(), "init-s")
				b.ReportMetric(first.Duration.Seconds(), "first-s")
				b.ReportMetric(again.Duration.Seconds(), "unchanged-s")
				b.ReportMetric(again.Duration.Seconds()*gigabytes, "unchanged-GB-s")
				b.ReportMetric(again.Duration.Seconds()*gigabytes*pricePerGBSecond*120, "USD/month")
			}
		})
	}
}
