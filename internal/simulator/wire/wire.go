// Package wire is a connection without a network: requests go to a handler in this process, after
// the time that they would have taken. It waits by the clock of the goroutine that asks, and so by synctest's.
//
// It decides nothing about the answers, and it imports no package of the product.
package wire

import (
	"io"
	"net/http"
	"net/http/httptest"
	"time"
)

// Wire hands requests to a handler.
type Wire struct {
	Handler http.Handler
	// Latency returns how long a request is on its way; nil is no time.
	Latency func() time.Duration
}

// RoundTrip answers a request, or fails as a connection that was cut.
func (w Wire) RoundTrip(r *http.Request) (*http.Response, error) {
	if w.Latency != nil {
		select {
		case <-time.After(w.Latency()):
		case <-r.Context().Done():
			return nil, r.Context().Err()
		}
	}
	in := r.Clone(r.Context())
	if in.Body == nil {
		in.Body = http.NoBody
	}
	in.Host, in.RequestURI = in.URL.Host, in.URL.RequestURI()
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

func (w Wire) serve(out http.ResponseWriter, in *http.Request) (cut bool) {
	defer func() {
		switch reason := recover(); reason {
		case nil:
		case http.ErrAbortHandler:
			cut = true
		default:
			panic(reason)
		}
	}()
	w.Handler.ServeHTTP(out, in)
	return false
}
