//go:build bench

package main

import (
	"net/http"
	"runtime"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// handled is a handler in this process, and the processor's time that it took.
type handled struct {
	http.Handler

	mu   sync.Mutex
	busy time.Duration
}

// ServeHTTP lets the handler answer and measures what it takes of the processor.
func (m *handled) ServeHTTP(out http.ResponseWriter, in *http.Request) {
	runtime.LockOSThread()
	began := threadTime()
	defer func() {
		took := threadTime() - began
		runtime.UnlockOSThread()
		m.mu.Lock()
		m.busy += took
		m.mu.Unlock()
	}()
	m.Handler.ServeHTTP(out, in)
}

func (m *handled) taken() time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.busy
}

// threadTime is the processor's time that this thread has had.
func threadTime() time.Duration { return clock(unix.CLOCK_THREAD_CPUTIME_ID) }

// processTime is the processor's time that this process has had.
func processTime() time.Duration { return clock(unix.CLOCK_PROCESS_CPUTIME_ID) }

func clock(id int32) time.Duration {
	var at unix.Timespec
	if err := unix.ClockGettime(id, &at); err != nil {
		panic(err)
	}
	return time.Duration(at.Nano())
}
