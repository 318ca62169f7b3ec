//go:build bench

package main

import (
	"encoding/json"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"portolan/internal/invocation"
	"portolan/internal/report"
	"portolan/internal/resync/distributed"
	"portolan/internal/simulator/runtimesim"
)

// children is how many invocations read at a time, and so the fewest batches.
const children = 10

// TestBilled prints what Lambda bills for a run in steps, beside what it bills for the
// same run in one invocation. An invocation is billed for its time on the simulated clock,
// or for its CPU time at its share if that is more. The steps run one after the other, so
// that the CPU time of each can be measured; what is billed is the same.
func TestBilled(t *testing.T) {
	for _, members := range []int{100} {
		t.Run(fmt.Sprintf("%d-accounts", members), func(t *testing.T) {
			var single, steps [2]time.Duration
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, members, true)
				for i := range single {
					single[i] = billed(w.run(t))
				}
			})
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, members, true)
				for i := range steps {
					steps[i] = w.billedSteps(t)
				}
			})
			for i, name := range []string{"first", "unchanged"} {
				fmt.Printf("\nBenchmarkBilled/%d-accounts/%s 1 %.2f steps/single %.1f s-billed-steps %.1f s-billed-single\n",
					members, name, steps[i].Seconds()/single[i].Seconds(), steps[i].Seconds(), single[i].Seconds())
			}
		})
	}
}

// billed is for how long a function of the usual memory is billed.
func billed(r run) time.Duration {
	return max(r.wall, time.Duration(float64(r.work)/runtimesim.CPUsOf(usualMB)))
}

// billedSteps makes all steps of a run, and adds up what is billed for them.
func (w *world) billedSteps(t *testing.T) (total time.Duration) {
	t.Helper()
	timed := func(step func()) {
		simulated, used, began := w.aws.taken()+w.port.taken(), processTime(), time.Now()
		step()
		total += billed(run{wall: time.Since(began), work: processTime() - used - (w.aws.taken() + w.port.taken() - simulated)})
	}
	var begun *distributed.Begun
	var err error
	timed(func() { begun, err = distributed.Begin(t.Context(), w.deps, invocation.Step{}, children) })
	if err != nil {
		t.Fatal(err)
	}
	data, _, err := w.deps.State.Get(t.Context(), "work/"+begun.Run+"/items.json")
	if err != nil {
		t.Fatal(err)
	}
	var items []distributed.Item
	if err := json.Unmarshal(data, &items); err != nil {
		t.Fatal(err)
	}
	for _, item := range items {
		timed(func() {
			step := invocation.Step{Run: begun.Run, Batch: item.Batch, Accounts: item.Accounts}
			if leg, err := distributed.Read(t.Context(), w.deps, step); err != nil || !leg.Done {
				t.Fatalf("batch %d: %+v, %v", item.Batch, leg, err)
			}
		})
	}
	timed(func() {
		if r, err := distributed.Finish(t.Context(), w.deps, begun.Run); err != nil || r.Status != report.Completed {
			t.Fatalf("the run ended %+v, %v", r, err)
		}
	})
	return total
}
