package fault_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"

	"portolan/internal/fault"
)

type apiError struct{ code, message string }

func (e apiError) Error() string        { return "api error " + e.code }
func (e apiError) ErrorCode() string    { return e.code }
func (e apiError) ErrorMessage() string { return e.message }

type statusError int

func (e statusError) Error() string       { return fmt.Sprintf("status %d", int(e)) }
func (e statusError) HTTPStatusCode() int { return int(e) }

func TestClassOf(t *testing.T) {
	t.Parallel()
	const scp = "User: x is not authorized to perform: s3:ListAllMyBuckets with an explicit deny in a service control policy"
	tests := map[string]struct {
		err  error
		want fault.Class
	}{
		"nothing":                   {nil, fault.None},
		"denied":                    {apiError{"AccessDenied", "no"}, fault.Denied},
		"denied, JSON protocols":    {apiError{"AccessDeniedException", "no"}, fault.Denied},
		"denied, EC2":               {apiError{"UnauthorizedOperation", "no"}, fault.Denied},
		"service control policy":    {apiError{"AccessDenied", scp}, fault.Closed},
		"SCP only speaks of denies": {apiError{"ThrottlingException", scp}, fault.Throttled},
		"throttled":                 {apiError{"ThrottlingException", ""}, fault.Throttled},
		"throttled, EC2":            {apiError{"RequestLimitExceeded", ""}, fault.Throttled},
		"throttled, S3":             {apiError{"SlowDown", ""}, fault.Throttled},
		"not found":                 {apiError{"ResourceNotFoundException", ""}, fault.NotFound},
		"not found, EC2":            {apiError{"InvalidInstanceID.NotFound", ""}, fault.NotFound},
		"not found, S3":             {apiError{"NoSuchBucket", ""}, fault.NotFound},
		"not found, S3 errors":      {apiError{"OwnershipControlsNotFoundError", ""}, fault.NotFound},
		"not found, RDS":            {apiError{"DBInstanceNotFoundFault", ""}, fault.NotFound},
		"not found, SQS":            {apiError{"AWS.SimpleQueueService.NonExistentQueue", ""}, fault.NotFound},
		"not found, SQS JSON":       {apiError{"QueueDoesNotExist", ""}, fault.NotFound},
		"expired":                   {apiError{"ExpiredToken", ""}, fault.Expired},
		"expired, JSON protocols":   {apiError{"ExpiredTokenException", ""}, fault.Expired},
		"region not enabled":        {apiError{"OptInRequired", ""}, fault.AccountState},
		"unknown code":              {apiError{"InternalError", ""}, fault.Failed},
		"code before status":        {errors.Join(apiError{"ThrottlingException", ""}, statusError(400)), fault.Throttled},
		"status where no code":      {statusError(429), fault.Throttled},
		"status 403":                {statusError(403), fault.Denied},
		"status 404":                {statusError(404), fault.NotFound},
		"status 401":                {statusError(401), fault.Expired},
		"status 504":                {statusError(504), fault.Timeout},
		"status 500":                {statusError(500), fault.Failed},
		"no such host":              {&net.DNSError{IsNotFound: true}, fault.NotOffered},
		"resolver broken":           {&net.DNSError{IsTemporary: true}, fault.Unreachable},
		"refused":                   {&net.OpError{Op: "dial", Err: errors.New("refused")}, fault.Unreachable},
		"cut":                       {fmt.Errorf("read: %w", io.ErrUnexpectedEOF), fault.Unreachable},
		"deadline":                  {fmt.Errorf("x: %w", context.DeadlineExceeded), fault.Timeout},
		"cancelled":                 {context.Canceled, fault.Timeout},
		"decided before":            {fmt.Errorf("x: %w", &fault.Error{Class: fault.Throttled, Err: statusError(403)}), fault.Throttled},
		"anything":                  {errors.New("odd"), fault.Failed},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := fault.ClassOf(test.err); got != test.want {
				t.Errorf("ClassOf(%v) = %q, want %q", test.err, got, test.want)
			}
		})
	}
}

func TestNewKeepsTheFirstDecision(t *testing.T) {
	t.Parallel()
	if err := fault.New("sqs:ListQueues", nil); err != nil {
		t.Fatalf("New of no error = %v, want nil", err)
	}
	inner := fault.New("sqs:ListQueues", apiError{"AccessDenied", "no"})
	outer := fault.New("other", fmt.Errorf("page 2: %w", inner))
	var got *fault.Error
	if !errors.As(outer, &got) || got.Op != "sqs:ListQueues" || got.Class != fault.Denied {
		t.Errorf("outer error carries %+v, want the inner operation and class", got)
	}
	if !strings.Contains(inner.Error(), "sqs:ListQueues") {
		t.Errorf("error %q does not name its operation", inner)
	}
}

func TestMessageLeavesTheRequestOut(t *testing.T) {
	t.Parallel()
	if got := fault.Message(fmt.Errorf("operation error SQS, https response: %w", apiError{"AccessDenied", "no"})); got != "AccessDenied: no" {
		t.Errorf("Message = %q", got)
	}
	if got := fault.Message(errors.New("odd")); got != "odd" {
		t.Errorf("Message = %q", got)
	}
}
