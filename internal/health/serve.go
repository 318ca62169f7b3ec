package health

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strconv"
	"time"
)

// Serve answers probes on a TCP port of every address until stop is called, which waits at most a
// second for the last answers. Port 0 serves nothing. The error says that the port is not
// available.
func (h *Health) Serve(port int) (stop func(), err error) {
	if port == 0 {
		return func() {}, nil
	}
	listener, err := net.Listen("tcp", ":"+strconv.Itoa(port))
	if err != nil {
		return nil, fmt.Errorf("answer probes on port %d: %w; set APPLICATION__PORT to another port, or to 0 for none", port, err)
	}
	return h.serve(listener), nil
}

func (h *Health) serve(listener net.Listener) (stop func()) {
	server := &http.Server{
		Handler: h, ReadHeaderTimeout: 5 * time.Second, IdleTimeout: time.Minute, ErrorLog: log.New(io.Discard, "", 0),
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(listener) // stop ends it
	}()
	return func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if server.Shutdown(ctx) != nil {
			_ = server.Close() // cuts probes that do not end
		}
		<-done
	}
}

// Follow beats whenever a figure of the work has changed, until ctx ends. It looks every few seconds;
// the figure may be anything that grows while there is progress.
func (h *Health) Follow(ctx context.Context, figure func() int64) {
	tick := time.NewTicker(5 * time.Second)
	defer tick.Stop()
	h.Beat()
	for last := figure(); ; {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if now := figure(); now != last {
			last = now
			h.Beat()
		}
	}
}
