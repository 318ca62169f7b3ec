package resync_test

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"

	"portolan/internal/aws/awserr"
	"portolan/internal/invocation"
	"portolan/internal/report"
	"portolan/internal/resync"
	"portolan/internal/resync/distributed"
	"portolan/internal/simulator/awssim"
	"portolan/internal/simulator/portsim"
	"portolan/internal/state"
)

// organization is how many accounts TestManyAccounts has; CI asks for more.
var organization = flag.Int("accounts", 60, "how many accounts TestManyAccounts has")

// machine makes the steps of a run as the state machine does. For the package each is in
// a separate process: they share only the state.
type machine struct {
	*world
	concurrency int
	// read makes one invocation; nil is distributed.Read. Its failures are repeated twice.
	read func(ctx context.Context, step invocation.Step) (*distributed.Leg, error)
	legs atomic.Int64
}

// start begins a run and returns its batches.
func (m *machine) start(request invocation.Request) (*distributed.Begun, []distributed.Item) {
	m.t.Helper()
	m.later.Add(int64(time.Minute))
	begun, err := distributed.Begin(m.t.Context(), m.deps, invocation.Step{Request: request}, m.concurrency)
	if err != nil {
		m.t.Fatal(err)
	}
	return begun, m.items(begun)
}

func (m *machine) items(begun *distributed.Begun) []distributed.Item {
	m.t.Helper()
	if begun.Status != distributed.BegunStatus {
		return nil
	}
	data, _, err := m.deps.State.Get(m.t.Context(), "work/"+begun.Run+"/items.json")
	if err != nil {
		m.t.Fatal(err)
	}
	var items []distributed.Item
	decode(m.t, data, &items)
	return items
}

// walk reads a batch to its end, or gives up.
func (m *machine) walk(run string, item distributed.Item) {
	read := m.read
	if read == nil {
		read = func(ctx context.Context, step invocation.Step) (*distributed.Leg, error) {
			return distributed.Read(ctx, m.deps, step)
		}
	}
	failures := 0
	for range 200 {
		m.legs.Add(1)
		leg, err := read(m.t.Context(), invocation.Step{Name: invocation.Read, Run: run, Batch: item.Batch, Accounts: item.Accounts})
		if err != nil {
			if failures++; failures > 2 {
				return
			}
			continue
		}
		if leg.Done {
			return
		}
	}
	m.t.Errorf("batch %d comes to no end", item.Batch)
}

// whole makes all steps of a run.
func (m *machine) whole(request invocation.Request) *report.Report {
	m.t.Helper()
	begun, items := m.start(request)
	if begun.Status != distributed.BegunStatus {
		return begun.Report
	}
	var group errgroup.Group
	group.SetLimit(m.concurrency)
	for _, item := range items {
		group.Go(func() error {
			m.walk(begun.Run, item)
			return nil
		})
	}
	_ = group.Wait()
	r, err := distributed.Finish(m.t.Context(), m.deps, begun.Run)
	if err != nil {
		m.t.Fatalf("finish: %v", err)
	}
	return r
}

func newMachine(t *testing.T, e awssim.Estate, changes ...func(*resync.Deps)) *machine {
	t.Helper()
	changes = append([]func(*resync.Deps){func(d *resync.Deps) { d.State = state.NewMemory() }}, changes...)
	return &machine{world: newWorld(t, e, changes...), concurrency: 2}
}

// ending returns the dependencies of a run whose time is over after a number of calls to
// AWS.
func (w *world) ending(calls int64) (deps resync.Deps, made *atomic.Int64) {
	enough, made := make(chan struct{}), new(atomic.Int64)
	deps = w.deps
	deps.Enough = enough
	if calls == 0 {
		close(enough)
	}
	deps.Directory = w.through(func(inner http.RoundTripper) http.RoundTripper {
		if w.transport != nil {
			inner = w.transport(inner)
		}
		return tripper(func(r *http.Request) (*http.Response, error) {
			if made.Add(1) == calls {
				close(enough)
			}
			return inner.RoundTrip(r)
		})
	})
	return deps, made
}

