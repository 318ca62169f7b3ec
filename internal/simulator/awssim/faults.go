package awssim

import (
	"sync"
	"time"
)

// Effect is what a fault does to a call.
type Effect string

// The effects of faults. Where a service has its own code, status and wording for
// an error, those are used.
const (
	Throttle     Effect = "throttle"      // refused as too frequent
	Deny         Effect = "deny"          // refused for want of permission
	DenyByPolicy Effect = "scp-deny"      // refused by a service control policy
	Fail         Effect = "fail"          // answered with the service's 500
	Unavailable  Effect = "unavailable"   // answered with the service's 503
	Expire       Effect = "expire"        // refused because the token is expired
	Cut          Effect = "cut"           // connection cut in the middle of the body
	Truncate     Effect = "truncate"      // a complete response with half of its body
	Slow         Effect = "slow"          // answered after Fault.Delay
	EmptyPage    Effect = "empty-page"    // a page without items and with a next token
	Vanish       Effect = "vanish"        // the resource asked for is removed just before
	Hang         Effect = "hang"          // never answered; the client has to give up
	Garble       Effect = "garble"        // a body that is neither XML nor JSON
	WrongRegion  Effect = "not-in-region" // refused as in a region that is not enabled
)

// Fault is something that goes wrong for certain calls. An empty matcher matches
// every call; Operation may hold * and ?.
type Fault struct {
	Account, Region, Service, Operation string
	// First is the number, from 1, of the first matching call that is hit; zero is 1.
	First int
	// Times is how many calls are hit from then on; zero is one, negative is all.
	Times  int
	Effect Effect
	// Delay is for the effect Slow.
	Delay time.Duration
}

// script is the faults that are still to come.
type script struct {
	mu     sync.Mutex
	faults []*armed
}

type armed struct {
	Fault
	seen int
}

// Inject adds faults. Where several match a call, the one that was added first
// has its effect and all of them count the call.
func (s *Server) Inject(faults ...Fault) {
	s.script.mu.Lock()
	defer s.script.mu.Unlock()
	for _, fault := range faults {
		s.script.faults = append(s.script.faults, &armed{Fault: fault})
	}
}

// ClearFaults forgets all faults.
func (s *Server) ClearFaults() {
	s.script.mu.Lock()
	defer s.script.mu.Unlock()
	s.script.faults = nil
}

func (f *Fault) meets(c *call) bool {
	return (f.Account == "" || f.Account == c.caller.account) &&
		(f.Region == "" || f.Region == c.signature.region) &&
		(f.Service == "" || f.Service == c.service.name) &&
		(f.Operation == "" || matches(f.Operation, c.operation.name))
}

// strike gives the fault that a call meets, nil if it is spared.
func (s *script) strike(c *call) *Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	var struck *Fault
	for _, fault := range s.faults {
		if !fault.meets(c) {
			continue
		}
		fault.seen++
		first, times := max(fault.First, 1), fault.Times
		if times == 0 {
			times = 1
		}
		if struck == nil && fault.seen >= first && (times < 0 || fault.seen < first+times) {
			struck = &fault.Fault
		}
	}
	return struck
}

// refusal is the error that a fault answers with, nil if it has another effect.
func (f *Fault) refusal(c *call) *refusal {
	d := &c.service.dialect
	switch f.Effect {
	case Throttle:
		return d.throttled.plain()
	case Deny:
		return c.deny(notAllowed, c.service.scopeOf(c))
	case DenyByPolicy:
		return c.deny(deniedByOrganization, c.service.scopeOf(c))
	case Fail:
		return d.failed.plain()
	case Unavailable:
		return d.unavailable.plain()
	case Expire:
		return d.expired.plain()
	case WrongRegion:
		return d.unknownKey.plain()
	}
	return nil
}
