package awssim

import (
	"slices"
	"strings"
)

// verdict is what the policies say about an action.
type verdict int

const (
	allowed verdict = iota
	notAllowed
	deniedByIdentity
	deniedByOrganization
)

// judge weighs an action as IAM does: a service control policy first, then a
// denial, then a permission.
func (s *Server) judge(who *caller, action, region string) verdict {
	switch {
	case s.world.forbidden(who.account, action, region):
		return deniedByOrganization
	case matchesAny(who.permissions.Deny, action):
		return deniedByIdentity
	case !matchesAny(who.permissions.Allow, action):
		return notAllowed
	}
	return allowed
}

// denial ends the sentence that reports a verdict.
func (v verdict) denial() Denial {
	switch v {
	case deniedByOrganization:
		return ServiceControlPolicy
	case deniedByIdentity:
		return IdentityPolicy
	}
	return NoIdentityPolicy
}

func (d Denial) of(action string) string { return " " + strings.ReplaceAll(string(d), "%s", action) }

// deny words the denial of the call's own action on a resource.
func (c *call) deny(v verdict, resource string) *refusal { return c.denied(v.denial(), resource) }

// denied words a denial for a reason.
func (c *call) denied(because Denial, resource string) *refusal {
	action := c.call.Action
	switch c.service.name {
	case "ec2":
		return c.service.dialect.denied.saying("You are not authorized to perform this operation. User: %s is not authorized to perform: %s%s",
			c.caller.arn, action, because.of(action))
	case "sqs":
		action = strings.ToLower(action)
	}
	if resource != "" {
		resource = " on resource: " + resource
	}
	return c.service.dialect.denied.saying("User: %s is not authorized to perform: %s%s%s",
		c.caller.arn, action, resource, because.of(action))
}

// authorize checks the permission for the call's action. Some calls name a
// resource in the refusal; which one is the service's business.
func (s *Server) authorize(c *call) *refusal {
	if c.operation.action == noAction {
		return nil
	}
	v := s.judge(&c.caller, c.operation.action, c.signature.region)
	if v == allowed {
		return nil
	}
	return c.deny(v, c.service.scope(c))
}

// forbidden says whether a service control policy denies an action in an account.
func (w *world) forbidden(account, action, region string) bool {
	w.mu.RLock()
	defer w.mu.RUnlock()
	h := w.accounts[account]
	if h == nil || h.Management || w.units == nil {
		return false
	}
	for i := range w.policies {
		p := &w.policies[i]
		if len(p.Regions) > 0 && !slices.Contains(p.Regions, region) || slices.Contains(p.ExceptRegions, region) {
			continue
		}
		if !matchesAny(p.Deny, action) {
			continue
		}
		for _, target := range p.Targets {
			if w.units.holds(target, h.Account) {
				return true
			}
		}
	}
	return false
}

func matchesAny(patterns []string, action string) bool {
	for _, pattern := range patterns {
		if matches(pattern, action) {
			return true
		}
	}
	return false
}

// matches compares without regard to case; * stands for any characters, ? for one.
func matches(pattern, action string) bool {
	p, a, star, resume := 0, 0, -1, 0
	for a < len(action) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, resume = p, a
			p++
		case p < len(pattern) && (pattern[p] == '?' || lower(pattern[p]) == lower(action[a])):
			p++
			a++
		case star >= 0:
			resume++
			p, a = star+1, resume
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
