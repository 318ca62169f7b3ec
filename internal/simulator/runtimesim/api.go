package runtimesim

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
)

// api is the runtime API: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
func (p *process) api() http.Handler {
	const base = "/2018-06-01/runtime/"
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+base+"invocation/next", p.next)
	mux.HandleFunc("POST "+base+"invocation/{id}/response", p.response)
	mux.HandleFunc("POST "+base+"invocation/{id}/error", p.failed)
	mux.HandleFunc("POST "+base+"init/error", p.initFailed)
	return mux
}

// next lets the process wait until there is an event.
func (p *process) next(w http.ResponseWriter, request *http.Request) {
	poll := make(chan *invocation, 1)
	select {
	case p.polls <- poll:
	case <-request.Context().Done():
		return
	}
	select {
	case in := <-poll:
		header := w.Header()
		header.Set("Content-Type", "application/json")
		header.Set("Lambda-Runtime-Aws-Request-Id", in.id)
		header.Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(in.deadline.UnixMilli(), 10))
		header.Set("Lambda-Runtime-Invoked-Function-Arn", functionARN)
		header.Set("Lambda-Runtime-Trace-Id", "Root=1-5e1b4151-5ac6c58f3b6d1a2e4f708192;Sampled=0")
		_, _ = w.Write(in.payload)
	case <-request.Context().Done():
	}
}

// response takes the answer to an event.
func (p *process) response(w http.ResponseWriter, request *http.Request) {
	in := p.take(request.PathValue("id"))
	if in == nil {
		refuse(w, http.StatusBadRequest, "InvalidRequestID", "there is no such event")
		return
	}
	payload, err := io.ReadAll(io.LimitReader(request.Body, MaxResponse+1))
	switch {
	case err != nil:
		refuse(w, http.StatusBadRequest, "InvalidRequest", "the answer could not be read")
	case len(payload) > MaxResponse:
		// If the rest stays unread, the connection is cut before the process gets the answer.
		_, _ = io.Copy(io.Discard, request.Body)
		finish(in, failure("Function.ResponseSizeTooLarge",
			fmt.Sprintf("Response payload size exceeded maximum allowed payload size (%d bytes).", MaxResponse)))
		refuse(w, http.StatusRequestEntityTooLarge, "RequestEntityTooLarge", "the answer is too large")
	default:
		finish(in, Result{Payload: payload})
		accept(w)
	}
}

// failed takes the error of an event.
func (p *process) failed(w http.ResponseWriter, request *http.Request) {
	in := p.take(request.PathValue("id"))
	if in == nil {
		refuse(w, http.StatusBadRequest, "InvalidRequestID", "there is no such event")
		return
	}
	if result, ok := readError(w, request); ok {
		finish(in, result)
		accept(w)
	}
}

// initFailed takes the error of the start; it is the next event's result once the
// process has ended.
func (p *process) initFailed(w http.ResponseWriter, request *http.Request) {
	if result, ok := readError(w, request); ok {
		p.mu.Lock()
		p.initError = &result
		p.mu.Unlock()
		accept(w)
	}
}

// readError returns the error that the process reports. If the request has none, it
// refuses the request and returns false.
func readError(w http.ResponseWriter, request *http.Request) (Result, bool) {
	payload, err := io.ReadAll(http.MaxBytesReader(w, request.Body, MaxResponse))
	if err != nil {
		refuse(w, http.StatusBadRequest, "InvalidRequest", "the error could not be read")
		return Result{}, false
	}
	kind := request.Header.Get("Lambda-Runtime-Function-Error-Type")
	if kind == "" {
		kind = "Unhandled"
	}
	return Result{FunctionError: kind, Payload: payload}, true
}

// finish returns the event its result; a second one is dropped.
func finish(in *invocation, result Result) {
	select {
	case in.done <- result:
	default:
	}
}

func accept(w http.ResponseWriter) {
	w.WriteHeader(http.StatusAccepted)
	_, _ = io.WriteString(w, `{"status":"OK"}`)
}

func refuse(w http.ResponseWriter, status int, kind, message string) {
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"errorType": kind, "errorMessage": message})
}
