package resync

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"portolan/internal/aws/account"
	"portolan/internal/aws/awserr"
	"portolan/internal/aws/kind"
	"portolan/internal/diag"
	"portolan/internal/plain"
	"portolan/internal/resync/cell"
	"portolan/internal/resync/entity"
	"portolan/internal/resync/outcome"
	"portolan/internal/resync/reconcile"
	"portolan/internal/resync/scope"
	"portolan/internal/resync/snapshot"
)

// maxConfirmed is how many resources a run asks AWS about before their entities go, and
// longestConfirming how long it asks. The next run goes on.
const (
	maxConfirmed      = 10_000
	longestConfirming = 10 * time.Minute
)

// maxFailures is how many resources of a cell AWS may fail to tell of before it is asked no more
// about the cell in this run. One that cannot be asked about does not keep the others.
const maxFailures = 10

// question is a resource that the listing of its cell lacks, and which AWS is to be asked about.
type question struct {
	id       string
	absences int // the more, the sooner
}

// questions are those about a cell. A resource is asked about once.
type questions struct {
	cell cell.Name
	list []question
}

// confirm asks AWS about the resources of what goes only if it says of them that they do not
// exist, and settles the decision by what it said. Weigh says once more why an entity stays.
func (e *Engine) confirm(ctx context.Context, decision *reconcile.Decision, w weighing) {
	if !slices.ContainsFunc(e.scope.Mapped, func(u *scope.Unit) bool { return u.Kind.Confirm != nil }) {
		return
	}
	all := e.questionsOf(decision.Ask, w.origins)
	all = append(all, e.leftovers(all)...)
	e.askAll(ctx, all)
	decision.Settle(func(ref entity.Ref) reconcile.Reason {
		kept := e.weigh(ref, w).Kept
		if kept.Code == diag.KeptUnconfirmed && slices.ContainsFunc(w.origins[ref], e.unanswered) {
			e.removal.unconfirmed++
		}
		return kept
	})
	e.tellShort(ctx)
}

// questionsOf returns what AWS has to be asked about some entities, first about those that were
// absent in most runs.
func (e *Engine) questionsOf(refs []entity.Ref, origins map[entity.Ref][]snapshot.Remembered) []questions {
	asked := map[cell.Name]map[string]int{}
	for _, ref := range refs {
		for _, origin := range origins[ref] {
			e.addQuestions(asked, origin, origin.Absences)
		}
	}
	return inOrder(asked)
}

// addQuestions adds what is not known yet of the resources of an entity.
func (e *Engine) addQuestions(asked map[cell.Name]map[string]int, origin snapshot.Remembered, absences int) {
	c := origin.Cell()
	ids := slices.DeleteFunc(origin.Resources.IDs(), func(id string) bool { return e.book.Resources.Met(c, id) })
	if len(ids) == 0 || !e.scope.Confirms(string(origin.Kind)) || !e.evidence().KeepsPlace(c, origin.Blueprint).None() {
		return
	}
	for _, id := range ids {
		if asked[c] == nil {
			asked[c] = map[string]int{}
		}
		asked[c][id] = max(asked[c][id], absences)
	}
}

func inOrder(asked map[cell.Name]map[string]int) []questions {
	var all []questions
	for c, ids := range asked {
		of := questions{cell: c}
		for id, absences := range ids {
			of.list = append(of.list, question{id, absences})
		}
		slices.SortFunc(of.list, func(a, b question) int {
			return cmp.Or(cmp.Compare(b.absences, a.absences), cmp.Compare(a.id, b.id))
		})
		all = append(all, of)
	}
	slices.SortFunc(all, func(a, b questions) int {
		return cmp.Or(cmp.Compare(b.list[0].absences, a.list[0].absences), a.cell.Compare(b.cell))
	})
	return all
}

// leftovers returns what else AWS is asked about: resources of which entities were made before,
// and are made of others now. Unless they are gone, the entities may still be made of them too.
func (e *Engine) leftovers(besides []questions) []questions {
	if e.memory.Lease() == nil { // nobody remembers the answer
		return nil
	}
	known := map[cell.Name]map[string]bool{}
	for _, q := range besides {
		known[q.cell] = map[string]bool{}
		for _, of := range q.list {
			known[q.cell][of.id] = true
		}
	}
	asked := map[cell.Name]map[string]int{}
	for was := range e.memory.All {
		if was.Resources == "" || !e.produced.Has(was.Ref()) {
			continue
		}
		e.addQuestions(asked, was, 0)
	}
	for c, ids := range asked {
		for id := range ids {
			if known[c][id] {
				delete(ids, id)
			}
		}
		if len(ids) == 0 {
			delete(asked, c)
		}
	}
	return inOrder(asked)
}

