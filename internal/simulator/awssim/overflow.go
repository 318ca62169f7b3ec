package awssim

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"strings"
	"sync"
)

// padding is white space, which neither JSON nor XML minds.
var padding = bytes.Repeat([]byte(" "), 256<<10)

// bomb is a part of a gzip stream, of some kilobytes, that unpacks to eight mebibytes.
var bomb = sync.OnceValue(func() []byte {
	var to bytes.Buffer
	packer := gzip.NewWriter(&to)
	for range 32 {
		_, _ = packer.Write(padding)
	}
	_ = packer.Close()
	return to.Bytes()
})

// The head of the effect Headers has this many lines of a kibibyte.
const headerLines = 4096

// overflow sends an answer that is more than anybody wants to read, if a fault says so.
func (s *Server) overflow(w http.ResponseWriter, c *call, status int) bool {
	switch {
	case c.meets(Flood):
		w.WriteHeader(status)
		pour(w, c.out[:len(c.out)/2], padding)
	case c.meets(FloodError):
		w.WriteHeader(http.StatusBadRequest)
		pour(w, nil, padding)
	case c.meets(Bomb):
		w.Header().Set("Content-Encoding", "gzip")
		w.WriteHeader(status)
		pour(w, nil, bomb())
	case c.meets(Headers):
		line := strings.Repeat("x", 1<<10)
		for i := range headerLines {
			w.Header().Set(fmt.Sprintf("X-Flood-%d", i), line)
		}
		w.WriteHeader(status)
		_, _ = w.Write(c.out)
	default:
		return false
	}
	return true
}

// pour sends a beginning, and then the same again and again, until the client leaves.
func pour(w http.ResponseWriter, first, again []byte) {
	for _, err := w.Write(first); err == nil; {
		_, err = w.Write(again)
	}
	panic(http.ErrAbortHandler)
}
