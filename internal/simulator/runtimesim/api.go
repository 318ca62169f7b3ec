package runtimesim

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
)

// api is the runtime API: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
func (r *Runtime) api() http.Handler {
	const base = "/2018-06-01/runtime/"
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+base+"invocation/next", r.next)
	mux.HandleFunc("POST "+base+"invocation/{id}/response", r.response)
	mux.HandleFunc("POST "+base+"invocation/{id}/error", r.failed)
	mux.HandleFunc("POST "+base+"init/error", func(w http.ResponseWriter, _ *http.Request) { accept(w) })
	return mux
}

// next keeps the process waiting until there is an event for it.
func (r *Runtime) next(w http.ResponseWriter, request *http.Request) {
	poll := make(chan *invocation, 1)
	select {
	case r.polls <- poll:
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
		header.Set("Lambda-Runtime-Trace-Id", "Root=1-5e1b4151-43a0913a12345678901234567;Sampled=0")
		_, _ = w.Write(in.payload)
	case <-request.Context().Done():
	}
}

// response takes the answer to an event.
func (r *Runtime) response(w http.ResponseWriter, request *http.Request) {
	in := r.take(request.PathValue("id"))
	if in == nil {
		refuse(w, http.StatusBadRequest, "InvalidRequestID", "there is no such event")
		return
	}
	payload, err := io.ReadAll(http.MaxBytesReader(w, request.Body, MaxResponse))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		finish(in, failure("Function.ResponseSizeTooLarge", "Response payload size exceeded maximum allowed payload size (6291556 bytes)."))
		refuse(w, http.StatusRequestEntityTooLarge, "RequestEntityTooLarge", "the answer is too large")
	case err != nil:
		refuse(w, http.StatusBadRequest, "InvalidRequest", "the answer could not be read")
	default:
		finish(in, Result{Payload: payload})
		accept(w)
	}
}

// failed takes the error of an event.
func (r *Runtime) failed(w http.ResponseWriter, request *http.Request) {
	in := r.take(request.PathValue("id"))
	if in == nil {
		refuse(w, http.StatusBadRequest, "InvalidRequestID", "there is no such event")
		return
	}
	payload, err := io.ReadAll(http.MaxBytesReader(w, request.Body, MaxResponse))
	if err != nil {
		refuse(w, http.StatusBadRequest, "InvalidRequest", "the error could not be read")
		return
	}
	kind := request.Header.Get("Lambda-Runtime-Function-Error-Type")
	if kind == "" {
		kind = "Unhandled"
	}
	finish(in, Result{FunctionError: kind, Payload: payload})
	accept(w)
}

// finish gives the event its result; a second one is dropped.
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
