package resync

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"portolan/internal/aws/awserr"
	"portolan/internal/aws/kind"
	"portolan/internal/diag"
	"portolan/internal/mapping"
	"portolan/internal/report"
	"portolan/internal/resync/cell"
	"portolan/internal/resync/schedule"
)

// read reads a cell in the first of its places that answers, and writes to the
// ledger what became of it.
func (r *run) read(ctx context.Context, c task, times deadlines) {
	defer c.done()
	defer r.told.reading(c.unit)()
	var (
		began = time.Now()
		where place
		err   error
	)
	name := c.name()
	for i, p := range c.places {
		found, failed := r.readIn(ctx, c, p)
		if i == 0 || failed == nil || found > 0 {
			where, err = p, failed
		}
		if failed == nil || found > 0 || !otherPlacesMay(failed) || ctx.Err() != nil {
			break
		}
	}
	if errors.Is(err, errNothing) {
		r.view.end(name, cellEnd{Why: err.Error()})
		err = nil
	}
	o := cell.Coverage{Account: where.session.Account.ID, Kind: c.unit.kind.Type}
	region := where.region
	if c.unit.kind.Scope != kind.Regional {
		region = ""
	}
	if err != nil && ctx.Err() != nil {
		record := cellRecord{Origin: o, Name: name, Region: region, Outcome: report.NotReached, Code: diag.NotReached, Message: r.tooLate("the run ended while it was being read")}
		if times.early(began) {
			record = tooLarge(record, fmt.Sprintf("it was not read to its end in the %s that a run has for reading", times.whole()))
			record.Cut = time.Since(began).Seconds()
		}
		r.reach.miss(record)
		r.progress.CellsDone.Add(1)
		r.lines.left(c.origin())
		return
	}
	service := c.unit.kind.Service
	if len(c.unit.kind.List.Actions) == 0 {
		service = "" // nothing was asked, so nothing answered
	}
	r.done(name, time.Since(began))
	r.ledger.finish(o, name, region, service, time.Since(began), err)
	r.progress.CellsDone.Add(1)
	r.logCell(ctx, o, where.region, began, err)
	r.lines.done(ctx, c.origin(), time.Since(began), err)
}

// done notes that it is known what became of a cell.
func (r *run) done(c cell.Name, took time.Duration) {
	now := time.Now()
	r.reach.finish(c, took, now)
	r.times.took(doneCell{c, took.Seconds(), now.UTC()})
}

// tooLarge makes of a record that of a cell which fits into no run.
func tooLarge(of cellRecord, message string) cellRecord {
	of.Code, of.Message = diag.CellTooLarge, message+"; a cell is read whole or keeps its entities"
	of.Fix = "give a run more time (`scale: distributed` gives each cell up to 15 minutes; a container and the command line have no " +
		"limit) or more memory, which makes it faster; or leave the kind, the account or the region out (docs/scaling.md)"
	return of
}

// leaveTooLarge records a cell that fits into no run, by what is known of it.
func (r *run) leaveTooLarge(c task, known schedule.CellTimes, times deadlines) {
	message := fmt.Sprintf("its reading took %s last time, and a run has %s for it", secondsOf(known.Seconds).Round(time.Second), times.whole())
	if known.Cut > 0 {
		message = fmt.Sprintf("its reading did not end within %s, and a run has %s for it; it is tried once a day",
			secondsOf(known.Cut).Round(time.Second), times.whole())
	}
	r.leave(c, tooLarge(cellRecord{Outcome: report.NotReached}, message))
}

// errNothing says that nothing can be listed where it was asked, which is no gap. What
// was listed once may exist all the same: an account that is in no Organization knows
// of none.
var errNothing = errors.New("AWS says that there is nothing of which it could be listed")

// otherPlacesMay says whether an error leaves the hope that another region or
// account answers.
func otherPlacesMay(err error) bool {
	if errors.Is(err, errNothing) {
		return true
	}
	switch awserr.ClassOf(err) {
	case awserr.Denied, awserr.Closed, awserr.Unreachable, awserr.Timeout:
		return true
	default:
		return false
	}
}

