package doctor

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"portolan/internal/diag"
	"portolan/internal/report"
	"portolan/internal/resync/snapshot"
	"portolan/internal/state"
)

// lastRun is what the state has about the last run.
type lastRun struct {
	seconds float64
	calls   int
	whole   bool
	when    time.Time
}

// store looks at the state: whether it can be read, and by a probe that is removed
// again whether it can be written.
func (e *examination) store(ctx context.Context) {
	c := e.open("state")
	store, err := e.State(ctx)
	if err != nil {
		c.fail(err)
		return
	}
	if store == nil {
		c.Said = "none is kept"
		c.add(diag.Diagnostic{Severity: diag.Note, Code: diag.StateNone})
		return
	}
	c.Said = store.Where("") + " can be read and written"
	if err := state.Belongs(ctx, store, state.Owner(e.Type, e.Integration), snapshot.Owner); errors.Is(err, state.ErrOther) {
		c.Said = store.Where("")
		c.fail(err)
		return
	}
	if err := e.recall(ctx, store); errors.Is(err, state.ErrDamaged) {
		c.add(diag.Diagnostic{Severity: diag.Warning, Code: diag.StateUnknown, Cause: err.Error()})
	} else if err != nil {
		c.Said = store.Where("")
		c.fail(refused(err))
	}
	if err := probe(ctx, store); err != nil {
		c.Said = store.Where("")
		c.fail(refused(err))
	}
}

// refused returns the code of a state that does not answer to an error that has none.
func refused(err error) error {
	if diag.Of(err) == "" {
		return diag.With(diag.StateRefused, err)
	}
	return err
}

// recall reads the report of the last run, if there is one. A damaged one keeps no run from
// working: after Port's secret was replaced, no report has its seal.
func (e *examination) recall(ctx context.Context, store state.Store) error {
	r, err := state.NewHistory(store, 0).Latest(ctx)
	if errors.Is(err, state.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	last := &lastRun{seconds: r.Seconds, when: r.Started, whole: r.Status == report.Completed}
	for _, calls := range r.AWS {
		last.calls += calls.Calls
	}
	e.last = last
	return nil
}

// probe writes a blob under a new name, on condition that it does not exist, and removes
// it.
func probe(ctx context.Context, store state.Store) error {
	name := "doctor/" + uuid.NewString()
	version, err := store.Put(ctx, name, []byte("portolan doctor tries whether it may write here\n"), "")
	if err != nil {
		return err
	}
	if _, again := store.Put(ctx, name, nil, ""); !errors.Is(again, state.ErrConflict) {
		err = diag.With(diag.StatePlace, fmt.Errorf(
			"%s: it was written although it existed (%w); the state needs a store with conditional writes", store.Where(name), orNone(again)))
	}
	// Even when the time is over: nothing is to be left.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	return errors.Join(err, store.Delete(ctx, name, version))
}

var errNone = errors.New("no error")

func orNone(err error) error {
	if err == nil {
		return errNone
	}
	return err
}
