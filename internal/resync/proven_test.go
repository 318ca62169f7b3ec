package resync_test

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"portolan/internal/diag"
	"portolan/internal/invocation"
	"portolan/internal/port"
	"portolan/internal/report"
	"portolan/internal/resync"
	"portolan/internal/simulator/awssim"
	"portolan/internal/simulator/portsim"
	"portolan/internal/state"
)

// files returns a copy of files of the state, to restore them later.
func (w *world) files(names ...string) map[string][]byte {
	w.t.Helper()
	all := map[string][]byte{}
	if names == nil {
		var err error
		names, err = w.deps.State.List(w.t.Context(), "")
		w.must(err)
	}
	for _, name := range names {
		data, _, err := w.deps.State.Get(w.t.Context(), name)
		w.must(err)
		all[name] = data
	}
	return all
}

func (w *world) putBack(files map[string][]byte) {
	w.t.Helper()
	for name, data := range files {
		_, version, err := w.deps.State.Get(w.t.Context(), name)
		w.must(err)
		_, err = w.deps.State.Put(w.t.Context(), name, data, version)
		w.must(err)
	}
}

// dies takes the lease as a run does, writes an entity at once, and leaves no end.
func (w *world) dies(identifier string) {
	w.t.Helper()
	lease, err := state.Acquire(w.t.Context(), w.deps.State, state.Holder{Run: "dead", Source: "elsewhere", Started: time.Now()}, time.Minute, time.Now)
	w.must(err)
	_, err = w.deps.Port.Upsert(w.t.Context(), "sqsQueue", []port.Item{{
		Blueprint: "sqsQueue", Key: identifier, Body: fmt.Appendf(nil, `{"identifier":%q,"title":"written by a run that died"}`, identifier),
	}}, port.UpsertOptions{Merge: true})
	w.must(err)
	w.must(lease.Release(w.t.Context()))
}

// TestWhatMayHaveBeenWrittenAfterTheLastEndIsNotBelieved has things happen between the end
// of a run and the next.
func TestWhatMayHaveBeenWrittenAfterTheLastEndIsNotBelieved(t *testing.T) {
	t.Parallel()
	fails := func(w *world, f awssim.Fault) {
		f.Times = -1
		w.aws.Inject(f)
		w.run(invocation.Request{})
		w.aws.ClearFaults()
	}
	for name, test := range map[string]struct {
		between  func(*world)
		rewrites bool
		says     string
	}{
		"nothing": {func(*world) {}, false, ""},
		"a run":   {func(w *world) { w.run(invocation.Request{}) }, false, ""},
		"a plan":  {func(w *world) { w.run(invocation.Request{Action: invocation.Plan}) }, false, ""},
		"a run that another one makes skip": {func(w *world) {
			lease, err := state.Acquire(w.t.Context(), w.deps.State, state.Holder{Run: "other", Started: time.Now()}, time.Minute, time.Now)
			w.must(err)
			w.run(invocation.Request{})
			w.must(lease.Release(w.t.Context()))
		}, true, "has not left its end"},
		"a run that could do nothing": {func(w *world) { fails(w, awssim.Fault{Service: "sts", Effect: awssim.Deny}) }, false, ""},
		"a run that Port did not begin": {func(w *world) {
			w.port.Inject(portsim.Fault{Route: portsim.IntegrationRoute, Times: -1, Status: 403})
			w.run(invocation.Request{})
			w.port.ClearFaults()
		}, false, ""},
		"a run that died": {func(w *world) { w.dies(arn(member, w.queue(member, "eu-west-1"))) }, true, "has not left its end"},
		"a run that died, and one that could do nothing": {func(w *world) {
			w.dies(arn(member, w.queue(member, "eu-west-1")))
			fails(w, awssim.Fault{Service: "sts", Effect: awssim.Deny})
		}, true, "has not left its end"},
		"a run that died, and one of one account": {func(w *world) {
			w.dies(arn(member, w.queue(member, "eu-west-1")))
			w.run(invocation.Request{Accounts: []string{management}})
		}, true, "has not left its end"},
		"a run that could not keep its end": {func(w *world) {
			before := w.files("latest.json")
			w.run(invocation.Request{})
			w.putBack(before)
		}, true, "has not left its end"},
		"the state of an earlier run is restored": {func(w *world) {
			before := w.files()
			w.run(invocation.Request{})
			delete(before, "lease.json")
			w.putBack(before)
		}, true, "has not left its end"},
		"the lease is removed": {func(w *world) {
			_, version, err := w.deps.State.Get(w.t.Context(), "lease.json")
			w.must(err)
			w.must(w.deps.State.Delete(w.t.Context(), "lease.json", version))
		}, true, "has not left its end"},
		"the last end is lost": {func(w *world) {
			_, version, err := w.deps.State.Get(w.t.Context(), "latest.json")
			w.must(err)
			w.must(w.deps.State.Delete(w.t.Context(), "latest.json", version))
		}, true, ""},
		"Port's clock is set back": {func(w *world) { w.later.Add(-int64(10 * time.Minute)) }, true, "ahead of Port's clock"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := remembering(t)
			test.between(w)
			plan := w.run(invocation.Request{Action: invocation.Plan})
			wantStatus(t, plan, report.Completed)
			r := w.run(invocation.Request{})
			wantStatus(t, r, report.Completed)
			want := everything
			if test.rewrites {
				want = 0
			}
			if r.Total.Unchanged != want {
				t.Errorf("%d are unchanged, want %d", r.Total.Unchanged, want)
			}
			for _, q := range w.port.Entities("sqsQueue") {
				if strings.Contains(q.Title, "died") {
					t.Errorf("%s keeps what the run that died wrote", q.Identifier)
				}
			}
			told := slices.ContainsFunc(r.Diagnostics, func(n diag.Diagnostic) bool { return test.says != "" && strings.Contains(n.Cause, test.says) })
			if told != (test.says != "") {
				t.Errorf("notices %+v, want one with %q", r.Diagnostics, test.says)
			}
			if again := w.run(invocation.Request{}); again.Total.Unchanged != everything {
				t.Errorf("%d are unchanged in the run after it", again.Total.Unchanged)
			}
		})
	}
}

