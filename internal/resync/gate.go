package resync

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"portolan/internal/diag"
	"portolan/internal/report"
	"portolan/internal/resync/entity"
	"portolan/internal/resync/reconcile"
)

// The bounds of what a run takes over from others without being told to
// (docs/decisions/0020-ownership-is-not-taken-silently.md).
const (
	// fewOthers is how many entities of others a run writes in any case.
	fewOthers = 50
	// maxHeldBack is how many are kept until it is known what share they are. More are
	// withheld, whatever their share. They take about 20 MB.
	maxHeldBack = 10_000
	// askedAtOnce is for how many entities Port is asked at a time who wrote them. More
	// would take fewer calls, and keep more from Port until the reading ends.
	askedAtOnce = 200
	// maxOthers bounds how many writers a report names.
	maxOthers = 20
)

// gate stands before the sink of a run. It finds out who wrote those entities last that
// are not known to be this integration's, and holds back those of others until it is
// known whether they are most of what the run would write: then they are withheld. What
// is this integration's or nobody's passes at once.
type gate struct {
	to     sink
	port   Port
	ours   *entity.Set // entities that are known to be this integration's
	known  func(parcel) bool
	before time.Time // by Port's clock, when the run began
	told   bool      // to take what others wrote
	// handsOn leaves what is held back to the end of a run that takes several invocations.
	handsOn bool
	strict  bool // a question that Port does not answer ends the run
	workers int
	abort   context.CancelCauseFunc
	passing *entity.Set // entities that have passed

	mu   sync.Mutex
	open map[string][]parcel // not asked for yet, by blueprint
	held []parcel
	ownership
}

// ownership is what a gate has counted.
type ownership struct {
	Passed  int                      `json:"passed"`  // entities of nobody, or of this integration
	Taken   int                      `json:"taken"`   // entities of others that passed
	Dropped int                      `json:"dropped"` // those that there was no room to hold back
	Kept    int                      `json:"kept"`    // withheld, those among them
	Samples []string                 `json:"samples"` // of what is withheld
	Others  map[string]*report.Other `json:"others"`  // all entities of others, by who wrote them last
}

func newGate(to sink, e *Engine) *gate {
	knows := func(p parcel) bool {
		return e.memory.Knows(p.cell, entity.Ref{Blueprint: p.item.Blueprint, Identifier: p.item.Key})
	}
	return &gate{
		to: to, port: e.Port, ours: e.memory.Ours, known: knows, before: e.beginning.before, told: e.Request.TakeOwnership, strict: e.plans(),
		passing: entity.NewSet(e.Run), open: map[string][]parcel{}, ownership: ownership{Others: map[string]*report.Other{}},
	}
}

func (g *gate) start(ctx context.Context, workers int, abort context.CancelCauseFunc) {
	g.workers, g.abort = workers, abort
	g.to.start(ctx, workers, abort)
}

// send lets an entity pass, or asks Port for its writer once there are enough to ask for.
func (g *gate) send(ctx context.Context, p parcel) error {
	ref := entity.Ref{Blueprint: p.item.Blueprint, Identifier: p.item.Key}
	if p.search || g.ours.Has(ref) { // a search means an entity that is there, whoever made it
		return g.pass(ctx, p)
	}
	if g.passing.Has(ref) {
		p.again = true
		return g.pass(ctx, p)
	}
	g.mu.Lock()
	g.open[ref.Blueprint] = append(g.open[ref.Blueprint], p)
	some := g.open[ref.Blueprint]
	if len(some) < askedAtOnce || ctx.Err() != nil {
		g.mu.Unlock()
		return context.Cause(ctx)
	}
	delete(g.open, ref.Blueprint)
	g.mu.Unlock()
	return g.ask(ctx, ref.Blueprint, some)
}

func (g *gate) pass(ctx context.Context, p parcel) error {
	if !p.search {
		g.passing.Add(entity.Ref{Blueprint: p.item.Blueprint, Identifier: p.item.Key})
	}
	g.mu.Lock()
	if p.owner == "" {
		g.Passed++
	} else {
		g.Taken++
	}
	g.mu.Unlock()
	return g.to.send(ctx, p)
}

// ask finds out who wrote entities last, and lets pass what may. What Port does not tell
// of is not written.
func (g *gate) ask(ctx context.Context, blueprint string, parcels []parcel) error {
	identifiers := make([]string, len(parcels))
	for i, p := range parcels {
		identifiers[i] = p.item.Key
	}
	written, err := g.port.Writers(ctx, blueprint, identifiers)
	if err != nil {
		if g.strict {
			g.abort(err)
		}
		for _, p := range parcels {
			g.to.refuse(p, fmt.Errorf("it was not found out who wrote it last: %w", err))
		}
		return context.Cause(ctx)
	}
	for _, p := range parcels {
		w, there := written[p.item.Key]
		ref := entity.Ref{Blueprint: blueprint, Identifier: p.item.Key}
		switch {
		case g.passing.Has(ref):
			p.again = true
		case !there:
			p.fresh = true
		case w.Ours:
			// This run has made it for the relation of another entity, unless it is older.
			p.fresh = !g.before.IsZero() && !w.Created.Before(g.before)
		default:
			p.owner = w.By
			if g.other(p) {
				continue
			}
		}
		if failed := g.pass(ctx, p); failed != nil {
			err = failed // the reading is over, and what has passed is sent all the same
		}
	}
	return err
}

