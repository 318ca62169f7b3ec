package awserr_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"

	"portolan/internal/aws/awserr"
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
		want awserr.Class
	}{
		"nothing":                   {nil, awserr.None},
		"denied":                    {apiError{"AccessDenied", "no"}, awserr.Denied},
		"denied, JSON protocols":    {apiError{"AccessDeniedException", "no"}, awserr.Denied},
		"denied, EC2":               {apiError{"UnauthorizedOperation", "no"}, awserr.Denied},
		"service control policy":    {apiError{"AccessDenied", scp}, awserr.Closed},
		"SCP only speaks of denies": {apiError{"ThrottlingException", scp}, awserr.Throttled},
		"throttled":                 {apiError{"ThrottlingException", ""}, awserr.Throttled},
		"throttled, EC2":            {apiError{"RequestLimitExceeded", ""}, awserr.Throttled},
		"throttled, S3":             {apiError{"SlowDown", ""}, awserr.Throttled},
		"not found":                 {apiError{"ResourceNotFoundException", ""}, awserr.NotFound},
		"not found, EC2":            {apiError{"InvalidInstanceID.NotFound", ""}, awserr.NotFound},
		"not found, S3":             {apiError{"NoSuchBucket", ""}, awserr.NotFound},
		"not found, S3 errors":      {apiError{"OwnershipControlsNotFoundError", ""}, awserr.NotFound},
		"not found, RDS":            {apiError{"DBInstanceNotFoundFault", ""}, awserr.NotFound},
		"not found, SQS":            {apiError{"AWS.SimpleQueueService.NonExistentQueue", ""}, awserr.NotFound},
		"not found, SQS JSON":       {apiError{"QueueDoesNotExist", ""}, awserr.NotFound},
		"expired":                   {apiError{"ExpiredToken", ""}, awserr.Expired},
		"expired, JSON protocols":   {apiError{"ExpiredTokenException", ""}, awserr.Expired},
		"region not enabled":        {apiError{"OptInRequired", ""}, awserr.AccountState},
		"unknown code":              {apiError{"InternalError", ""}, awserr.Failed},
		"code before status":        {errors.Join(apiError{"ThrottlingException", ""}, statusError(400)), awserr.Throttled},
		"status where no code":      {statusError(429), awserr.Throttled},
		"status 400":                {statusError(400), awserr.Failed},
		"status 401":                {statusError(401), awserr.Failed},
		"status 403":                {statusError(403), awserr.Failed},
		"status 404":                {statusError(404), awserr.Failed},
		"status 407":                {statusError(407), awserr.Unreachable},
		"status 410":                {statusError(410), awserr.Failed},
		"status 500":                {statusError(500), awserr.Failed},
		"status 502":                {statusError(502), awserr.Unreachable},
		"status 503":                {statusError(503), awserr.Unreachable},
		"status 504":                {statusError(504), awserr.Timeout},
		"the SDK's word for a 404":  {errors.Join(apiError{"NotFound", "Not Found"}, statusError(404)), awserr.Failed},
		"the SDK's word for a 410":  {errors.Join(apiError{"Gone", "Gone"}, statusError(410)), awserr.Failed},
		"the SDK's word for a 403":  {errors.Join(apiError{"Forbidden", "Forbidden"}, statusError(403)), awserr.Failed},
		"the SDK's word for a 401":  {errors.Join(apiError{"Unauthorized", "Unauthorized"}, statusError(401)), awserr.Failed},
		"the SDK's word for a 503":  {errors.Join(apiError{"UnknownError", "UnknownError"}, statusError(503)), awserr.Unreachable},
		"SNS's word for a 404":      {errors.Join(apiError{"NotFound", "Topic does not exist"}, statusError(404)), awserr.NotFound},
		"MSK's word for a 404":      {errors.Join(apiError{"NotFoundException", ""}, statusError(404)), awserr.NotFound},
		"MSK's word for a 403":      {errors.Join(apiError{"ForbiddenException", ""}, statusError(403)), awserr.Denied},
		"403, a code nobody knows":  {errors.Join(apiError{"OddException", ""}, statusError(403)), awserr.Failed},
		"404, a code nobody knows":  {errors.Join(apiError{"OddException", ""}, statusError(404)), awserr.Failed},
		"503, a code of AWS":        {errors.Join(apiError{"ServiceUnavailable", ""}, statusError(503)), awserr.Failed},
		"429, a code nobody knows":  {errors.Join(apiError{"OddException", ""}, statusError(429)), awserr.Throttled},
		"clock":                     {apiError{"RequestTimeTooSkewed", ""}, awserr.ClockSkewed},
		"expired, EC2":              {apiError{"RequestExpired", "Request has expired."}, awserr.Expired},
		"clock, JSON protocols":     {apiError{"InvalidSignatureException", "Signature expired: 20261130T010000Z is now earlier than 20261130T020000Z"}, awserr.ClockSkewed},
		"clock, query protocols":    {apiError{"SignatureDoesNotMatch", "Signature not yet current: 20261130T030000Z is still later than 20261130T020000Z"}, awserr.ClockSkewed},
		"signature":                 {apiError{"SignatureDoesNotMatch", "The request signature we calculated does not match"}, awserr.Expired},
		"not signed up":             {apiError{"NotSignedUp", ""}, awserr.AccountState},
		"subscription":              {apiError{"SubscriptionRequiredException", ""}, awserr.AccountState},
		"account problem":           {apiError{"AccountProblem", ""}, awserr.AccountState},
		"verification":              {apiError{"PendingVerification", ""}, awserr.AccountState},
		"blocked":                   {apiError{"Blocked", ""}, awserr.AccountState},
		"region disabled":           {apiError{"RegionDisabledException", ""}, awserr.RegionDisabled},
		"operation, JSON":           {apiError{"UnknownOperationException", ""}, awserr.Unsupported},
		"operation, query":          {apiError{"InvalidAction", ""}, awserr.Unsupported},
		"operation, another":        {apiError{"UnsupportedOperationException", ""}, awserr.Unsupported},
		"version of the API":        {apiError{"NoSuchVersion", ""}, awserr.Unsupported},
		"no such host, in a code":   {apiError{"NoSuchHost", ""}, awserr.Failed},
		"endpoint not found":        {apiError{"EndpointNotFoundException", ""}, awserr.Failed},
		"subscription not found":    {apiError{"SubscriptionNotFoundFault", ""}, awserr.Failed},
		"route not found":           {apiError{"RouteNotFoundError", ""}, awserr.Failed},
		"a parent not found":        {apiError{"ClusterNotFoundException", ""}, awserr.NotFound},
		"no answer":                 {fmt.Errorf("x: %w", errors.Join(&awserr.Unanswered{Class: awserr.Timeout}, statusError(404))), awserr.Timeout},
		"no such host":              {&net.DNSError{IsNotFound: true}, awserr.Unreachable},
		"resolver broken":           {&net.DNSError{IsTemporary: true}, awserr.Unreachable},
		"refused":                   {&net.OpError{Op: "dial", Err: errors.New("refused")}, awserr.Unreachable},
		"cut":                       {fmt.Errorf("read: %w", io.ErrUnexpectedEOF), awserr.Unreachable},
		"deadline":                  {fmt.Errorf("x: %w", context.DeadlineExceeded), awserr.Timeout},
		"cancelled":                 {context.Canceled, awserr.Timeout},
		"decided before":            {fmt.Errorf("x: %w", &awserr.Error{Class: awserr.Throttled, Err: statusError(403)}), awserr.Throttled},
		"anything":                  {errors.New("odd"), awserr.Failed},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := awserr.ClassOf(test.err); got != test.want {
				t.Errorf("ClassOf(%v) = %q, want %q", test.err, got, test.want)
			}
		})
	}
}

func TestNewKeepsTheFirstDecision(t *testing.T) {
	t.Parallel()
	if err := awserr.New("sqs:ListQueues", nil); err != nil {
		t.Fatalf("New of no error = %v, want nil", err)
	}
	inner := awserr.New("sqs:ListQueues", apiError{"AccessDenied", "no"})
	outer := awserr.New("other", fmt.Errorf("page 2: %w", inner))
	var got *awserr.Error
	if !errors.As(outer, &got) || got.Op != "sqs:ListQueues" || got.Class != awserr.Denied {
		t.Errorf("outer error carries %+v, want the inner operation and class", got)
	}
	if !strings.Contains(inner.Error(), "sqs:ListQueues") {
		t.Errorf("error %q does not name its operation", inner)
	}
}

func TestMessageLeavesTheRequestOut(t *testing.T) {
	t.Parallel()
	if got := awserr.Message(fmt.Errorf("operation error SQS, https response: %w", apiError{"AccessDenied", "no"})); got != "AccessDenied: no" {
		t.Errorf("Message = %q", got)
	}
	if got := awserr.Message(errors.New("odd")); got != "odd" {
		t.Errorf("Message = %q", got)
	}
}
