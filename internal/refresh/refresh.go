// Package refresh decides what becomes of a batch of messages that events of AWS brought into a
// queue: which cells are read now, which later, and which messages come back.
//
// A message is an event, or a look that Portolan posted itself. Both are hints, whoever sent
// them. The worst that a forged one can do is to have a cell of the installation read, and not
// more often than the pace allows. What cannot be read as either is dropped and counted: it
// would come back for ever. A message comes back only if its cells wait for another run, or
// nothing could be done.
//
// A cell is read once for all messages of a batch that tell of it, some time after what they
// tell of, because AWS's lists lag behind its events, and once more some minutes later. Whether a
// cell is one of the installation's, was read already, or may be read yet, is for the run to
// say (package resync). Nothing is remembered here that matters.
package refresh

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"portolan/internal/aws/event"
	"portolan/internal/aws/kind"
	"portolan/internal/invocation"
	"portolan/internal/resync"
	"portolan/internal/resync/cell"
)

// Queue posts looks.
type Queue interface {
	// Post posts texts that arrive when the delays are over, each at most [MaxDelay]. The error
	// says that at least one may not have been posted.
	Post(ctx context.Context, looks []Posted) error
}

// Posted is a look on its way into the queue.
type Posted struct {
	Text  string
	Delay time.Duration // in whole seconds
}

// MaxDelay is for how long a queue holds a message back.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
const MaxDelay = 15 * time.Minute

// Waits are the times between what an event tells of and the readings of its cell, each at most
// MaxDelay.
type Waits struct {
	First time.Duration // before the cell is read
	Again time.Duration // until it is read once more; 0 is never
}

// Handler takes batches. It may take several at a time.
type Handler struct {
	// Kinds returns the kinds that events may wake.
	Kinds func(ctx context.Context) ([]*kind.Kind, error)
	// Roles are the names of the roles through which Portolan reads; see [event.New].
	Roles []string
	// Refresh reads cells; see [resync.Refresher].
	Refresh func(ctx context.Context, touched []resync.Touched) (resync.Refreshed, error)
	// Queue takes looks. Without one, cells are read at once, and not again.
	Queue Queue
	Waits Waits
	// Tested hears the ids of test events, unless it is nil. Whoever may use the bus can send some.
	Tested func(ctx context.Context, id string)
	Log    *slog.Logger

	second seconds
}

// Result is what became of a batch.
type Result struct {
	Messages int
	// Ignored counts the messages that tell of no cell, by reason.
	Ignored map[string]int
	// Cells counts the cells that were touched, by what became of them. Those of which nothing
	// is known wait for another run.
	Cells map[resync.Looked]int
	// Postponed counts the cells that are read later, for the wait or the pace.
	Postponed int
	// Lag is the longest time from an event until one of its cells was read.
	Lag time.Duration
	// Failed are the ids of the messages that come back.
	Failed []string
}

// hint is what one message tells of one cell.
type hint struct {
	message int
	due     time.Time // from when on a reading is good for it
	look    *look     // nil for an event
}

// first says whether a hint is to have a second look.
func (told hint) first() bool { return told.look == nil || !told.look.Second }

// Handle takes a batch. It returns an error if no message of it was dealt with.
func (h *Handler) Handle(ctx context.Context, messages []invocation.Message) (Result, error) {
	r := Result{Messages: len(messages), Ignored: map[string]int{}, Cells: map[resync.Looked]int{}}
	kinds, err := h.Kinds(ctx)
	if err != nil {
		return r, err
	}
	b := &batch{Handler: h, result: &r, now: time.Now().UTC(), failed: map[int]bool{}, hints: map[cell.Name][]hint{}}
	for _, id := range b.read(messages, kinds) {
		if h.Tested != nil {
			h.Tested(ctx, id)
		}
	}
	touched, early := b.sort()
	b.postpone(ctx, early)
	if len(touched) > 0 {
		err = b.refresh(ctx, touched)
	}
	for i := range messages {
		if b.failed[i] {
			r.Failed = append(r.Failed, messages[i].ID)
		}
	}
	if len(r.Failed) < len(messages) {
		err = nil // what was dealt with must not come back
	}
	return r, err
}

// batch is one while it is handled.
type batch struct {
	*Handler
	result *Result
	now    time.Time
	failed map[int]bool
	hints  map[cell.Name][]hint
}

// waits returns the waits that can be kept.
func (h *Handler) waits() Waits {
	if h.Queue == nil {
		return Waits{}
	}
	return h.Waits
}

// mostTests is how many test events of a batch are heard: more than people send.
const mostTests = 3

// read finds out what the messages tell, by cell, and returns the ids of test events.
func (b *batch) read(messages []invocation.Message, kinds []*kind.Kind) (tests []string) {
	table, known := event.New(kinds, b.Roles...), byName(kinds)
	for i, m := range messages {
		if l, isLook := parseLook(m.Body, known); isLook {
			if l == nil {
				b.result.Ignored[string(event.Malformed)]++
				continue
			}
			for _, name := range l.Cells {
				b.hints[name] = append(b.hints[name], hint{i, b.past(l.Due, m.Sent), l})
			}
			continue
		}
		told := table.Read([]byte(m.Body))
		if told.Test != "" && len(tests) < mostTests && !slices.Contains(tests, told.Test) {
			tests = append(tests, told.Test)
		}
		if told.Reason != "" {
			b.result.Ignored[string(told.Reason)]++
			continue
		}
		due := b.past(told.At, m.Sent).Add(b.waits().First)
		for _, c := range told.Cells {
			name := cell.Name{Account: cell.Account(c.Account), Region: cell.Region(c.Region), Kind: cell.Kind(c.Kind)}
			b.hints[name] = append(b.hints[name], hint{i, due, nil})
		}
	}
	return tests
}

