package awserr_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"portolan/internal/aws/awserr"
)

// TestPolicyOf has each form that AWS documents, in the words of several services.
func TestPolicyOf(t *testing.T) {
	t.Parallel()
	const user = "User: arn:aws:sts::111122223333:assumed-role/reader/x is not authorized to perform: sqs:ListQueues"
	tests := []struct {
		code, message string
		want          awserr.Policy
		class         awserr.Class
		fix           string // a part of it
	}{
		{"AccessDenied", user + " because no identity-based policy allows the sqs:ListQueues action", awserr.IdentityAllows, awserr.Denied, "allow sqs:ListQueues in the role that reads the account"},
		{"AccessDeniedException", user + " with an explicit deny in an identity-based policy", awserr.IdentityDenies, awserr.Denied, "take the deny of sqs:ListQueues out of the identity-based policies"},
		{"AccessDenied", user + " with an explicit deny in an identity-based policy: arn:aws:iam::111122223333:policy/NoQueues", awserr.IdentityDenies, awserr.Denied, "identity-based"},
		{"AccessDenied", user + " because no permissions boundary allows the sqs:ListQueues action", awserr.Boundary, awserr.Denied, "permissions boundary"},
		{"AccessDenied", user + " with an explicit deny in a permissions boundary", awserr.Boundary, awserr.Denied, "permissions boundary"},
		{"AccessDenied", user + " because no session policy allows the sqs:ListQueues action", awserr.SessionPolicy, awserr.Denied, "session policy"},
		{"AccessDenied", user + " with an explicit deny in a session policy", awserr.SessionPolicy, awserr.Denied, "session policy"},
		{"AccessDenied", user + " because no VPC endpoint policy allows the sqs:ListQueues action", awserr.EndpointPolicy, awserr.Denied, "VPC endpoint"},
		{"AccessDenied", user + " with an explicit deny in a VPC endpoint policy", awserr.EndpointPolicy, awserr.Denied, "VPC endpoint"},
		{"AccessDenied", user + " because no service control policy allows the sqs:ListQueues action", awserr.ServiceControl, awserr.Closed, "service control policies"},
		{"UnauthorizedOperation", "You are not authorized to perform this operation. " + user + " with an explicit deny in a service control policy. Encoded authorization failure message: abc", awserr.ServiceControl, awserr.Closed, "service control policies"},
		{"AccessDenied", user + " with an explicit deny in a resource control policy", awserr.ResourceControl, awserr.Closed, "resource control policies"},
		{"AccessDenied", user + " because no resource control policy allows the sqs:ListQueues action", awserr.ResourceControl, awserr.Closed, "resource control policies"},
		{"AccessDeniedException", user + " on resource: arn:aws:kms:eu-west-1:111122223333:key/1 because no resource-based policy allows the kms:DescribeKey action", awserr.ResourceAllows, awserr.Closed, "resource's own policy"},
		{"AccessDenied", user + ` on resource: "arn:aws:s3:::logs" with an explicit deny in a resource-based policy`, awserr.ResourceDenies, awserr.Closed, "resource's own policy"},
		{"AccessDenied", user + " because no role trust policy allows the sts:AssumeRole action", awserr.ResourceAllows, awserr.Closed, "resource's own policy"},
		{"AccessDenied", "Access Denied", awserr.Unnamed, awserr.Denied, "allow sqs:ListQueues in the role"},
		{"AccessDenied", "Access to the resource https://sqs.eu-west-1.amazonaws.com/ is denied.", awserr.Unnamed, awserr.Denied, "allow sqs:ListQueues in the role"},
		{"ResourceNotFoundException", "with an explicit deny in a service control policy", awserr.Unnamed, awserr.NotFound, ""},
	}
	for _, test := range tests {
		err := awserr.New("sqs:ListQueues", fmt.Errorf("operation error SQS: %w", apiError{test.code, test.message}))
		fix := awserr.Fix(err)
		if awserr.PolicyOf(err) != test.want || awserr.ClassOf(err) != test.class || !strings.Contains(fix, test.fix) {
			t.Errorf("%s: got %q, %q, %q", test.message, awserr.PolicyOf(err), awserr.ClassOf(err), fix)
		}
		if test.want != awserr.Unnamed && !strings.Contains(fix, "sqs:ListQueues") {
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
		{&awserr.Error{Class: awserr.Denied, Fix: "ask Ann", Err: apiError{"AccessDenied", ""}}, "ask Ann"},
		{awserr.New("sqs:ListQueues", &awserr.Unanswered{Class: awserr.Failed, Status: 404}), "proxy or gateway"},
		{awserr.New("sqs:ListQueues", &awserr.Unanswered{Class: awserr.Timeout}), "network path"},
		{apiError{"AccessDenied", ""}, "allow the action in"},
		{&awserr.Error{Op: "sqs:ListQueues", Class: awserr.Closed, Err: errors.New("no words")}, "allow sqs:ListQueues to"},
		{apiError{"RequestTimeTooSkewed", ""}, "clock"},
		{apiError{"NotSignedUp", ""}, "registration"},
		{apiError{"RegionDisabledException", ""}, "enable the region"},
		{apiError{"UnknownOperationException", ""}, "does not offer"},
		{apiError{"ThrottlingException", ""}, "quota"},
		{apiError{"ExpiredToken", ""}, "credentials"},
		{apiError{"RequestExpired", ""}, "clock"},
	} {
		if got := awserr.Fix(test.err); !strings.Contains(got, test.want) {
			t.Errorf("%v: got %q, want %q in it", test.err, got, test.want)
		}
	}
	if got := awserr.Fix(errors.New("odd")); got != "" {
		t.Errorf("got %q for what nobody knows", got)
	}
}

// TestAllowed: only what the role's own policies lack belongs into a statement for the role.
func TestAllowed(t *testing.T) {
	t.Parallel()
	denied := func(op, message string) error { return awserr.New(op, apiError{"AccessDenied", message}) }
	for _, test := range []struct {
		err  error
		want string
	}{
		{denied("sqs:ListQueues", ""), "sqs:ListQueues"},
		{denied("sqs:ListQueues", "no identity-based policy allows the sqs:ListQueues action"), "sqs:ListQueues"},
		{denied("sqs:ListQueues", "with an explicit deny in an identity-based policy"), ""},
		{denied("sqs:ListQueues", "because no permissions boundary allows the sqs:ListQueues action"), ""},
		{denied("sqs:ListQueues", "because no session policy allows the sqs:ListQueues action"), ""},
		{denied("sqs:ListQueues", "because no VPC endpoint policy allows the sqs:ListQueues action"), ""},
		{denied("sqs:ListQueues", "with an explicit deny in a service control policy"), ""},
		{denied("kms:DescribeKey", "because no resource-based policy allows the kms:DescribeKey action"), ""},
		{denied("list the regions", ""), ""},
		{apiError{"ThrottlingException", ""}, ""},
	} {
		if got := awserr.Allowed(awserr.Fix(test.err)); got != test.want {
			t.Errorf("%q allows %q, want %q", awserr.Fix(test.err), got, test.want)
		}
	}
}

func TestExcerptIsClean(t *testing.T) {
	t.Parallel()
	got := awserr.Excerpt([]byte("<html>\r\n\x1b[31mBlocked\x07\xff\u202e" + strings.Repeat("é", 500)))
	if !strings.HasPrefix(got, "<html> [31mBlocked \uFFFDé") || strings.ContainsAny(got, "\r\n\x1b\x07\u202e") || len([]rune(got)) > 81 {
		t.Errorf("got %q", got)
	}
}