// substance is what Port holds, without the times at which it was written.
func (w *world) substance() map[string]string {
	all := make(map[string]string)
	for _, blueprint := range w.port.Blueprints() {
		for _, e := range w.port.Entities(blueprint) {
			all[blueprint+" "+e.Identifier] = fmt.Sprint(e.Title, e.Properties, e.Relations, e.Datasource)
		}
	}
	return all
}

// leftovers are the names of what runs left to themselves.
func (m *machine) leftovers() []string {
	names, err := m.deps.State.List(m.t.Context(), "work/")
	if err != nil {
		m.t.Fatal(err)
	}
	return names
}

// TestStepsDoWhatOneProcessDoes compares a run in steps with one in a process, over an
// estate that changes: what Port holds, and what the report counts.
func TestStepsDoWhatOneProcessDoes(t *testing.T) {
	t.Parallel()
	one := newWorld(t, estate(), func(d *resync.Deps) { d.State = state.NewMemory() })
	many := newMachine(t, estate())
	for _, change := range []func(*world){
		func(*world) {},
		func(w *world) {
			w.aws.Remove(member, awssim.Queue, regions[0], w.aws.Resources(member, awssim.Queue, regions[0])[0].ID)
			w.must(w.aws.Put(member, awssim.Resource{Kind: awssim.Bucket, Region: regions[1], ID: "new-bucket"}))
		},
		func(*world) {},
	} {
		change(one)
		change(many.world)
		want, got := one.run(invocation.Request{AllowMassDelete: true}), many.whole(invocation.Request{AllowMassDelete: true})
		wantStatus(t, got, report.Completed)
		if diff := cmp.Diff(one.substance(), many.substance()); diff != "" {
			t.Errorf("Port differs (-one process +steps):\n%s", diff)
		}
		// An account that a relation has created is updated, otherwise it is created.
		for _, r := range []*report.Report{want, got} {
			r.Total.Updated, r.Total.Created = r.Total.Updated+r.Total.Created, 0
		}
		if diff := cmp.Diff(want.Total, got.Total); diff != "" {
			t.Errorf("the counts differ (-one process +steps):\n%s", diff)
		}
		if diff := cmp.Diff(want.Cells, got.Cells); diff != "" {
			t.Errorf("the cells differ (-one process +steps):\n%s", diff)
		}
		if got.Deletes.Deleted != want.Deletes.Deleted || len(got.Accounts) != len(want.Accounts) || got.AWS["SQS"] != want.AWS["SQS"] {
			t.Errorf("deleted %d of %d, %d accounts, SQS %+v", got.Deletes.Deleted, want.Deletes.Deleted, len(got.Accounts), got.AWS["SQS"])
		}
	}
	if left := many.leftovers(); len(left) > 0 {
		t.Errorf("the runs left %v", left)
	}
	want, _ := one.port.Integration(integration)
	got, _ := many.port.Integration(integration)
	if got.State.Status != "completed" || len(got.History) != len(want.History) || len(got.Examples["AWS::SQS::Queue"]) == 0 {
		t.Errorf("Port was told %+v and has %d examples", got.History, len(got.Examples["AWS::SQS::Queue"]))
	}
}

