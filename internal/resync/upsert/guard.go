package upsert

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"portolan/internal/resync/entity"
)

// The limits of what a run takes over from others without being asked to
// (docs/decisions/0020-ownership-is-not-taken-silently.md).
const (
	// fewOthers is how many entities of others a run writes in any case.
	fewOthers = 50
	// MaxHeld is how many are kept until it is known what share they are. More are
	// withheld, whatever their share. They take about 20 MB.
	MaxHeld = 10_000
	// askedAtOnce is for how many entities one call asks who wrote them. With more there
	// would be fewer calls, but more entities would wait until the reading ends.
	askedAtOnce = 200
)

// Guard is in front of the sink of a run. It finds out who last wrote the entities that
// are not known to be this integration's. It holds back those of others until it is known
// whether they are most of what the run would write: then they are withheld. Entities of
// this integration or of nobody pass at once.
type Guard struct {
	to       Sink
	port     Port
	outcomes Outcomes
	rules    Rules

	workers int
	abort   context.CancelCauseFunc
	passing *entity.Set // entities that have passed

	mu   sync.Mutex
	open map[string][]*Entity // not asked for yet, by blueprint
	left Suspended
}

// Rules say whose entities a run may write.
type Rules struct {
	// Run seeds the hashes by which the guard knows entities again.
	Run string
	// Began is when the run began by Port's clock; zero if that is not known.
	Began time.Time
	// Ours are entities that are known to be this integration's.
	Ours *entity.Set
	// Known says whether the integration has left an entity in its last run. Somebody has
	// edited it since, and it is written all the same.
	Known func(*Entity) bool
	// TakeOver lets pass what others wrote.
	TakeOver bool
	// MustKnow ends the run if Port does not say who wrote entities. Otherwise these fail,
	// and the run continues.
	MustKnow bool
}

// Suspended is what one invocation of a run leaves to the one that ends it.
type Suspended struct {
	Refused []*Entity // may pass once everything else is there
	Held    []*Entity // entities of others
	Passed  int       // entities that passed
	Dropped int       // entities of others that there was no room to hold
}

// NewGuard returns a guard before a sink.
func NewGuard(to Sink, p Port, r Rules, out Outcomes) *Guard {
	return &Guard{to: to, port: p, outcomes: out, rules: r, passing: entity.NewSet(r.Run), open: map[string][]*Entity{}}
}

// Resume takes what another invocation of the run has left, before Open.
func (g *Guard) Resume(s Suspended) {
	g.to.Resume(s.Refused)
	g.left.Passed += s.Passed
	g.left.Dropped += s.Dropped
	for _, e := range s.Held {
		g.hold(e)
	}
}

// Open is the Sink's.
func (g *Guard) Open(ctx context.Context, workers int) context.Context {
	g.workers = workers
	ctx, g.abort = context.WithCancelCause(ctx)
	return g.to.Open(ctx, workers)
}

// Send lets an entity pass, or asks Port for its writer once there are enough to ask for.
func (g *Guard) Send(ctx context.Context, e *Entity) error {
	if e.Search || g.rules.Ours.Has(e.Ref()) { // a search means an entity that is there, whoever made it
		return g.pass(ctx, e)
	}
	if g.passing.Has(e.Ref()) {
		e.Again = true
		return g.pass(ctx, e)
	}
	g.mu.Lock()
	some := append(g.open[e.Blueprint], e)
	g.open[e.Blueprint] = some
	if len(some) < askedAtOnce || ctx.Err() != nil {
		g.mu.Unlock()
		return context.Cause(ctx)
	}
	delete(g.open, e.Blueprint)
	g.mu.Unlock()
	return g.ask(ctx, e.Blueprint, some)
}

func (g *Guard) pass(ctx context.Context, e *Entity) error {
	if !e.Search {
		g.passing.Add(e.Ref())
	}
	g.mu.Lock()
	g.left.Passed++
	g.mu.Unlock()
	return g.to.Send(ctx, e)
}

// ask finds out who wrote entities last, and passes on those that may be written. Entities
// that Port does not answer for are not written.
func (g *Guard) ask(ctx context.Context, blueprint string, entities []*Entity) error {
	identifiers := make([]string, len(entities))
	for i, e := range entities {
		identifiers[i] = e.Key
	}
	written, err := g.port.Writers(ctx, blueprint, identifiers)
	if err != nil {
		if g.rules.MustKnow {
			g.abort(err)
		}
		for _, e := range entities {
			g.outcomes.Record(e, Outcome{Fate: Failed, Err: fmt.Errorf("it was not found out who wrote it last: %w", err)})
		}
		return context.Cause(ctx)
	}
	for _, e := range entities {
		w, there := written[e.Key]
		switch {
		case g.passing.Has(e.Ref()):
			e.Again = true
		case !there:
			e.Fresh = true
		case w.Ours:
			// This run has made it for the relation of another entity, unless it is older.
			e.Fresh = !g.rules.Began.IsZero() && !w.Created.Before(g.rules.Began)
		default:
			e.Owner = w.By
			if !g.rules.TakeOver && !g.rules.Known(e) {
				g.hold(e)
				continue
			}
		}
		if failed := g.pass(ctx, e); failed != nil {
			err = failed // the reading is over, and what has passed is sent all the same
		}
	}
	return err
}

// hold keeps an entity of others until it is known what share they are.
func (g *Guard) hold(e *Entity) {
	g.mu.Lock()
	room := len(g.left.Held) < MaxHeld
	if room {
		g.left.Held = append(g.left.Held, e)
	} else {
		g.left.Dropped++
	}
	g.mu.Unlock()
	if !room {
		g.outcomes.Record(e, Outcome{Fate: Withheld})
	}
}

// Close asks for the rest, and writes what was held back, or does not.
func (g *Guard) Close(ctx context.Context) {
	g.askRest(ctx)
	mistake := g.left.Dropped > 0 || tooManyOthers(len(g.left.Held), g.left.Passed)
	for _, e := range g.left.Held {
		if mistake {
			g.outcomes.Record(e, Outcome{Fate: Withheld})
		} else {
			_ = g.pass(ctx, e) // that the run is over is said elsewhere
		}
	}
	g.left.Held = nil
	g.to.Close(ctx)
}

// Suspend asks for the rest, and leaves what was held back to the end of the run.
func (g *Guard) Suspend(ctx context.Context) Suspended {
	g.askRest(ctx)
	g.left.Refused = g.to.Suspend(ctx)
	return g.left
}

// askRest asks for the entities that are too few to have been asked for.
func (g *Guard) askRest(ctx context.Context) {
	var group errgroup.Group
	group.SetLimit(max(1, g.workers))
	for blueprint, entities := range g.takeOpen() {
		for some := range slices.Chunk(entities, askedAtOnce) {
			group.Go(func() error {
				_ = g.ask(ctx, blueprint, some) // that the run is over is said elsewhere
				return nil
			})
		}
	}
	_ = group.Wait()
}

func (g *Guard) takeOpen() map[string][]*Entity {
	g.mu.Lock()
	defer g.mu.Unlock()
	open := g.open
	g.open = map[string][]*Entity{}
	return open
}

// tooManyOthers says whether there are so many entities of others, compared with the rest
// that a run would write, that it looks like a mistake.
func tooManyOthers(others, rest int) bool { return others > fewOthers && others > rest }
