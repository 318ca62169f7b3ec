package awssim

import (
	"cmp"
	"net/http"
	"sync"
	"time"
)

// Effect is what a fault does to a call.
type Effect string

// The effects of faults. If a service has its own code, status and wording for
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
	Unsupport    Effect = "unsupported"   // refused by an endpoint that does not know the operation

	Refuse     Effect = "refuse"      // refused with Fault.Status, Code and Message, in the service's own form
	Gateway    Effect = "gateway"     // answered by a gateway in between, with Fault.Status and Page
	EndSession Effect = "end-session" // refused as expired, like every later call of the account's sessions until now
	Cycle      Effect = "cycle"       // the page's token leads to a circle of Fault.Length tokens
	Endless    Effect = "endless"     // a page without items and with a token that no page had before
	Stall      Effect = "stall"       // the head of the answer and half of its body, and then nothing
	Trickle    Effect = "trickle"     // a byte a second
	Rewrite    Effect = "rewrite"     // answered with Fault.New in place of Fault.Old
	Redirect   Effect = "redirect"    // answered with Fault.Status and the address Fault.New; 307 and the same address if they are not set
	Repeat     Effect = "repeat"      // the first page again, with a token that no page had before

	CutShort    Effect = "cut-short"    // half of a page, as if the listing ended there
	Overlap     Effect = "overlap"      // the next page begins with the last item of this one
	RefuseToken Effect = "refuse-token" // refused because the token is not valid
	Unfound     Effect = "unfound"      // Cloud Control does not find the resource, which exists
	Unsettled   Effect = "unsettled"    // the same, of what was created less than Fault.Delay ago
	// HandlerFails lets the type's handler fail with the HandlerErrorCode Fault.Code and the
	// service's message Fault.Message.
	HandlerFails  Effect = "handler-fails"
	OddProperties Effect = "odd-properties" // Cloud Control describes resources with properties that are not JSON
	NoProperties  Effect = "no-properties"  // without properties
	NoIdentifier  Effect = "no-identifier"  // without identifiers
	Swell         Effect = "swell"          // with as many characters as it allows

	Flood      Effect = "flood"       // a success whose body has no end
	FloodError Effect = "flood-error" // an error whose body has no end
	Bomb       Effect = "bomb"        // a body that has no end once it is unpacked; packed it is small
	Headers    Effect = "headers"     // a head of megabytes
)

// Denial ends the sentence in which AWS reports a denial; %s is the action.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
type Denial string

// The denials that AWS documents.
const (
	NoIdentityPolicy     Denial = "because no identity-based policy allows the %s action"
	IdentityPolicy       Denial = "with an explicit deny in an identity-based policy"
	NoBoundary           Denial = "because no permissions boundary allows the %s action"
	Boundary             Denial = "with an explicit deny in a permissions boundary"
	NoSessionPolicy      Denial = "because no session policy allows the %s action"
	SessionPolicy        Denial = "with an explicit deny in a session policy"
	NoEndpointPolicy     Denial = "because no VPC endpoint policy allows the %s action"
	EndpointPolicy       Denial = "with an explicit deny in a VPC endpoint policy"
	NoServicePolicy      Denial = "because no service control policy allows the %s action"
	ServiceControlPolicy Denial = "with an explicit deny in a service control policy"
	NoResourceControl    Denial = "because no resource control policy allows the %s action"
	ResourceControl      Denial = "with an explicit deny in a resource control policy"
	NoResourcePolicy     Denial = "because no resource-based policy allows the %s action"
	ResourcePolicy       Denial = "with an explicit deny in a resource-based policy"
)

// Page is what a gateway answers with.
type Page string

// The pages of gateways. The zero value is HTMLPage.
const (
	HTMLPage  Page = "html"
	EmptyPart Page = "empty" // no body at all
	JSONPage  Page = "json"  // an object, but no error of AWS
	XMLPage   Page = "xml"   // a document, but no error of AWS
	TextPage  Page = "text"
)

// pages are the bodies of the pages, with their content types.
var pages = map[Page][2]string{
	HTMLPage:  {"text/html", "<!DOCTYPE html>\n<html><head><title>Blocked by the gateway</title></head><body><h1>The page cannot be shown</h1></body></html>\n"},
	EmptyPart: {"", ""},
	JSONPage:  {"application/json", `{"error":{"status":"blocked","reason":"The gateway has no route"},"path":"/"}`},
	XMLPage:   {"application/xml", `<?xml version="1.0"?><fault><reason>The gateway has no route</reason></fault>`},
	TextPage:  {"text/plain", "no healthy upstream"},
}

