package call

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	accountapi "github.com/aws/aws-sdk-go-v2/service/account"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go/middleware"

	"portolan/internal/aws/kind"
)

var errNotSent = errors.New("not sent")

// TestEntriesArePacedByAccount wants the calls that enter an account to wait for those
// of the same account only, and those that assume roles for each other.
func TestEntriesArePacedByAccount(t *testing.T) {
	t.Parallel()
	gate := NewGate(Limits{}, []kind.Rate{
		{Service: "Account", PerSecond: 1.0 / 3600, Burst: 1},
		{Service: "STS", PerSecond: 1.0 / 3600, Burst: 1},
	}, slog.New(slog.DiscardHandler))
	config := aws.Config{
		Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider("AKIAIOSFODNN7EXAMPLE", "secret", ""),
		Retryer:    func() aws.Retryer { return aws.NopRetryer{} },
		APIOptions: []func(*middleware.Stack) error{gate.Base(), sendNothing},
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	regions := func(account string) error {
		_, err := accountapi.NewFromConfig(config).ListRegions(Entering(ctx, account), &accountapi.ListRegionsInput{})
		return err
	}
	identity := func(account string) error {
		_, err := sts.NewFromConfig(config).GetCallerIdentity(Entering(ctx, account), &sts.GetCallerIdentityInput{})
		return err
	}
	for _, step := range []struct {
		name string
		err  error
		want error
	}{
		{"the first account's regions", regions("111111111111"), errNotSent},
		{"the second account's regions", regions("222222222222"), errNotSent},
		{"the first account's regions again", regions("111111111111"), context.DeadlineExceeded},
		{"a role in the first account", identity("111111111111"), errNotSent},
		{"a role in the second account", identity("222222222222"), context.DeadlineExceeded},
	} {
		if !errors.Is(step.err, step.want) {
			t.Errorf("%s: %v, want %v", step.name, step.err, step.want)
		}
	}
}

// sendNothing ends each attempt that was let through.
func sendNothing(stack *middleware.Stack) error {
	return stack.Finalize.Insert(middleware.FinalizeMiddlewareFunc("SendNothing", func(
		context.Context, middleware.FinalizeInput, middleware.FinalizeHandler,
	) (middleware.FinalizeOutput, middleware.Metadata, error) {
		return middleware.FinalizeOutput{}, middleware.Metadata{}, errNotSent
	}), "BoundAttempt", middleware.After)
}