// TestANarrowedRunSparesTheOthers has the run after narrowed ones write nothing but what these wrote.
func TestANarrowedRunSparesTheOthers(t *testing.T) {
	t.Parallel()
	w := remembering(t)
	for name, request := range map[string]invocation.Request{
		"accounts": {Accounts: []string{member}}, "kinds": {Kinds: []string{awssim.Bucket}}, "regions": {Regions: []string{"us-east-1"}},
	} {
		for range 2 {
			wantStatus(t, w.run(request), report.Completed)
		}
		r := w.run(invocation.Request{})
		wantStatus(t, r, report.Completed)
		if r.Total.Unchanged != everything {
			t.Errorf("after runs of some %s, %d of %d are unchanged", name, r.Total.Unchanged, everything)
		}
	}
	if again := w.run(invocation.Request{}); again.Total.Unchanged != everything {
		t.Errorf("%d are unchanged in the run after it", again.Total.Unchanged)
	}
}

// dying is a Port that is gone after some upserts, with all that a run does then.
type dying struct {
	resync.Port
	end func()
}

func (d dying) Upsert(ctx context.Context, blueprint string, items []port.Item, o port.UpsertOptions) ([]port.Outcome, error) {
	outcomes, err := d.Port.Upsert(ctx, blueprint, items, o)
	d.end()
	return outcomes, err
}

// TestARunThatIsKilledWhileItWrites dies between its first write and its end; AWS goes
// back to what the run before it saw.
func TestARunThatIsKilledWhileItWrites(t *testing.T) {
	t.Parallel()
	w := remembering(t)
	q := w.queue(member, "eu-west-1")
	before := q
	q.Attributes = map[string]any{"VisibilityTimeout": "77"}
	w.must(w.aws.Put(member, q))
	files := map[string][]byte{}
	alive := w.deps.Port
	w.deps.Port = dying{alive, func() {
		if len(files) == 0 { // what the state is when the machine goes away
			for name, data := range w.files() {
				files[name] = bytes.Replace(data, []byte(`"released":false`), []byte(`"released":true`), 1)
			}
		}
	}}
	// At once: the clock does not go on.
	_, err := resync.Run(t.Context(), w.deps, invocation.Request{})
	w.must(err)
	w.deps.Port = alive
	w.putBack(files)
	w.must(w.aws.Put(member, before))
	r := w.run(invocation.Request{})
	wantStatus(t, r, report.Completed)
	entity, _ := w.port.Entity("sqsQueue", arn(member, q))
	if got := fmt.Sprint(entity.Properties["visibilityTimeout"]); got == "77" {
		t.Errorf("the entity has what the dead run wrote; %d are unchanged", r.Total.Unchanged)
	}
}

// TestOnlyNarrowedRuns has nobody ever make a run about everything: what the runs of some kinds leave serves
// the next of them, and what vanishes goes.
func TestOnlyNarrowedRuns(t *testing.T) {
	t.Parallel()
	w := newWorld(t, estate(), quickRetries, func(d *resync.Deps) { d.State, d.Rewrite = state.NewMemory(), 7*24*time.Hour })
	request := invocation.Request{Kinds: []string{awssim.Queue}}
	const queues = 2 * perAccount
	written := func(want int) *report.Report {
		t.Helper()
		r := w.run(request)
		wantStatus(t, r, report.Completed)
		if got := r.Total.Created + r.Total.Updated; got != want {
			t.Errorf("%d are written, want %d: %+v", got, want, r.Total)
		}
		return r
	}
	written(queues)
	written(0)
	q := w.queue(member, "eu-west-1")
	q.Attributes = map[string]any{"VisibilityTimeout": "77"}
	w.must(w.aws.Put(member, q))
	written(1)
	written(0)
	w.aws.Remove(member, awssim.Queue, "eu-west-1", q.ID)
	if r := written(0); r.Total.Deleted != 1 {
		t.Errorf("%+v; %+v", r.Total, r.Deletes)
	}
	wantStatus(t, w.run(invocation.Request{}), report.Completed)
	written(0)
}
