package resync_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"portolan/internal/aws/account"
	"portolan/internal/diag"
	"portolan/internal/invocation"
	"portolan/internal/report"
	"portolan/internal/resync"
	"portolan/internal/resync/reconcile"
	"portolan/internal/simulator/awssim"
	"portolan/internal/simulator/portsim"
	"portolan/internal/state"
)

// remembering is a world whose runs have a state, after a first run.
func remembering(t *testing.T, changes ...func(*resync.Deps)) *world {
	t.Helper()
	store := state.NewMemory()
	w := newWorld(t, estate(), append([]func(*resync.Deps){quickRetries, func(d *resync.Deps) {
		d.State, d.Rewrite = store, 7*24*time.Hour
	}}, changes...)...)
	r := w.run(invocation.Request{})
	wantStatus(t, r, report.Completed)
	if r.Total.Unchanged != 0 || slices.ContainsFunc(r.Diagnostics, func(n diag.Diagnostic) bool { return n.Title != "Port" }) {
		t.Fatalf("the first run finds %d entities unchanged; notices %+v", r.Total.Unchanged, r.Diagnostics)
	}
	return w
}

// everything is how many entities the estate has.
const everything = 6*2*perAccount + 4

// arn is the identifier of a queue's entity.
func arn(account string, r awssim.Resource) string {
	return "arn:aws:sqs:" + r.Region + ":" + account + ":" + r.ID
}

func (w *world) queue(account, region string) awssim.Resource {
	return w.aws.Resources(account, awssim.Queue, region)[0]
}

// TestOnlyChangesAreWritten changes one thing after the first run.
func TestOnlyChangesAreWritten(t *testing.T) {
	t.Parallel()
	const mark = "port-ocean/aws-v3/2.20.11-beta/" + integration + "/exporter"
	for name, test := range map[string]struct {
		change  func(*world)
		request invocation.Request
		written int
	}{
		"nothing": {func(*world) {}, invocation.Request{}, 0},
		"a resource": {func(w *world) {
			q := w.queue(member, "eu-west-1")
			q.Attributes = map[string]any{"VisibilityTimeout": "77"}
			if err := w.aws.Put(member, q); err != nil {
				w.t.Fatal(err)
			}
		}, invocation.Request{}, 1},
		"an entity that a user edits": {func(w *world) {
			w.put("sqsQueue", arn(member, w.queue(member, "eu-west-1")), "curl/8.0")
		}, invocation.Request{}, 1},
		"an entity that another program edits under our name": {func(w *world) {
			w.put("sqsQueue", arn(member, w.queue(member, "eu-west-1")), mark)
		}, invocation.Request{}, 1},
		"the mapping": {func(w *world) {
			in, _ := w.port.Integration(integration)
			config := strings.Replace(string(in.Config), `"entityDeletionThreshold":0.9`, `"entityDeletionThreshold":0.8`, 1)
			if err := w.port.SetConfig(integration, []byte(config)); err != nil {
				w.t.Fatal(err)
			}
		}, invocation.Request{}, everything},
		"a blueprint": {func(w *world) {
			raw, _ := w.port.Blueprint("s3Bucket")
			var blueprint map[string]map[string]map[string]any
			_ = json.Unmarshal(raw, &blueprint) // only the schema has this form
			delete(blueprint["schema"], "required")
			blueprint["schema"]["properties"]["novel"] = map[string]any{"type": "string"}
			w.must(w.port.EditBlueprint("s3Bucket", encode(w.t, map[string]any{"schema": blueprint["schema"]})))
		}, invocation.Request{}, everything},
		"the program":            {func(w *world) { w.deps.Program = "other" }, invocation.Request{}, everything},
		"nothing, but by force":  {func(*world) {}, invocation.Request{Force: true}, everything},
		"nothing, for too long":  {func(w *world) { w.deps.Rewrite = time.Nanosecond }, invocation.Request{}, everything},
		"nothing in one account": {func(*world) {}, invocation.Request{Accounts: []string{member}}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := remembering(t)
			test.change(w)
			r := w.run(test.request)
			wantStatus(t, r, report.Completed)
			if got := r.Total.Created + r.Total.Updated; got != test.written || r.Total.Unchanged != r.Total.Fetched-test.written {
				t.Errorf("%d entities written and %d unchanged of %d, want %d written", got, r.Total.Unchanged, r.Total.Fetched, test.written)
			}
			if upserts := r.Port["bulk-upsert"].Calls + r.Port["single-upsert"].Calls; (upserts == 0) != (test.written == 0) {
				t.Errorf("%d calls write %d entities", upserts, test.written)
			}
			again := w.run(invocation.Request{})
			wantStatus(t, again, report.Completed)
			if w.total() != everything || test.request.Accounts == nil && test.written < everything && again.Total.Unchanged != everything {
				t.Errorf("Port holds %d entities; the run after writes %d", w.total(), again.Total.Created+again.Total.Updated)
			}
		})
	}
}

