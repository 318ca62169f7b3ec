//go:build bench

package main

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"portolan/internal/simulator/awssim"
	"portolan/internal/simulator/runtimesim"
)

// TestLarge prints how long a first run takes in which one cell has 50,000 resources. The time is
// synctest's, as in TestScale; the processor's time is that of the usual function, if it is longer.
func TestLarge(t *testing.T) {
	const count = 50_000
	for _, kind := range []string{awssim.Function, awssim.Queue, awssim.Table, awssim.Instance} {
		t.Run(kind, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := awssim.Plan{Accounts: 2, Regions: []string{filledRegion}, Counts: map[string]int{kind: count}, ExternalID: externalID}.Generate()
				w := newWorldOf(t, e, roleOf(e), true)
				r := w.run(t)
				if r.report.Total.Created < count {
					t.Fatalf("%d entities of %d", r.report.Total.Created, count)
				}
				shared := time.Duration(float64(r.work) / runtimesim.CPUsOf(usualMB))
				fmt.Printf("\nBenchmarkLarge/%s 1 %.0f simulated-s %.1f cpu-s %.0f s@1024MB %d resources\n",
					kind, r.wall.Seconds(), r.work.Seconds(), max(r.wall, shared).Seconds(), r.report.Total.Fetched)
			})
		})
	}
}
