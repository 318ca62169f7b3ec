package upsert

import (
	"bytes"
	"context"
	"strconv"
	"sync"

	"portolan/internal/mapping"
	"portolan/internal/port"
	"portolan/internal/resync/cell"
	"portolan/internal/resync/entity"
)

// Port is what the package needs of Port's API; package port has it.
type Port interface {
	Find(ctx context.Context, blueprint string, identifiers []string) (map[string]port.Entity, error)
	Writers(ctx context.Context, blueprint string, identifiers []string) (map[string]port.Written, error)
	Upsert(ctx context.Context, blueprint string, items []port.Item, o port.UpsertOptions) ([]port.Outcome, error)
}

// Sink is where entities go. Send may be called by any goroutine, the other methods by one.
type Sink interface {
	// Resume takes what Suspend returned in other invocations, before Open.
	Resume(suspended []*Entity)
	// Open makes ready for Send, with as many requests at a time as there are workers. The
	// context that it returns ends with ctx, and once Port can be asked nothing more; its
	// cause is then Port's error.
	Open(ctx context.Context, workers int) context.Context
	// Send takes an entity. Its error means that the run is over; what was taken has an
	// outcome all the same.
	Send(ctx context.Context, e *Entity) error
	// Close waits until every entity has its outcome.
	Close(ctx context.Context)
	// Suspend is Close for an invocation that does not end the run. It returns the entities
	// with an outcome that depends on what other invocations send.
	Suspend(ctx context.Context) []*Entity
}

// Outcomes is told what becomes of entities. Any goroutine may call its method.
type Outcomes interface {
	// Record is called once for each entity that is not suspended.
	Record(e *Entity, o Outcome)
}

// Fate is what became of an entity, or would become of it in a dry run.
type Fate int

// The fates of an entity.
const (
	Created   Fate = iota
	Updated        // Port had it, or this run has sent it before
	Unchanged      // only in a dry run: Port holds it just so
	Failed         // Port refused it, or was not able to say what it did with it
	Unsent         // the run ended before it was sent, or before Port said what became of it
	Withheld       // not written, because somebody else wrote it last
)

// Outcome is the fate of an entity, and what belongs to it.
type Outcome struct {
	Fate Fate
	// Identifier is that under which Port has a created, updated or unchanged entity.
	Identifier string
	// Err says why the entity failed. In a dry run that is a *fit.Misfit, or Port's error.
	Err error
	// Changes are the fields that a dry run would change.
	Changes []Change
}

// Change is a field of an entity before and after, as it may be shown.
type Change struct {
	Name     string
	Old, New any
}

// Origin is where an entity comes from.
type Origin struct {
	Coverage cell.Coverage
	Cell     cell.Name
	Entry    int // index of the mapping's entry that made it
	// Resource is what it was made of, if its kind's listings may end short.
	Resource entity.Resources
}

// Entity is an entity on its way to Port. Its JSON is for another invocation of the run.
type Entity struct {
	port.Item
	Origin
	entity.Content          // its hash is that of the body and of how it is written
	Search         bool     // its identifier is known from Port's answer only
	Targets        []string // identifiers that it points at

	Owner   string // the last writer, if that is known to be somebody else
	Fresh   bool   // Port did not have it when the run began
	Again   bool   // the run has sent it before
	Refusal string // why Port refused it, if it was suspended for that

	refused error // why Port refused it last
}

// New encodes what the mapping made. How it is written counts as part of its content.
func New(e *mapping.Entity, from Origin, o port.UpsertOptions) *Entity {
	n := &Entity{Origin: from, Search: e.Search(), Item: port.Item{Blueprint: e.Blueprint, Key: e.Key()}}
	for _, relation := range e.Relations {
		targets, _ := relation.Targets()
		n.Targets = append(n.Targets, targets...)
	}
	n.Body, n.Hash = encoded(e, o)
	return n
}

// bodies are rooms in which bodies grow.
var bodies = sync.Pool{New: func() any { return new([]byte) }}

// maxRoom is the largest room that is kept. Most bodies have a kilobyte.
const maxRoom = 64 << 10

// encoded returns the body of an entity, in no more room than it needs, since many wait to be
// sent; and the hash of it and of how it is written.
func encoded(e *mapping.Entity, o port.UpsertOptions) ([]byte, entity.Hash) {
	room := bodies.Get().(*[]byte)
	grown := append((*room)[:0], "merge "...)
	grown = append(strconv.AppendBool(grown, o.Merge), ", create missing "...)
	grown = append(strconv.AppendBool(grown, o.CreateMissing), '\n')
	how := len(grown)
	grown = e.AppendJSON(grown)
	body, hash := bytes.Clone(grown[how:]), entity.HashOf(grown)
	if cap(grown) <= maxRoom {
		*room = grown
	}
	bodies.Put(room)
	return body, hash
}

// Ref is the entity's key in Port; of one with a search it is none that Port has.
func (e *Entity) Ref() entity.Ref { return entity.Ref{Blueprint: e.Blueprint, Identifier: e.Key} }

// taken is the outcome of an entity that Port took. Port says of one that another's relation
// made in this run that it was there.
func (e *Entity) taken(identifier string, created bool) Outcome {
	if e.Fresh || created && !e.Again {
		return Outcome{Fate: Created, Identifier: identifier}
	}
	return Outcome{Fate: Updated, Identifier: identifier}
}

// unanswered is the outcome of an entity when a request about it failed. If the run is
// over, Port refused nothing.
func unanswered(ctx context.Context, err error) Outcome {
	if ctx.Err() != nil {
		return Outcome{Fate: Unsent}
	}
	return Outcome{Fate: Failed, Err: err}
}