// put writes an entity as another writer.
func (w *world) put(blueprint, identifier, writer string) {
	w.t.Helper()
	w.later.Add(int64(time.Minute))
	if err := w.port.PutEntity(blueprint, fmt.Appendf(nil, `{"identifier":%q,"title":"edited"}`, identifier), writer); err != nil {
		w.t.Fatal(err)
	}
}

// TestDeletesByCell takes away a queue, and something of the view of the estate.
func TestDeletesByCell(t *testing.T) {
	t.Parallel()
	deny := func(w *world, account, region string) {
		w.aws.Inject(awssim.Fault{Account: account, Region: region, Service: "sqs", Times: -1, Effect: awssim.Deny})
	}
	for name, test := range map[string]struct {
		spoil   func(*world)
		request invocation.Request
		deleted bool
		reason  string
	}{
		"nothing else":                {func(*world) {}, invocation.Request{}, true, ""},
		"its own cell is denied":      {func(w *world) { deny(w, member, "eu-west-1") }, invocation.Request{}, false, "was not read whole in account " + member + ", eu-west-1"},
		"a neighbour cell is denied":  {func(w *world) { deny(w, member, "us-east-1") }, invocation.Request{}, true, ""},
		"another account is denied":   {func(w *world) { deny(w, management, "eu-west-1") }, invocation.Request{}, true, ""},
		"the run is about its cell":   {func(*world) {}, invocation.Request{Kinds: []string{awssim.Queue}, Accounts: []string{member}, Regions: []string{"eu-west-1"}}, true, ""},
		"the run is about others":     {func(*world) {}, invocation.Request{Regions: []string{"us-east-1"}}, false, "narrowed"},
		"the run is of another kind":  {func(*world) {}, invocation.Request{Kinds: []string{awssim.Bucket}}, false, "narrowed"},
		"its account is locked":       {func(w *world) { w.must(w.aws.RemoveRole(member, role)) }, invocation.Request{}, false, "was not read"},
		"its region is disabled":      {func(w *world) { w.must(w.aws.SetRegion(member, "eu-west-1", "DISABLED")) }, invocation.Request{}, false, "not enabled"},
		"a setting leaves its region": {func(w *world) { w.deps.Regions = []string{"us-east-1"} }, invocation.Request{}, true, ""},
		"the snapshot is lost": {func(w *world) {
			store := w.deps.State
			_, version, err := store.Get(w.t.Context(), "snapshots/"+member+".gz")
			w.must(err)
			w.must(store.Delete(w.t.Context(), "snapshots/"+member+".gz", version))
		}, invocation.Request{}, true, ""},
		"the snapshot is lost, and a neighbour cell denied": {func(w *world) {
			store := w.deps.State
			_, version, err := store.Get(w.t.Context(), "snapshots/"+member+".gz")
			w.must(err)
			_, err = store.Put(w.t.Context(), "snapshots/"+member+".gz", []byte("garbage"), version)
			w.must(err)
			deny(w, management, "us-east-1")
		}, invocation.Request{}, false, "1 cell of AWS::SQS::Queue"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := remembering(t)
			gone := w.queue(member, "eu-west-1")
			w.aws.Remove(member, awssim.Queue, gone.Region, gone.ID)
			test.spoil(w)
			r := w.run(test.request)
			_, there := w.port.Entity("sqsQueue", arn(member, gone))
			if there == test.deleted {
				t.Errorf("the entity is there: %t; %s; deletes %+v", there, r.Reason, r.Deletes)
			}
			if !test.deleted && !slices.ContainsFunc(r.Deletes.Withheld, func(h report.Withheld) bool { return strings.Contains(h.Cause, test.reason) }) {
				t.Errorf("withheld %+v, want a reason with %q", r.Deletes.Withheld, test.reason)
			}
			if stays := arn(member, w.queue(member, "eu-west-1")); !slices.Contains(w.identifiers("sqsQueue"), stays) && w.deps.Regions == nil {
				t.Errorf("%s exists and is deleted", stays)
			}
		})
	}
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// TestAccountThatLeaves loses its entities once the Organization says so.
func TestAccountThatLeaves(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		spoil func(*world)
		want  int // of its queues
	}{
		"suspended, and can come back": {func(w *world) { w.must(w.aws.SetAccountState(member, awssim.AccountSuspended)) }, perAccount},
		"out of the Organization":      {func(w *world) { w.leave(member) }, 0},
		"suspended, and the list is cut off": {func(w *world) {
			w.must(w.aws.SetAccountState(member, awssim.AccountSuspended))
			w.aws.Inject(awssim.Fault{Operation: "ListAccounts", Times: -1, Effect: awssim.Deny})
		}, perAccount},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := remembering(t)
			test.spoil(w)
			w.run(invocation.Request{})
			queues := slices.DeleteFunc(w.identifiers("sqsQueue"), func(id string) bool { return !strings.Contains(id, member) })
			if len(queues) != test.want {
				t.Errorf("%d of its queues are in Port, want %d", len(queues), test.want)
			}
		})
	}
}

