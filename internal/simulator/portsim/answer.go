package portsim

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
)

// answer is what a route makes of a call: a status and a body to be encoded.
type answer struct {
	status int
	body   map[string]any
}

// done is an answer that carries {"ok":true} and the given keys.
func done(status int, keys map[string]any) answer {
	body := map[string]any{"ok": true}
	maps.Copy(body, keys)
	return answer{status, body}
}

// refusal is why a request, or one entity of it, was not accepted.
type refusal struct {
	status        int
	code, message string
}

// Error returns the code and the message.
func (r *refusal) Error() string { return r.code + ": " + r.message }

func (r *refusal) answer() answer {
	return answer{r.status, map[string]any{"ok": false, "error": r.code, "message": r.message}}
}

func refuse(status int, code, format string, args ...any) *refusal {
	return &refusal{status, code, fmt.Sprintf(format, args...)}
}

// invalid refuses what does not have the form that the API defines.
func invalid(format string, args ...any) *refusal {
	return refuse(http.StatusUnprocessableEntity, "invalid_request", format, args...)
}

// missing refuses what names something that does not exist.
func missing(format string, args ...any) *refusal {
	return refuse(http.StatusNotFound, "not_found", format, args...)
}

// encode writes a value as compact JSON. What cannot be encoded never came in.
func encode(body any) []byte {
	out, err := json.Marshal(body)
	if err != nil {
		panic(fmt.Sprintf("portsim: answer cannot be encoded: %v", err))
	}
	return out
}
