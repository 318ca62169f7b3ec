package port

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"portolan/internal/plain"
)

const (
	// attemptTime bounds one request with its answer, as Ocean's client does.
	attemptTime = 60 * time.Second
	// patience is how long a call is tried, less the pauses for which Port itself asks;
	// and shortPatience where a person waits for it.
	patience      = 2 * time.Minute
	shortPatience = 30 * time.Second
	leastTime     = 5 * time.Second
	// maxAnswer bounds what is read of an answer. The largest is a page of 5,000
	// owned entities, with identifiers of at most 1,000 characters. Of a refusal no more
	// is read than maxRefusal, and of the head of an answer no more than maxHead.
	maxAnswer  = 32 << 20
	maxRefusal = 1 << 20
	maxHead    = 64 << 10
)

// call is a request to Port. Route is the path below /v1, or below the host if
// that is another one, with a {name} for each of the values in args.
type call struct {
	family   string
	host     string // base URL; "" is the API's
	method   string
	route    string
	args     []string
	query    url.Values
	body     any // []byte is sent as it is
	exporter bool
	lossy    bool // not worth a second attempt, except after a 401

	// judge says why what Port calls a success is not one; nil believes Port.
	judge func(answer) *Error
}

// op names the call in errors and logs, without what it is about.
func (cl call) op() string { return cl.method + " " + cl.route }

// path is the route with its values, each as one segment.
func (cl call) path() string {
	path := cl.route
	for _, arg := range cl.args {
		open, end := strings.IndexByte(path, '{'), strings.IndexByte(path, '}')
		path = path[:open] + segment(arg) + path[end+1:]
	}
	if len(cl.query) > 0 {
		path += "?" + cl.query.Encode()
	}
	return path
}

// check returns an error for a value that cannot be a segment: whoever passes the request on
// would take the path for another one. Port allows no such identifier.
func (cl call) check() error {
	for _, arg := range cl.args {
		if arg == "" || arg == "." || arg == ".." {
			return &Error{Op: cl.op(), StatusCode: http.StatusUnprocessableEntity, Message: fmt.Sprintf("%q names nothing in Port", arg), Fix: "correct it in the mapping"}
		}
	}
	return nil
}

// segment escapes more than a path needs, colons above all: Port wants the kinds
// of examples so, and takes the rest in either form.
func segment(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

func (cl call) encode() ([]byte, error) {
	switch body := cl.body.(type) {
	case nil:
		return nil, nil
	case []byte:
		return body, nil
	default:
		return encodeJSON(body)
	}
}

// encodeJSON leaves <, > and & as they are: they need no escape, and each would
// take six bytes.
func encodeJSON(v any) ([]byte, error) {
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(buffer.Bytes(), []byte("\n")), nil
}

// answer is what Port said to a call it took.
type answer struct {
	status int
	trace  string
	body   []byte
}

// exchange sends a call once, whose answer has to begin within first and to end within
// rest after that. What is not an answer below 300 is an error.
func (c *connection) exchange(run context.Context, cl call, body []byte, authorization string, first, rest time.Duration) (answer, *Error) {
	ctx, cancel := context.WithCancelCause(run)
	defer cancel(nil)
	timer := time.AfterFunc(first, func() { cancel(fmt.Errorf("no answer within %s", first.Round(time.Second))) })
	defer timer.Stop()
	// late says that time was over, where the error of the connection does not.
	late := func(err error) error {
		if run.Err() == nil && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return withoutURL(err)
	}
	request, err := http.NewRequestWithContext(ctx, cl.method, cmp.Or(cl.host, c.base)+cl.path(), bytes.NewReader(body))
	if err != nil {
		return answer{}, &Error{Op: cl.op(), Err: err}
	}
	request.Header.Set("User-Agent", c.userAgent(cl.exporter))
	request.Header.Set("Accept", "*/*")
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if authorization != "" {
		request.Header.Set("Authorization", authorization)
	}
	c.stats.sent(cl.family, len(body))
	response, err := c.http.Do(request)
	if err != nil {
		return answer{}, &Error{Op: cl.op(), Err: late(err)}
	}
	timer.Reset(rest)
	defer func() { _ = response.Body.Close() }()
	now := time.Now()
	c.learnTime(response.Header, now)
	c.pace.learn(cl.family, response.Header, now)
	if response.StatusCode < http.StatusInternalServerError {
		c.down.Store(false)
	}
	return c.take(cl, response, now, late)
}

// take reads an answer.
func (c *connection) take(cl call, response *http.Response, now time.Time, late func(error) error) (answer, *Error) {
	a := answer{status: response.StatusCode, trace: plain.Line(response.Header.Get("x-trace-id"), 100)}
	most := maxAnswer
	if a.status >= 300 {
		most = maxRefusal
	}
	var err error
	a.body, err = io.ReadAll(io.LimitReader(response.Body, int64(most)+1))
	switch {
	case err != nil:
		return a, &Error{Op: cl.op(), TraceID: a.trace, Err: fmt.Errorf("read the answer: %w", late(err))}
	case a.status >= 300: // its status says enough, if there is more to read
		return a, c.refusal(cl, a, response.Header, now)
	case len(a.body) > most:
		return a, &Error{Op: cl.op(), StatusCode: a.status, TraceID: a.trace, Message: fmt.Sprintf("the answer is larger than %d MiB", most>>20), tooBig: true}
	case cl.judge != nil:
		return a, cl.judge(a)
	}
	return a, nil
}

// withoutURL takes the address off an error: the operation is named elsewhere,
// and an address may carry what should not be shown.
func withoutURL(err error) error {
	var at *url.Error
	if errors.As(err, &at) {
		return at.Err
	}
	return err
}
