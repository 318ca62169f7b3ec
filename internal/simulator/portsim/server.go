package portsim

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"
)

// Options say how a Server behaves. The zero value is a server with the
// credentials "client" and "secret", the system clock and no limits.
type Options struct {
	// ClientID and ClientSecret are the only credentials that get a token.
	ClientID, ClientSecret string
	// Clock is the time of everything that the server does. Default time.Now.
	Clock func() time.Time
	// TokenLifetime is how long a token is good for. Default three hours.
	TokenLifetime time.Duration
	// Limits are enforced for the families that are named, and only for these.
	Limits map[Family]Limit
	// Latency passes before each answer of the API.
	Latency time.Duration
	// Provisionable are the integration types whose defaults Port can create
	// by itself. Default none.
	Provisionable []string
	// FeatureFlags are the organization's.
	FeatureFlags []string
	// ListLag is how long a write or a delete takes to show in the owned list.
	ListLag time.Duration
	// NoEcho are fields of an integration that Port accepts but leaves out of its
	// answers. Port documents neither processingMode nor incrementalSyncEnabled.
	NoEcho []string
	// DeleteWantsAll answers a bulk delete with 404, and deletes nothing, if any of
	// its entities does not exist. Without it they are left out of the answer.
	DeleteWantsAll bool
	// HidesWriters leaves the mark of the last writer out of what a search finds. Port
	// documents that it can be searched for, not that it is given.
	HidesWriters bool
	// KeepBodies keeps each request's body in the request log.
	KeepBodies bool
}

// Server is the simulated Port: an http.Handler with the API under /v1. It is
// safe for concurrent use. The blueprints _user and _team
// exist from the start, as they do in every organization.
type Server struct {
	options Options

	mu           sync.Mutex // guards all below
	sessions     sessions
	limiter      limiter
	faults       []*scripted
	catalog      catalog
	integrations map[string]*integration
	journal      journal
	listLag      time.Duration
}

// New makes a server with an empty catalog.
func New(o Options) *Server {
	if o.ClientID == "" && o.ClientSecret == "" {
		o.ClientID, o.ClientSecret = "client", "secret"
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.TokenLifetime == 0 {
		o.TokenLifetime = 3 * time.Hour
	}
	s := &Server{
		options:      o,
		sessions:     newSessions(o.ClientID, o.ClientSecret),
		limiter:      limiter{limits: o.Limits, windows: map[Family]window{}},
		catalog:      newCatalog(),
		integrations: map[string]*integration{},
	}
	s.catalog.now = s.now
	s.LagLists(o.ListLag)
	for _, b := range systemBlueprints {
		if err := s.PutBlueprint([]byte(b)); err != nil {
			panic(fmt.Sprintf("portsim: system blueprint: %v", err))
		}
	}
	return s
}

// Listen serves on the address, "127.0.0.1:0" if it is empty, and returns the
// base URL for clients. The stop function closes the listener and all
// connections, and returns when the last of them is closed.
func (s *Server) Listen(address string) (url string, stop func() error, err error) {
	if address == "" {
		address = "127.0.0.1:0"
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return "", nil, fmt.Errorf("portsim: listen on %s: %w", address, err)
	}
	h := &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second}
	served := make(chan error, 1)
	go func() { served <- h.Serve(l) }()
	stop = func() error {
		closed := h.Close()
		if err := <-served; !errors.Is(err, http.ErrServerClosed) {
			return errors.Join(err, closed)
		}
		return closed
	}
	return "http://" + l.Addr().String(), stop, nil
}

// ServeHTTP answers a request for the API.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.serveAPI(w, r) }

// LagLists changes how long the writes and deletes from now on take to show in the
// owned list.
func (s *Server) LagLists(lag time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.listLag, s.catalog.recent = lag, nil
	if lag > 0 {
		s.catalog.recent = []replaced{}
	}
}

func (s *Server) now() time.Time { return s.options.Clock().UTC() }
