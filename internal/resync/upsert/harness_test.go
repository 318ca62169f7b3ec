package upsert

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"portolan/internal/mapping"
	"portolan/internal/port"
	"portolan/internal/resync/cell"
	"portolan/internal/resync/entity"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fakePort is a Port that takes an entity once all that it points at is there.
type fakePort struct {
	down    error                   // nothing is answered but this
	refuses map[string]error        // by identifier
	writers map[string]port.Written // by identifier
	names   map[string]string       // the identifiers that searches find

	mu    sync.Mutex
	held  map[string]port.Entity // by identifier
	bulks [][]string             // identifiers, in the order in which they came
	asked [][]string             // identifiers of Find and Writers
}

func newFakePort(held ...string) *fakePort {
	f := &fakePort{held: map[string]port.Entity{}}
	for _, identifier := range held {
		f.held[identifier] = port.Entity{Identifier: identifier}
	}
	return f
}

func (f *fakePort) Upsert(ctx context.Context, _ string, items []port.Item, _ port.UpsertOptions) ([]port.Outcome, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := errors.Join(ctx.Err(), f.down); err != nil {
		return nil, err
	}
	var bulk []string
	outcomes := make([]port.Outcome, len(items))
	for i, item := range items {
		bulk = append(bulk, item.Key)
		outcomes[i] = f.upsert(item)
	}
	f.bulks = append(f.bulks, bulk)
	return outcomes, nil
}

func (f *fakePort) upsert(item port.Item) port.Outcome {
	if err := f.refuses[item.Key]; err != nil {
		return port.Outcome{Err: err}
	}
	var sent struct{ Relations map[string]any }
	if err := json.Unmarshal(item.Body, &sent); err != nil {
		return port.Outcome{Err: err}
	}
	for _, target := range sent.Relations {
		if _, there := f.held[target.(string)]; !there && target != item.Key {
			return port.Outcome{Err: &port.EntityError{Message: "no target", Retryable: true}}
		}
	}
	name := item.Key
	if found := f.names[name]; found != "" {
		name = found
	}
	_, there := f.held[name]
	f.held[name] = port.Entity{Identifier: name, Relations: sent.Relations}
	return port.Outcome{Identifier: name, Created: !there}
}

func (f *fakePort) Find(ctx context.Context, _ string, identifiers []string) (map[string]port.Entity, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked = append(f.asked, identifiers)
	found := map[string]port.Entity{}
	for _, identifier := range identifiers {
		if held, there := f.held[identifier]; there {
			found[identifier] = held
		}
	}
	return found, errors.Join(ctx.Err(), f.down)
}

func (f *fakePort) Writers(ctx context.Context, _ string, identifiers []string) (map[string]port.Written, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked = append(f.asked, identifiers)
	found := map[string]port.Written{}
	for _, identifier := range identifiers {
		if w, there := f.writers[identifier]; there {
			found[identifier] = w
		}
	}
	return found, errors.Join(ctx.Err(), f.down)
}

// recorder keeps the outcome of each entity, and fails the test at a second one.
type recorder struct {
	t    *testing.T
	mu   sync.Mutex
	of   map[*Entity]Outcome
	keys map[Fate][]string
}

func newRecorder(t *testing.T) *recorder {
	return &recorder{t: t, of: map[*Entity]Outcome{}, keys: map[Fate][]string{}}
}

func (r *recorder) Record(e *Entity, o Outcome) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if before, twice := r.of[e]; twice {
		r.t.Errorf("%s has two outcomes: %+v and %+v", e.Key, before, o)
	}
	if (o.Fate == Failed) != (o.Err != nil) {
		r.t.Errorf("%s: %+v", e.Key, o)
	}
	r.of[e] = o
	r.keys[o.Fate] = append(r.keys[o.Fate], e.Key)
}

// fates are the identifiers by fate, sorted.
func (r *recorder) fates() map[Fate][]string {
	for _, keys := range r.keys {
		slices.Sort(keys)
	}
	return r.keys
}

// of returns an entity of the blueprint "b" that points at others.
func of(key string, targets ...string) *Entity {
	made := &mapping.Entity{Identifier: key, Blueprint: "b"}
	for i, target := range targets {
		made.Relations = append(made.Relations, mapping.Field{Name: fmt.Sprint("to", i), Value: target})
	}
	return New(made, Origin{Coverage: cell.Coverage{Account: "1", Kind: "k"}, Cell: cell.Name{Account: "1", Region: "r", Kind: "k"}}, port.UpsertOptions{})
}

// many returns n entities.
func many(n int) (all []*Entity) {
	for i := range n {
		all = append(all, of(fmt.Sprintf("e%05d", i)))
	}
	return all
}

func keysOf(entities []*Entity) (keys []string) {
	for _, e := range entities {
		keys = append(keys, e.Key)
	}
	slices.Sort(keys)
	return keys
}

// send opens a sink and sends entities to it.
func send(t *testing.T, s interface {
	Open(context.Context, int) context.Context
	Send(context.Context, *Entity) error
}, entities ...*Entity) context.Context {
	t.Helper()
	ctx := s.Open(t.Context(), 2)
	for _, e := range entities {
		if err := s.Send(ctx, e); err != nil {
			t.Fatal(err)
		}
	}
	return ctx
}

// again is what another invocation reads of what one suspended.
func again[T any](t *testing.T, suspended T) (read T) {
	t.Helper()
	text, err := json.Marshal(suspended)
	if err := errors.Join(err, json.Unmarshal(text, &read)); err != nil {
		t.Fatal(err)
	}
	return read
}

func setOf(identifiers ...string) *entity.Set {
	s := entity.NewSet("run")
	for _, identifier := range identifiers {
		s.Add(entity.Ref{Blueprint: "b", Identifier: identifier})
	}
	return s
}
