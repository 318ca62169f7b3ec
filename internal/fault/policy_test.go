package fault_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"portolan/internal/fault"
)

// TestPolicyOf has each form that AWS documents, in the words of several services.
func TestPolicyOf(t *testing.T) {
	t.Parallel()
	const user = "User: arn:aws:sts::111122223333:assumed-role/reader/x is not authorized to perform: sqs:ListQueues"
	tests := []struct {
		code, message string
		want          fault.Policy
		class         fault.Class
		fix           string // a part of it
	}{
		{"AccessDenied", user + " because no identity-based policy allows the sqs:ListQueues action", fault.IdentityAllows, fault.Denied, "allow sqs:ListQueues in the role that reads the account"},
		{"AccessDeniedException", user + " with an explicit deny in an identity-based policy", fault.IdentityDenies, fault.Denied, "take the deny of sqs:ListQueues out of the identity-based policies"},
		{"AccessDenied", user + " with an explicit deny in an identity-based policy: arn:aws:iam::111122223333:policy/NoQueues", fault.IdentityDenies, fault.Denied, "identity-based"},
		{"AccessDenied", user + " because no permissions boundary allows the sqs:ListQueues action", fault.Boundary, fault.Denied, "permissions boundary"},
		{"AccessDenied", user + " with an explicit deny in a permissions boundary", fault.Boundary, fault.Denied, "permissions boundary"},
		{"AccessDenied", user + " because no session policy allows the sqs:ListQueues action", fault.SessionPolicy, fault.Denied, "session policy"},
		{"AccessDenied", user + " with an explicit deny in a session policy", fault.SessionPolicy, fault.Denied, "session policy"},
		{"AccessDenied", user + " because no VPC endpoint policy allows the sqs:ListQueues action", fault.EndpointPolicy, fault.Denied, "VPC endpoint"},
		{"AccessDenied", user + " with an explicit deny in a VPC endpoint policy", fault.EndpointPolicy, fault.Denied, "VPC endpoint"},
		{"AccessDenied", user + " because no service control policy allows the sqs:ListQueues action", fault.ServiceControl, fault.Closed, "service control policies"},
		{"UnauthorizedOperation", "You are not authorized to perform this operation. " + user + " with an explicit deny in a service control policy. Encoded authorization failure message: abc", fault.ServiceControl, fault.Closed, "service control policies"},
		{"AccessDenied", user + " with an explicit deny in a resource control policy", fault.ResourceControl, fault.Closed, "resource control policies"},
		{"AccessDenied", user + " because no resource control policy allows the sqs:ListQueues action", fault.ResourceControl, fault.Closed, "resource control policies"},
		{"AccessDeniedException", user + " on resource: arn:aws:kms:eu-west-1:111122223333:key/1 because no resource-based policy allows the kms:DescribeKey action", fault.ResourceAllows, fault.Closed, "resource's own policy"},
		{"AccessDenied", user + ` on resource: "arn:aws:s3:::logs" with an explicit deny in a resource-based policy`, fault.ResourceDenies, fault.Closed, "resource's own policy"},
		{"AccessDenied", user + " because no role trust policy allows the sts:AssumeRole action", fault.ResourceAllows, fault.Closed, "resource's own policy"},
		{"AccessDenied", "Access Denied", fault.Unnamed, fault.Denied, "allow sqs:ListQueues in the role"},
		{"AccessDenied", "Access to the resource https://sqs.eu-west-1.amazonaws.com/ is denied.", fault.Unnamed, fault.Denied, "allow sqs:ListQueues in the role"},
		{"ResourceNotFoundException", "with an explicit deny in a service control policy", fault.Unnamed, fault.NotFound, ""},
	}
	for _, test := range tests {
		err := fault.New("sqs:ListQueues", fmt.Errorf("operation error SQS: %w", apiError{test.code, test.message}))
		fix := fault.Fix(err)
		if fault.PolicyOf(err) != test.want || fault.ClassOf(err) != test.class || !strings.Contains(fix, test.fix) {
			t.Errorf("%s: got %q, %q, %q", test.message, fault.PolicyOf(err), fault.ClassOf(err), fix)
		}
		if test.want != fault.Unnamed && !strings.Contains(fix, "sqs:ListQueues") {
			t.Errorf("%q does not name the operation", fix)
		}
	}
}

func TestFix(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		err  error
		want string
	}{
		{&fault.Error{Class: fault.Denied, Mend: "ask Ann", Err: apiError{"AccessDenied", ""}}, "ask Ann"},
		{fault.New("sqs:ListQueues", &fault.Unanswered{Class: fault.Failed, Status: 404}), "proxy or gateway"},
		{fault.New("sqs:ListQueues", &fault.Unanswered{Class: fault.Timeout}), "network path"},
		{apiError{"AccessDenied", ""}, "allow the action in"},
		{&fault.Error{Op: "sqs:ListQueues", Class: fault.Closed, Err: errors.New("no words")}, "allow sqs:ListQueues to"},
		{apiError{"RequestTimeTooSkewed", ""}, "clock"},
		{apiError{"NotSignedUp", ""}, "registration"},
		{apiError{"RegionDisabledException", ""}, "enable the region"},
		{apiError{"UnknownOperationException", ""}, "does not offer"},
		{apiError{"ThrottlingException", ""}, "quota"},
		{apiError{"ExpiredToken", ""}, "credentials"},
		{apiError{"RequestExpired", ""}, "clock"},
	} {
		if got := fault.Fix(test.err); !strings.Contains(got, test.want) {
			t.Errorf("%v: got %q, want %q in it", test.err, got, test.want)
		}
	}
	if got := fault.Fix(errors.New("odd")); got != "" {
		t.Errorf("got %q for what nobody knows", got)
	}
}

func TestExcerptIsClean(t *testing.T) {
	t.Parallel()
	got := fault.Excerpt([]byte("<html>\r\n\x1b[31mBlocked\x07\xff\u202e" + strings.Repeat("é", 500)))
	if !strings.HasPrefix(got, "<html> [31mBlocked \uFFFD é") || strings.ContainsAny(got, "\r\n\x1b\x07\u202e") || len([]rune(got)) > 81 {
		t.Errorf("got %q", got)
	}
}