// other counts an entity of another writer, and says whether it is held back. What this
// integration has left in its last run was its own, and somebody has edited it since.
func (g *gate) other(p parcel) (held bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	o := g.Others[p.owner]
	if o == nil {
		by := p.owner
		if len(g.Others) >= maxOthers {
			by = "others"
		}
		if o = g.Others[by]; o == nil {
			o = &report.Other{By: by}
			g.Others[by] = o
		}
	}
	o.Entities++
	if len(o.Samples) < reconcile.SampleSize {
		o.Samples = append(o.Samples, p.item.Blueprint+"/"+p.item.Key)
	}
	switch {
	case g.told || g.known(p):
		return false
	case len(g.held) < maxHeldBack:
		g.held = append(g.held, p)
	default:
		g.Dropped++
		g.keep(p)
	}
	return true
}

// keep counts an entity that is not written. The caller holds the lock.
func (g *gate) keep(p parcel) {
	g.Kept++
	if len(g.Samples) < reconcile.SampleSize {
		g.Samples = append(g.Samples, p.item.Blueprint+"/"+p.item.Key)
	}
	g.to.withhold(p)
}

// finish asks for the rest, and decides about what was held back.
func (g *gate) finish(ctx context.Context) {
	var group errgroup.Group
	group.SetLimit(max(1, g.workers))
	for blueprint, parcels := range g.takeOpen() {
		for some := range slices.Chunk(parcels, askedAtOnce) {
			group.Go(func() error {
				_ = g.ask(ctx, blueprint, some) // that the run is over is said elsewhere
				return nil
			})
		}
	}
	_ = group.Wait()
	if !g.handsOn {
		g.decide(ctx)
	}
	g.to.finish(ctx)
}

func (g *gate) takeOpen() map[string][]parcel {
	g.mu.Lock()
	defer g.mu.Unlock()
	open := g.open
	g.open = map[string][]parcel{}
	return open
}

// decide writes what was held back, or does not.
func (g *gate) decide(ctx context.Context) {
	held := g.held
	g.held = nil
	if g.Dropped > 0 || tooManyOthers(len(held), g.Passed+g.Taken) {
		g.mu.Lock()
		defer g.mu.Unlock()
		for _, p := range held {
			g.keep(p)
		}
		return
	}
	for _, p := range held {
		_ = g.pass(ctx, p) // that the run is over is said elsewhere
	}
}

// tooManyOthers says whether entities of others are so many beside the rest that a run
// would write that it looks like a mistake.
func tooManyOthers(others, rest int) bool { return others > fewOthers && others > rest }

// withheld is how many entities were not written.
func (g *gate) withheld() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.Kept
}

// fill writes into the report whose entities the run met.
func (g *gate) fill(r *report.Report) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.Others) == 0 {
		return
	}
	out := &report.Ownership{Taken: g.Taken}
	var names []string
	total := 0
	for _, o := range g.Others {
		out.Others = append(out.Others, *o)
		total += o.Entities
	}
	slices.SortFunc(out.Others, func(a, b report.Other) int {
		return cmp.Or(cmp.Compare(b.Entities, a.Entities), cmp.Compare(a.By, b.By))
	})
	for _, o := range out.Others[:min(len(out.Others), 5)] {
		names = append(names, fmt.Sprintf("%s %s", report.Thousands(o.Entities), o.By))
	}
	who := "they were last written by: " + strings.Join(names, ", ")
	notice := diag.Diagnostic{
		Code: diag.OthersEntities, Title: fmt.Sprintf("Entities that others wrote last: %s", report.Thousands(total)), Cause: who,
	}
	if g.Kept > 0 {
		reason := fmt.Sprintf("they are most of what this run would write, or more than %s", report.Thousands(maxHeldBack))
		out.Withheld = []report.Withheld{{
			Code: diag.KeptOwner, Reason: who + ", and " + reason, Count: g.Kept, Samples: slices.Sorted(slices.Values(g.Samples)),
		}}
		notice = diag.Diagnostic{
			Code: diag.KeptOwner, Title: fmt.Sprintf("Entities of others that are not written: %s", report.Thousands(g.Kept)),
			Cause: who + ". " + strings.ToUpper(reason[:1]) + reason[1:] + ", which looks like a mistake.",
			Fix: "check OCEAN__INTEGRATION__IDENTIFIER and OCEAN__INTEGRATION__TYPE: an installation keeps its entities under the same two. " +
				"If they are to be this integration's from now on, run once with --take-ownership ({\"takeOwnership\": true})",
		}
	}
	r.Ownership = out
	r.Diagnostics = append(r.Diagnostics, notice)
}

// gatePart is what one invocation of a run leaves to the one that decides.
type gatePart struct {
	Held []waitingParcel `json:"held,omitempty"`
	ownership
}

func (g *gate) part() gatePart {
	g.mu.Lock()
	defer g.mu.Unlock()
	p := gatePart{ownership: g.ownership}
	p.Others = make(map[string]*report.Other, len(g.Others))
	for by, o := range g.Others {
		own := *o
		p.Others[by] = &own
	}
	for _, one := range g.held {
		p.Held = append(p.Held, one.wait())
	}
	return p
}

func (g *gate) absorb(p gatePart, unpack func(waitingParcel) parcel) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.Passed, g.Taken, g.Dropped, g.Kept = g.Passed+p.Passed, g.Taken+p.Taken, g.Dropped+p.Dropped, g.Kept+p.Kept
	g.Samples = fillSamples(g.Samples, p.Samples)
	for by, o := range p.Others {
		mine := g.Others[by]
		if mine == nil {
			g.Others[by] = o
			continue
		}
		mine.Entities += o.Entities
		mine.Samples = fillSamples(mine.Samples, o.Samples)
	}
	for _, w := range p.Held {
		if one := unpack(w); len(g.held) < maxHeldBack {
			g.held = append(g.held, one)
		} else {
			g.Dropped++
			g.keep(one)
		}
	}
}
