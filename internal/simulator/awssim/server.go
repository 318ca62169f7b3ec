package awssim

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Options are the settings of a server. With the zero value it answers at once, without
// limits, by the machine's clock.
type Options struct {
	// Now is the clock for sessions, signatures and limits; nil is time.Now.
	Now func() time.Time
	// Sleep waits for latency and for slow answers; nil is a timer.
	Sleep func(context.Context, time.Duration) error
	// Seed determines keys, request ids and latency.
	Seed uint64
	// Latency applies to every call.
	Latency Latency
	// Limits are the rate limits; see [DocumentedLimits].
	Limits []Limit
	// Trail delivers events of what changes; nil delivers none.
	Trail *Trail
	// RememberCalls is how many calls Calls can return: zero means 20,000, negative none.
	RememberCalls int
}

// Server is an estate that is being served. It is safe for concurrent use.
type Server struct {
	options   Options
	world     *world
	script    script
	meter     meter
	ledger    ledger
	trail     *trail
	delivered delivered
	key       [32]byte
	serial    atomic.Uint64
	bodies    sync.Pool

	http *http.Server
	url  string
	done chan struct{}
}

// New makes a server of an estate that is valid; it does not listen, it is an
// http.Handler.
func New(e Estate, o Options) (*Server, error) {
	if err := e.Validate(); err != nil {
		return nil, err
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Sleep == nil {
		o.Sleep = sleep
	}
	if o.RememberCalls == 0 {
		o.RememberCalls = 20_000
	}
	s := &Server{options: o, world: newWorld(e, o.Now()), trail: newTrail(o.Trail)}
	s.key = sha256.Sum256(binary.BigEndian.AppendUint64([]byte("session key"), o.Seed))
	s.ledger = ledger{keep: o.RememberCalls, tallies: map[string]Tally{}}
	s.bodies.New = func() any { return new([]byte) }
	s.SetLimits(o.Limits...)
	return s, nil
}

// Start serves an estate on an address of this machine, 127.0.0.1 with a port of
// its own when it is empty, until Close.
func Start(e Estate, address string, o Options) (*Server, error) {
	s, err := New(e, o)
	if err != nil {
		return nil, err
	}
	if address == "" {
		address = "127.0.0.1:0"
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("start the simulated AWS: %w", err)
	}
	s.url = "http://" + listener.Addr().String()
	s.done = make(chan struct{})
	s.http = &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second, ErrorLog: log.New(io.Discard, "", 0)}
	go func() {
		defer close(s.done)
		_ = s.http.Serve(listener)
	}()
	return s, nil
}

// URL is where a started server listens: what AWS_ENDPOINT_URL has to hold.
func (s *Server) URL() string { return s.url }

// Close stops a started server and cuts all connections.
func (s *Server) Close() error {
	if s.http == nil {
		return nil
	}
	err := s.http.Close()
	<-s.done
	return err
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Identity is what a client needs to sign requests.
type Identity struct {
	AccessKeyID, SecretAccessKey, SessionToken string
}

// Assume opens a session of a role without asking whether anyone may, for tests
// that start from inside an account. It lasts an hour.
func (s *Server) Assume(account, role, name string) (Identity, error) {
	holder := s.world.account(account)
	if holder == nil {
		return Identity{}, fmt.Errorf("account %s is not in the estate", account)
	}
	at := roleAt(holder.Roles, role)
	if at < 0 {
		return Identity{}, fmt.Errorf("account %s has no role %s", account, role)
	}
	now := s.options.Now()
	keys := s.credentials(session{account, s.roleARN(account, &holder.Roles[at]), name, now, now.Add(time.Hour)})
	return Identity{keys.keyID, keys.secret, keys.token}, nil
}

// UnitID returns the id of the organizational unit at a path, the root's for the
// empty path, and an empty string if there is no such unit.
func (s *Server) UnitID(path string) string {
	if tree := s.world.tree(); tree != nil {
		return tree.ids[path]
	}
	return ""
}

// maxBody is more than any request that is served here can need.
const maxBody = 1 << 20

var errBodyTooLarge = errors.New("request body is larger than a mebibyte")

func readBody(r *http.Request) ([]byte, error) {
	if r.ContentLength == 0 {
		return nil, nil
	}
	var body bytes.Buffer
	n, err := io.Copy(&body, io.LimitReader(r.Body, maxBody+1))
	if n > maxBody {
		return nil, errBodyTooLarge
	}
	return body.Bytes(), err
}
