package resync

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"golang.org/x/sync/errgroup"

	"portolan/internal/aws/awserr"
	"portolan/internal/aws/kind"
	"portolan/internal/aws/tags"
	"portolan/internal/diag"
	"portolan/internal/port"
	"portolan/internal/report"
	"portolan/internal/resync/cell"
	"portolan/internal/resync/outcome"
	"portolan/internal/resync/reconcile"
	"portolan/internal/resync/schedule"
)

// Read reads all cells and sends their entities.
func (e *Engine) Read(ctx context.Context) error {
	if e.beginning.opened == nil { // another invocation has listed the accounts
		directory, err := e.open(ctx)
		if err != nil {
			return err
		}
		e.beginning.opened = directory
	}
	closing := time.Duration(e.reading.timetable.Closing * float64(time.Second))
	if e.reading.share.Steps {
		closing = 0 // another invocation closes the run
	}
	ends := schedule.DeadlinesOf(ctx, time.Now(), closing)
	sending, stopSending := until(ctx, ends.Sent)
	defer stopSending()
	sending = e.writing.guard.Open(sending, e.limits.Uploads)
	working, enough := context.WithCancelCause(sending)
	defer enough(nil)
	working, stop := until(working, ends.Finish)
	defer stop()
	starting, stopStarting := until(working, ends.Start)
	defer stopStarting()
	go func() {
		select {
		case <-e.Enough:
			enough(context.DeadlineExceeded)
		case <-working.Done():
		}
	}()

	if e.reading.share.Steps {
		defer e.beat()()
	}
	tasks := make(chan task)
	var group errgroup.Group
	group.Go(func() error {
		defer close(tasks)
		e.enterAll(starting, e.beginning.opened, tasks)
		return nil
	})
	for range e.limits.Cells {
		group.Go(func() error {
			for t := range tasks {
				e.readOrLeave(starting, working, t, ends)
			}
			return nil
		})
	}
	_ = group.Wait() // what goes wrong is in the book
	e.reading.ended = time.Now()
	if e.reading.share.Steps {
		e.writing.suspended = e.writing.guard.Suspend(sending)
	} else {
		e.writing.guard.Close(sending)
	}
	e.memory.CloseAll() // what was sent last may have been looked up
	e.sendExamples(sending)
	return e.endOfSending(context.Cause(sending))
}

// until returns a context with an end, unless that is zero.
func until(ctx context.Context, end time.Time) (context.Context, context.CancelFunc) {
	if end.IsZero() {
		return context.WithCancel(ctx)
	}
	return context.WithDeadline(ctx, end)
}

// readOrLeave reads a cell if it still fits into the run.
func (e *Engine) readOrLeave(starting, working context.Context, t task, ends schedule.Deadlines) {
	known := e.reading.timetable.Of(t.name())
	took := time.Duration(known.Seconds * float64(time.Second))
	fit := ends.Fit(known, time.Now())
	switch {
	case fit == schedule.FitsNone:
		e.leave(t, e.tooLarge(t, known, ends))
	case known.Seconds == 0 && starting.Err() != nil || working.Err() != nil:
		e.leave(t, e.late(t, e.notReached()))
	case fit == schedule.FitsNext:
		e.leave(t, e.late(t, e.tooLate(fmt.Sprintf("it took %s last time, and less is left", took.Round(time.Second)))))
	default:
		e.read(working, t, ends)
	}
}

func (e *Engine) late(t task, why string) outcome.End {
	return outcome.Late(t.name(), t.coverage().Account, why)
}

// tooLarge is the end of a cell that is too large for any run, according to its times.
func (e *Engine) tooLarge(t task, known schedule.CellTimes, ends schedule.Deadlines) outcome.End {
	seconds := func(s float64) time.Duration { return time.Duration(s * float64(time.Second)).Round(time.Second) }
	why := fmt.Sprintf("its reading took %s last time, and a run has %s for it", seconds(known.Seconds), ends.Whole())
	if known.Cut > 0 {
		why = fmt.Sprintf("its reading did not end within %s, and a run has %s for it; it is tried once a day", seconds(known.Cut), ends.Whole())
	}
	return e.late(t, "").TooLarge(why)
}

// leave records that a cell was not read for want of time.
func (e *Engine) leave(t task, end outcome.End) {
	t.done()
	e.book.Record(end)
}