// leave takes an account out of the Organization.
func (w *world) leave(id string) {
	w.deps.Directory = directoryOf(w.deps.Directory, func(l account.Listing, err error) (account.Listing, error) {
		l.Accounts = slices.DeleteFunc(l.Accounts, func(a account.Account) bool { return a.ID == id })
		return l, err
	})
}

// TestLimitsOfDeletes holds back many at once until somebody says that they may go.
func TestLimitsOfDeletes(t *testing.T) {
	t.Parallel()
	w := remembering(t, func(d *resync.Deps) { d.Deletes = reconcile.Limits{Count: 2} })
	for _, q := range w.aws.Resources(member, awssim.Queue, "eu-west-1") {
		w.aws.Remove(member, awssim.Queue, "eu-west-1", q.ID)
	}
	r := w.run(invocation.Request{})
	if r.Deletes.Deleted != 0 || !r.Deletes.Tripped || w.total() != everything {
		t.Errorf("deletes %+v", r.Deletes)
	}
	r = w.run(invocation.Request{AllowMassDelete: true})
	if r.Deletes.Deleted != 3 || r.Deletes.Tripped || w.total() != everything-3 {
		t.Errorf("deletes %+v", r.Deletes)
	}
}

// TestGrace deletes what was absent in three runs that read its cell.
func TestGrace(t *testing.T) {
	t.Parallel()
	w := remembering(t, func(d *resync.Deps) { d.Deletes = reconcile.Limits{After: 3} })
	gone := w.queue(member, "eu-west-1")
	w.aws.Remove(member, awssim.Queue, gone.Region, gone.ID)
	denied := awssim.Fault{Account: member, Service: "sqs", Operation: "ListQueues", Times: -1, Effect: awssim.Deny}
	for i, step := range []struct{ denied, there bool }{{false, true}, {true, true}, {false, true}, {false, false}} {
		w.aws.ClearFaults()
		if step.denied {
			w.aws.Inject(denied)
		}
		r := w.run(invocation.Request{})
		if _, there := w.port.Entity("sqsQueue", arn(member, gone)); there != step.there {
			t.Errorf("after run %d the entity is there: %t; deletes %+v", i+1, there, r.Deletes)
		}
	}
}

