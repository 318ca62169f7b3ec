package upsert

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/diag"
	"portolan/internal/fit"
	"portolan/internal/mapping"
	"portolan/internal/port"
)

// drying returns a dry run on a Port with the blueprint "b", which has a property and two
// relations to itself.
func drying(t *testing.T, p *fakePort, out *recorder, o port.UpsertOptions, required ...string) *DryRun {
	t.Helper()
	var b port.Blueprint
	text := `{"identifier":"b","schema":{"properties":{"size":{"type":"number"},"state":{"type":"string"}}},"relations":{"to0":{"target":"b"},"to1":{"target":"b"}}}`
	if err := json.Unmarshal([]byte(text), &b); err != nil {
		t.Fatal(err)
	}
	b.Schema.Required = required
	return NewDryRun(p, Plan{
		Options: o, Blueprints: map[string]port.Blueprint{"b": b}, Self: "me",
		Mask: func(document map[string]any) map[string]any { return document },
	}, out)
}

// TestJudgement says what writing an entity would do.
func TestJudgement(t *testing.T) {
	t.Parallel()
	field := func(name string, value any) []mapping.Field { return []mapping.Field{{Name: name, Value: value}} }
	a := func(change func(*mapping.Entity)) mapping.Entity {
		e := mapping.Entity{Identifier: "a", Blueprint: "b"}
		change(&e)
		return e
	}
	plain := a(func(*mapping.Entity) {})
	title := a(func(e *mapping.Entity) { e.Title = &mapping.Field{Name: "title", Value: "new"} })
	size := a(func(e *mapping.Entity) { e.Properties = field("size", 1.0) })
	held := &port.Entity{Title: "old", Properties: map[string]any{"size": 1.0, "state": "on"}, Relations: map[string]any{"to0": []any{}}}
	tests := map[string]struct {
		made     mapping.Entity
		change   func(*Entity)
		held     *port.Entity
		merge    bool
		required []string
		want     Outcome
		code     diag.Code
	}{
		"new":                   {made: plain, want: Outcome{Fate: Created}},
		"new, and sent before":  {made: plain, change: func(e *Entity) { e.Again = true }, want: Outcome{Fate: Updated, Changes: []Change{{"all", "(as another resource or entry of the mapping makes it)", "(written again)"}}}},
		"the same, merged":      {made: size, held: held, merge: true, want: Outcome{Fate: Unchanged}},
		"the rest goes":         {made: size, held: held, want: Outcome{Fate: Updated, Changes: []Change{{"title", "old", nil}, {"properties.state", "on", nil}}}},
		"another title":         {made: title, held: held, merge: true, want: Outcome{Fate: Updated, Changes: []Change{{"title", "old", "new"}}}},
		"another's":             {made: size, held: held, merge: true, change: func(e *Entity) { e.Owner = "you" }, want: Outcome{Fate: Updated, Changes: []Change{{"last written by", "you", "me"}}}},
		"a search":              {made: a(func(e *mapping.Entity) { e.Identifier = map[string]any{} }), required: []string{"size"}, want: Outcome{Fate: Updated, Changes: []Change{{"all", "(found by a search when it is written)", "(written)"}}}},
		"no blueprint":          {made: a(func(e *mapping.Entity) { e.Blueprint = "c" }), code: diag.BlueprintMissing},
		"a text for a number":   {made: a(func(e *mapping.Entity) { e.Properties = field("size", "x") }), code: diag.EntityRefused},
		"required":              {made: plain, required: []string{"size"}, code: diag.RequiredUnfed},
		"required, and held":    {made: plain, held: held, merge: true, required: []string{"size"}, want: Outcome{Fate: Unchanged}},
		"required, and cleared": {made: plain, held: held, required: []string{"size"}, code: diag.RequiredUnfed},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, out := newFakePort(), newRecorder(t)
			if test.held != nil {
				p.held["a"] = *test.held
			}
			d := drying(t, p, out, port.UpsertOptions{Merge: test.merge}, test.required...)
			e := New(&test.made, Origin{}, port.UpsertOptions{})
			if test.change != nil {
				test.change(e)
			}
			d.Close(send(t, d, e))
			got := out.of[e]
			if test.code != "" {
				var misfit *fit.Misfit
				if !errors.As(got.Err, &misfit) || misfit.Code != test.code {
					t.Errorf("%+v", got)
				}
				return
			}
			test.want.Identifier = e.Key
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("outcome (-want +got):\n%s", diff)
			}
		})
	}
}

