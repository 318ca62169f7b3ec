package resync

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"portolan/internal/port"
	"portolan/internal/resync/scope"
)

// SyncMetrics is where a run tells how it goes, for Port's page of it; package port
// has it.
type SyncMetrics interface {
	TellSync(ctx context.Context, run string, kinds []port.KindSync) error
	UpdateSync(ctx context.Context, run string, kind port.KindSync) error
	Heartbeat(ctx context.Context, run string) error
}

const (
	heartbeatEvery = 10 * time.Second
	// tellers is how many calls are under way at a time, and tellTime how long one may
	// take. finishTime is how long the end of a run waits for the last of them.
	tellers    = 4
	tellTime   = 10 * time.Second
	finishTime = 3 * time.Second
)

// teller tells Port how each entry of the mapping goes, beside the run: it never makes
// the run wait, and what Port does not take is lost. What an entry was before it could
// be told is not told any more, so that no more calls wait than there are entries. A nil
// teller tells nothing.
type teller struct {
	to   SyncMetrics
	run  string
	log  *slog.Logger
	ctx  context.Context // ends what is under way when the run has waited enough
	stop context.CancelFunc

	group sync.WaitGroup
	queue chan *told // those with news, each once
	quiet chan struct{}
	began time.Time

	mu      sync.Mutex
	failed  bool // it was logged that Port does not listen
	entries []*told
	units   map[*scope.Unit]*spell
	atOnce  bool // what is new is told of all entries in one call
	runtime *told
	final   *told // the reconciliation; nil until it begins
}

// told is an entry, and what Port is to hear of it.
type told struct {
	item  port.KindSync
	known bool // Port has heard of the entry
	news  bool // since it last heard
	held  bool // in the queue, or by a worker
	began time.Time
}

// spell is when the cells of a unit were read.
type spell struct {
	entries      []*told
	began, ended time.Time
}

// tellKinds begins to tell Port of the run: of all entries of the mapping that it will
// read or cannot read, and of the run as a whole.
func (e *Engine) tellKinds() {
	if t := e.newTeller(); t != nil {
		e.status = t
		t.addEntries(e, port.Pending)
		t.group.Go(t.beat)
		t.group.Go(t.begin)
	}
}

// tellOn is tellKinds for the last invocation of a run, of which Port has heard.
func (e *Engine) tellOn() {
	if t := e.newTeller(); t != nil {
		e.status = t
		t.addEntries(e, port.Syncing)
		for _, e := range append(append([]*told{}, t.entries...), t.runtime) {
			e.known = true
		}
		t.group.Go(t.beat)
		t.group.Go(t.hire)
	}
}

// beat tells Port that the run goes on, until the function that it gives is called:
// what an invocation that only reads has to tell.
func (e *Engine) beat() (quiet func()) {
	t := e.newTeller()
	if t == nil {
		return func() {}
	}
	t.group.Go(t.beat)
	return func() {
		close(t.quiet)
		t.stop()
		t.group.Wait()
	}
}

func (e *Engine) newTeller() *teller {
	if e.SyncMetrics == nil || e.plans() {
		return nil
	}
	t := &teller{
		to: e.SyncMetrics, run: e.Run, log: e.log, began: e.Started,
		units: make(map[*scope.Unit]*spell), quiet: make(chan struct{}),
	}
	t.ctx, t.stop = context.WithCancel(context.Background())
	return t
}

// addEntries adds what Port will hear of.
func (t *teller) addEntries(e *Engine, state port.Status) {
	t.runtime = &told{item: port.KindSync{Kind: port.RuntimeKind, State: port.Syncing}}
	indexes := make(map[int]bool)
	for _, u := range e.scope.Mapped {
		for _, resource := range u.Entries {
			indexes[resource.Index] = true
		}
	}
	for _, u := range e.scope.Units {
		of := &spell{}
		for _, resource := range u.Entries {
			of.entries = append(of.entries, t.add(resource.Kind, resource.Index, resource.Blueprint, state))
		}
		t.units[u] = of
	}
	for _, lost := range e.scope.Mapping.Lost {
		if lost.Kind != "" && !indexes[lost.Resource] {
			indexes[lost.Resource] = true
			t.add(lost.Kind, lost.Resource, "", port.Failed)
		}
	}
	t.queue = make(chan *told, len(t.entries)+2)
}

func (t *teller) add(kind string, index int, blueprint string, state port.Status) *told {
	e := &told{item: port.KindSync{Kind: kind, Index: index, Blueprint: blueprint, State: state}}
	t.entries = append(t.entries, e)
	return e
}

// begin tells of all entries at once, and only then of what becomes of them.
func (t *teller) begin() {
	t.tellAll()
	t.hire()
}

func (t *teller) hire() {
	for range tellers {
		t.group.Go(t.work)
	}
}

// tellAll tells of all entries as they stand.
func (t *teller) tellAll() {
	t.mu.Lock()
	all := append(append([]*told{}, t.entries...), t.runtime)
	if t.final != nil {
		all = append(all, t.final)
	}
	items := make([]port.KindSync, len(all))
	for i, e := range all {
		items[i] = e.item
	}
	t.mu.Unlock()
	if t.call(func(ctx context.Context) error { return t.to.TellSync(ctx, t.run, items) }) {
		t.mu.Lock()
		defer t.mu.Unlock()
		for _, e := range all {
			e.known = true
		}
	}
}

// work tells what is new, entry by entry, the news of each in their order.
func (t *teller) work() {
	for e := range t.queue {
		t.mu.Lock()
		for e.news && !t.atOnce {
			e.news = false
			item, known := e.item, e.known
			t.mu.Unlock()
			heard := t.call(func(ctx context.Context) error {
				if !known || item.Kind == port.RuntimeKind {
					return t.to.TellSync(ctx, t.run, []port.KindSync{item})
				}
				return t.to.UpdateSync(ctx, t.run, item)
			})
			t.mu.Lock()
			e.known = e.known || heard
		}
		e.held = false
		t.mu.Unlock()
	}
}

// call says whether Port has heard. The first failure is logged: others would say the
// same.
func (t *teller) call(do func(context.Context) error) bool {
	ctx, cancel := context.WithTimeout(t.ctx, tellTime)
	defer cancel()
	err := do(ctx)
	t.mu.Lock()
	defer t.mu.Unlock()
	if err != nil && !t.failed {
		t.failed = true
		t.log.Warn("Port does not hear how the kinds go; the resync goes on", "error", err)
	}
	return err == nil
}

// beat tells Port now and then that the run is alive.
func (t *teller) beat() {
	tick := time.NewTicker(heartbeatEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			t.call(func(ctx context.Context) error { return t.to.Heartbeat(ctx, t.run) })
		case <-t.quiet:
			return
		}
	}
}

// change tells what a change makes of an entry. The caller holds the lock.
func (t *teller) change(e *told, change func(*port.KindSync)) {
	change(&e.item)
	e.news = true
	if !e.held && !t.atOnce {
		e.held = true
		t.queue <- e // there is room for every entry
	}
}

// reading tells that a cell of a unit is read, until the function that it gives is
// called.
func (t *teller) reading(u *scope.Unit) (done func()) {
	if t == nil {
		return func() {}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	of := t.units[u]
	if of.began.IsZero() {
		of.began = time.Now()
		for _, e := range of.entries {
			t.change(e, func(k *port.KindSync) { k.State = port.Syncing })
		}
	}
	return func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		of.ended = time.Now()
	}
}
