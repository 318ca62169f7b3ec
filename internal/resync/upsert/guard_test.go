package upsert

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/port"
)

// theirs makes somebody else the last writer of entities.
func (f *fakePort) theirs(entities ...*Entity) {
	if f.writers == nil {
		f.writers = map[string]port.Written{}
	}
	for _, e := range entities {
		f.writers[e.Key] = port.Written{By: "somebody"}
		f.held[e.Key] = port.Entity{Identifier: e.Key}
	}
}

func guarded(p *fakePort, out *recorder, change func(*Rules)) *Guard {
	r := Rules{Run: "run", Ours: setOf(), Known: func(*Entity) bool { return false }}
	if change != nil {
		change(&r)
	}
	return NewGuard(NewWriter(p, port.UpsertOptions{}, out), p, r, out)
}

// TestShares has others write some of the entities last.
func TestShares(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		all, theirs int
		rules       func(*Rules)
		withheld    int
	}{
		"none":                      {all: 10},
		"all, and few":              {all: fewOthers, theirs: fewOthers},
		"all, and one more":         {all: fewOthers + 1, theirs: fewOthers + 1, withheld: fewOthers + 1},
		"half of many":              {all: 400, theirs: 200},
		"more than half of many":    {all: 401, theirs: 201, withheld: 201},
		"more than half, told to":   {all: 401, theirs: 201, rules: func(r *Rules) { r.TakeOver = true }},
		"more than half, and known": {all: 401, theirs: 201, rules: func(r *Rules) { r.Known = func(*Entity) bool { return true } }},
		"more than half, but ours":  {all: 401, theirs: 201, rules: func(r *Rules) { r.Ours = setOf(keysOf(many(401))...) }},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, out := newFakePort(), newRecorder(t)
			all := many(test.all)
			p.theirs(all[:test.theirs]...)
			g := guarded(p, out, test.rules)
			g.Close(send(t, g, all...))
			fates := out.fates()
			if len(fates[Withheld]) != test.withheld || len(fates[Created]) != test.all-test.theirs || len(fates[Updated]) != test.theirs-test.withheld {
				t.Errorf("%d withheld, %d created, %d updated", len(fates[Withheld]), len(fates[Created]), len(fates[Updated]))
			}
			for _, some := range p.asked {
				if len(some) > askedAtOnce {
					t.Errorf("Port is asked for %d at once", len(some))
				}
			}
		})
	}
}

// TestNoRoomInAnotherInvocation: where one invocation met more entities of others than it
// could hold, none of them is written at the end of the run.
func TestNoRoomInAnotherInvocation(t *testing.T) {
	t.Parallel()
	p, out := newFakePort(), newRecorder(t)
	all := many(200)
	p.theirs(all[:5]...)
	first, last := guarded(p, out, nil), guarded(p, out, nil)
	left := first.Suspend(send(t, first, all...))
	left.Dropped = 1
	last.Resume(again(t, left))
	last.Close(send(t, last))
	if fates := out.fates(); len(fates[Withheld]) != 5 || len(fates[Updated]) != 0 {
		t.Errorf("%d withheld, %d updated, want all 5 withheld", len(fates[Withheld]), len(fates[Updated]))
	}
}

// TestSharesOverInvocations are judged at the end of the run: no invocation knows enough.
func TestSharesOverInvocations(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		all, theirs, withheld int
	}{
		"most of all": {160, 90, 90},
		"not most":    {200, 90, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, out := newFakePort(), newRecorder(t)
			all := many(test.all)
			p.theirs(all[:test.theirs]...)
			last := guarded(p, out, nil)
			for some := range slices.Chunk(all, 80) {
				g := guarded(p, out, nil)
				last.Resume(again(t, g.Suspend(send(t, g, some...))))
			}
			if n := len(out.of); n != test.all-test.theirs {
				t.Errorf("%d have an outcome before the end", n)
			}
			last.Close(send(t, last))
			if fates := out.fates(); len(fates[Withheld]) != test.withheld || len(fates[Updated]) != test.theirs-test.withheld {
				t.Errorf("%d withheld, %d updated", len(fates[Withheld]), len(fates[Updated]))
			}
		})
	}
}

// TestRoomToHold has more entities of others than are held: all of them are withheld,
// although they are not most.
func TestRoomToHold(t *testing.T) {
	t.Parallel()
	out := newRecorder(t)
	g := guarded(newFakePort(), out, nil)
	held := many(MaxHeld + 2)
	g.Resume(Suspended{Held: held[:MaxHeld-1], Passed: 10 * MaxHeld})
	g.Resume(Suspended{Held: held[MaxHeld-1:]})
	if n := len(out.fates()[Withheld]); n != 2 {
		t.Errorf("%d are withheld at once", n)
	}
	g.Close(send(t, g))
	if n := len(out.fates()[Withheld]); n != len(held) {
		t.Errorf("%d are withheld", n)
	}
}

// TestMadeByThisRun distinguishes entities that the run creates from those that existed
// when it began.
func TestMadeByThisRun(t *testing.T) {
	t.Parallel()
	began := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	for name, test := range map[string]struct {
		began   time.Time
		written *port.Written // nil if Port does not hold it
		want    Fate
	}{
		"new":                             {began: began, want: Created},
		"made by a relation of this run":  {began: began, written: &port.Written{Ours: true, Created: port.Time{Time: began}}, want: Created},
		"older":                           {began: began, written: &port.Written{Ours: true, Created: port.Time{Time: began.Add(-1)}}, want: Updated},
		"when the run began is not known": {written: &port.Written{Ours: true, Created: port.Time{Time: began}}, want: Updated},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, out := newFakePort(), newRecorder(t)
			if test.written != nil {
				p.writers = map[string]port.Written{"a": *test.written}
				p.held["a"] = port.Entity{}
			}
			g := guarded(p, out, func(r *Rules) { r.Began = test.began })
			e := of("a")
			g.Close(send(t, g, e))
			if out.of[e].Fate != test.want {
				t.Errorf("%+v", out.of[e])
			}
		})
	}
}

// TestOneEntityTwice is asked for once it has not passed, and is created once.
func TestOneEntityTwice(t *testing.T) {
	t.Parallel()
	p, out := newFakePort(), newRecorder(t)
	g := guarded(p, out, nil)
	twice := append(many(askedAtOnce), many(1)...) // the second one comes after Port was asked
	g.Close(send(t, g, append(twice, of("x"), of("x"))...))
	want := map[Fate]int{Created: askedAtOnce + 1, Updated: 2}
	got := map[Fate]int{}
	for _, o := range out.of {
		got[o.Fate]++
	}
	if diff := cmp.Diff(want, got); diff != "" || len(p.asked) != 2 {
		t.Errorf("Port is asked %d times:\n%s", len(p.asked), diff)
	}
}

// TestWritersAreNotKnown has a Port that does not say who wrote entities: they are not
// written.
func TestWritersAreNotKnown(t *testing.T) {
	t.Parallel()
	for _, mustKnow := range []bool{false, true} {
		p, out := newFakePort(), newRecorder(t)
		p.down = errors.New("down")
		g := guarded(p, out, func(r *Rules) { r.MustKnow = mustKnow })
		ctx := send(t, g, of("a"), of("b"))
		g.Close(ctx)
		if diff := cmp.Diff(map[Fate][]string{Failed: {"a", "b"}}, out.fates()); diff != "" || len(p.bulks) != 0 {
			t.Error(diff)
		}
		if ended := context.Cause(ctx); mustKnow != errors.Is(ended, p.down) {
			t.Errorf("must know %t: the run ended for %v", mustKnow, ended)
		}
	}
}