// TestTwoRuns lets one wait for the other's end, and the next one go on.
func TestTwoRuns(t *testing.T) {
	t.Parallel()
	w := remembering(t)
	holder := state.Holder{Run: "another", Source: "elsewhere", Started: time.Now()}
	lease, err := state.Acquire(t.Context(), w.deps.State, holder, time.Minute, time.Now)
	w.must(err)
	r := w.run(invocation.Request{})
	if r.Status != report.Yielded || !strings.Contains(r.Reason, "another") || r.Total.Fetched != 0 {
		t.Errorf("%s: %s", r.Status, r.Reason)
	}
	if plan := w.run(invocation.Request{Action: invocation.Plan}); plan.Status != report.Completed {
		t.Errorf("a plan waits for nobody: %s: %s", plan.Status, plan.Reason)
	}
	w.must(lease.Release(t.Context()))
	wantStatus(t, w.run(invocation.Request{}), report.Completed)
}

// TestLostLease takes the lease away in the middle of a run: it stops, and deletes
// nothing.
func TestLostLease(t *testing.T) {
	t.Parallel()
	w := remembering(t, func(d *resync.Deps) { d.Limits.Lease = 600 * time.Millisecond })
	before := w.total()
	w.aws.Inject(awssim.Fault{Service: "rds", Times: -1, Effect: awssim.Hang})
	var taken sync.Once
	w.transport = func(inner http.RoundTripper) http.RoundTripper {
		return tripper(func(r *http.Request) (*http.Response, error) {
			if strings.Contains(r.Header.Get("Authorization"), "/rds/aws4_request") {
				taken.Do(func() {
					_, version, err := w.deps.State.Get(r.Context(), "lease.json")
					w.must(err)
					w.must(w.deps.State.Delete(r.Context(), "lease.json", version))
				})
			}
			return inner.RoundTrip(r)
		})
	}
	r := w.run(invocation.Request{})
	if r.Status != report.Incomplete && r.Status != report.Failed || !strings.Contains(r.Reason, "lease") || w.total() != before {
		t.Errorf("%s: %s", r.Status, r.Reason)
	}
}

// TestPlan says what the next run does, and does nothing.
func TestPlan(t *testing.T) {
	t.Parallel()
	for name, stateful := range map[string]bool{"with a state": true, "without": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := remembering(t)
			gone, changed := w.queue(member, "eu-west-1"), w.queue(management, "us-east-1")
			w.aws.Remove(member, awssim.Queue, gone.Region, gone.ID)
			changed.Attributes = map[string]any{"VisibilityTimeout": "77"}
			w.must(w.aws.Put(management, changed))
			w.must(w.aws.Put(member, awssim.Resource{Kind: awssim.Queue, Region: "eu-west-1", ID: "brand-new"}))
			before := w.contents()
			store := w.deps.State
			if !stateful {
				w.deps.State = nil
			}
			plan := w.run(invocation.Request{Action: invocation.Plan})
			w.deps.State = store
			wantStatus(t, plan, report.Completed)
			if !maps.Equal(before, w.contents()) {
				t.Error("a plan changed what Port holds")
			}
			if in, _ := w.port.Integration(integration); len(in.History) != 2 {
				t.Errorf("Port was told of a run: %+v", in.History)
			}
			want := []report.Change{
				{Sort: report.Created, Blueprint: "sqsQueue", Identifier: arn(member, awssim.Resource{Region: "eu-west-1", ID: "brand-new"}),
					Account: member, Region: "eu-west-1"},
				{Sort: report.Updated, Blueprint: "sqsQueue", Identifier: arn(management, changed), Account: management, Region: "us-east-1",
					Fields: []report.FieldChange{{Name: "properties.visibilityTimeout", Old: 300.0, New: 77.0}}},
			}
			slices.SortFunc(want, func(a, b report.Change) int { return strings.Compare(a.Identifier, b.Identifier) })
			if !slices.EqualFunc(plan.Changes, want, func(a, b report.Change) bool { return fmt.Sprint(a) == fmt.Sprint(b) }) {
				t.Errorf("changes %+v, want %+v", plan.Changes, want)
			}
			if plan.Deletes.Planned != 1 || len(plan.Deletes.Samples) != 1 || !strings.HasSuffix(plan.Deletes.Samples[0], ":"+gone.ID) {
				t.Errorf("deletes %+v, want %s", plan.Deletes, gone.ID)
			}
			r := w.run(invocation.Request{})
			wantStatus(t, r, report.Completed)
			if r.Total.Created != plan.Total.Created || r.Total.Updated != plan.Total.Updated || r.Deletes.Deleted != plan.Deletes.Planned {
				t.Errorf("the run created %d, updated %d, deleted %d; the plan said %d, %d, %d",
					r.Total.Created, r.Total.Updated, r.Deletes.Deleted, plan.Total.Created, plan.Total.Updated, plan.Deletes.Planned)
			}
		})
	}
}

