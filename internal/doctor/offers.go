package doctor

import (
	"context"
	"fmt"
	"sync"

	"portolan/internal/aws/kind"
	"portolan/internal/aws/offered"
	"portolan/internal/diag"
	"portolan/internal/report"
	"portolan/internal/resync"
)

// offers is AWS's list of services by region, opened when a cell needs it.
type offers struct {
	once sync.Once
	list resync.Offered
	err  error

	mu     sync.Mutex
	needed bool // a cell failed as if its service were not offered, and the list did not say
}

// offer asks AWS's list about a service in a region of an account.
func (e *examination) offer(ctx context.Context, k *kind.Kind, a *admission, region string) (offered.Answer, error) {
	e.offers.once.Do(func() {
		if e.Offered != nil {
			e.offers.list, e.offers.err = e.Offered(ctx, e.gate.Base())
		}
	})
	if e.offers.list == nil {
		return offered.Unknown, e.offers.err
	}
	return e.offers.list.Offers(ctx, k.Service.OfferedAs, region, resync.AsSession(a.session))
}

// notOffered says whether a kind failed in a region because AWS does not offer its
// service there, by the error and AWS's list together.
func (e *examination) notOffered(ctx context.Context, k *kind.Kind, a *admission, region string, err error) bool {
	if k.Scope != kind.Regional || !offered.Suspect(err) || ctx.Err() != nil {
		return false
	}
	answer, _ := e.offer(ctx, k, a, region) // listOfServices says why not
	if answer == offered.Unknown {
		e.offers.mu.Lock()
		defer e.offers.mu.Unlock()
		e.offers.needed = true
	}
	return answer == offered.NotOffered
}

const notOfferedCell = Outcome(report.NotOffered)

// listOfServices says whether AWS's list of services by region can be read, and what
// follows where it cannot.
func (e *examination) listOfServices(ctx context.Context) {
	if e.Offered == nil {
		return
	}
	c := e.open("offers")
	for _, a := range e.admissions {
		if a.session == nil {
			continue
		}
		for _, w := range e.wanted {
			if w.kind.Scope != kind.Regional || w.kind.Service.OfferedAs == "" {
				continue
			}
			e.tellOffers(ctx, c, w.kind, a)
			return
		}
	}
	c.skip("there is no account, or no kind that is read in regions")
}

func (e *examination) tellOffers(ctx context.Context, c *Check, k *kind.Kind, a *admission) {
	answer, err := e.offer(ctx, k, a, a.session.Config.Region)
	switch {
	case ctx.Err() != nil:
		c.skip("the time was over")
	case answer == offered.Unknown && err != nil:
		d := diag.Diagnostic{Severity: diag.Note, Code: diag.ListUnread}
		if e.offers.needed {
			d.Severity = diag.Warning
		}
		d.Cause, d.Fix = Explain(err)
		d.Cause += ". Where a service does not answer in a region, nobody can tell then whether AWS offers it there: " +
			"such a cell counts as not read, unless Port holds nothing that may be from there."
		c.add(d)
		c.Said = "AWS's list of services by region cannot be read"
	default:
		c.Said = fmt.Sprintf("AWS's list of services by region can be read; it has %s", k.Service.OfferedAs)
	}
}