// TestABatchThatNobodyReads keeps the entities of its accounts, and says so.
func TestABatchThatNobodyReads(t *testing.T) {
	t.Parallel()
	m := newMachine(t, estate())
	wantStatus(t, m.whole(invocation.Request{}), report.Completed)
	before := m.total()
	for _, account := range []string{management, member} {
		for _, q := range m.aws.Resources(account, awssim.Queue, regions[0]) {
			m.aws.Remove(account, awssim.Queue, regions[0], q.ID)
		}
	}
	m.read = func(ctx context.Context, step invocation.Step) (*distributed.Leg, error) {
		if slices.Contains(step.Accounts, member) {
			return nil, errors.New("the function ran out of memory")
		}
		return distributed.Read(ctx, m.deps, step)
	}
	r := m.whole(invocation.Request{AllowMassDelete: true})
	wantStatus(t, r, report.Incomplete)
	if gone := before - m.total(); gone != 3 || r.Deletes.Deleted != 3 {
		t.Errorf("%d entities are gone, want the three queues of the account that was read", gone)
	}
	if !slices.ContainsFunc(r.Gaps, func(g report.Gap) bool { return g.Account == member && strings.Contains(g.Fix, "map run") }) {
		t.Errorf("the report does not tell of the account: %+v", r.Gaps)
	}
	m.read = nil
	wantStatus(t, m.whole(invocation.Request{AllowMassDelete: true}), report.Completed)
	if gone := before - m.total(); gone != 6 {
		t.Errorf("%d entities are gone after a run that read all, want 6", gone)
	}
}

// TestStepsMayBeRepeated makes each step twice, reads in parallel, and repeats finish
// after the end.
func TestStepsMayBeRepeated(t *testing.T) {
	t.Parallel()
	m := newMachine(t, estate())
	begun, items := m.start(invocation.Request{})
	if second, _ := m.start(invocation.Request{}); second.Status != string(report.Yielded) || second.Report == nil {
		t.Errorf("a run that begins meanwhile is %s", second.Status)
	}
	var group errgroup.Group
	for _, item := range append(items, items...) {
		group.Go(func() error {
			m.walk(begun.Run, item)
			return nil
		})
	}
	_ = group.Wait()
	first, err := distributed.Finish(t.Context(), m.deps, begun.Run)
	if err != nil {
		t.Fatal(err)
	}
	wantStatus(t, first, report.Completed)
	again, err := distributed.Finish(t.Context(), m.deps, begun.Run)
	if err != nil || again.Run != first.Run || again.Total != first.Total {
		t.Errorf("the end once more gives %+v, %v", again, err)
	}
	late := invocation.Step{Name: invocation.Read, Run: begun.Run, Batch: items[0].Batch, Accounts: items[0].Accounts}
	if _, err := distributed.Read(t.Context(), m.deps, late); err == nil || !strings.Contains(err.Error(), "is not under way") {
		t.Errorf("to read after the end gives %v", err)
	}
	if want := 6*2*perAccount + 4; m.total() != want {
		t.Errorf("Port holds %d entities, want %d", m.total(), want)
	}
}

// TestFinishIsRepeatedAfterAFailure lets the end fail once; the second attempt ends
// the run as the first would have.
func TestFinishIsRepeatedAfterAFailure(t *testing.T) {
	t.Parallel()
	m := newMachine(t, estate())
	wantStatus(t, m.whole(invocation.Request{}), report.Completed)
	m.aws.Remove(member, awssim.Queue, regions[0], m.aws.Resources(member, awssim.Queue, regions[0])[0].ID)
	begun, items := m.start(invocation.Request{})
	for _, item := range items {
		m.walk(begun.Run, item)
	}
	m.port.Inject(portsim.Fault{Route: "/v1/blueprints/entities/datasource-entities", Status: 500, Times: -1})
	if r, err := distributed.Finish(t.Context(), m.deps, begun.Run); err == nil && r.Status == report.Completed {
		t.Fatal("the run ended although Port cannot be asked what it holds")
	}
	m.port.ClearFaults()
	r, err := distributed.Finish(t.Context(), m.deps, begun.Run)
	if err != nil {
		t.Fatal(err)
	}
	wantStatus(t, r, report.Completed)
	if r.Deletes.Deleted != 1 || len(m.leftovers()) != 0 {
		t.Errorf("%d deleted, left %v", r.Deletes.Deleted, m.leftovers())
	}
}

