package resync

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go/middleware"

	"portolan/internal/aws/account"
	"portolan/internal/aws/awserr"
	"portolan/internal/aws/call"
	"portolan/internal/aws/kind"
	"portolan/internal/aws/offered"
	"portolan/internal/diag"
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

// listOfServices is AWS's list of services by region as a run uses it: opened when a cell
// needs it, and told once if it says nothing.
type listOfServices struct {
	opened    bool
	list      Offered
	directory Directory // to ask as an account that failed
	told      bool      // that it says nothing
}

// offers says whether AWS offers the service of a cell in its region, by what answered
// there, else by AWS's own list. It is asked only about cells that failed, once the
// reading is over and the ledger is being settled.
func (r *run) offers(ctx context.Context, c *cellRecord) (offers, known bool) {
	at := slices.IndexFunc(r.Kinds, func(k *kind.Kind) bool { return k.Type == c.Origin.Kind })
	if r.Offered == nil || at < 0 || r.Kinds[at].Scope != kind.Regional || r.Kinds[at].OfferedAs == "" {
		return false, false
	}
	if r.calls.HasAnswered(c.Service, c.Region) {
		return true, true
	}
	answer, err := r.askOffers(ctx, r.Kinds[at].OfferedAs, c)
	if answer == offered.Unknown && ctx.Err() == nil {
		r.tellListUnread(ctx, c, err)
	}
	return answer == offered.Offered, answer != offered.Unknown
}

func (r *run) askOffers(ctx context.Context, service string, c *cellRecord) (offered.Answer, error) {
	if !r.services.opened {
		list, err := r.Offered(ctx, r.calls.Base())
		if err != nil {
			return offered.Unknown, err
		}
		r.services.opened, r.services.list = true, list
	}
	return r.services.list.Offers(ctx, service, c.Region, func(ctx context.Context) (aws.Config, error) {
		return r.sessionConfig(ctx, c.Origin.Account)
	})
}

// sessionConfig enters an account anew, since its cells may have been read by another
// invocation.
func (r *run) sessionConfig(ctx context.Context, id string) (aws.Config, error) {
	at := slices.IndexFunc(r.listing.Accounts, func(a account.Account) bool { return a.ID == id })
	if at < 0 {
		return aws.Config{}, fmt.Errorf("account %s is not listed", id)
	}
	if r.services.directory == nil {
		directory, err := r.open(ctx)
		if err != nil {
			return aws.Config{}, err
		}
		r.services.directory = directory
	}
	s, err := r.services.directory.Enter(call.Entering(ctx, id), r.listing.Accounts[at])
	if err != nil {
		return aws.Config{}, err
	}
	return s.Config, nil
}

// tellListUnread says once in a run that AWS's list was needed and says nothing.
func (r *run) tellListUnread(ctx context.Context, c *cellRecord, err error) {
	if r.services.told {
		return
	}
	r.services.told = true
	n := diag.Diagnostic{Code: diag.ListUnread, Title: diag.ListUnread.Entry().Title, Fix: diag.ListUnread.Entry().Fix}
	n.Cause = fmt.Sprintf("%s did not answer in %s, and whether AWS offers its service there is not known: ", c.Origin.Kind, c.Region)
	var known *awserr.Error
	if errors.As(err, &known) {
		n.Cause += known.Op + ": " + awserr.Message(known.Err)
		n.Fix = cmp.Or(known.Fix, n.Fix)
	} else {
		n.Cause += awserr.Message(err)
	}
	r.diagnostics = append(r.diagnostics, n)
	r.log.WarnContext(ctx, "AWS's list of services by region cannot be read", "error", err)
}

// endpointFix says what to do about an endpoint of a sort that AWS has for some of its
// services in some regions only; "" if it is of no such sort, or answered.
// https://docs.aws.amazon.com/general/latest/gr/rande.html
func endpointFix(err error) string {
	var request *url.Error
	if !offered.Suspect(err) || !errors.As(err, &request) {
		return ""
	}
	at, unparsed := url.Parse(request.URL)
	if unparsed != nil {
		return ""
	}
	sort, setting := "", ""
	switch host := at.Hostname(); {
	case strings.Contains(host, "fips"):
		sort, setting = "FIPS", "AWS_USE_FIPS_ENDPOINT"
	case strings.HasSuffix(host, ".api.aws"), strings.Contains(host, ".dualstack."):
		sort, setting = "dual-stack", "AWS_USE_DUALSTACK_ENDPOINT"
	default:
		return ""
	}
	return "there may be no " + sort + " endpoint " + at.Hostname() + ": unset " + setting + ", or leave the region out; else " + awserr.Fix(err)
}
