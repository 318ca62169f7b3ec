package awserr

import (
	"cmp"
	"errors"
	"regexp"
	"strings"
)

const networkFix = "check the network path from here to the AWS endpoints (VPC, NAT, proxy, DNS)"

// FixOfClosed is what a person can do about a place that a policy closes, whatever it
// forbids there.
const FixOfClosed = "nothing, if this is intended; otherwise ask the owner of the policy that the message names to exempt the role that " +
	"reads the account. To leave the region out: regionPolicy.deny in the mapping, or PORTOLAN_REGIONS"

// Fix is what a person can do about a failure to read an account, a sentence without
// its full stop; "" if there is nothing to say. It names the operation that an *Error
// inside err tells, and the policy that AWS named.
func Fix(err error) string {
	var known *Error
	if errors.As(err, &known) && known.Fix != "" {
		return known.Fix
	}
	var own interface{ Fix() string }
	if errors.As(err, &own) {
		return own.Fix()
	}
	operation := "the action"
	if known != nil {
		operation = cmp.Or(known.Op, operation)
	}
	switch ClassOf(err) {
	case Denied, Closed:
		return fixOfDenial(PolicyOf(err), ClassOf(err), operation)
	case Throttled:
		return "nothing, if the next run succeeds; otherwise ask AWS for a higher quota, or read fewer regions"
	case Expired:
		if Code(err) == "RequestExpired" {
			return "check the clock of the machine that runs this, and that the role's credentials outlive the run"
		}
		return "check that the role's credentials outlive the run and that the region is enabled in the account"
	case AccountState:
		return "complete the account's registration with AWS (the message says what is missing), or leave the account out (PORTOLAN_ACCOUNTS_EXCLUDE)"
	case RegionDisabled:
		return "enable the region in the account, or leave it out (regionPolicy.deny in the mapping, or PORTOLAN_REGIONS)"
	case ClockSkewed:
		return "set the clock of the machine that runs this"
	case Unsupported:
		return "nothing, if AWS does not offer " + operation + " there; otherwise check the endpoint and the proxy on the way to it"
	case Timeout, Unreachable:
		return networkFix
	default:
		return ""
	}
}

const role = "the role that reads the account"

// action is what IAM calls an action, "sqs:ListQueues".
var action = regexp.MustCompile(`^[a-z0-9-]+:[A-Z][A-Za-z0-9]*$`)

// Allowed returns the action that a fix allows to the role that reads the account, in that role's own
// policies; "" if the fix is another.
func Allowed(fix string) string {
	allowed, here := strings.CutSuffix(fix, " in "+role)
	allowed, allow := strings.CutPrefix(allowed, "allow ")
	if !here || !allow || !action.MatchString(allowed) {
		return ""
	}
	return allowed
}

func fixOfDenial(policy Policy, class Class, operation string) string {
	switch policy {
	case IdentityDenies:
		return "take the deny of " + operation + " out of the identity-based policies of " + role
	case Boundary:
		return "allow " + operation + " in the permissions boundary of " + role
	case SessionPolicy:
		return "allow " + operation + " in the session policy with which " + role + " is assumed"
	case EndpointPolicy:
		return "allow " + operation + " in the policy of the VPC endpoint that the call goes through"
	case ServiceControl:
		return "ask the owner of the Organization's service control policies to allow " + operation + " to " + role + ", or leave the region out (regionPolicy.deny in the mapping, or PORTOLAN_REGIONS)"
	case ResourceControl:
		return "ask the owner of the Organization's resource control policies to allow " + operation + " to " + role
	case ResourceAllows:
		return "allow " + operation + " to " + role + " in the resource's own policy"
	case ResourceDenies:
		return "take the deny of " + operation + " to " + role + " out of the resource's own policy"
	}
	if class == Closed {
		return "ask the owner of the policy that the message names to allow " + operation + " to " + role
	}
	return "allow " + operation + " in " + role
}