// TestRelationsOfADryRun fail where those of a Writer do.
func TestRelationsOfADryRun(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		held     []string
		options  port.UpsertOptions
		required []string // of the blueprint, so that Port cannot make a bare entity
		entities []*Entity
		want     map[Fate][]string
	}{
		"Port holds the target": {
			held: []string{"x"}, entities: []*Entity{of("a", "x")}, want: map[Fate][]string{Created: {"a"}},
		},
		"a chain": {
			entities: []*Entity{of("c", "b"), of("b", "a"), of("a")}, want: map[Fate][]string{Created: {"a", "b", "c"}},
		},
		"pointing at oneself": {
			entities: []*Entity{of("a", "a")}, want: map[Fate][]string{Created: {"a"}},
		},
		"a target that is missing": {
			entities: []*Entity{of("a", "nowhere"), of("b", "a"), of("c")}, want: map[Fate][]string{Created: {"c"}, Failed: {"a", "b"}},
		},
		"a target that Port makes": {
			options: port.UpsertOptions{CreateMissing: true}, entities: []*Entity{of("a", "nowhere")}, want: map[Fate][]string{Created: {"a"}},
		},
		"a target that Port cannot make": {
			held: []string{"a"}, options: port.UpsertOptions{CreateMissing: true, Merge: true}, required: []string{"size"},
			entities: []*Entity{of("a", "nowhere")}, want: map[Fate][]string{Failed: {"a"}},
		},
		"a circle": {
			entities: []*Entity{of("a", "b"), of("b", "a")}, want: map[Fate][]string{Failed: {"a", "b"}},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, out := newFakePort(test.held...), newRecorder(t)
			for key, held := range p.held {
				held.Properties = map[string]any{"size": 1.0}
				p.held[key] = held
			}
			d := drying(t, p, out, test.options, test.required...)
			d.Close(send(t, d, test.entities...))
			if diff := cmp.Diff(test.want, out.fates()); diff != "" {
				t.Errorf("fates (-want +got):\n%s", diff)
			}
			if len(p.bulks) != 0 {
				t.Errorf("%v was written", p.bulks)
			}
		})
	}
}

// TestSuspendedDryRun takes what relations lead to as there: others may read it.
func TestSuspendedDryRun(t *testing.T) {
	t.Parallel()
	p, out := newFakePort("b"), newRecorder(t)
	d := drying(t, p, out, port.UpsertOptions{})
	if left := d.Suspend(send(t, d, of("a", "nowhere"), of("b"))); len(left) != 0 {
		t.Errorf("%v are left", keysOf(left))
	}
	if diff := cmp.Diff(map[Fate][]string{Created: {"a"}, Unchanged: {"b"}}, out.fates()); diff != "" {
		t.Error(diff)
	}
}

// TestADryRunAsksForMany at once, and ends the run if Port does not answer.
func TestADryRunAsksForMany(t *testing.T) {
	t.Parallel()
	p, out := newFakePort(), newRecorder(t)
	d := drying(t, p, out, port.UpsertOptions{})
	d.Close(send(t, d, many(port.MaxFind+1)...))
	if len(p.asked) != 2 || len(p.asked[0]) != port.MaxFind || len(p.asked[1]) != 1 {
		t.Errorf("Port is asked %d times", len(p.asked))
	}
	p, out = newFakePort(), newRecorder(t)
	p.down = errors.New("down")
	d = drying(t, p, out, port.UpsertOptions{})
	ctx := send(t, d, of("a"))
	d.Close(ctx)
	if diff := cmp.Diff(map[Fate][]string{Failed: {"a"}}, out.fates()); diff != "" || !errors.Is(context.Cause(ctx), p.down) {
		t.Errorf("%v %s", context.Cause(ctx), diff)
	}
	over, stop := context.WithCancel(t.Context())
	p, out = newFakePort(), newRecorder(t)
	d = drying(t, p, out, port.UpsertOptions{})
	ctx = d.Open(over, 1)
	_ = d.Send(ctx, of("a"))
	stop()
	d.Close(ctx)
	if diff := cmp.Diff(map[Fate][]string{Unsent: {"a"}}, out.fates()); diff != "" {
		t.Error(diff)
	}
}