// found is what the reading of a cell in one place came to.
type found struct {
	documents int
	first     error    // the first error about the cell
	resources []error  // about single resources
	unsure    bool     // the document of a resource lacks a detail, so its entity may be another one
	nothing   bool     // AWS says that the parent of the listing does not exist
	denied    []string // what the listing names, while AWS says that it does not exist
}

// elsewhere says whether there is hope that another region or account answers.
func (f found) elsewhere() bool {
	if f.documents > 0 {
		return false
	}
	return mayAnswerElsewhere(f.first) || f.first == nil && f.nothing
}

// mayAnswerElsewhere says whether an error is about the place that was asked.
func mayAnswerElsewhere(err error) bool {
	switch awserr.ClassOf(err) {
	case awserr.Denied, awserr.Closed, awserr.Unreachable, awserr.Timeout:
		return true
	default:
		return outcome.CodeOf(err) == diag.TypeNotThere // a region may lack a type that another has
	}
}

// read reads a cell in the first of its places that answers, and records how it ended.
func (e *Engine) read(ctx context.Context, t task, ends schedule.Deadlines) {
	defer t.done()
	defer e.status.Reading(t.unit.Kind.Type)()
	var (
		began = time.Now()
		where place
		in    found
	)
	for i, p := range t.places {
		f := e.readIn(ctx, t, p)
		if i == 0 || f.first == nil && !f.nothing || f.documents > 0 {
			where, in = p, f
		}
		if !f.elsewhere() || ctx.Err() != nil {
			break
		}
	}
	end := e.endOf(ctx, t, where, in, time.Since(began))
	if end.Outcome == report.NotReached && ends.Early(began) {
		end = end.TooLarge(fmt.Sprintf("it was not read to its end in the %s that a run has for reading", ends.Whole()))
		end.Took = time.Since(began)
	}
	e.book.Record(end)
	e.logCell(ctx, end, where.region, in.first)
}

// endOf says how a cell ended that was read in a place.
func (e *Engine) endOf(ctx context.Context, t task, where place, in found, took time.Duration) outcome.End {
	name, by := t.name(), where.session.Account.ID
	if in.first != nil && ctx.Err() != nil {
		return outcome.Late(name, cell.Account(by), e.tooLate("the run ended while it was being read"))
	}
	end := outcome.Read(name, cell.Account(by), took)
	switch {
	case in.first != nil:
		end = outcome.Broke(name, cell.Account(by), took, in.first)
	case in.nothing:
		// What was listed once may exist all the same: an account that is in no
		// Organization knows of none.
		end.Proof, end.Doubt = reconcile.NotRead, "AWS says that the resource does not exist under which it would be listed"
	case len(in.denied) > 0 && in.documents == 0 && len(in.resources) == len(in.denied):
		end.NoneOf = slices.Min(in.denied)
	case len(in.denied) > 0 && t.unit.Kind.Confirm == nil:
		end.Proof, end.Doubt = reconcile.Refusing, "AWS lists a resource and says that it does not exist"
	case in.unsure:
		end.Proof, end.Doubt = reconcile.Refusing, "a resource whose document lacks a detail made no entity, or another one than before"
	}
	// Else another place was read, or the cell is read once more.
	if in.first == nil || in.documents > 0 || len(t.places) == 1 {
		end.Resources = in.resources
	}
	return end
}

// target is a place as the calls of a kind are made in it.
func (e *Engine) target(k *kind.Kind, p place) kind.Target {
	account := p.session.Account
	return kind.Target{
		Account: account.ID, AccountName: account.Name, Region: p.region, Partition: p.session.Partition,
		Since: e.reading.since, Config: e.calls.Config(p.session.Config, account.ID, p.region, k.Service.Prefix, p.desk),
	}
}