// TestFinishDiesAtTheVeryEnd lets finish die after it has released the lease: when it is
// repeated, it returns the saved report.
func TestFinishDiesAtTheVeryEnd(t *testing.T) {
	t.Parallel()
	m := newMachine(t, estate())
	begun, items := m.start(invocation.Request{})
	for _, item := range items {
		m.walk(begun.Run, item)
	}
	brief, _, err := m.deps.State.Get(t.Context(), "work/"+begun.Run+"/brief.json.gz")
	m.must(err)
	first, err := distributed.Finish(t.Context(), m.deps, begun.Run)
	m.must(err)
	_, err = m.deps.State.Put(t.Context(), "work/"+begun.Run+"/brief.json.gz", brief, "")
	m.must(err)
	again, err := distributed.Finish(t.Context(), m.deps, begun.Run)
	if err != nil || again.Run != first.Run || again.Status != report.Completed {
		t.Errorf("the end once more gives %+v, %v", again, err)
	}
}

// TestAnAbandonedRunIsTakenOver lets a run die after its beginning. Once its lease is
// over the next begins, and what comes late from the first changes nothing.
func TestAnAbandonedRunIsTakenOver(t *testing.T) {
	t.Parallel()
	m := newMachine(t, estate())
	dead, items := m.start(invocation.Request{})
	data, version, err := m.deps.State.Get(t.Context(), "lease.json")
	m.must(err)
	var lease map[string]any
	decode(t, data, &lease)
	lease["until"] = time.Now().Add(-time.Hour)
	_, err = m.deps.State.Put(t.Context(), "lease.json", encode(t, lease), version)
	m.must(err)

	next, _ := m.start(invocation.Request{})
	if next.Status != distributed.BegunStatus {
		t.Fatalf("the next run is %s", next.Status)
	}
	for _, name := range m.leftovers() {
		if strings.Contains(name, dead.Run) {
			t.Errorf("the dead run's %s is still there", name)
		}
	}
	step := invocation.Step{Name: invocation.Read, Run: dead.Run, Batch: 0, Accounts: items[0].Accounts}
	if _, err := distributed.Read(t.Context(), m.deps, step); err == nil {
		t.Error("the dead run is read on")
	}
	if _, err := distributed.Finish(t.Context(), m.deps, dead.Run); err == nil {
		t.Error("the dead run is ended")
	}
}

// TestBeginIsRepeated lets the answer of a beginning get lost. The next attempt of the
// same execution begins the run anew; another execution finds it under way.
func TestBeginIsRepeated(t *testing.T) {
	t.Parallel()
	m := newMachine(t, estate())
	step := invocation.Step{Request: invocation.Request{}, Execution: "arn:aws:states:eu-west-1:111111111111:execution:Portolan:one"}
	lost, err := distributed.Begin(t.Context(), m.deps, step, 2)
	m.must(err)
	other, err := distributed.Begin(t.Context(), m.deps, invocation.Step{Execution: "another"}, 2)
	if err != nil || other.Status != string(report.Yielded) {
		t.Errorf("another execution is %+v, %v", other, err)
	}
	begun, err := distributed.Begin(t.Context(), m.deps, step, 2)
	m.must(err)
	if begun.Status != distributed.BegunStatus || begun.Run == lost.Run {
		t.Fatalf("the attempt gives %+v", begun)
	}
	for _, item := range m.items(begun) {
		m.walk(begun.Run, item)
	}
	r, err := distributed.Finish(t.Context(), m.deps, begun.Run)
	m.must(err)
	wantStatus(t, r, report.Completed)
	if left := m.leftovers(); len(left) > 0 {
		t.Errorf("left is %v", left)
	}
}

// TestForceInSteps writes what has not changed, in whichever invocation it is read.
func TestForceInSteps(t *testing.T) {
	t.Parallel()
	m := newMachine(t, estate())
	wantStatus(t, m.whole(invocation.Request{}), report.Completed)
	if r := m.whole(invocation.Request{}); r.Total.Updated > 0 || r.Total.Unchanged != m.total() {
		t.Errorf("%d are written and %d are not, want none and %d", r.Total.Updated, r.Total.Unchanged, m.total())
	}
	if r := m.whole(invocation.Request{Force: true}); r.Total.Unchanged > 0 || r.Total.Updated != m.total() {
		t.Errorf("by force, %d are written and %d are not, want %d and none", r.Total.Updated, r.Total.Unchanged, m.total())
	}
}