// Pages lists the pages of gateways.
func Pages() []Page { return []Page{HTMLPage, EmptyPart, JSONPage, XMLPage, TextPage} }

// Fault is something that goes wrong for certain calls. An empty matcher matches
// every call; Operation may hold * and ?.
type Fault struct {
	Account, Region, Service, Operation string
	// Type and Resource are the type that a call of Cloud Control is about, and the
	// identifier. Type may hold * and ?.
	Type, Resource string
	// First is the number, from 1, of the first matching call that is hit; zero is 1.
	First int
	// Times is how many calls are hit from then on; zero is one, negative is all.
	Times  int
	Effect Effect
	// Delay is for the effect Slow.
	Delay time.Duration
	// Status is for the effects Refuse and Gateway; zero is 400 and 404.
	Status int
	// Denial is for the effect Deny; its zero value is NoIdentityPolicy.
	Denial Denial
	// Code and Message are for the effect Refuse.
	Code, Message string
	// Page is for the effect Gateway.
	Page Page
	// Length is for the effect Cycle; zero is 1.
	Length int
	// Old and New are for the effects Rewrite and Redirect, as they are written in the answer.
	Old, New string
}

// script has the faults that are still to come.
type script struct {
	mu     sync.Mutex
	faults []*armed
}

type armed struct {
	Fault
	seen int
}

// Inject adds faults. If several match a call, the one that was added first
// has its effect, and all of them count the call.
func (s *Server) Inject(faults ...Fault) {
	s.script.mu.Lock()
	defer s.script.mu.Unlock()
	for _, fault := range faults {
		s.script.faults = append(s.script.faults, &armed{Fault: fault})
	}
}

// ClearFaults removes all faults.
func (s *Server) ClearFaults() {
	s.script.mu.Lock()
	defer s.script.mu.Unlock()
	s.script.faults = nil
}

func (f *Fault) meets(c *call) bool {
	return (f.Account == "" || f.Account == c.caller.account) &&
		(f.Region == "" || f.Region == c.signature.region) &&
		(f.Service == "" || f.Service == c.service.name) &&
		(f.Operation == "" || matches(f.Operation, c.operation.name)) &&
		(f.Type == "" || matches(f.Type, c.text("TypeName"))) &&
		(f.Resource == "" || f.Resource == c.text("Identifier"))
}

// strike returns the fault that affects a call, nil if none does.
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
		return c.denied(cmp.Or(f.Denial, NoIdentityPolicy), c.service.scope(c))
	case DenyByPolicy:
		return c.deny(deniedByOrganization, c.service.scope(c))
	case Fail:
		return d.failed.plain()
	case Unavailable:
		return d.unavailable.plain()
	case Expire:
		return d.expired.plain()
	case WrongRegion:
		return d.unknownKey.plain()
	case Unsupport:
		if c.service == &cloudControl {
			return c.unsupported()
		}
		return c.unknownOperation()
	case RefuseToken:
		return d.tokenRefused()
	case HandlerFails:
		return c.handlerFailed(f.Code, f.Message)
	case EndSession:
		c.server.ExpireSessions(c.caller.account)
		return d.expired.plain()
	case Refuse:
		return &refusal{status: cmp.Or(f.Status, http.StatusBadRequest), code: f.Code, message: f.Message}
	}
	return nil
}

// page returns the status, the content type and the body of a gateway's answer.
func (f *Fault) page() (status int, contentType string, body []byte) {
	page := pages[cmp.Or(f.Page, HTMLPage)]
	return cmp.Or(f.Status, http.StatusNotFound), page[0], []byte(page[1])
}

// astray returns the token with which a fault replaces the real one on the page
// that starts at from, "" if no fault does, and whether the page is empty.
func (c *call) astray(from int, question string) (token string, empty bool) {
	switch {
	case c.meets(EmptyPage):
		return c.token(from, question), true
	case c.meets(Endless):
		return c.token(from+1, question), true
	case c.meets(Repeat):
		return c.token(from+1, question), false
	case c.meets(Cycle):
		return c.token(from%max(c.fault.Length, 1)+1, question), false
	}
	return "", false
}
