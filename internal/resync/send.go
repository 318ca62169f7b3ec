package resync

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"portolan/internal/mapping"
	"portolan/internal/port"
	"portolan/internal/report"
	"portolan/internal/resync/cell"
	"portolan/internal/resync/entity"
	"portolan/internal/resync/outcome"
	"portolan/internal/resync/snapshot"
)

// maxRetained bounds how many failed entities are kept whole, to be sent again
// when everything else is there. It is far more than relations that wait for
// their targets need, and about 20 MB.
const maxRetained = 10_000

// sink is where the entities of a run go.
type sink interface {
	// start makes it ready; abort ends the run.
	start(ctx context.Context, workers int, abort context.CancelCauseFunc)
	// send takes an entity. Its error means that the run is over.
	send(ctx context.Context, p parcel) error
	// finish waits until it is known what became of every entity.
	finish(ctx context.Context)
	// refuse accounts for an entity that cannot be sent.
	refuse(p parcel, err error)
	// withhold accounts for an entity that is not written, because somebody else wrote it.
	withhold(p parcel)
}

// sender gathers entities into bulks by blueprint and sends these side by side.
// A full queue makes send wait, and so the reading.
type sender struct {
	port    Port
	options port.UpsertOptions
	how     string // a part of the content
	book    *outcome.Book
	seen    *entity.Set
	memory  *snapshot.Memory
	abort   context.CancelCauseFunc
	sent    func(int)

	queue chan bulk
	group errgroup.Group

	// handsOn leaves what may pass once everything else is there to the end of a run
	// that takes several invocations.
	handsOn bool

	mu     sync.Mutex
	open   map[string]*bulk
	left   []bulk // full, when the reading ended
	failed []parcel
}

// parcel is an encoded entity with what is needed to account for it.
type parcel struct {
	origin  cell.Coverage
	entry   int // of the mapping; outcome.NoEntry if none made it
	cell    cell.Name
	item    port.Item
	hash    entity.Hash
	search  bool     // its identifier is known from Port's answer only
	targets []string // what it points at
	err     error    // why Port refused it last

	owner string // who wrote it last, if that is known to be somebody else
	fresh bool   // Port did not have it when the run began
	again bool   // the run has sent it before
}

// created says whether the run has made the entity, of which Port says that it made it
// just now, or not. Another entity's relation may have made it a moment before.
func (p parcel) created(now bool) bool { return p.fresh || now && !p.again }

// bulk is what one request carries.
type bulk struct {
	blueprint string
	parcels   []parcel
	bytes     int
}

// start opens the queue with as many workers.
func (s *sender) start(ctx context.Context, workers int, abort context.CancelCauseFunc) {
	s.abort = abort
	s.queue = make(chan bulk, workers)
	s.open = make(map[string]*bulk)
	for range workers {
		s.group.Go(func() error {
			for b := range s.queue {
				s.keep(s.upsert(ctx, b))
			}
			return nil
		})
	}
}

// newParcel encodes an entity. How it is written is part of its content.
func newParcel(o cell.Coverage, c cell.Name, e *mapping.Entity, how string) parcel {
	p := parcel{
		origin: o, cell: c, search: e.Search(),
		item: port.Item{Blueprint: e.Blueprint, Key: e.Key(), Body: e.AppendJSON(nil)},
	}
	p.hash = entity.HashOf(p.item.Body, how)
	for _, relation := range e.Relations {
		targets, _ := relation.Targets()
		p.targets = append(p.targets, targets...)
	}
	return p
}

// send adds an entity to the open bulk of its blueprint, and queues the bulk that
// this fills. Its error means that the reading is over; what was taken is sent all
// the same.
func (s *sender) send(ctx context.Context, p parcel) error {
	full, ok := s.add(p)
	if !ok {
		return nil
	}
	select {
	case s.queue <- full:
		return nil
	case <-ctx.Done():
		s.mu.Lock()
		s.left = append(s.left, full)
		s.mu.Unlock()
		return context.Cause(ctx)
	}
}

// add puts a parcel into the open bulk of its blueprint. If there is no room left,
// or the bulk holds the same entity already, that bulk is given to be sent first.
func (s *sender) add(p parcel) (full bulk, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.open[p.item.Blueprint]
	if b != nil && !b.takes(p) {
		full, ok, b = *b, true, nil
	}
	if b == nil {
		b = &bulk{blueprint: p.item.Blueprint}
		s.open[p.item.Blueprint] = b
	}
	b.parcels = append(b.parcels, p)
	b.bytes += len(p.item.Body) + 1
	return full, ok
}

func (b *bulk) takes(p parcel) bool {
	if len(b.parcels) == port.MaxBatch || b.bytes+len(p.item.Body)+len(`{"entities":[]}`) >= port.MaxBytes {
		return false
	}
	for _, other := range b.parcels {
		if other.item.Key == p.item.Key {
			return false
		}
	}
	return true
}

// finish sends what is left, waits until everything was answered, and sends again
// what may pass now.
func (s *sender) finish(ctx context.Context) {
	s.drain(ctx)
	s.retry(ctx)
}

// drain sends what is left and waits until everything was answered.
func (s *sender) drain(ctx context.Context) {
	for _, b := range s.takeOpen() {
		s.left = append(s.left, *b)
	}
	for _, b := range s.left {
		select {
		case s.queue <- b:
		case <-ctx.Done():
			s.leaveUnsent(b)
		}
	}
	s.left = nil
	close(s.queue)
	_ = s.group.Wait() // the workers account for their errors
}