// contents is everything that Port holds, by blueprint and identifier.
func (w *world) contents() map[string]string {
	all := make(map[string]string)
	for _, blueprint := range w.port.Blueprints() {
		for _, entity := range w.port.Entities(blueprint) {
			all[blueprint+"/"+entity.Identifier] = fmt.Sprint(entity)
		}
	}
	return all
}

// TestPlanBeforeAnything plans an installation that Port does not know yet.
func TestPlanBeforeAnything(t *testing.T) {
	t.Parallel()
	w := newWorld(t, estate())
	r := w.run(invocation.Request{Action: invocation.Plan})
	wantStatus(t, r, report.Completed)
	if r.Total.Created != everything || slices.Contains(w.port.Blueprints(), "sqsQueue") {
		t.Errorf("it would create %d entities; Port has the blueprints %v", r.Total.Created, w.port.Blueprints())
	}
	if _, there := w.port.Integration(integration); there {
		t.Error("a plan created the integration")
	}
}

// TestFailedWritesAreRepeated has Port refuse an entity once.
func TestFailedWritesAreRepeated(t *testing.T) {
	t.Parallel()
	w := remembering(t)
	q := w.queue(member, "eu-west-1")
	q.Attributes = map[string]any{"VisibilityTimeout": "77"}
	w.must(w.aws.Put(member, q))
	w.port.Inject(portsim.Fault{Blueprint: "sqsQueue", Route: "/v1/blueprints/{blueprint}/entities", Status: 422})
	if r := w.run(invocation.Request{}); r.Total.Failed != 1 {
		t.Fatalf("%d entities failed", r.Total.Failed)
	}
	r := w.run(invocation.Request{})
	wantStatus(t, r, report.Completed)
	if r.Total.Updated != 1 || r.Total.Unchanged != everything-1 {
		t.Errorf("%d written and %d unchanged", r.Total.Updated, r.Total.Unchanged)
	}
}

// TestReportsAreKept of each run that may have written, failed ones among them.
func TestReportsAreKept(t *testing.T) {
	t.Parallel()
	w := remembering(t)
	kept := func() int {
		names, err := w.deps.State.List(t.Context(), "runs/")
		w.must(err)
		return len(names) / 2 // each with its page
	}
	w.run(invocation.Request{Action: invocation.Plan})
	if n := kept(); n != 1 {
		t.Errorf("after a run and a plan %d reports are kept", n)
	}
	w.aws.Inject(awssim.Fault{Service: "sts", Times: -1, Effect: awssim.Deny})
	wantStatus(t, w.run(invocation.Request{}), report.Failed)
	if n := kept(); n != 2 {
		t.Errorf("after a run that failed %d reports are kept", n)
	}
}

// TestBlueprintsOfOthers do not make a run write everything.
func TestBlueprintsOfOthers(t *testing.T) {
	t.Parallel()
	w := remembering(t)
	w.must(w.port.PutBlueprint([]byte(`{"identifier":"service","title":"Service","schema":{"properties":{}}}`)))
	if r := w.run(invocation.Request{}); r.Total.Unchanged != everything {
		t.Errorf("%d entities are unchanged, want %d", r.Total.Unchanged, everything)
	}
}