// TestWrittenSinceTheRunBegan: an entity that this integration has got since the run began
// may be of a resource that is newer than the reading of its cell. It stays.
func TestWrittenSinceTheRunBegan(t *testing.T) {
	t.Parallel()
	m := newMachine(t, estate())
	wantStatus(t, m.whole(invocation.Request{}), report.Completed)
	queue := m.port.Entities("sqsQueue")[0]
	begun, items := m.start(invocation.Request{})
	for _, item := range items {
		m.walk(begun.Run, item)
	}
	m.later.Add(int64(time.Minute))
	m.must(m.port.PutEntity("sqsQueue", encode(t, map[string]any{
		"identifier": queue.Identifier + "-new", "properties": queue.Properties, "relations": queue.Relations,
	}), queue.Datasource))
	r, err := distributed.Finish(t.Context(), m.deps, begun.Run)
	m.must(err)
	if _, there := m.port.Entity("sqsQueue", queue.Identifier+"-new"); !there || r.Deletes.Stale > 0 {
		t.Errorf("it is there: %v; deletes %+v", there, r.Deletes)
	}
}

// TestTheFirstBatchThatNobodyReads is told also for what is read once in the Organization.
func TestTheFirstBatchThatNobodyReads(t *testing.T) {
	t.Parallel()
	const once = "AWS::Organizations::Account"
	m := newMachine(t, estate())
	wantStatus(t, m.whole(invocation.Request{}), report.Completed)
	m.read = func(ctx context.Context, step invocation.Step) (*distributed.Leg, error) {
		if step.Batch == 0 {
			return nil, errors.New("the function ran out of memory")
		}
		return distributed.Read(ctx, m.deps, step)
	}
	r := m.whole(invocation.Request{AllowMassDelete: true})
	wantStatus(t, r, report.Incomplete)
	if !slices.ContainsFunc(r.Gaps, func(g report.Gap) bool {
		return slices.Equal(g.Kinds, []string{once}) && strings.Contains(g.Fix, "map run")
	}) {
		t.Errorf("the report does not tell of %s: %+v", once, r.Gaps)
	}
	if r.Deletes.Deleted > 0 {
		t.Errorf("%d entities are gone", r.Deletes.Deleted)
	}
}

// TestABatchIsReadOn ends invocations in the middle, again and again; what they read
// is not read again, and the run is as complete as any.
func TestABatchIsReadOn(t *testing.T) {
	t.Parallel()
	m := newMachine(t, estate(), func(d *resync.Deps) { d.Limits.Cells, d.Limits.Entering = 1, 1 })
	m.read = func(ctx context.Context, step invocation.Step) (*distributed.Leg, error) {
		deps, _ := m.ending(25)
		return distributed.Read(ctx, deps, step)
	}
	r := m.whole(invocation.Request{})
	wantStatus(t, r, report.Completed)
	if legs := m.legs.Load(); legs < 6 {
		t.Errorf("the batches were read in %d invocations, want several each", legs)
	}
	if want := 6*2*perAccount + 4; m.total() != want || r.Cells[report.NotReached] != 0 {
		t.Errorf("Port holds %d entities, want %d; cells %v", m.total(), want, r.Cells)
	}
	lists := 0
	for _, call := range m.aws.Calls() {
		if call.Operation == "ListQueues" {
			lists++
		}
	}
	if places := 2 * len(regions); lists > places+int(m.legs.Load()) {
		t.Errorf("queues were listed %d times in %d places and %d invocations", lists, places, m.legs.Load())
	}
}

// endingDuring returns a run's dependencies that have enough at the first call to AWS that
// matches. The call gets no answer.
func (w *world) endingDuring(matches func(*http.Request) bool) resync.Deps {
	enough := make(chan struct{})
	var once sync.Once
	deps := w.deps
	deps.Enough = enough
	deps.Directory = w.through(func(inner http.RoundTripper) http.RoundTripper {
		return tripper(func(r *http.Request) (*http.Response, error) {
			if !matches(r) {
				return inner.RoundTrip(r)
			}
			once.Do(func() { close(enough) })
			<-r.Context().Done()
			return nil, r.Context().Err()
		})
	})
	return deps
}

