package awssim

import (
	"sync"
	"time"
)

// Call is a request that was answered, or cut off.
type Call struct {
	At time.Time
	// Account is who was asked: the caller's account, empty if it was not known.
	Account, Region, Service, Operation string
	// Action is the IAM action that the operation needs, empty if it needs none.
	Action string
	// Resource is what the call was about where that is a single thing: a bucket's
	// name, a queue's URL, a role's ARN.
	Resource string
	Status   int
	// Code is the error's code, empty for a success.
	Code string
	// Bytes is the size of the body that was answered.
	Bytes int
	// Fault is the effect of the fault that affected the call, if any.
	Fault     Effect
	UserAgent string
}

// Tally counts the calls of one operation.
type Tally struct {
	Calls, Errors, Throttled int
	Bytes                    int64
}

// ledger keeps the last calls and counts all of them.
type ledger struct {
	mu      sync.Mutex
	keep    int
	calls   []Call
	next    int
	tallies map[string]Tally
}

func (l *ledger) record(c Call, throttled bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	name := c.Service + ":" + c.Operation
	t := l.tallies[name]
	t.Calls++
	t.Bytes += int64(c.Bytes)
	if c.Code != "" {
		t.Errors++
	}
	if throttled {
		t.Throttled++
	}
	l.tallies[name] = t
	switch {
	case len(l.calls) < l.keep:
		l.calls = append(l.calls, c)
	case l.keep > 0:
		l.calls[l.next] = c
		l.next = (l.next + 1) % l.keep
	}
}

// Calls returns the calls that are still remembered, oldest first.
func (s *Server) Calls() []Call {
	l := &s.ledger
	l.mu.Lock()
	defer l.mu.Unlock()
	calls := make([]Call, 0, len(l.calls))
	calls = append(calls, l.calls[l.next:]...)
	return append(calls, l.calls[:l.next]...)
}

// Tallies counts all calls since the start or the last ForgetCalls, by service
// and operation: "ec2:DescribeInstances".
func (s *Server) Tallies() map[string]Tally {
	l := &s.ledger
	l.mu.Lock()
	defer l.mu.Unlock()
	tallies := make(map[string]Tally, len(l.tallies))
	for name, t := range l.tallies {
		tallies[name] = t
	}
	return tallies
}

// ForgetCalls empties the log and the counters.
func (s *Server) ForgetCalls() {
	l := &s.ledger
	l.mu.Lock()
	defer l.mu.Unlock()
	l.calls, l.next, l.tallies = nil, 0, map[string]Tally{}
}
