package port_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"portolan/internal/port"
)

// TestNoAnswerOfPortFills lets Port, or something between, answer more than anybody wants to
// read, through the client's own connections.
func TestNoAnswerOfPortFills(t *testing.T) {
	t.Parallel()
	spaces := bytes.Repeat([]byte(" "), 256<<10)
	var bomb bytes.Buffer
	packer := gzip.NewWriter(&bomb)
	for range 32 {
		_, _ = packer.Write(spaces)
	}
	_ = packer.Close()
	pour := func(status int, again []byte, header ...string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			for i := 0; i+1 < len(header); i += 2 {
				w.Header().Set(header[i], header[i+1])
			}
			w.WriteHeader(status)
			for err := error(nil); err == nil; {
				_, err = w.Write(again)
			}
		}
	}
	for name, answer := range map[string]http.HandlerFunc{
		"an answer without end":  pour(200, spaces),
		"a refusal without end":  pour(422, spaces),
		"a gzip bomb":            pour(200, bomb.Bytes(), "Content-Encoding", "gzip"),
		"a refusal that is one":  pour(422, bomb.Bytes(), "Content-Encoding", "gzip"),
		"a redirect without end": pour(307, spaces, "Location", "/"),
		"a head of a megabyte": func(w http.ResponseWriter, _ *http.Request) {
			for i := range 1024 {
				w.Header().Set(fmt.Sprint("X-Flood-", i), strings.Repeat("x", 1024))
			}
			_, _ = io.WriteString(w, `{"ok":true,"integration":{}}`)
		},
		"early hints without end": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Link", strings.Repeat("x", 1024))
			for range 10_000 {
				w.WriteHeader(http.StatusEarlyHints)
			}
			_, _ = io.WriteString(w, `{"ok":true,"integration":{}}`)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var asked atomic.Int64
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == tokenPath {
					_, _ = io.WriteString(w, `{"ok":true,"accessToken":"t","expiresIn":3600,"tokenType":"Bearer"}`)
					return
				}
				if asked.Add(1) == 3 { // it has been tried again
					cancel()
				}
				answer(w, r)
			}))
			defer server.Close()
			c := client(t, nil, func(o *port.Options) { o.HTTP, o.BaseURL = nil, server.URL })
			defer c.Close()
			err := read(ctx, c)
			if err == nil || errors.Is(ctx.Err(), context.DeadlineExceeded) || asked.Load() == 0 {
				t.Errorf("%v after %d requests", err, asked.Load())
			}
		})
	}
}

// TestARefusalCountsByItsStatus, however much comes with it.
func TestARefusalCountsByItsStatus(t *testing.T) {
	t.Parallel()
	body := &hoard{}
	c := client(t, handler(func(r *http.Request) (*http.Response, error) {
		if r.URL.Path == tokenPath {
			return (&script{}).RoundTrip(r)
		}
		return &http.Response{StatusCode: 403, Header: http.Header{}, Body: io.NopCloser(body), Request: r}, nil
	}))
	var refused *port.Error
	if err := read(t.Context(), c); !errors.As(err, &refused) || refused.StatusCode != 403 || body.given > 2<<20 {
		t.Errorf("%v after %d bytes", err, body.given)
	}
}

// hoard is a body without an end.
type hoard struct{ given int }

func (h *hoard) Read(into []byte) (int, error) {
	for i := range into {
		into[i] = ' '
	}
	h.given += len(into)
	return len(into), nil
}
