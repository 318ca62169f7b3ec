package upsert

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/mapping"
	"portolan/internal/port"
)

// TestBulks has entities that do not fit into one request.
func TestBulks(t *testing.T) {
	t.Parallel()
	sized := func(key string, bytes int) *Entity {
		e := of(key)
		e.Body = []byte(`{"title":"` + strings.Repeat("x", bytes-len(`{"title":""}`)) + `"}`)
		return e
	}
	elsewhere := of("c")
	elsewhere.Blueprint = "another"
	tests := map[string]struct {
		entities []*Entity
		want     []int
	}{
		"nothing":                       {nil, nil},
		"one full":                      {many(port.MaxBatch), []int{port.MaxBatch}},
		"one more":                      {many(port.MaxBatch + 1), []int{1, port.MaxBatch}},
		"blueprints":                    {[]*Entity{of("a"), elsewhere, of("b")}, []int{1, 2}},
		"one entity twice":              {[]*Entity{of("a"), of("b"), of("a"), of("c")}, []int{2, 2}},
		"as many bytes as fit":          {[]*Entity{sized("a", port.MaxBytes/2-10), sized("b", port.MaxBytes/2-10)}, []int{2}},
		"more bytes":                    {[]*Entity{sized("a", port.MaxBytes/2), sized("b", port.MaxBytes/2)}, []int{1, 1}},
		"one of more bytes than Port's": {[]*Entity{of("a"), sized("b", port.MaxBytes+1), of("c")}, []int{1, 1, 1}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, out := newFakePort(), newRecorder(t)
			w := NewWriter(p, port.UpsertOptions{}, out)
			w.Close(send(t, w, test.entities...))
			var sizes []int
			for _, bulk := range p.bulks {
				sizes = append(sizes, len(bulk))
			}
			slices.Sort(sizes)
			if diff := cmp.Diff(test.want, sizes); diff != "" {
				t.Errorf("bulks (-want +got):\n%s", diff)
			}
			if len(out.of) != len(test.entities) {
				t.Errorf("%d outcomes for %d entities", len(out.of), len(test.entities))
			}
		})
	}
}

// TestRetries has entities with targets that come later, or never: in each round targets are
// sent before what points at them, and the rounds end when one brings nothing new.
func TestRetries(t *testing.T) {
	t.Parallel()
	no := &port.EntityError{Message: "no"}
	tests := map[string]struct {
		held     []string
		refuses  map[string]error
		entities []*Entity
		want     map[Fate][]string
		bulks    [][]string // nil does not matter
	}{
		"targets are there": {
			held: []string{"x"}, entities: []*Entity{of("a", "x")},
			want: map[Fate][]string{Created: {"a"}}, bulks: [][]string{{"a"}},
		},
		"a chain in one round": {
			entities: []*Entity{of("c", "b"), of("b", "a"), of("a")},
			want:     map[Fate][]string{Created: {"a", "b", "c"}}, bulks: [][]string{{"c", "b", "a"}, {"b"}, {"c"}},
		},
		"a target that is missing": {
			entities: []*Entity{of("a", "nowhere"), of("b", "a")},
			want:     map[Fate][]string{Failed: {"a", "b"}}, bulks: [][]string{{"a", "b"}, {"a"}, {"b"}},
		},
		"a circle": {
			entities: []*Entity{of("a", "b"), of("b", "a"), of("c", "d"), of("d")},
			want:     map[Fate][]string{Created: {"c", "d"}, Failed: {"a", "b"}},
			bulks:    [][]string{{"a", "b", "c", "d"}, {"c"}, {"a", "b"}, {"a", "b"}},
		},
		"refused for good": {
			refuses: map[string]error{"a": no}, entities: []*Entity{of("a"), of("b", "a")},
			want: map[Fate][]string{Failed: {"a", "b"}}, bulks: [][]string{{"a", "b"}, {"b"}},
		},
		"held before": {
			held: []string{"a"}, entities: []*Entity{of("a")},
			want: map[Fate][]string{Updated: {"a"}},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, out := newFakePort(test.held...), newRecorder(t)
			p.refuses = test.refuses
			w := NewWriter(p, port.UpsertOptions{}, out)
			w.Close(send(t, w, test.entities...))
			if diff := cmp.Diff(test.want, out.fates()); diff != "" {
				t.Errorf("fates (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.bulks, p.bulks); test.bulks != nil && diff != "" {
				t.Errorf("bulks (-want +got):\n%s", diff)
			}
		})
	}
}