// askAll asks AWS, some cells at a time, for half of the time at most that the run has left: the
// deletes and the state come after it.
func (e *Engine) askAll(ctx context.Context, all []questions) {
	if len(all) == 0 {
		return
	}
	limit := longestConfirming
	if end, ok := ctx.Deadline(); ok {
		limit = min(limit, time.Until(end)/2)
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	directory, err := e.openAgain(ctx)
	if err != nil {
		for _, q := range all {
			e.book.Resources.Unanswered(q.cell, awserr.Message(err))
		}
		return
	}
	var (
		group errgroup.Group
		left  atomic.Int64
	)
	left.Store(maxConfirmed)
	group.SetLimit(e.limits.Entering)
	for _, q := range all {
		group.Go(func() error {
			e.ask(ctx, directory, q, &left)
			return nil
		})
	}
	_ = group.Wait() // what goes wrong is in the book
}

// ask asks AWS about the resources of a cell until it says of one that it exists: then the listing
// ended short, and nothing of the cell goes.
func (e *Engine) ask(ctx context.Context, directory Directory, q questions, left *atomic.Int64) {
	asks, err := e.askersOf(ctx, directory, q.cell)
	if err != nil {
		e.noteUnanswered(ctx, q.cell, err)
		return
	}
	var (
		group    errgroup.Group
		mu       sync.Mutex
		failures int
		over     bool
	)
	group.SetLimit(e.limits.ServiceCalls)
	for _, of := range q.list {
		mu.Lock()
		stop := over
		mu.Unlock()
		if stop {
			break
		}
		if ctx.Err() != nil || left.Add(-1) < 0 {
			e.book.Resources.Unanswered(q.cell, e.notAsked(ctx))
			break
		}
		group.Go(func() error {
			exists, err := asks.of(ctx, of.id)
			said := outcome.Gone
			switch {
			case err != nil && ctx.Err() != nil:
				said = outcome.Unasked
			case err != nil:
				said = outcome.Nothing
			case exists:
				said = outcome.Exists
			}
			if err != nil {
				e.noteUnanswered(ctx, q.cell, err)
			}
			e.book.Resources.Answered(q.cell, of.id, said)
			mu.Lock()
			defer mu.Unlock()
			if said == outcome.Nothing {
				failures++
			}
			over = over || exists || failures == maxFailures || said == outcome.Nothing && ofPlace(err)
			return nil
		})
	}
	_ = group.Wait() // what goes wrong is in the book
}

// ofPlace says whether an error would be the same for any other resource of the cell.
func ofPlace(err error) bool {
	switch awserr.ClassOf(err) {
	case awserr.Failed, awserr.NotFound, awserr.None, awserr.Throttled, awserr.Timeout:
		return false
	default:
		return true
	}
}

// notAsked says why AWS is not asked about more.
func (e *Engine) notAsked(ctx context.Context) string {
	why := "a run asks about " + plain.Count(maxConfirmed, "resource", "resources") + " at most"
	if ctx.Err() != nil {
		why = "the run had no more time to ask"
	}
	if e.plans() || !e.remembers() {
		return why
	}
	return why + "; the next run begins with those"
}

func (e *Engine) noteUnanswered(ctx context.Context, c cell.Name, err error) {
	if ctx.Err() != nil {
		e.book.Resources.Unanswered(c, e.notAsked(ctx))
		return
	}
	why := awserr.Message(err)
	if fix := awserr.Fix(err); fix != "" {
		why += "; " + fix
	}
	e.book.Resources.Unanswered(c, why)
	e.log.WarnContext(ctx, "AWS did not say whether a resource exists", "account", c.Account, "region", c.Region, "kind", c.Kind, "error", err)
}

// askers ask about resources of a cell in the places where it can be read, the likeliest first.
type askers []func(ctx context.Context, id string) (exists bool, err error)

// of asks in the next place only where the reading would go there too.
func (a askers) of(ctx context.Context, id string) (exists bool, err error) {
	for _, ask := range a {
		if exists, err = ask(ctx, id); err == nil || !mayAnswerElsewhere(err) || ctx.Err() != nil {
			break
		}
	}
	return exists, err
}

var errNowhere = errors.New("there is no place to ask in")

// askersOf enters the account of a cell, and returns what asks about its resources.
func (e *Engine) askersOf(ctx context.Context, directory Directory, c cell.Name) (asks askers, err error) {
	at := slices.IndexFunc(e.scope.Mapped, func(u *scope.Unit) bool { return u.Kind.Type == string(c.Kind) && u.Kind.Confirm != nil })
	if at < 0 || c.Account == "" {
		return nil, errNowhere
	}
	s, err := e.enterAgain(ctx, directory, string(c.Account))
	if err != nil {
		return nil, err
	}
	u := e.scope.Mapped[at]
	for _, p := range e.placesOf(u, s, c) {
		asks = append(asks, u.Kind.Confirming(e.target(u.Kind, p)))
	}
	if len(asks) == 0 {
		return nil, errNowhere
	}
	return asks, nil
}

// placesOf returns where a cell can be read.
func (e *Engine) placesOf(u *scope.Unit, s *account.Session, c cell.Name) []place {
	if u.Kind.Scope == kind.Regional {
		return []place{{session: s, region: string(c.Region)}}
	}
	regions, _ := e.book.Enabled(string(c.Account))
	for _, t := range globalTask(u, s, e.scope.LeftRegions(regions)) {
		return t.places
	}
	return nil
}

// tellShort logs which listings ended short. The report says so too.
func (e *Engine) tellShort(ctx context.Context) {
	if n := e.book.Resources.Short(); n > 0 {
		e.log.WarnContext(ctx, "listings ended short", "cells", n, "code", diag.ListShort)
	}
}

// unanswered says whether AWS should have told of any of the resources of an entity, and did not.
func (e *Engine) unanswered(was snapshot.Remembered) bool {
	c := was.Cell()
	return slices.ContainsFunc(was.Resources.IDs(), func(id string) bool {
		said := e.book.Resources.Asked(c, id)
		return !e.book.Resources.Met(c, id) && (said == outcome.Unasked || said == outcome.Nothing)
	})
}

// askedInVain says whether AWS was asked about any of the resources and did not tell. Those that it
// was not asked about come sooner in the next run.
func (e *Engine) askedInVain(c cell.Name, of entity.Resources) bool {
	return slices.ContainsFunc(of.IDs(), func(id string) bool { return e.book.Resources.Asked(c, id) == outcome.Nothing })
}