// readIn reads a unit in one place, from its first page.
func (e *Engine) readIn(ctx context.Context, t task, p place) (f found) {
	u, target := t.unit, e.target(t.unit.Kind, p)
	if e.BulkTags && !e.asksForTags(t) {
		config := func() aws.Config {
			return e.calls.Config(p.session.Config, target.Account, p.region, tags.Service, nil)
		}
		target.Tags = e.reading.tags.Reader(config, tags.Place{Account: target.Account, Region: p.region, Kind: u.Kind.Type})
	}
	wishes, actions := u.Wishes(p.region)
	options := kind.Options{
		Actions: actions, Parallel: e.limits.ServiceCalls, Budget: e.reading.budget, Expect: &u.Expect,
		Nothing: func() { f.nothing = true },
		Last:    func() (int, bool) { return e.memory.Count(t.name()) },
	}
	if e.memory.Fingerprints() {
		options.Untagged = untagged{e.memory, t.name(), e.Request.Force}
	}
	lacking := map[string]bool{}
	settling := e.settlingOf(t, wishes)
	if settling != nil {
		options.Settled = settling.settled
	}
	for resource, err := range u.Kind.Find(ctx, target, options) {
		switch {
		case err == nil:
		case outcome.OfResource(err):
			f.resources = append(f.resources, err)
			lacking[outcome.ResourceOf(err)] = true
			if errors.As(err, new(*kind.ContradictedError)) {
				f.denied = append(f.denied, outcome.ResourceOf(err))
				e.book.Resources.Contradicted(t.name(), outcome.ResourceOf(err))
			}
			continue
		default:
			f.first = worse(f.first, err)
			continue
		}
		if settling.ends(resource) {
			continue
		}
		if resource.Settled() {
			documents, err := e.again(ctx, settling, resource.Key())
			if err != nil {
				f.first = worse(f.first, err)
			}
			f.documents += documents
			continue
		}
		f.documents++
		same, err := e.take(ctx, t, p, resource, wishes, lacking[resource.ID()], settling)
		if err != nil {
			f.first = worse(f.first, err)
		}
		f.unsure = f.unsure || !same
		settling.taken(resource, err)
	}
	f.nothing = f.nothing && f.first == nil
	return f
}

// fewTags is how many resources a cell has at most whose tags are asked for one by one after an event.
const fewTags = 50

// asksForTags says whether the tags of a cell are asked for one by one, although they could be read in bulk:
// an event may tell of a tag that the tagging API does not know yet. Where what lasts is known by its
// tags, or there are many, they are read in bulk, and the second look finds them.
func (e *Engine) asksForTags(t task) bool {
	count, known := e.memory.Count(t.name())
	return !e.lists() && t.unit.Kind.Lasting == nil && known && count <= fewTags
}

// worse returns the first error of a reading, unless it is one that leaves a run complete
// and another does not.
func worse(first, next error) error {
	if first == nil || awserr.ClassOf(first) == awserr.Closed && awserr.ClassOf(next) != awserr.Closed {
		return next
	}
	return first
}

func (e *Engine) logCell(ctx context.Context, end outcome.End, region string, err error) {
	if end.Outcome == report.NotReached {
		return
	}
	attrs := []any{"account", end.By, "region", region, "kind", end.Cell.Kind, "seconds", end.Took.Seconds()}
	level, text := slog.LevelDebug, "cell read"
	if err != nil {
		level, text = slog.LevelWarn, "cell not read to its end"
		attrs = append(attrs, "outcome", end.Outcome, "error", end.Cause)
	}
	if end.NoEndpoint || end.Outcome == report.Closed {
		level, text = slog.LevelDebug, "cell not read"
	}
	e.log.Log(ctx, level, text, attrs...)
}

// endOfSending says whether what ended the sending ends the run, and notes if that is
// Port, which was given up.
func (e *Engine) endOfSending(cause error) error {
	var wait *port.WaitError
	switch {
	case errors.As(cause, &wait):
		e.writing.unsent = wait.Error()
		return nil
	case cause != nil && !errors.Is(cause, context.DeadlineExceeded):
		return cause
	}
	return nil
}

// sendExamples brings Port samples of documents, unless the run is over.
func (e *Engine) sendExamples(ctx context.Context) {
	if e.plans() {
		return
	}
	err := ctx.Err()
	if err == nil {
		err = e.reading.examples.send(ctx, e.Port, e.limits.Uploads)
	}
	switch {
	case err == nil:
	case ctx.Err() != nil:
		e.log.InfoContext(ctx, "the run ended before all examples were sent")
	default:
		e.log.WarnContext(ctx, "Port took no examples", "error", err)
	}
}

// lateCells are the cells for which the run came too late, for the timetable.
func (e *Engine) lateCells() []schedule.Late {
	var late []schedule.Late
	for _, end := range e.book.Late() {
		late = append(late, schedule.Late{Cell: end.Cell, Read: end.Took, TooLarge: end.Code == diag.CellTooLarge})
	}
	return late
}
