//go:build bench

package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// wire is a connection without a network: it hands requests to a handler in this
// process, after the time that they would have taken. It sleeps by the clock of the
// goroutine that asks, and so by synctest's.
type wire struct {
	handler http.Handler
	latency func(*http.Request) time.Duration

	mu   sync.Mutex
	busy time.Duration // the processor's time that the handler took
}

// RoundTrip answers a request, or fails as a connection that was cut.
func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	timer := time.NewTimer(w.latency(r))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
	in := r.Clone(r.Context())
	if in.Body == nil {
		in.Body = http.NoBody
	}
	if in.Host == "" {
		in.Host = in.URL.Host
	}
	in.RequestURI = in.URL.RequestURI()
	out := httptest.NewRecorder()
	cut := w.serve(out, in)
	if r.Body != nil {
		_ = r.Body.Close()
	}
	if cut {
		return nil, io.ErrUnexpectedEOF
	}
	answer := out.Result()
	answer.Request = r
	return answer, nil
}

// serve lets the handler answer and measures what it takes of the processor.
func (w *wire) serve(out http.ResponseWriter, in *http.Request) (cut bool) {
	runtime.LockOSThread()
	began := threadTime()
	defer func() {
		took := threadTime() - began
		runtime.UnlockOSThread()
		w.mu.Lock()
		w.busy += took
		w.mu.Unlock()
		switch reason := recover(); reason {
		case nil:
		case http.ErrAbortHandler:
			cut = true
		default:
			panic(reason)
		}
	}()
	w.handler.ServeHTTP(out, in)
	return false
}

func (w *wire) taken() time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.busy
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
