package resync

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go/middleware"

	"portolan/internal/aws/account"
	"portolan/internal/aws/awserr"
	"portolan/internal/aws/call"
	"portolan/internal/aws/kind"
	"portolan/internal/aws/offered"
	"portolan/internal/diag"
	"portolan/internal/resync/outcome"
)

// Offered is what a run asks about the services that AWS offers; package offered has it.
type Offered interface {
	// Offers says whether AWS offers a service, by its name in the list, in a region, or
	// why that is not known. As opens another identity to ask as, if the base identity is
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

// listOfServices is AWS's list of services by region as a run uses it: it is opened when a
// cell needs it, and reported once if it cannot be read.
type listOfServices struct {
	opened bool
	list   Offered
	told   bool // that it says nothing
}

// offers says whether AWS offers the service of a cell in its region: from what answered
// there, otherwise from AWS's own list. It is called only for cells that failed, when the
// reading is over and the book is being settled.
func (e *Engine) offers(ctx context.Context, end *outcome.End) (offers, known bool) {
	k := e.kindOf(string(end.Cell.Kind))
	if e.Offered == nil || k == nil || k.Scope != kind.Regional || k.Service.OfferedAs == "" {
		return false, false
	}
	if e.calls.HasAnswered(k.Service.Prefix, string(end.Cell.Region)) {
		return true, true
	}
	answer, err := e.askOffers(ctx, k.Service.OfferedAs, end)
	if answer == offered.Unknown && ctx.Err() == nil {
		e.tellListUnread(ctx, end, err)
	}
	return answer == offered.Offered, answer != offered.Unknown
}

func (e *Engine) askOffers(ctx context.Context, service string, end *outcome.End) (offered.Answer, error) {
	if !e.services.opened {
		list, err := e.Offered(ctx, e.calls.Base())
		if err != nil {
			return offered.Unknown, err
		}
		e.services.opened, e.services.list = true, list
	}
	return e.services.list.Offers(ctx, service, string(end.Cell.Region), func(ctx context.Context) (aws.Config, error) {
		directory, err := e.openAgain(ctx)
		if err != nil {
			return aws.Config{}, err
		}
		s, err := e.enterAgain(ctx, directory, string(end.By))
		if err != nil {
			return aws.Config{}, err
		}
		return s.Config, nil
	})
}

// openAgain opens the accounts if only other invocations of the run have done so.
func (e *Engine) openAgain(ctx context.Context) (Directory, error) {
	if e.beginning.opened == nil {
		directory, err := e.open(ctx)
		if err != nil {
			return nil, err
		}
		e.beginning.opened = directory
	}
	return e.beginning.opened, nil
}

// enterAgain enters an account, since its cells may have been read by another invocation.
func (e *Engine) enterAgain(ctx context.Context, directory Directory, id string) (*account.Session, error) {
	at := slices.IndexFunc(e.scope.Listing.Accounts, func(a account.Account) bool { return a.ID == id })
	if at < 0 {
		return nil, fmt.Errorf("account %s is not listed", id)
	}
	return directory.Enter(call.Entering(ctx, id), e.scope.Listing.Accounts[at])
}

// tellListUnread says once in a run that AWS's list was needed and says nothing.
func (e *Engine) tellListUnread(ctx context.Context, end *outcome.End, err error) {
	if e.services.told {
		return
	}
	e.services.told = true
	n := diag.Diagnostic{Code: diag.ListUnread, Severity: diag.Warning, Title: diag.ListUnread.Entry().Title, Fix: diag.Unmarked(diag.ListUnread.Entry().Fix)}
	n.Cause = fmt.Sprintf("%s did not answer in %s, and whether AWS offers its service there is not known: ", end.Cell.Kind, end.Cell.Region)
	var known *awserr.Error
	if errors.As(err, &known) {
		n.Cause += known.Op + ": " + awserr.Message(known.Err)
		n.Fix = cmp.Or(known.Fix, n.Fix)
	} else {
		n.Cause += awserr.Message(err)
	}
	e.diagnostics = append(e.diagnostics, n)
	e.log.WarnContext(ctx, "AWS's list of services by region cannot be read", "error", err)
}
