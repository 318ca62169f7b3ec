package answer

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"portolan/internal/aws/awserr"
)

const renewID = "RenewSession"

// renewable is a cache of credentials, like aws.CredentialsCache.
type renewable interface {
	aws.CredentialsProvider
	Invalidate()
}

// Renew lets each call whose session AWS calls expired open a new session and try again,
// once. A session can end before its time if somebody revokes it. The result is an option
// for aws.Config.APIOptions, for a Config with these credentials. If they are not a cache,
// nothing is renewed.
func Renew(credentials aws.CredentialsProvider) func(*middleware.Stack) error {
	cache, ok := credentials.(renewable)
	if !ok {
		return func(*middleware.Stack) error { return nil }
	}
	renewal := middleware.FinalizeMiddlewareFunc(renewID, func(
		ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler,
	) (middleware.FinalizeOutput, middleware.Metadata, error) {
		out, metadata, err := next.HandleFinalize(ctx, in)
		c := callOf(ctx)
		if c.renewed || !expired(err) {
			return out, metadata, err
		}
		c.renewed = true
		if held, failed := cache.Retrieve(ctx); failed == nil && held.AccessKeyID == signer(in.Request) {
			cache.Invalidate() // otherwise another call has opened a new session meanwhile
		}
		return out, metadata, &again{err}
	})
	return func(stack *middleware.Stack) error {
		if _, there := stack.Finalize.Get(renewID); there {
			return nil
		}
		return stack.Finalize.Add(renewal, middleware.After)
	}
}

// expired reports whether AWS called the session's token expired. Asking again would not
// help with credentials that AWS does not know.
func expired(err error) bool {
	switch strings.TrimSuffix(awserr.Code(err), "Exception") {
	case "ExpiredToken", "TokenRefreshRequired", "RequestExpired": // the last is EC2's
		return true
	}
	return false
}

// signer returns the id of the key that signed a request.
func signer(request any) string {
	sent, ok := request.(*smithyhttp.Request)
	if !ok {
		return ""
	}
	_, credential, _ := strings.Cut(sent.Header.Get("Authorization"), "Credential=")
	id, _, _ := strings.Cut(credential, "/")
	return id
}

// again is an error after which the SDK's retryer tries again.
type again struct{ error }

// RetryableError returns true.
func (again) RetryableError() bool { return true }

// Unwrap returns what AWS answered.
func (a again) Unwrap() error { return a.error }
