package kind

import (
	"context"
	"slices"
	"sync"

	"portolan/internal/aws/awserr"
)

// stage is a follow-up of a reading. Its calls begin in the order of the listing, and no more
// than there are hands are under way at a time.
type stage struct {
	FollowUp
	hands hands
	into  int         // among the optional answers, or intoProperties
	bulk  BulkAnswers // nil if the follow-up or the target has none
}

// hands are the goroutines that make a stage's calls, at most so many. They stay until the
// reading ends: the stack of a new one would have to grow anew for each call.
type hands struct {
	calls       chan func()
	most, there int
}

// take begins a call once a hand is free. It is called by one goroutine at a time.
func (h *hands) take(call func()) {
	select {
	case h.calls <- call:
		return
	default:
	}
	if h.there == h.most {
		h.calls <- call
		return
	}
	h.there++
	go func() {
		call()
		for call := range h.calls {
			call()
		}
	}()
}

// rest ends the hands, once they have nothing left to do.
func (h *hands) rest() { close(h.calls) }

// together says whether the stage takes all resources of a chunk at once.
func (s *stage) together() bool { return s.size() > 1 || s.bulk != nil }

// newStage returns a stage of a reading.
func (r *reading) newStage(f FollowUp, into int) *stage {
	s := &stage{FollowUp: f, hands: hands{calls: make(chan func()), most: r.parallel}, into: into}
	if f.Bulk != nil {
		if bulk, call := f.Bulk.Open(r.target, f.Call); bulk != nil {
			s.bulk, s.Call = bulk, call
		}
	}
	return s
}

// chunk is some resources of a page, or what came in place of a page.
type chunk struct {
	resources []*Resource
	listed    int   // how many resources it had
	err       error // of the listing
	nothing   bool  // AWS says that there is nothing to list
	room      int64

	mu    sync.Mutex
	errs  [][]error // of each stage
	begun turns
	after turns // of the chunk before; nil for the first
	done  chan struct{}
}

// turns are closed when all calls of each stage about a chunk have begun.
type turns []chan struct{}

// reading is one reading of a cell.
type reading struct {
	kind      *Kind
	target    Target
	defaults  []FollowUp
	optional  []FollowUp
	parallel  int
	stages    []*stage // of the default follow-ups and then the optional ones, once there is a resource
	room      reservation
	remembers *remembering // nil if everything is asked about
}

func (k *Kind) reading(t Target, o Options) *reading {
	defaults, optional := k.followUps(o.Actions)
	t.remembers, t.untagged = k.rememberingOf(o), o.Untagged
	return &reading{
		kind: k, target: t, defaults: defaults, optional: optional, parallel: max(o.Parallel, 1), remembers: t.remembers,
		room: reservation{budget: o.Budget, expect: o.Expect, full: int64(k.List.held()), last: o.Last},
	}
}

// overlaps says whether calls are made while others are under way.
func (r *reading) overlaps() bool { return r.parallel > 1 && len(r.defaults)+len(r.optional) > 0 }

// set makes the stages. Most cells are empty and need none.
func (r *reading) set() {
	for _, f := range r.defaults {
		r.stages = append(r.stages, r.newStage(f, intoProperties))
	}
	for i, f := range r.optional {
		r.stages = append(r.stages, r.newStage(f, i))
	}
}

// rest ends the stages, once all chunks are done.
func (r *reading) rest() {
	for _, s := range r.stages {
		s.hands.rest()
	}
}

// list hands out what the listing finds, in chunks for which there is room, until emit
// returns false.
func (r *reading) list(ctx context.Context, emit func(*chunk) bool) {
	list := &r.kind.List
	expected := r.room.expected()
	if err := r.room.take(ctx, expected); err != nil {
		emit(&chunk{err: awserr.New(list.operation(err), err)})
		return
	}
	for resources, err := range list.Pages(ctx, r.target) {
		if len(resources) > 0 && countAsked(resources) == 0 { // these take no room
			if !emit(&chunk{resources: resources, listed: len(resources)}) {
				return
			}
			continue
		}
		next := &chunk{room: r.room.settle(expected, len(resources))}
		if next.nothing = err != nil && slices.Contains(list.Nothing, awserr.Code(err)); err != nil && !next.nothing {
			next.err = notRead(list.operation(err), err)
		}
		for part := range slices.Chunk(resources, list.held()) {
			if next == nil {
				if err := r.room.take(ctx, int64(len(part))); err != nil {
					emit(&chunk{err: awserr.New(list.operation(err), err)})
					return
				}
				next = &chunk{room: int64(len(part))}
			}
			next.resources, next.listed = part, len(part)
			if !emit(next) {
				return
			}
			next = nil
		}
		if next != nil && !emit(next) {
			return
		}
		expected = r.room.expected()
		if err := r.room.take(ctx, expected); err != nil {
			emit(&chunk{err: awserr.New(list.operation(err), err)})
			return
		}
	}
}

// each hands out the chunks, completed, in the order of the listing. While one is taken,
// the calls about the next are under way, and the page after that is asked for: two chunks
// are in memory at a time. A reading that is to make one call at a time does so, and one
// that makes no calls about resources does not hurry.
func (r *reading) each(ctx context.Context, take func(*chunk) bool) {
	defer r.room.giveAll()
	defer r.rest()
	if !r.overlaps() {
		r.list(ctx, func(c *chunk) bool {
			r.start(ctx, c, nil)
			return take(c)
		})
		return
	}
	ctx, cancel := context.WithCancel(ctx)
	chunks, stopped := make(chan *chunk), make(chan struct{})
	r.room.emptied = make(chan struct{}, 1)
	go func() {
		defer close(chunks)
		var last turns
		r.list(ctx, func(c *chunk) bool {
			last = r.start(ctx, c, last)
			select {
			case chunks <- c:
				return true
			case <-stopped:
				<-c.done
				return false
			}
		})
	}()
	done := nothingToDo // of the chunk that was taken last
	defer func() {      // also if who takes them panics
		cancel()
		close(stopped)
		<-done
		for c := range chunks {
			<-c.done
		}
	}()
	for c := range chunks {
		if done = c.done; !take(c) {
			return
		}
	}
}

