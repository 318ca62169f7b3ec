package runtimesim

import (
	"errors"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// period is in how many pieces the processor is dealt out; Lambda's are of about the
// same length.
const period = 20 * time.Millisecond

// share limits a process to a share of one processor: once it has used more, it is
// paused until it is back within its share. end lifts the limit.
func share(pid int, cpus float64) (end func(), err error) {
	used, err := processorTime(pid)
	if err != nil {
		return nil, err
	}
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(time.Millisecond)
		defer tick.Stop()
		var left time.Duration
		last, stopped := time.Now(), false
		for {
			select {
			case <-done:
				return
			case now := <-tick.C:
				total, err := processorTime(pid)
				if err != nil {
					return // it has ended
				}
				left = min(left+time.Duration(float64(now.Sub(last))*cpus), time.Duration(float64(period)*cpus)) - (total - used)
				last, used = now, total
			}
			switch {
			case left < 0 && !stopped:
				stopped = syscall.Kill(-pid, syscall.SIGSTOP) == nil
			case left >= 0 && stopped:
				stopped = syscall.Kill(-pid, syscall.SIGCONT) != nil
			}
		}
	}()
	return func() {
		close(done)
		<-ended
		_ = syscall.Kill(-pid, syscall.SIGCONT)
	}, nil
}

// processorTime is the time that a process has had of all processors, by the clock
// that Linux keeps for each: clock_getcpuclockid(3).
func processorTime(pid int) (time.Duration, error) {
	const scheduled = 2
	var at unix.Timespec
	if err := unix.ClockGettime(int32(^pid<<3|scheduled), &at); err != nil {
		return 0, errors.Join(errors.New("the processor's time of the function is not known"), err)
	}
	return time.Duration(at.Nano()), nil
}
