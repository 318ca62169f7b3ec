package runtimesim_test

import (
	"os"
	"syscall"
	"testing"
	"time"

	"portolan/internal/simulator/runtimesim"
)

// work keeps the processor busy until the process has used as much more of it.
func work(d time.Duration) {
	for until := used() + d; used() < until; {
		for range 1000 {
			_ = os.Getpid()
		}
	}
}

func used() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// TestShareOfTheProcessor wants work to take the longer the less of the processor the
// function has.
func TestShareOfTheProcessor(t *testing.T) {
	r, err := runtimesim.New(runtimesim.Options{Binary: os.Args[0], Timeout: time.Minute, CPUs: 0.2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	invoke(t, r, "start")
	if result := invoke(t, r, "work"); result.FunctionError != "" || result.Duration < 400*time.Millisecond {
		t.Errorf("a tenth of a second of work took %s of a fifth of a processor: %s", result.Duration, result.Payload)
	}
}
