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
		"status 400":                {statusError(400), fault.Failed},
		"status 401":                {statusError(401), fault.Failed},
		"status 403":                {statusError(403), fault.Failed},
		"status 404":                {statusError(404), fault.Failed},
		"status 407":                {statusError(407), fault.Unreachable},
		"status 410":                {statusError(410), fault.Failed},
		"status 500":                {statusError(500), fault.Failed},
		"status 502":                {statusError(502), fault.Unreachable},
		"status 503":                {statusError(503), fault.Unreachable},
		"status 504":                {statusError(504), fault.Timeout},
		"the SDK's word for a 404":  {errors.Join(apiError{"NotFound", "Not Found"}, statusError(404)), fault.Failed},
		"the SDK's word for a 410":  {errors.Join(apiError{"Gone", "Gone"}, statusError(410)), fault.Failed},
		"the SDK's word for a 403":  {errors.Join(apiError{"Forbidden", "Forbidden"}, statusError(403)), fault.Failed},
		"the SDK's word for a 401":  {errors.Join(apiError{"Unauthorized", "Unauthorized"}, statusError(401)), fault.Failed},
		"the SDK's word for a 503":  {errors.Join(apiError{"UnknownError", "UnknownError"}, statusError(503)), fault.Unreachable},
		"SNS's word for a 404":      {errors.Join(apiError{"NotFound", "Topic does not exist"}, statusError(404)), fault.NotFound},
		"MSK's word for a 404":      {errors.Join(apiError{"NotFoundException", ""}, statusError(404)), fault.NotFound},
		"MSK's word for a 403":      {errors.Join(apiError{"ForbiddenException", ""}, statusError(403)), fault.Denied},
		"403, a code nobody knows":  {errors.Join(apiError{"OddException", ""}, statusError(403)), fault.Failed},
		"404, a code nobody knows":  {errors.Join(apiError{"OddException", ""}, statusError(404)), fault.Failed},
		"503, a code of AWS":        {errors.Join(apiError{"ServiceUnavailable", ""}, statusError(503)), fault.Failed},
		"429, a code nobody knows":  {errors.Join(apiError{"OddException", ""}, statusError(429)), fault.Throttled},
		"clock":                     {apiError{"RequestTimeTooSkewed", ""}, fault.ClockSkewed},
		"expired, EC2":              {apiError{"RequestExpired", "Request has expired."}, fault.Expired},
		"clock, JSON protocols":     {apiError{"InvalidSignatureException", "Signature expired: 20261130T010000Z is now earlier than 20261130T020000Z"}, fault.ClockSkewed},
		"clock, query protocols":    {apiError{"SignatureDoesNotMatch", "Signature not yet current: 20261130T030000Z is still later than 20261130T020000Z"}, fault.ClockSkewed},
		"signature":                 {apiError{"SignatureDoesNotMatch", "The request signature we calculated does not match"}, fault.Expired},
		"not signed up":             {apiError{"NotSignedUp", ""}, fault.AccountState},
		"subscription":              {apiError{"SubscriptionRequiredException", ""}, fault.AccountState},
		"account problem":           {apiError{"AccountProblem", ""}, fault.AccountState},
		"verification":              {apiError{"PendingVerification", ""}, fault.AccountState},
		"blocked":                   {apiError{"Blocked", ""}, fault.AccountState},
		"region disabled":           {apiError{"RegionDisabledException", ""}, fault.RegionDisabled},
		"operation, JSON":           {apiError{"UnknownOperationException", ""}, fault.Unsupported},
		"operation, query":          {apiError{"InvalidAction", ""}, fault.Unsupported},
		"operation, another":        {apiError{"UnsupportedOperationException", ""}, fault.Unsupported},
		"version of the API":        {apiError{"NoSuchVersion", ""}, fault.Unsupported},
		"no such host, in a code":   {apiError{"NoSuchHost", ""}, fault.Failed},
		"endpoint not found":        {apiError{"EndpointNotFoundException", ""}, fault.Failed},
		"subscription not found":    {apiError{"SubscriptionNotFoundFault", ""}, fault.Failed},
		"route not found":           {apiError{"RouteNotFoundError", ""}, fault.Failed},
		"a parent not found":        {apiError{"ClusterNotFoundException", ""}, fault.NotFound},
		"no answer":                 {fmt.Errorf("x: %w", errors.Join(&fault.Unanswered{Class: fault.Timeout}, statusError(404))), fault.Timeout},
		"no such host":              {&net.DNSError{IsNotFound: true}, fault.Unreachable},
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