// readIn reads a unit in one place, from its first page, and gives how many documents
// there were, and the first error.
func (r *run) readIn(ctx context.Context, c task, p place) (found int, first error) {
	u, account := c.unit, p.session.Account
	config := r.calls.Config(p.session.Config, account.ID, p.region, u.kind.Service, p.desk)
	target := kind.Target{
		Account: account.ID, AccountName: account.Name,
		Region: p.region, Partition: p.session.Partition,
		Since: r.since, Config: config,
	}
	wishes, actions := u.wishes(p.region)
	options := kind.Options{Actions: actions, Parallel: r.limits.ServiceCalls, Budget: r.budget, Expect: &u.expect}
	nothing := false
	options.Nothing = func() { nothing = true }
	var single []error // about resources, not about the cell
	lacking, unsure := map[string]bool{}, false
	for resource, err := range u.kind.Find(ctx, target, options) {
		switch {
		case err == nil:
		case ofResource(err):
			single = append(single, err)
			lacking[resourceOf(err)] = true
			continue
		default:
			first = worse(first, err)
			continue
		}
		found++
		same, err := r.take(ctx, c, p, resource, wishes, lacking[resource.ID()])
		if err != nil {
			first = worse(first, err)
		}
		unsure = unsure || !same
	}
	if nothing && first == nil {
		first = errNothing
	}
	// Else another place is read, or the cell is read once more.
	if ctx.Err() == nil && (first == nil || found > 0 || len(c.places) == 1) {
		r.noteDetails(c.name(), p, single, unsure)
	}
	return found, first
}

// worse returns the first error of a reading, unless it is one that leaves a run complete
// and another does not.
func worse(first, next error) error {
	if first == nil || awserr.ClassOf(first) == awserr.Closed && awserr.ClassOf(next) != awserr.Closed {
		return next
	}
	return first
}

// take maps the documents of a resource that was found, each by the resource of the
// mapping that wants it so, and hands the entities on. Same is false if the document lacks a
// detail, and something was filtered or dropped, or an entity is not remembered: with the
// detail, the resource may have another. Its error means that they could not be handed on.
func (r *run) take(ctx context.Context, c task, p place, found *kind.Found, wishes []wish, lacking bool) (same bool, err error) {
	same = true
	name := c.name()
	o := cell.Coverage{Account: p.session.Account.ID, Kind: c.unit.kind.Type}
	counts := report.Counts{}
	defer func() { r.ledger.count(o, func(c *report.Counts) { c.Add(counts) }) }()
	var document kind.Object
	for i, w := range wishes {
		resource := w.resource
		if i == 0 || !slices.Equal(w.actions, wishes[i-1].actions) {
			document = found.Document(w.actions)
		}
		if document == nil {
			continue // a call that this one asks for failed, which is told
		}
		if counts.Fetched == 0 {
			counts.Fetched = 1
			r.progress.Resources.Add(1)
		}
		r.examples.offer(resource, document)
		result := resource.Map(ctx, document)
		if ctx.Err() != nil { // what it gives may be for want of time
			return same, context.Cause(ctx)
		}
		r.faults.note(resource, result, document)
		if lacking {
			strangers := r.memory.strangers(name, result.Entities)
			same = same && result.Filtered+len(result.Dropped)+result.SkippedItems+len(strangers) == 0
			r.memory.doubt(strangers)
		}
		if err := r.giveAll(ctx, o, name, r.ledger.entry(resource.Index), result, &counts); err != nil {
			return same, err
		}
	}
	return same, nil
}

// giveAll hands on what an entry of the mapping made of a document, and counts it for
// the entry and among all. Its error means that it could not be handed on.
func (r *run) giveAll(
	ctx context.Context, o cell.Coverage, name cell.Name, entry *report.Resource, result mapping.Result, all *report.Counts,
) error {
	counts := report.Counts{Filtered: result.Filtered, Dropped: len(result.Dropped), Failed: len(result.Errors)}
	defer func() {
		all.Add(counts)
		counts.Fetched = result.Items
		r.ledger.countMapped(entry, counts, len(result.Entities), len(result.Errors))
	}()
	for i := range result.Entities {
		p := newParcel(o, name, &result.Entities[i], r.how)
		p.entry = entry
		if err := r.give(ctx, &result.Entities[i], p, &counts); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) logCell(ctx context.Context, o cell.Coverage, region string, began time.Time, err error) {
	attrs := []any{"account", o.Account, "region", region, "kind", o.Kind, "seconds", time.Since(began).Seconds()}
	switch {
	case err == nil:
		r.log.DebugContext(ctx, "cell read", attrs...)
		return
	case seemsNotOffered(err) || outcomeOf(err) == report.Closed:
		r.log.DebugContext(ctx, "cell not read", append(attrs, "outcome", outcomeOf(err), "error", awserr.Message(err))...)
		return
	}
	r.log.WarnContext(ctx, "cell not read to its end", append(attrs, "outcome", outcomeOf(err), "error", awserr.Message(err))...)
}

// give hands an entity on, unless Port holds it just so.
func (r *run) give(ctx context.Context, e *mapping.Entity, p parcel, counts *report.Counts) error {
	r.seen.Produce(e)
	if !e.Search() {
		if written, ok := r.memory.unchanged(p.cell, e.Blueprint, p.item.Key, p.hash); ok {
			counts.Unchanged++
			r.memory.produced(p.cell, e.Blueprint, p.item.Key, p.hash, written)
			return nil
		}
	}
	return r.gate.send(ctx, p)
}
