package awssim

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
)

// jsonWire is the JSON protocol: the operation is in the header X-Amz-Target.
type jsonWire struct {
	target, version string
	// space comes before the codes of the service's own errors.
	space string
	// message is how the member of an error is spelled that says what is wrong.
	message string
}

func (w *jsonWire) operation(c *call) string {
	name, ours := strings.CutPrefix(c.request.Header.Get("X-Amz-Target"), w.target+".")
	if !ours || c.request.Method != http.MethodPost || c.request.Header.Get("Content-Type") != w.contentType() {
		return ""
	}
	return name
}

func (w *jsonWire) contentType() string { return "application/x-amz-json-" + w.version }

func (w *jsonWire) succeed(*call) string { return w.contentType() }

func (w *jsonWire) refuse(c *call, r *refusal, header http.Header) string {
	if r.queryCode != "" {
		header.Set("x-amzn-query-error", r.queryCode+";Sender")
	}
	body := object{{"__type", w.space + r.code}, {w.message, r.message}}
	c.out = appendJSON(c.out, append(body, r.extra...))
	return w.contentType()
}

// restWire is the JSON protocol in which method and path say what is wanted.
type restWire struct {
	// route names the operation; it may note what the path holds in the call.
	route   func(*call) string
	message string
}

func (w *restWire) operation(c *call) string { return w.route(c) }

func (w *restWire) succeed(*call) string { return "application/json" }

func (w *restWire) refuse(c *call, r *refusal, header http.Header) string {
	header.Set("x-amzn-ErrorType", r.code)
	c.out = appendJSON(c.out, append(object{{w.message, r.message}}, r.extra...))
	return "application/json"
}

// decode reads a JSON body. A member that the operation does not act upon is
// refused.
func decode[T any](c *call) (T, error) {
	var input T
	decoder := json.NewDecoder(bytes.NewReader(c.body))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(&input)
	if mismatch := (*json.UnmarshalTypeError)(nil); errors.As(err, &mismatch) || errors.As(err, new(*json.SyntaxError)) {
		return input, refusal{status: 400, code: "SerializationException"}.saying("%s", err)
	}
	if err != nil {
		return input, c.service.dialect.badParameter.saying("%s is not taken by %s", err, c.operation.name)
	}
	return input, nil
}

// reply writes the answer of a JSON operation.
func (c *call) reply(answer object) error {
	c.out = appendJSON(c.out, answer)
	return nil
}
