package resync

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go/middleware"

	"portolan/internal/account"
	"portolan/internal/offered"
)

// Offered is what a run asks about the services that AWS offers; package offered has it.
type Offered interface {
	// Offers says whether AWS offers a service, by the name of its list, in a region, and
	// else why that is not known. As opens somebody else to ask as, if the base identity is
	// refused.
	Offers(ctx context.Context, service, region string, as offered.Identity) (offered.Answer, error)
}

// OfferedOpener opens AWS's list of services by region for a run. Its client takes the
// API options, so that its calls are bounded and counted with all others.
type OfferedOpener = func(ctx context.Context, apiOptions func(*middleware.Stack) error) (Offered, error)

// AsSession asks as the session of an account.
func AsSession(s *account.Session) offered.Identity {
	return func(context.Context) (aws.Config, error) { return s.Config, nil }
}