// past returns the time that a message has, as far as it can be: anybody may have written it.
func (b *batch) past(at, sent time.Time) time.Time {
	if at.IsZero() {
		at = sent
	}
	if at.IsZero() || at.After(b.now) {
		return b.now
	}
	return at
}

// sort divides what the messages tell into the cells to read now, and those to read when the wait
// is over. A cell may be among both.
func (b *batch) sort() (touched []resync.Touched, early map[cell.Name]look) {
	early = map[cell.Name]look{}
	for _, name := range sorted(b.hints) {
		var due time.Time
		for _, told := range b.hints[name] {
			switch {
			case !told.first() && b.second.superseded(name, told.look.Due):
			case told.due.After(b.now):
				early[name] = look{Due: later(early[name].Due, told.due)}
			default:
				due = later(due, told.due)
			}
		}
		if !due.IsZero() {
			touched = append(touched, resync.Touched{Cell: name, At: due})
		}
	}
	return touched, early
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// postpone posts looks in place of readings that are to come.
func (b *batch) postpone(ctx context.Context, looks map[cell.Name]look) {
	b.result.Postponed += len(looks)
	at := func(l look) time.Time { return later(l.Due, l.at) }
	if err := b.post(ctx, looks, at); err != nil {
		b.Log.WarnContext(ctx, "cells could not be postponed; their messages come back", "error", err)
		for name := range looks {
			b.fail(name)
		}
	}
}

// fail has the messages come back that tell of a cell.
func (b *batch) fail(name cell.Name) {
	for _, told := range b.hints[name] {
		b.failed[told.message] = true
	}
}

// refresh has cells read, and posts what is to be looked at later. It returns an error if none
// could be looked at.
func (b *batch) refresh(ctx context.Context, touched []resync.Touched) error {
	out, err := b.Refresh(ctx, touched)
	if err != nil {
		b.Log.WarnContext(ctx, "cells could not be refreshed; their messages come back", "cells", len(touched), "error", err)
	}
	ended := time.Now().UTC()
	paced, again := map[cell.Name]look{}, map[cell.Name]look{}
	for _, t := range touched {
		name, became := t.Cell, out.Looks[t.Cell]
		b.result.Cells[became.Outcome]++
		first, hops := b.history(name)
		switch became.Outcome {
		case resync.Seen, resync.Unseen:
			if first {
				b.lag(name, ended)
				again[name] = look{Due: ended.Add(b.waits().Again), Second: true}
			}
		case resync.Covered, resync.Left:
		case resync.Later:
			if hops < mostHops && b.Queue != nil {
				paced[name] = look{Due: t.At, Second: !first, Hops: hops + 1, at: became.Until}
				continue
			}
			b.fail(name)
		default:
			b.fail(name)
		}
	}
	b.postpone(ctx, paced)
	if b.waits().Again > 0 {
		b.lookAgain(ctx, again)
	}
	return err
}

// history says whether a cell is touched for the first time by any of its messages, and how often the
// look that was postponed most was.
func (b *batch) history(name cell.Name) (first bool, hops int) {
	for _, told := range b.hints[name] {
		first = first || told.first()
		if told.look != nil {
			hops = max(hops, told.look.Hops)
		}
	}
	return first, hops
}

// lag takes the time from the first of a cell's events until the cell was read.
func (b *batch) lag(name cell.Name, ended time.Time) {
	for _, told := range b.hints[name] {
		if told.first() {
			b.result.Lag = max(b.result.Lag, ended.Sub(told.due.Add(-b.waits().First)))
		}
	}
}

// lookAgain posts second looks. One that is lost costs nothing but time: the next run reads the cell.
func (b *batch) lookAgain(ctx context.Context, looks map[cell.Name]look) {
	if err := b.post(ctx, looks, func(l look) time.Time { return l.Due }); err != nil {
		b.Log.WarnContext(ctx, "cells are not looked at again before the next run", "cells", len(looks), "error", err)
		return
	}
	b.second.await(looks, b.now)
}

// post posts looks that arrive at a time of each.
func (b *batch) post(ctx context.Context, looks map[cell.Name]look, at func(look) time.Time) error {
	if len(looks) == 0 {
		return nil
	}
	return b.Queue.Post(ctx, gather(looks, at, time.Now().UTC()))
}

// seconds knows which second looks of this process are still to come. It only spares readings.
type seconds struct {
	mu  sync.Mutex
	due map[cell.Name]time.Time
}

// superseded says whether something has happened to a cell since, which has a later second look.
func (s *seconds) superseded(name cell.Name, due time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.due[name].After(due.Add(time.Minute))
}

func (s *seconds) await(looks map[cell.Name]look, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.due == nil {
		s.due = map[cell.Name]time.Time{}
	}
	maps.DeleteFunc(s.due, func(_ cell.Name, due time.Time) bool { return due.Before(now) })
	for name, l := range looks {
		s.due[name] = l.Due
	}
}

// byName returns kinds by their type.
func byName(kinds []*kind.Kind) map[string]*kind.Kind {
	known := make(map[string]*kind.Kind, len(kinds))
	for _, k := range kinds {
		known[k.Type] = k
	}
	return known
}

// sorted returns the names of cells in order.
func sorted[V any](cells map[cell.Name]V) []cell.Name {
	return slices.SortedFunc(maps.Keys(cells), func(a, b cell.Name) int {
		return slices.Compare([]string{string(a.Account), string(a.Region), string(a.Kind)}, []string{string(b.Account), string(b.Region), string(b.Kind)})
	})
}