// TestTimeEndsWhileRegionsAreListed: the account was not reached, and the next invocation
// reads all of it.
func TestTimeEndsWhileRegionsAreListed(t *testing.T) {
	t.Parallel()
	listsRegions := func(r *http.Request) bool { return strings.Contains(r.Header.Get("Authorization"), "/account/") }
	t.Run("single", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, estate(), quickRetries)
		r, err := resync.Run(t.Context(), w.endingDuring(listsRegions), invocation.Request{})
		if err == nil || r.Cells[report.NotReached] == 0 || r.Cells[report.Outcome(awserr.Timeout)] > 0 {
			t.Errorf("%s (%s): cells %v, gaps %+v", r.Status, r.Reason, r.Cells, r.Gaps)
		}
	})
	t.Run("distributed", func(t *testing.T) {
		t.Parallel()
		m := newMachine(t, estate(), quickRetries, func(d *resync.Deps) { d.Limits.Cells, d.Limits.Entering = 1, 1 })
		m.concurrency = 1
		var legs, lists atomic.Int64
		m.read = func(ctx context.Context, step invocation.Step) (*distributed.Leg, error) {
			deps := m.deps
			if legs.Add(1) == 1 { // the first account is read, the second is not
				deps = m.endingDuring(func(r *http.Request) bool { return listsRegions(r) && lists.Add(1) == 2 })
			}
			return distributed.Read(ctx, deps, step)
		}
		r := m.whole(invocation.Request{})
		wantStatus(t, r, report.Completed)
		if want := 6*2*perAccount + 4; m.total() != want {
			t.Errorf("Port holds %d entities, want %d", m.total(), want)
		}
	})
}

// TestALaterInvocationTakesNothingBack: one invocation reads a part of a batch, and the next
// enters no account. What the first has read stays read, and no cell is counted twice.
func TestALaterInvocationTakesNothingBack(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*machine) resync.Deps{
		"no time": func(m *machine) resync.Deps {
			deps, _ := m.ending(0)
			return deps
		},
		"accounts cannot be entered": func(m *machine) resync.Deps {
			m.aws.Inject(awssim.Fault{Service: "sts", Operation: "AssumeRole", Effect: awssim.Deny, Times: -1})
			return m.deps
		},
		"regions cannot be listed": func(m *machine) resync.Deps {
			m.aws.Inject(
				awssim.Fault{Service: "account", Effect: awssim.Deny, Times: -1},
				awssim.Fault{Service: "ec2", Operation: "DescribeRegions", Effect: awssim.Deny, Times: -1},
			)
			return m.deps
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t, estate(), quickRetries, func(d *resync.Deps) { d.Limits.Cells, d.Limits.Entering = 1, 1 })
			m.concurrency = 1
			cells := func(r *report.Report) (n int) {
				for _, of := range r.Cells {
					n += of
				}
				return n
			}
			whole := m.whole(invocation.Request{})
			wantStatus(t, whole, report.Completed)
			read := 0
			m.read = func(ctx context.Context, step invocation.Step) (*distributed.Leg, error) {
				if read > 0 {
					return distributed.Read(ctx, spoil(m), step)
				}
				deps, _ := m.ending(60)
				leg, err := distributed.Read(ctx, deps, step)
				if err == nil {
					read = leg.Cells
				}
				return leg, err
			}
			r := m.whole(invocation.Request{})
			if r.Status != report.Incomplete || read == 0 || r.Cells[report.Complete] < read || cells(r) != cells(whole) {
				t.Errorf("%s: cells %v, want %d in all and at least %d complete", r.Status, r.Cells, cells(whole), read)
			}
		})
	}
}

