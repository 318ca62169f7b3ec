//go:build unix

package resync_test

import (
	"context"
	"log/slog"
	"math"
	"net/http"
	"runtime"
	"runtime/debug"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/smithy-go/middleware"

	"portolan/internal/report"
	"portolan/internal/state"
)

// BenchmarkProcessor compares the processor time of a first run over 100,000 resources with that of a
// run in which nothing changed, and both with that of a bare loop over the SDK that throws the answers
// away: nobody can know that nothing changed without reading them. They take turns, and the shortest
// of each counts.
func BenchmarkProcessor(b *testing.B) {
	const perCell, turns = 782, 2                     // in 128 cells
	defer debug.SetGCPercent(debug.SetGCPercent(256)) // as in a function of 1,024 MB
	for b.Loop() {
		bare, first, again := math.Inf(1), math.Inf(1), math.Inf(1)
		live := 0.0
		for range turns {
			at := startElsewhere(b, strconv.Itoa(perCell)) // with a Port that has nothing
			w := &world{t: b, defaults: defaultsOf(b, plenty), awsURL: at.AWS, log: slog.New(slog.DiscardHandler)}
			w.deps = w.depsFor(at.Port)
			w.deps.Regions, w.deps.State, w.deps.Rewrite = benchmarkRegions, state.NewMemory(), 7*24*time.Hour
			bare = min(bare, processor(func() { w.bare(b) }))
			first = min(first, processor(func() { w.ends(b) }))
			again = min(again, processor(func() {
				r, alive := w.ends(b)
				if r.Total.Unchanged != r.Total.Fetched {
					b.Fatalf("%d of %d are unchanged", r.Total.Unchanged, r.Total.Fetched)
				}
				live = max(live, alive)
			}))
		}
		b.ReportMetric(bare, "s-bare")
		b.ReportMetric(first, "s-first")
		b.ReportMetric(again, "s-unchanged")
		b.ReportMetric(live, "live-MB-unchanged")
		b.ReportMetric(bare/first, "bare/first")
		b.ReportMetric(again/first, "unchanged/first")
		b.ReportMetric(again/bare, "unchanged/bare")
		b.ReportMetric((again-bare)/(first-bare), "own-unchanged/own-first")
	}
}

// processor returns the seconds of processor time that something takes in this process, the kernel's
// included.
func processor(do func()) float64 {
	runtime.GC()
	began := processorTime()
	do()
	return (processorTime() - began).Seconds()
}

func processorTime() time.Duration {
	var usage syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// ends makes a run that has to be completed, and returns how many megabytes were alive at most.
func (w *world) ends(b *testing.B) (_ *report.Report, live float64) {
	r, most, err := w.watched(b)
	if err != nil || r.Status != report.Completed {
		b.Fatalf("the run ended %s: %s", r.Status, r.Reason)
	}
	return r, float64(most) / (1 << 20)
}

// bare reads what a run reads with nothing but the SDK.
func (w *world) bare(b *testing.B) {
	ctx := b.Context()
	directory, err := w.openDirectory(func(*middleware.Stack) error { return nil }, nil)
	if err != nil {
		b.Fatal(err)
	}
	listing, err := directory.List(ctx)
	if err != nil {
		b.Fatal(err)
	}
	client := &http.Client{Transport: http.DefaultTransport.(*http.Transport).Clone()}
	defer client.CloseIdleConnections()
	for _, a := range listing.Accounts {
		session, err := directory.Enter(ctx, a)
		if err != nil {
			b.Fatal(err)
		}
		for _, region := range benchmarkRegions {
			config := aws.Config{Region: region, Credentials: session.Config.Credentials, BaseEndpoint: aws.String(w.awsURL), HTTPClient: client}
			machines, databases := ec2.NewFromConfig(config), rds.NewFromConfig(config)
			exhaust(b, ec2.NewDescribeInstancesPaginator(machines, &ec2.DescribeInstancesInput{MaxResults: aws.Int32(250)}))
			exhaust(b, ec2.NewDescribeVolumesPaginator(machines, &ec2.DescribeVolumesInput{MaxResults: aws.Int32(500)}))
			exhaust(b, rds.NewDescribeDBInstancesPaginator(databases, &rds.DescribeDBInstancesInput{MaxRecords: aws.Int32(100)}))
			exhaust(b, rds.NewDescribeDBClustersPaginator(databases, &rds.DescribeDBClustersInput{MaxRecords: aws.Int32(100)}))
		}
	}
}

// exhaust reads all pages and keeps none.
func exhaust[Options, Output any, P interface {
	HasMorePages() bool
	NextPage(context.Context, ...func(*Options)) (Output, error)
}](b *testing.B, pages P) {
	for pages.HasMorePages() {
		if _, err := pages.NextPage(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}
