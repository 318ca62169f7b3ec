package syncstatus

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"portolan/internal/port"
)

// Port is where a run tells how it goes; package port has it.
type Port interface {
	TellSync(ctx context.Context, run string, kinds []port.KindSync) error
	UpdateSync(ctx context.Context, run string, kind port.KindSync) error
	Heartbeat(ctx context.Context, run string) error
}

const (
	heartbeatEvery = 10 * time.Second
	// workers is how many calls are under way at a time, and callTime how long one may
	// take. finishTime is how long the end of a run waits for the last of them.
	workers    = 4
	callTime   = 10 * time.Second
	finishTime = 3 * time.Second
)

// Entry is an entry of the mapping. Those of a kind are read together.
type Entry struct {
	Kind      string
	Index     int
	Blueprint string // its expression as the mapping has it
	Unusable  bool   // it will not be read: the entry does not work
}

// Reporter tells Port how each entry of the mapping goes, beside the run: it never makes
// the run wait, and what Port does not take is lost. What an entry was before it could be
// told is not told any more, so that no more calls wait than there are entries. A nil
// Reporter tells nothing.
type Reporter struct {
	to    Port
	run   string
	began time.Time
	log   *slog.Logger
	ctx   context.Context // ends what is under way when the run has waited enough
	stop  context.CancelFunc

	group sync.WaitGroup
	queue chan *status // those with news, each once
	quiet chan struct{}

	mu       sync.Mutex
	failed   bool // it was logged that Port does not listen
	entries  []*status
	readings map[string]*reading // by kind
	atOnce   bool                // what is new is told of all entries in one call
	whole    *status             // the run
	final    *status             // the reconciliation; nil until it begins
}

// status is what Port is to hear of an entry.
type status struct {
	item  port.KindSync
	known bool // Port has heard of the entry
	news  bool // since it last heard
	held  bool // in the queue, or by a worker
	began time.Time
}

// reading is when the cells of a kind were read.
type reading struct {
	entries      []*status
	began, ended time.Time
}

// Begin tells Port that a run has begun, and of the entries of the mapping that it will
// read or cannot read.
func Begin(to Port, run string, began time.Time, entries []Entry, log *slog.Logger) *Reporter {
	r := newReporter(to, run, began, entries, port.Pending, log)
	r.group.Go(r.beat)
	r.group.Go(func() {
		r.tellAll() // only then what becomes of them
		r.startWorkers()
	})
	return r
}

// Continue is Begin for the last invocation of a run. Port already knows the run.
func Continue(to Port, run string, began time.Time, entries []Entry, log *slog.Logger) *Reporter {
	r := newReporter(to, run, began, entries, port.Syncing, log)
	for _, s := range r.all() {
		s.known = true
	}
	r.group.Go(r.beat)
	r.startWorkers()
	return r
}

// Beat tells Port that a run goes on, until the function that it returns is called: what
// an invocation that only reads has to tell.
func Beat(to Port, run string, log *slog.Logger) (stop func()) {
	r := newReporter(to, run, time.Time{}, nil, "", log)
	r.group.Go(r.beat)
	return func() {
		close(r.quiet)
		r.stop()
		r.group.Wait()
	}
}

func newReporter(to Port, run string, began time.Time, entries []Entry, state port.Status, log *slog.Logger) *Reporter {
	r := &Reporter{
		to: to, run: run, began: began, log: log, queue: make(chan *status, len(entries)+2), quiet: make(chan struct{}),
		readings: make(map[string]*reading), whole: &status{item: port.KindSync{Kind: port.RuntimeKind, State: port.Syncing}},
	}
	r.ctx, r.stop = context.WithCancel(context.Background())
	for _, e := range entries {
		s := &status{item: port.KindSync{Kind: e.Kind, Index: e.Index, Blueprint: e.Blueprint, State: state}}
		r.entries = append(r.entries, s)
		if e.Unusable {
			s.item.State = port.Failed
			continue
		}
		if r.readings[e.Kind] == nil {
			r.readings[e.Kind] = &reading{}
		}
		r.readings[e.Kind].entries = append(r.readings[e.Kind].entries, s)
	}
	return r
}

func (r *Reporter) startWorkers() {
	for range workers {
		r.group.Go(r.work)
	}
}

// all are the entries, the run as a whole, and the reconciliation once it has begun.
func (r *Reporter) all() []*status {
	all := append(append([]*status{}, r.entries...), r.whole)
	if r.final != nil {
		all = append(all, r.final)
	}
	return all
}

// tellAll tells of all entries as they stand.
func (r *Reporter) tellAll() {
	r.mu.Lock()
	all := r.all()
	items := make([]port.KindSync, len(all))
	for i, s := range all {
		items[i] = s.item
	}
	r.mu.Unlock()
	if r.call(func(ctx context.Context) error { return r.to.TellSync(ctx, r.run, items) }) {
		r.mu.Lock()
		defer r.mu.Unlock()
		for _, s := range all {
			s.known = true
		}
	}
}

// work tells what is new, entry by entry, the news of each in their order.
func (r *Reporter) work() {
	for s := range r.queue {
		r.mu.Lock()
		for s.news && !r.atOnce {
			s.news = false
			item, known := s.item, s.known
			r.mu.Unlock()
			heard := r.call(func(ctx context.Context) error {
				if !known || item.Kind == port.RuntimeKind {
					return r.to.TellSync(ctx, r.run, []port.KindSync{item})
				}
				return r.to.UpdateSync(ctx, r.run, item)
			})
			r.mu.Lock()
			s.known = s.known || heard
		}
		s.held = false
		r.mu.Unlock()
	}
}

// call says whether Port has heard. The first failure is logged: others would say the
// same.
func (r *Reporter) call(do func(context.Context) error) bool {
	ctx, cancel := context.WithTimeout(r.ctx, callTime)
	defer cancel()
	err := do(ctx)
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil && !r.failed {
		r.failed = true
		r.log.Warn("Port does not hear how the kinds go; the resync goes on", "error", err)
	}
	return err == nil
}

// beat tells Port now and then that the run is alive.
func (r *Reporter) beat() {
	tick := time.NewTicker(heartbeatEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			r.call(func(ctx context.Context) error { return r.to.Heartbeat(ctx, r.run) })
		case <-r.quiet:
			return
		}
	}
}

// change tells what a change makes of an entry. The caller holds the lock.
func (r *Reporter) change(s *status, change func(*port.KindSync)) {
	change(&s.item)
	s.news = true
	if !s.held && !r.atOnce {
		s.held = true
		r.queue <- s // there is room for every entry
	}
}

// Reading tells that a cell of a kind is read, until the function that it returns is
// called.
func (r *Reporter) Reading(kind string) (done func()) {
	if r == nil {
		return func() {}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	of := r.readings[kind]
	if of.began.IsZero() {
		of.began = time.Now()
		for _, s := range of.entries {
			r.change(s, func(k *port.KindSync) { k.State = port.Syncing })
		}
	}
	return func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		of.ended = time.Now()
	}
}
