package account

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/smithy-go"

	"portolan/internal/aws/awserr"
	"portolan/internal/diag"
)

// EnterError says why an account cannot be entered and how to fix it. None of its
// texts holds a credential or the external id.
type EnterError struct {
	Account Account
	Title   string // "Unable to assume role"
	Cause   string
	Fix     string // "" if there is nothing to fix but to run again
	Class   awserr.Class
	Err     error
}

// Error says title, role, account, cause and fix in one line.
func (e *EnterError) Error() string {
	text := e.Title
	if e.Account.RoleARN != "" {
		text += " " + e.Account.RoleARN
	}
	text += " in account " + e.Account.ID + ": " + e.Cause
	if e.Fix != "" {
		text += ". " + e.Fix
	}
	return text
}

// Unwrap returns the cause.
func (e *EnterError) Unwrap() error { return e.Err }

// DiagCode returns the code: of the role that cannot be assumed, or of the base identity.
func (e *EnterError) DiagCode() diag.Code {
	if e.Account.RoleARN == "" {
		return diag.BaseIdentity
	}
	return diag.AssumeRole
}

const unableToAssume = "Unable to assume role"

// refused makes the error of an account that could not be entered.
func (d *Directory) refused(ctx context.Context, a Account, caller principal, err error) error {
	err = d.scrub(err)
	e := &EnterError{Account: a, Title: unableToAssume, Err: err}
	if a.RoleARN == "" {
		e.Title = "Unable to use the base identity"
	}
	if ctx.Err() != nil {
		e.Class, e.Cause = awserr.Timeout, "the run ended before AWS answered"
	} else {
		e.Cause, e.Fix, e.Class = d.explain(err, a.RoleARN, caller)
	}
	e.Err = &awserr.Error{Op: assumeByRole, Class: e.Class, Fix: e.Fix, Err: err}
	return e
}

// explain tells apart why STS, or the way to it, refused. The role and the caller
// may be empty.
func (d *Directory) explain(err error, roleARN string, caller principal) (cause, fix string, class awserr.Class) {
	class = awserr.ClassOf(err)
	var known *awserr.Error
	if errors.As(err, &known) && known.Fix != "" {
		return known.Error(), known.Fix, class
	}
	said := answers(err)
	if awserr.Code(err) == "RegionDisabledException" {
		return "the account has not enabled STS in " + d.home + " (" + said + ")",
			"Run in a region that every account has enabled, such as " + MainRegion(d.partition) + ", or enable " + d.home + " in the account.", class
	}
	switch class {
	case awserr.Denied, awserr.Closed:
		policy := awserr.PolicyOf(err)
		if policy == awserr.ResourceAllows || policy == awserr.ResourceDenies {
			class = awserr.Denied // the trust policy is part of what the operator installs
		}
		cause, fix = d.explainDenial(policy, said, roleARN, caller)
		return cause, fix, class
	case awserr.Expired:
		return "the base credentials have expired or are not valid (" + said + ")",
			"Renew the credentials that the program starts with; if they are keys in the settings, check both parts and the session token.", class
	case awserr.Throttled:
		return "STS refused because of too many calls, after all retries (" + said + ")",
			"Run again; if it repeats, other programs of the account use up the quota of STS.", class
	case awserr.Timeout, awserr.Unreachable:
		return "STS in " + d.home + " cannot be reached (" + said + ")",
			"Check the network path to sts." + d.home + ": a NAT gateway, or a VPC endpoint for STS with private DNS.", class
	}
	return said, "Check the role's ARN against what AWS answered.", class
}

// denials say what denied, by the policy that AWS names.
var denials = map[awserr.Policy]struct {
	cause string
	fix   func(statements) string
}{
	awserr.ServiceControl: {"a service control policy of the Organization denies it", func(s statements) string {
		return "Exempt " + s.caller + " from the policy that denies " + assumeByRole + " on " + s.role + "."
	}},
	awserr.ResourceControl: {"a resource control policy of the Organization denies it", func(s statements) string {
		return "Exempt " + s.caller + " from the policy that denies " + assumeByRole + " on " + s.role + "."
	}},
	awserr.EndpointPolicy: {"the policy of the VPC endpoint for STS denies it", func(s statements) string {
		return "Add to the endpoint's policy: " + s.endpoint() + "."
	}},
	awserr.Boundary: {"the permissions boundary of the base identity denies it", func(s statements) string {
		return "Add to the boundary of " + s.caller + ": " + s.permission() + "."
	}},
	awserr.SessionPolicy: {"the session policy of the base identity denies it", func(s statements) string {
		return "Start the session of " + s.caller + " with a policy that holds " + s.permission() + "."
	}},
	awserr.IdentityDenies: {"a policy of the base identity denies it", func(s statements) string {
		return "Take the deny of " + assumeByRole + " on " + s.role + " out of the policies of " + s.caller + "."
	}},
	awserr.ResourceDenies: {"the trust policy of the role denies it", func(s statements) string {
		return "Take the deny out of the trust policy of " + s.role + "."
	}},
	awserr.IdentityAllows: {"the base identity has no permission to assume it", func(s statements) string {
		return "Add to the policies of " + s.caller + ": " + s.permission() + "."
	}},
	awserr.ResourceAllows: {"the trust policy of the role does not allow it", func(s statements) string {
		return "Add to the trust policy of " + s.role + ": " + s.trust() + "." + s.hints()
	}},
}

func (d *Directory) explainDenial(policy awserr.Policy, said, roleARN string, caller principal) (cause, fix string) {
	s := d.statements(roleARN, caller)
	if denial, named := denials[policy]; named {
		return denial.cause + " (" + said + ")", denial.fix(s)
	}
	return "AWS denies it and does not say why: the role does not exist, does not trust the base identity, " +
			"asks for another external id, or the base identity lacks the permission (" + said + ")",
		"Make sure that " + s.role + " exists and that its trust policy holds " + s.trust() + ", and that the policies of " +
			s.caller + " hold " + s.permission() + "." + s.hints()
}

// answers returns what AWS answered, to each call that was made.
func answers(err error) string {
	var several interface{ Unwrap() []error }
	if !errors.As(err, &several) {
		return awserr.Message(err)
	}
	var said []string
	for _, one := range several.Unwrap() {
		var known *awserr.Error
		if errors.As(one, &known) {
			said = append(said, known.Op+": "+awserr.Message(one))
		}
	}
	return strings.Join(said, "; ")
}

// scrub takes an error apart that repeats a secret: what is left is its class,
// its code and the cleaned message.
func (d *Directory) scrub(err error) error {
	text := awserr.Message(err) + err.Error()
	if d.redacted.Replace(text) == text {
		return err
	}
	class, code := awserr.ClassOf(err), awserr.Code(err)
	clean := fmt.Errorf("%s", d.redacted.Replace(awserr.Message(err)))
	if code != "" {
		message := strings.TrimPrefix(clean.Error(), code+": ")
		clean = &smithy.GenericAPIError{Code: code, Message: message}
	}
	return &awserr.Error{Class: class, Err: clean}
}
