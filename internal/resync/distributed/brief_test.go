package distributed

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"portolan/internal/invocation"
	"portolan/internal/resync"
	"portolan/internal/resync/entity"
	"portolan/internal/state"
)

// begunRun returns a store with the brief of a run of two batches.
func begunRun(t *testing.T, change func(*brief)) (state.Store, string) {
	t.Helper()
	const run = "7c0f8a52-0000-4000-8000-000000000001"
	b := brief{Form: workForm, Program: "v9", Batches: [][]string{{"111122223333"}, {"444455556666", "777788889999"}}}
	if change != nil {
		change(&b)
	}
	store := state.NewMemory()
	if err := state.NewWork(store, run).Save(t.Context(), briefPiece, b); err != nil {
		t.Fatal(err)
	}
	return store, run
}

// TestStepsThatDoNotFit are refused with the reason.
func TestStepsThatDoNotFit(t *testing.T) {
	t.Parallel()
	const another = "7c0f8a52-0000-4000-8000-000000000000"
	for name, test := range map[string]struct {
		step   invocation.Step
		change func(*brief)
		want   string
	}{
		"another run":              {invocation.Step{Run: another, Accounts: []string{"111122223333"}}, nil, "run " + another + " is not under way"},
		"a batch too many":         {invocation.Step{Batch: 2, Accounts: []string{"111122223333"}}, nil, "has no batch 2 of these accounts"},
		"a batch below the first":  {invocation.Step{Batch: -1, Accounts: []string{"111122223333"}}, nil, "has no batch -1 of these accounts"},
		"another batch's accounts": {invocation.Step{Batch: 1, Accounts: []string{"111122223333"}}, nil, "has no batch 1 of these accounts"},
		"some of its accounts":     {invocation.Step{Batch: 1, Accounts: []string{"444455556666"}}, nil, "has no batch 1 of these accounts"},
		"its accounts turned":      {invocation.Step{Batch: 1, Accounts: []string{"777788889999", "444455556666"}}, nil, "has no batch 1 of these accounts"},
		"no accounts":              {invocation.Step{}, nil, "has no batch 0 of these accounts"},
		"begun in another form":    {invocation.Step{Accounts: []string{"111122223333"}}, func(b *brief) { b.Form++ }, "was begun by version v9 of Portolan, and this is another; begin it again"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store, run := begunRun(t, test.change)
			step := test.step
			if step.Run == "" {
				step.Run = run
			}
			leg, err := Read(t.Context(), resync.Deps{State: store}, step)
			if leg != nil || err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("read: %+v, %v; want %q", leg, err, test.want)
			}
		})
	}
}

func TestStepsOfNoRun(t *testing.T) {
	t.Parallel()
	const run = "7c0f8a52-0000-4000-8000-000000000000"
	if _, err := Finish(t.Context(), resync.Deps{State: state.NewMemory()}, run); err == nil || !strings.Contains(err.Error(), "is not under way") {
		t.Errorf("finish: %v", err)
	}
	_, begin := Begin(t.Context(), resync.Deps{}, invocation.Step{}, 1)
	_, read := Read(t.Context(), resync.Deps{}, invocation.Step{Run: run})
	_, finish := Finish(t.Context(), resync.Deps{}, run)
	for name, err := range map[string]error{"begin": begin, "read": read, "finish": finish} {
		if !errors.Is(err, errNoState) {
			t.Errorf("%s without a state: %v", name, err)
		}
	}
}

// leave writes a part as an invocation does.
func leave(t *testing.T, work *state.Work, batch, leg int, p part) string {
	t.Helper()
	name := fmt.Sprintf("%s%04d.json.gz", batchPrefix(batch), leg)
	if err := work.Save(t.Context(), name, p); err != nil {
		t.Fatal(err)
	}
	return name
}

func aPart(batch int) part {
	return part{Form: workForm, Batch: batch, Part: resync.Part{Book: json.RawMessage(`{}`)}}
}

// TestEachPart takes the parts in the order in which they were written, and knows the last
// of each batch.
func TestEachPart(t *testing.T) {
	t.Parallel()
	work := state.NewWork(state.NewMemory(), "run")
	for _, at := range [][2]int{{11, 0}, {2, 1}, {0, 0}, {2, 0}, {11, 1}, {11, 2}} {
		leave(t, work, at[0], at[1], aPart(at[0]))
	}
	for batch, want := range map[int][]string{
		-1: {"0 true", "2 false", "2 true", "11 false", "11 false", "11 true"}, 0: {"0 true"}, 2: {"2 false", "2 true"}, 1: nil,
	} {
		var got []string
		err := eachPart(t.Context(), work, batch, func(p *part, last bool) error {
			got = append(got, fmt.Sprint(p.Batch, " ", last))
			return nil
		})
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("of batch %d: %v, %v; want %v", batch, got, err, want)
		}
	}
}

// TestPartsThatCannotBeRead are one error, which names the part: what it knows is needed to
// tell what exists.
func TestPartsThatCannotBeRead(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*part){
		"of an older form":  func(p *part) { p.Form = workForm - 1 },
		"of a newer form":   func(p *part) { p.Form = workForm + 1 },
		"of no form":        func(p *part) { *p = part{} },
		"entities, torn":    func(p *part) { p.Produced.Entities = make([]byte, 7) },
		"relations, torn":   func(p *part) { p.Produced.Pointed = []entity.PointedPart{{Targets: make([]byte, 9)}} },
		"a book of words":   func(p *part) { p.Book = json.RawMessage(`{"ends":"none"}`) },
		"a book that is []": func(p *part) { p.Book = json.RawMessage(`[]`) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			work := state.NewWork(state.NewMemory(), "run")
			leave(t, work, 0, 0, aPart(0))
			p := aPart(1)
			spoil(&p)
			bad := leave(t, work, 1, 0, p)
			leave(t, work, 2, 0, aPart(2))
			wantDamaged(t, work, bad, 1)
		})
	}
	t.Run("cut", func(t *testing.T) {
		t.Parallel()
		store := state.NewMemory()
		work := state.NewWork(store, "run")
		bad := leave(t, work, 0, 0, aPart(0))
		data, version, err := store.Get(t.Context(), work.Name(bad))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := store.Put(t.Context(), work.Name(bad), data[:len(data)/2], version); err != nil {
			t.Fatal(err)
		}
		wantDamaged(t, work, bad, 0)
	})
}

// TestAPartThatIsMissing shows by the next of its batch: nothing tells of its cells.
func TestAPartThatIsMissing(t *testing.T) {
	t.Parallel()
	work := state.NewWork(state.NewMemory(), "run")
	leave(t, work, 0, 0, aPart(0))
	leave(t, work, 1, 0, aPart(1))
	wantDamaged(t, work, leave(t, work, 1, 2, aPart(1)), 2)
	of := state.NewWork(state.NewMemory(), "run")
	wantDamaged(t, of, leave(t, of, 3, 0, aPart(2)), 0) // the part of another batch
}

// wantDamaged wants one error about a part, and only those before it to be taken.
func wantDamaged(t *testing.T, work *state.Work, bad string, before int) {
	t.Helper()
	taken := 0
	err := eachPart(t.Context(), work, -1, func(p *part, _ bool) error {
		if _, _, err := p.Ends(); err != nil {
			return err
		}
		taken++
		return nil
	})
	if !errors.Is(err, state.ErrDamaged) || !strings.Contains(fmt.Sprint(err), work.Where(bad)) || taken != before {
		t.Errorf("after %d parts: %v; want one error about %s", taken, err, work.Where(bad))
	}
}