// nothingToDo is closed.
var nothingToDo = func() chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

// start begins to complete a chunk, and returns after which turns the next comes.
func (r *reading) start(ctx context.Context, c *chunk, after turns) turns {
	if c.done = nothingToDo; countAsked(c.resources) == 0 || len(r.defaults)+len(r.optional) == 0 {
		return after
	}
	if r.stages == nil {
		r.set()
	}
	c.done = make(chan struct{})
	c.after, c.errs = after, make([][]error, len(r.stages))
	for range r.stages {
		c.begun = append(c.begun, make(chan struct{}))
	}
	for _, one := range c.resources {
		for _, f := range r.optional {
			one.optional = append(one.optional, optionalAnswer{name: f.Name, form: f.Form, answer: Object{}})
		}
	}
	if r.parallel == 1 {
		r.remembers.recall(ctx, r.target, c.resources, 1)
		for i := range r.stages {
			r.pass(ctx, c, i, ready(c.resources), nil)
			c.resources = slices.DeleteFunc(c.resources, func(one *Resource) bool { return one.withheld })
		}
		close(c.done)
		return nil
	}
	go func() {
		defer close(c.done)
		r.complete(ctx, c)
	}()
	return c.begun
}

// complete makes the default follow-ups, one after the other, and all optional ones at a
// time. A resource that has come through the default ones waits for the others only where
// resources are asked about together.
func (r *reading) complete(ctx context.Context, c *chunk) {
	r.remembers.recall(ctx, r.target, c.resources, r.parallel)
	var (
		optional sync.WaitGroup
		feeds    []chan *Resource
	)
	for i := len(r.defaults); i < len(r.stages); i++ {
		feed := make(chan *Resource, len(c.resources))
		feeds = append(feeds, feed)
		optional.Go(func() { r.pass(ctx, c, i, feed, nil) })
	}
	feed := func(one *Resource, together bool) {
		for i, to := range feeds {
			if together == r.stages[len(r.defaults)+i].together() {
				to <- one
			}
		}
	}
	through := func(one *Resource) {}
	for i := range r.defaults {
		if i == len(r.defaults)-1 {
			through = func(one *Resource) { feed(one, false) }
		}
		r.pass(ctx, c, i, ready(c.resources), through)
		c.resources = slices.DeleteFunc(c.resources, func(one *Resource) bool { return one.withheld })
	}
	for _, one := range c.resources {
		if one.standing != asked {
			continue
		}
		if len(r.defaults) == 0 {
			feed(one, false)
		}
		feed(one, true)
	}
	for _, to := range feeds {
		close(to)
	}
	optional.Wait()
}

// ready hands out the resources that are to be asked about.
func ready(resources []*Resource) <-chan *Resource {
	feed := make(chan *Resource, len(resources))
	for _, one := range resources {
		if one.standing == asked {
			feed <- one
		}
	}
	close(feed)
	return feed
}

// pass makes the calls of a stage about the resources that come, once all calls about the
// chunk before have begun. Through, unless it is nil, hears of each resource that is not
// withheld.
func (r *reading) pass(ctx context.Context, c *chunk, at int, feed <-chan *Resource, through func(*Resource)) {
	s := r.stages[at]
	if c.after != nil {
		<-c.after[at]
	}
	var calls sync.WaitGroup
	ask := func(batch []*Resource) {
		calls.Add(1)
		s.hands.take(func() {
			defer calls.Done()
			kept := make([]bool, len(batch))
			errs := s.ask(ctx, r.target, batch, kept, s.into)
			for i, one := range batch {
				switch {
				case s.into != intoProperties:
					one.optional[s.into].withheld = !kept[i]
				case !kept[i]:
					one.withheld = true
				case through != nil:
					through(one)
				}
			}
			c.mu.Lock()
			defer c.mu.Unlock()
			c.errs[at] = append(c.errs[at], errs...)
		})
	}
	if s.bulk != nil {
		feed = r.inBulk(ctx, s, feed, through)
	}
	var batch []*Resource
	for one := range feed {
		if batch = append(batch, one); len(batch) == s.size() {
			ask(batch)
			batch = nil
		}
	}
	if len(batch) > 0 {
		ask(batch)
	}
	close(c.begun[at])
	calls.Wait()
}

// inBulk takes the answers of a stage's Bulk about the resources that come, and returns those
// that it does not answer. A chunk's turn comes once the calls about the one before have begun,
// so that a Bulk is asked about one chunk at a time.
func (r *reading) inBulk(ctx context.Context, s *stage, feed <-chan *Resource, through func(*Resource)) <-chan *Resource {
	resources := slices.Collect(func(yield func(*Resource) bool) {
		for one := range feed {
			if !yield(one) {
				return
			}
		}
	})
	if len(resources) == 0 {
		return ready(nil)
	}
	answers := s.bulk(ctx, resources)
	return ready(slices.DeleteFunc(resources, func(one *Resource) bool {
		answer, answered := answers[one.ID]
		if answered {
			one.merge(answer, s.into)
			if through != nil {
				through(one)
			}
		}
		return answered
	}))
}

// countAsked counts the resources that are, or may have to be, asked about.
func countAsked(resources []*Resource) (n int) {
	for _, one := range resources {
		if one.standing == asked {
			n++
		}
	}
	return n
}