// TestSuspendedWriter leaves what another invocation's entities may help, with the reason.
func TestSuspendedWriter(t *testing.T) {
	t.Parallel()
	p, first, last := newFakePort(), newRecorder(t), newRecorder(t)
	w := NewWriter(p, port.UpsertOptions{}, first)
	left := w.Suspend(send(t, w, of("a", "b"), of("c", "nowhere"), of("d")))
	if got := keysOf(left); !slices.Equal(got, []string{"a", "c"}) || len(first.of) != 1 {
		t.Fatalf("%v are left, %v are not", got, first.fates())
	}
	other := NewWriter(p, port.UpsertOptions{}, first)
	other.Suspend(send(t, other, of("b")))
	w = NewWriter(p, port.UpsertOptions{}, last)
	w.Resume(again(t, left))
	w.Close(send(t, w))
	if diff := cmp.Diff(map[Fate][]string{Created: {"a"}, Failed: {"c"}}, last.fates()); diff != "" {
		t.Errorf("fates (-want +got):\n%s", diff)
	}
	for e, o := range last.of {
		if o.Fate == Failed && o.Err.Error() != (&port.EntityError{Message: "no target"}).Error() {
			t.Errorf("%s: %v", e.Key, o.Err)
		}
	}
}

// TestManyRefused are not all kept.
func TestManyRefused(t *testing.T) {
	t.Parallel()
	out := newRecorder(t)
	w := NewWriter(newFakePort(), port.UpsertOptions{}, out)
	all := many(maxRetained + 3)
	for _, e := range all {
		e.Refusal = "no"
	}
	w.Resume(all[:maxRetained-1])
	w.Resume(all[maxRetained-1:])
	if got := out.fates()[Failed]; len(got) != 3 || !errors.Is(out.of[all[maxRetained]].Err, errTooMany) {
		t.Errorf("%v are refused", got)
	}
}

// TestSearches are known by the identifier that Port answers.
func TestSearches(t *testing.T) {
	t.Parallel()
	p, out := newFakePort("found"), newRecorder(t)
	e := New(&mapping.Entity{Identifier: map[string]any{"rules": "x"}, Blueprint: "b"}, Origin{}, port.UpsertOptions{})
	p.names = map[string]string{e.Key: "found"}
	w := NewWriter(p, port.UpsertOptions{}, out)
	w.Close(send(t, w, e))
	if o := out.of[e]; o.Fate != Updated || o.Identifier != "found" {
		t.Errorf("%+v", o)
	}
}

// TestTaken has entities that Port says it has just created, and others.
func TestTaken(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		fresh, again, created bool
		want                  Fate
	}{
		{created: true, want: Created},
		{created: false, want: Updated},
		{fresh: true, created: false, want: Created}, // a relation of another has made it
		{again: true, created: true, want: Updated},
		{again: true, created: false, want: Updated},
	} {
		e := &Entity{Fresh: test.fresh, Again: test.again}
		if got := e.taken("a", test.created); got.Fate != test.want || got.Identifier != "a" {
			t.Errorf("%+v: %+v", test, got)
		}
	}
}

// TestPortGivesUp ends the context of the reading with Port's error, and nothing is lost
// of what waits: Port refused what it was asked for, and the rest is not sent.
func TestPortGivesUp(t *testing.T) {
	t.Parallel()
	p, out := newFakePort(), newRecorder(t)
	p.down = errors.New("down")
	w := NewWriter(p, port.UpsertOptions{}, out)
	ctx := w.Open(t.Context(), 1)
	all := many(5 * port.MaxBatch)
	var ended error
	for _, e := range all {
		ended = errors.Join(ended, w.Send(ctx, e))
	}
	w.Close(ctx)
	if !errors.Is(context.Cause(ctx), p.down) || ended != nil && !errors.Is(ended, p.down) {
		t.Errorf("the context ended for %v, Send for %v", context.Cause(ctx), ended)
	}
	if fates := out.fates(); len(fates[Failed]) == 0 || len(fates[Failed])+len(fates[Unsent]) != len(all) {
		t.Errorf("%d failed, %d are unsent", len(fates[Failed]), len(fates[Unsent]))
	}
}

// TestARunThatIsOver sends nothing more, and refuses nothing.
func TestARunThatIsOver(t *testing.T) {
	t.Parallel()
	p, out := newFakePort(), newRecorder(t)
	w := NewWriter(p, port.UpsertOptions{}, out)
	over, stop := context.WithCancel(t.Context())
	ctx := w.Open(over, 1)
	stop()
	all := many(3*port.MaxBatch + 1)
	for _, e := range all {
		_ = w.Send(ctx, e)
	}
	w.Close(ctx)
	if fates := out.fates(); len(fates[Unsent]) != len(all) || len(p.bulks) != 0 {
		t.Errorf("%d bulks; %v", len(p.bulks), fates)
	}
}