// TestABatchThatGetsNowhereIsGivenUp ends every invocation at once: the run ends all
// the same, says what was not reached, and deletes nothing.
func TestABatchThatGetsNowhereIsGivenUp(t *testing.T) {
	t.Parallel()
	m := newMachine(t, estate())
	wantStatus(t, m.whole(invocation.Request{}), report.Completed)
	before := m.total()
	m.read = func(ctx context.Context, step invocation.Step) (*distributed.Leg, error) {
		deps, _ := m.ending(0)
		return distributed.Read(ctx, deps, step)
	}
	begun, items := m.start(invocation.Request{AllowMassDelete: true})
	for _, item := range items {
		m.walk(begun.Run, item)
	}
	r, err := distributed.Finish(t.Context(), m.deps, begun.Run)
	if err == nil || r.Status != report.Failed {
		t.Errorf("a run that read nothing is %s, %v", r.Status, err)
	}
	if r.Cells[report.NotReached] == 0 || r.Cells[report.Complete] != 0 || m.total() != before {
		t.Errorf("status %s, cells %v, %d entities of %d", r.Status, r.Cells, m.total(), before)
	}
}

// TestEntitiesThatWaitForOtherBatches are sent again at the end, when what they point
// at is there.
func TestEntitiesThatWaitForOtherBatches(t *testing.T) {
	t.Parallel()
	m := newMachine(t, estate())
	m.run(invocation.Request{Kinds: []string{"AWS::Organizations::Account"}})
	in, _ := m.port.Integration(integration)
	config := strings.Replace(string(in.Config), `"createMissingRelatedEntities":true`, `"createMissingRelatedEntities":false`, 1)
	m.must(m.port.SetConfig(integration, json.RawMessage(config)))
	const bulk = "/v1/blueprints/{blueprint}/entities/bulk"
	m.port.Inject(portsim.Fault{
		Route: bulk, Blueprint: "awsAccount", FailIndexes: []int{0}, Times: 6, FailStatus: 404, FailCode: "not_found", FailMessage: "later",
	})
	r := m.whole(invocation.Request{})
	if want := 6*2*perAccount + 4; m.total() != want || r.Total.Failed != 0 {
		t.Errorf("Port holds %d entities and %d failed (%s: %s), want %d and none", m.total(), r.Total.Failed, r.Status, r.Reason, want)
	}
}

// TestAPlanInSteps writes nothing, and counts what one in a process counts.
func TestAPlanInSteps(t *testing.T) {
	t.Parallel()
	m := newMachine(t, estate())
	wantStatus(t, m.whole(invocation.Request{}), report.Completed)
	m.aws.Remove(member, awssim.Queue, regions[0], m.aws.Resources(member, awssim.Queue, regions[0])[0].ID)
	m.must(m.aws.Put(member, awssim.Resource{Kind: awssim.Bucket, Region: regions[1], ID: "new-bucket"}))
	before := m.contents()
	want, got := m.run(invocation.Request{Action: invocation.Plan}), m.whole(invocation.Request{Action: invocation.Plan})
	if diff := cmp.Diff(want.Changes, got.Changes); diff != "" {
		t.Errorf("the changes differ (-one process +steps):\n%s", diff)
	}
	if got.Deletes.Planned != 1 || got.Deletes.Planned != want.Deletes.Planned || got.Total != want.Total {
		t.Errorf("%+v %+v, want %+v %+v", got.Total, got.Deletes, want.Total, want.Deletes)
	}
	if diff := cmp.Diff(before, m.contents()); diff != "" {
		t.Errorf("the plan changed Port:\n%s", diff)
	}
}

