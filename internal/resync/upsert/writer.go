package upsert

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"portolan/internal/port"
)

// maxRetained limits how many refused entities are kept, to be sent again when everything
// else has been sent. It is far more than relations that wait for their targets need, and
// about 20 MB.
const maxRetained = 10_000

var errTooMany = errors.New("Port refused more entities than are kept to be sent again")

// Writer is the Sink that writes. It gathers entities into bulks by blueprint and sends
// these in parallel. If the queue is full, Send waits, and so does the reading.
type Writer struct {
	port     Port
	options  port.UpsertOptions
	outcomes Outcomes

	abort context.CancelCauseFunc
	queue chan bulk
	group errgroup.Group

	mu      sync.Mutex
	open    map[string]*bulk // by blueprint
	left    []bulk           // full, when the reading ended
	refused []*Entity        // to be sent again
}

// NewWriter returns a Sink that writes into Port.
func NewWriter(p Port, o port.UpsertOptions, out Outcomes) *Writer {
	return &Writer{port: p, options: o, outcomes: out, open: make(map[string]*bulk)}
}

// bulk is what one request carries.
type bulk struct {
	blueprint string
	entities  []*Entity
	bytes     int
}

func (b *bulk) takes(e *Entity) bool {
	if len(b.entities) == port.MaxBatch || b.bytes+len(e.Body)+len(`{"entities":[]}`) >= port.MaxBytes {
		return false
	}
	return !slices.ContainsFunc(b.entities, func(other *Entity) bool { return other.Key == e.Key })
}

// Resume keeps entities that Port refused in other invocations.
func (w *Writer) Resume(suspended []*Entity) {
	for _, e := range suspended {
		e.refused = errors.New(e.Refusal)
	}
	w.keep(suspended)
}

// Open starts the workers.
func (w *Writer) Open(ctx context.Context, workers int) context.Context {
	ctx, w.abort = context.WithCancelCause(ctx)
	w.queue = make(chan bulk, workers)
	for range workers {
		w.group.Go(func() error {
			for b := range w.queue {
				w.keep(w.upsert(ctx, b))
			}
			return nil
		})
	}
	return ctx
}

// Send adds an entity to the open bulk of its blueprint, and queues the bulk that this
// fills.
func (w *Writer) Send(ctx context.Context, e *Entity) error {
	full, ok := w.add(e)
	if !ok {
		return nil
	}
	select {
	case w.queue <- full:
		return nil
	case <-ctx.Done():
		w.mu.Lock()
		w.left = append(w.left, full)
		w.mu.Unlock()
		return context.Cause(ctx)
	}
}

// add puts an entity into the open bulk of its blueprint. If the bulk is full, or already
// has the same entity, it is returned to be sent first.
func (w *Writer) add(e *Entity) (full bulk, ok bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	b := w.open[e.Blueprint]
	if b != nil && !b.takes(e) {
		full, ok, b = *b, true, nil
	}
	if b == nil {
		b = &bulk{blueprint: e.Blueprint}
		w.open[e.Blueprint] = b
	}
	b.entities = append(b.entities, e)
	b.bytes += len(e.Body) + 1
	return full, ok
}

// Close sends what is left, and again what Port refused.
func (w *Writer) Close(ctx context.Context) {
	w.drain(ctx)
	for _, e := range w.retry(ctx) {
		w.outcomes.Record(e, Outcome{Fate: Failed, Err: e.refused})
	}
}

// Suspend sends what is left, and again what Port refused. It returns what Port still
// refuses.
func (w *Writer) Suspend(ctx context.Context) []*Entity {
	w.drain(ctx)
	left := w.retry(ctx)
	for _, e := range left {
		e.Refusal = e.refused.Error()
	}
	return left
}

// drain sends what is left and waits until everything was answered.
func (w *Writer) drain(ctx context.Context) {
	for _, b := range append(w.left, w.takeOpen()...) {
		select {
		case w.queue <- b:
		case <-ctx.Done():
			w.record(b, Outcome{Fate: Unsent})
		}
	}
	w.left = nil
	close(w.queue)
	_ = w.group.Wait() // the workers record their errors
}

func (w *Writer) record(b bulk, o Outcome) {
	for _, e := range b.entities {
		w.outcomes.Record(e, o)
	}
}

// upsert sends a bulk, and returns the entities that may pass when they are sent again.
func (w *Writer) upsert(ctx context.Context, b bulk) (again []*Entity) {
	items := make([]port.Item, len(b.entities))
	for i, e := range b.entities {
		items[i] = e.Item
	}
	answers, err := w.port.Upsert(ctx, b.blueprint, items, w.options)
	if err != nil {
		o := unanswered(ctx, err)
		w.abort(err)
		w.record(b, o)
		return nil
	}
	for i, answer := range answers {
		e := b.entities[i]
		var refused *port.EntityError
		switch named := errors.As(answer.Err, &refused); {
		case answer.Err == nil:
			w.outcomes.Record(e, e.taken(answer.Identifier, answer.Created))
		case named && refused.Retryable:
			e.refused = answer.Err
			again = append(again, e)
		case named:
			w.outcomes.Record(e, Outcome{Fate: Failed, Err: answer.Err})
		default:
			w.outcomes.Record(e, unanswered(ctx, answer.Err))
		}
	}
	return again
}

// keep retains entities to be sent again.
func (w *Writer) keep(entities []*Entity) {
	w.mu.Lock()
	kept := min(max(maxRetained-len(w.refused), 0), len(entities))
	w.refused = append(w.refused, entities[:kept]...)
	w.mu.Unlock()
	w.record(bulk{entities: entities[kept:]}, Outcome{Fate: Failed, Err: errTooMany})
}

// retry sends the entities that Port refused because something else was missing, targets
// before what points at them, until a round brings nothing new. It returns the rest.
func (w *Writer) retry(ctx context.Context) []*Entity {
	waiting := w.refused
	w.refused = nil
	for len(waiting) > 0 && ctx.Err() == nil {
		var again []*Entity
		for _, layer := range layersOf(waiting) {
			again = append(again, w.upsertAll(ctx, w.bulks(layer))...)
		}
		if len(again) == len(waiting) {
			break
		}
		waiting = again
	}
	return waiting
}

// upsertAll sends bulks in parallel, each with upsert.
func (w *Writer) upsertAll(ctx context.Context, bulks []bulk) []*Entity {
	again := make([][]*Entity, len(bulks))
	var group errgroup.Group
	group.SetLimit(cap(w.queue))
	for i, b := range bulks {
		group.Go(func() error {
			again[i] = w.upsert(ctx, b)
			return nil
		})
	}
	_ = group.Wait() // upsert records its errors
	return slices.Concat(again...)
}

// bulks packs entities by blueprint, in their order.
func (w *Writer) bulks(entities []*Entity) []bulk {
	var full []bulk
	for _, e := range entities {
		if b, ok := w.add(e); ok {
			full = append(full, b)
		}
	}
	return append(full, w.takeOpen()...)
}

// takeOpen returns the bulks that are not full, in a fixed order, and forgets them.
func (w *Writer) takeOpen() []bulk {
	w.mu.Lock()
	defer w.mu.Unlock()
	var open []bulk
	for _, blueprint := range slices.Sorted(maps.Keys(w.open)) {
		open = append(open, *w.open[blueprint])
	}
	clear(w.open)
	return open
}