// upsert sends a bulk, accounts for each entity, and gives those that may pass
// when they are sent again.
func (s *sender) upsert(ctx context.Context, b bulk) (again []parcel) {
	items := make([]port.Item, len(b.parcels))
	for i, p := range b.parcels {
		items[i] = p.item
	}
	s.memory.Wrote()
	outcomes, err := s.port.Upsert(ctx, b.blueprint, items, s.options)
	if err != nil {
		over := ctx.Err() != nil
		s.abort(err) // Port can be asked nothing more; without effect if the run is over
		if over {    // and Port refused nothing
			s.leaveUnsent(b)
		} else {
			s.giveUp(b, err)
		}
		return nil
	}
	for i, outcome := range outcomes {
		p := b.parcels[i]
		if outcome.Err == nil {
			s.seen.Add(entity.Ref{Blueprint: b.blueprint, Identifier: outcome.Identifier})
			s.remember(p, outcome.Identifier)
			s.book.Count(p.origin, p.entry, func(c *report.Counts) {
				if p.created(outcome.Created) {
					c.Created++
				} else {
					c.Updated++
				}
			})
			s.sent(1)
			continue
		}
		var refused *port.EntityError
		if errors.As(outcome.Err, &refused) && refused.Retryable {
			p.err = outcome.Err
			again = append(again, p)
			continue
		}
		if refused == nil && ctx.Err() != nil {
			s.leaveUnsent(bulk{parcels: []parcel{p}})
			continue
		}
		s.refuse(p, outcome.Err)
	}
	return again
}

// keep retains parcels for the end of the run.
func (s *sender) keep(parcels []parcel) {
	s.mu.Lock()
	room := max(maxRetained-len(s.failed), 0)
	kept := min(room, len(parcels))
	s.failed = append(s.failed, parcels[:kept]...)
	s.mu.Unlock()
	for _, p := range parcels[kept:] {
		s.refuse(p, errors.New("Port refused more entities than are kept to be sent again"))
	}
}

// remember notes what Port took. What it found by a search may hold more than was
// sent, and is written again each time.
func (s *sender) remember(p parcel, identifier string) {
	written := time.Now()
	if p.search {
		written = time.Time{}
	}
	s.memory.Produced(p.cell, entity.Ref{Blueprint: p.item.Blueprint, Identifier: identifier}, p.hash, written)
}

// refuse accounts for an entity that Port did not take, or of which that is not
// known.
func (s *sender) refuse(p parcel, err error) {
	if !p.search {
		s.memory.Produced(p.cell, entity.Ref{Blueprint: p.item.Blueprint, Identifier: p.item.Key}, p.hash, time.Time{})
	}
	s.book.Count(p.origin, p.entry, func(c *report.Counts) { c.Failed++ })
	s.book.Untaken.Add(p.item.Blueprint, p.item.Key, err)
}

// withhold needs no account: what the run did not write, it does not remember.
func (s *sender) withhold(parcel) {}

// leaveUnsent accounts for the entities that the run ended too early to send, or to hear
// what became of. The next run sends them.
func (s *sender) leaveUnsent(b bulk) {
	for _, p := range b.parcels {
		if !p.search {
			s.memory.Produced(p.cell, entity.Ref{Blueprint: p.item.Blueprint, Identifier: p.item.Key}, p.hash, time.Time{})
		}
		s.book.Count(p.origin, p.entry, func(c *report.Counts) { c.Unsent++ })
	}
}

func (s *sender) giveUp(b bulk, err error) {
	for _, p := range b.parcels {
		s.refuse(p, err)
	}
}

// retry sends the entities that Port refused for want of something else, targets
// before what points at them, until a round brings nothing new.
func (s *sender) retry(ctx context.Context) {
	waiting := s.failed
	s.failed = nil
	for len(waiting) > 0 && ctx.Err() == nil {
		var again []parcel
		for _, layer := range layersOf(waiting) {
			again = append(again, s.upsertAll(ctx, s.bulks(layer))...)
		}
		if len(again) == len(waiting) {
			break
		}
		waiting = again
	}
	if s.handsOn {
		s.failed = waiting
		return
	}
	for _, p := range waiting {
		s.refuse(p, p.err)
	}
}

// upsertAll sends bulks side by side, as upsert does each.
func (s *sender) upsertAll(ctx context.Context, bulks []bulk) []parcel {
	again := make([][]parcel, len(bulks))
	var group errgroup.Group
	group.SetLimit(cap(s.queue))
	for i, b := range bulks {
		group.Go(func() error {
			again[i] = s.upsert(ctx, b)
			return nil
		})
	}
	_ = group.Wait() // upsert accounts for its errors
	return slices.Concat(again...)
}

// bulks packs parcels by blueprint, in their order.
func (s *sender) bulks(parcels []parcel) []bulk {
	var full []bulk
	for _, p := range parcels {
		if b, ok := s.add(p); ok {
			full = append(full, b)
		}
	}
	for _, b := range s.takeOpen() {
		full = append(full, *b)
	}
	return full
}

// takeOpen returns the bulks that are not full, in a fixed order, and forgets them.
func (s *sender) takeOpen() []*bulk {
	s.mu.Lock()
	defer s.mu.Unlock()
	left := slices.SortedFunc(maps.Values(s.open), func(a, b *bulk) int { return cmp.Compare(a.blueprint, b.blueprint) })
	clear(s.open)
	return left
}