// TestStepsThatDoNotFit are refused with the reason.
func TestStepsThatDoNotFit(t *testing.T) {
	t.Parallel()
	m := newMachine(t, estate())
	begun, items := m.start(invocation.Request{})
	for want, step := range map[string]invocation.Step{
		"is not under way": {Run: "7c0f8a52-0000-4000-8000-000000000000"},
		"no batch 9":       {Run: begun.Run, Batch: 9, Accounts: items[0].Accounts},
		"no batch 0":       {Run: begun.Run, Batch: 0, Accounts: []string{"999999999999"}},
	} {
		if _, err := distributed.Read(t.Context(), m.deps, step); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v gives %v, want %q", step, err, want)
		}
	}
	none := m.deps
	none.State = nil
	if _, err := distributed.Begin(t.Context(), none, invocation.Step{}, 1); err == nil || !strings.Contains(err.Error(), "PORTOLAN_STATE") {
		t.Errorf("without a state it gives %v", err)
	}
}

// TestManyAccounts reads a large Organization in steps. A third of the steps fail:
// before they do anything, after all of it, or in the middle. Port equals AWS.
func TestManyAccounts(t *testing.T) {
	t.Parallel()
	accounts := *organization
	e := estate(awssim.Bucket, awssim.Queue)
	for i := range accounts - 2 {
		a := e.Accounts[1]
		a.ID, a.Name = fmt.Sprintf("4%011d", i), fmt.Sprintf("member-%d", i)
		a.Populations = []awssim.Population{{Kind: awssim.Queue, Regions: regions[:1], Count: 2}, {Kind: awssim.Bucket, Regions: regions[1:], Count: 1}}
		e.Accounts = append(e.Accounts, a)
	}
	d := defaultsOf(t, []string{awssim.Bucket, awssim.Queue, "AWS::Account::Info"})
	m := &machine{world: newWorldOf(t, d, e, func(d *resync.Deps) { d.State = state.NewMemory() }), concurrency: 10}
	dice := rand.New(rand.NewPCG(7, 7))
	var failed atomic.Int64
	seeds := make([]int, 1000)
	for i := range seeds {
		seeds[i] = dice.IntN(9)
	}
	m.read = func(ctx context.Context, step invocation.Step) (*distributed.Leg, error) {
		turn := seeds[int(m.legs.Load())%len(seeds)]
		if turn == 0 {
			failed.Add(1)
			return nil, errors.New("Lambda.TooManyRequestsException")
		}
		deps := m.deps
		if turn == 1 {
			var calls atomic.Int64
			var end context.CancelFunc
			ctx, end = context.WithCancel(ctx)
			defer end()
			deps.Directory = m.through(func(inner http.RoundTripper) http.RoundTripper {
				return tripper(func(r *http.Request) (*http.Response, error) {
					if calls.Add(1) == 40 {
						failed.Add(1)
						end()
					}
					return inner.RoundTrip(r)
				})
			})
		}
		leg, err := distributed.Read(ctx, deps, step)
		if turn == 2 {
			failed.Add(1)
			return nil, errors.New("Lambda.Unknown: the answer was lost")
		}
		return leg, err
	}
	run := func() *report.Report {
		r := m.whole(invocation.Request{AllowMassDelete: true})
		if r.Status != report.Completed && r.Status != report.Incomplete {
			t.Fatalf("%s: %s", r.Status, r.Reason)
		}
		return r
	}
	run()
	for i := range accounts / 10 {
		account := e.Accounts[2+i*7].ID
		m.aws.Remove(account, awssim.Queue, regions[0], m.aws.Resources(account, awssim.Queue, regions[0])[0].ID)
	}
	run()
	if failed.Load() < 5 {
		t.Errorf("only %d invocations failed", failed.Load())
	}
	m.read = nil
	wantStatus(t, run(), report.Completed)
	queues, buckets := 0, 0
	for _, a := range e.Accounts {
		for _, region := range regions {
			queues += len(m.aws.Resources(a.ID, awssim.Queue, region))
			buckets += len(m.aws.Resources(a.ID, awssim.Bucket, region))
		}
	}
	if q, b := len(m.identifiers("sqsQueue")), len(m.identifiers("s3Bucket")); q != queues || b != buckets || len(m.identifiers("awsAccount")) != accounts {
		t.Errorf("Port holds %d queues, %d buckets and %d accounts, want %d, %d and %d", q, b, len(m.identifiers("awsAccount")), queues, buckets, accounts)
	}
}
