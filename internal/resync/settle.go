package resync

import (
	"context"
	"slices"
	"sync"

	"portolan/internal/aws/awserr"
	"portolan/internal/diag"
	"portolan/internal/mapping"
	"portolan/internal/report"
	"portolan/internal/resync/cell"
	"portolan/internal/resync/entity"
	"portolan/internal/resync/snapshot"
)

// seemsNotOffered says whether a cell failed as one does whose service is not offered in
// the region: nothing is where its endpoint should be, or what is there does not know the
// operation.
func seemsNotOffered(err error) bool {
	return err != nil && (awserr.NoEndpoint(err) || awserr.ClassOf(err) == awserr.Unsupported)
}

// mayHold returns what tells whether Port holds something that may be from a cell.
func (r *run) mayHold(u unclaimed) func(cell.Name) bool {
	known := sync.OnceValue(func() claims { return r.claimsOf(u.refs) })
	return func(c cell.Name) bool { return u.err != nil || known().of(c, r.unitsOfKind(c.Kind)) }
}

// settleCell takes a last look at a cell that was not read. Where nothing answered, or
// what answered does not know the operation, AWS's own list says whether the service is
// offered in the region. Without the list the cell counts as not read if Port holds
// something that may be from there, and is quiet if it does not.
func (r *run) settleCell(ctx context.Context, c *cellRecord, mayHold func(cell.Name) bool) {
	missing := c.NoEndpoint || c.Outcome == report.Outcome(awserr.Unreachable) || c.Outcome == report.Outcome(awserr.Timeout)
	if !missing || c.Region == "" {
		return
	}
	offered, known := r.offers(ctx, c)
	switch {
	case known && !offered:
		c.Outcome, c.Code, c.Fix = report.NotOffered, diag.NotOffered, ""
	case known && c.Outcome == report.Outcome(awserr.Unsupported):
		c.Fix = "check the endpoint and the proxy on the way to it: AWS offers the service in the region"
	case known:
		c.Fix += "; AWS offers the service in the region"
	case !known && c.NoEndpoint && !mayHold(c.Name):
		c.Outcome, c.Code = report.NotAnswering, diag.NotAnswering
		c.Fix = "nothing, if AWS does not offer the service in the region; else check DNS, proxy and VPC endpoints"
	}
	if c.NoEndpoint && c.Outcome.IsGap() { // it was not told while it might have been not offered
		r.log.WarnContext(ctx, "cell not read to its end", "account", c.Origin.Account, "region", c.Region, "kind", c.Origin.Kind,
			"outcome", c.Outcome, "error", c.Message)
	}
}

// claims tells where unclaimed entities may be from: the cells that are remembered, and
// the blueprints of those of which nothing is.
type claims struct {
	cells      map[cell.Name]bool
	blueprints map[string]bool
}

func (r *run) claimsOf(refs []entity.Ref) claims {
	c := claims{map[cell.Name]bool{}, map[string]bool{}}
	for _, ref := range refs {
		entries, accounts := r.memory.origins(ref)
		for i, e := range entries {
			c.cells[cellOf(accounts[i], e)] = true
		}
		if len(entries) == 0 || slices.ContainsFunc(entries, func(e snapshot.Entry) bool { return e.Kind == "" }) {
			c.blueprints[ref.Blueprint] = true
		}
	}
	return c
}

// of says whether an entity may be from the cell, which the units read.
func (c claims) of(cell cell.Name, units []*unit) bool {
	if c.cells[cell] {
		return true
	}
	for blueprint := range c.blueprints {
		for _, u := range units {
			if slices.ContainsFunc(u.resources, func(m *mapping.Resource) bool { return writes(m, blueprint) }) {
				return true
			}
		}
	}
	return false
}
