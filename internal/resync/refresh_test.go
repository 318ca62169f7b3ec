package resync_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"portolan/internal/diag"
	"portolan/internal/invocation"
	"portolan/internal/report"
	"portolan/internal/resync"
	"portolan/internal/resync/cell"
	"portolan/internal/simulator/awssim"
	"portolan/internal/state"

	"github.com/google/go-cmp/cmp"
)

const bucketRegion = "" // buckets are read once in an account

func touch(account, region, kind string) resync.Touched {
	return resync.Touched{Cell: cell.Name{Account: cell.Account(account), Region: cell.Region(region), Kind: cell.Kind(kind)}, At: time.Now()}
}

// refresh looks at touched cells a minute after the run before.
func (w *world) refresh(r *resync.Refresher, touched ...resync.Touched) (resync.Refreshed, error) {
	w.t.Helper()
	w.later.Add(int64(time.Minute))
	w.aws.ForgetCalls()
	w.port.ForgetRequests()
	return r.Refresh(w.t.Context(), w.deps, touched)
}

// looked is refresh, and fails unless each cell ended so.
func (w *world) looked(want resync.Looked, touched ...resync.Touched) resync.Refreshed {
	w.t.Helper()
	out, err := w.refresh(&resync.Refresher{}, touched...)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, t := range touched {
		if got := out.Looks[t.Cell]; got.Outcome != want {
			w.t.Errorf("%v: %+v, want %s", t.Cell, got, want)
		}
	}
	return out
}

// alterQueue changes the first queue of a place.
func (w *world) alterQueue(account, region, value string) (identifier string) {
	w.t.Helper()
	q := w.queue(account, region)
	q.Attributes = map[string]any{"VisibilityTimeout": value}
	w.must(w.aws.Put(account, q))
	return arn(account, q)
}

func (w *world) timeoutOf(identifier string) any {
	e, _ := w.port.Entity("sqsQueue", identifier)
	return e.Properties["visibilityTimeout"]
}

// removeQueue removes the first queue of a place.
func (w *world) removeQueue(account, region string) (identifier string) {
	w.t.Helper()
	q := w.queue(account, region)
	if !w.aws.Remove(account, awssim.Queue, region, q.ID) {
		w.t.Fatalf("there is no queue %s", q.ID)
	}
	return arn(account, q)
}

func (w *world) has(blueprint, identifier string) bool {
	_, ok := w.port.Entity(blueprint, identifier)
	return ok
}

func (w *world) putQueue(account, region, name string) {
	w.t.Helper()
	q := w.queue(account, region)
	q.ID = name
	w.must(w.aws.Put(account, q))
}

func TestRefreshReadsOnlyWhatWasTouched(t *testing.T) {
	t.Parallel()
	w := remembering(t)
	changed, elsewhere := w.alterQueue(member, "eu-west-1", "77"), w.alterQueue(member, "us-east-1", "78")
	w.putQueue(member, "eu-west-1", "novel")
	gone, stays := w.removeQueue(management, "eu-west-1"), w.removeQueue(management, "us-east-1")
	before := w.timeoutOf(elsewhere)
	out := w.looked(resync.Seen, touch(member, "eu-west-1", awssim.Queue), touch(management, "eu-west-1", awssim.Queue))
	total := out.Report.Total
	if out.Report.Status != report.Completed || total.Created != 1 || total.Updated != 1 || total.Deleted != 1 || out.Report.Trigger != invocation.Event {
		t.Errorf("%s (%s): %+v", out.Report.Status, out.Report.Reason, total)
	}
	if fmt.Sprint(w.timeoutOf(changed)) != "77" || w.timeoutOf(elsewhere) != before {
		t.Errorf("the changed queue has %v, the one elsewhere %v", w.timeoutOf(changed), w.timeoutOf(elsewhere))
	}
	if w.has("sqsQueue", gone) || !w.has("sqsQueue", stays) {
		t.Errorf("the queue that is gone is there: %t; the one elsewhere: %t", w.has("sqsQueue", gone), w.has("sqsQueue", stays))
	}
	for _, call := range w.aws.Calls() {
		if call.Service != "sqs" && call.Service != "sts" && call.Service != "account" && call.Service != "organizations" {
			t.Errorf("%s:%s was called", call.Service, call.Operation)
		}
	}
	for _, r := range w.port.Requests() {
		if r.Method == "PATCH" || strings.Contains(r.Path, "resync") || strings.Contains(r.Path, "sync-metrics") {
			t.Errorf("Port was told: %s %s", r.Method, r.Path)
		}
	}
	r := w.run(invocation.Request{})
	wantStatus(t, r, report.Completed)
	if w.has("sqsQueue", stays) || r.Total.Deleted != 1 || r.Total.Updated+r.Total.Created > 3 {
		t.Errorf("the full run: %+v", r.Total)
	}
	if again := w.run(invocation.Request{}); again.Total.Unchanged != again.Total.Fetched {
		t.Errorf("the run after it: %+v", again.Total)
	}
}

// TestRefreshCosts holds what a narrow run of one small cell costs when the accounts are known.
func TestRefreshCosts(t *testing.T) {
	t.Parallel()
	w := remembering(t)
	r := &resync.Refresher{}
	if _, err := w.refresh(r, touch(member, "eu-west-1", awssim.Queue)); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		change    func()
		aws, port int
	}{
		"nothing changed":    {func() {}, 12, 3},
		"one changed":        {func() { w.alterQueue(member, "eu-west-1", "99") }, 12, 5},
		"one vanished":       {func() { w.removeQueue(member, "eu-west-1") }, 12, 8},
		"both, and one came": {func() { w.alterQueue(member, "eu-west-1", "98"); w.putQueue(member, "eu-west-1", "novel") }, 12, 8},
	} {
		test.change()
		if _, err := w.refresh(r, touch(member, "eu-west-1", awssim.Queue)); err != nil {
			t.Fatal(err)
		}
		calls, asked := w.aws.Calls(), w.port.Requests()
		if len(calls) > test.aws || len(asked) > test.port {
			t.Errorf("%s: %d calls to AWS, want at most %d; %d to Port, want at most %d", name, len(calls), test.aws, len(asked), test.port)
			for _, c := range calls {
				t.Logf("%s:%s", c.Service, c.Operation)
			}
			for _, q := range asked {
				t.Logf("%s %s", q.Method, q.Path)
			}
		}
	}
}

func TestRefreshOfWhatIsReadOnce(t *testing.T) {
	t.Parallel()
	w := remembering(t)
	bucket := w.aws.Resources(member, awssim.Bucket, "eu-west-1")[0]
	w.aws.Remove(member, awssim.Bucket, "eu-west-1", bucket.ID)
	out := w.looked(resync.Seen, touch(member, bucketRegion, awssim.Bucket), touch("", "", "AWS::Organizations::Account"))
	if out.Report.Total.Deleted != 1 {
		t.Errorf("%+v", out.Report.Total)
	}
	if ids := w.identifiers("s3Bucket"); slices.ContainsFunc(ids, func(id string) bool { return strings.HasSuffix(id, bucket.ID) }) {
		t.Errorf("the bucket %s is still there: %v", bucket.ID, ids)
	}
}

// TestRefreshDeletesNothingWithoutProof has queues vanish, and something keep the narrow run from
// knowing that.
func TestRefreshDeletesNothingWithoutProof(t *testing.T) {
	t.Parallel()
	queues := touch(member, "eu-west-1", awssim.Queue)
	for name, test := range map[string]struct {
		change  func(*world)
		want    resync.Looked
		touched resync.Touched
	}{
		"denied":              {func(w *world) { w.aws.Inject(awssim.Fault{Service: "sqs", Effect: awssim.Deny, Times: -1}) }, resync.Unseen, queues},
		"account not entered": {func(w *world) { w.must(w.aws.RemoveRole(member, role)) }, resync.Unseen, queues},
		"other cells":         {func(*world) {}, resync.Seen, touch(member, "us-east-1", awssim.Queue)},
		"another account":     {func(*world) {}, resync.Left, touch("999999999999", "eu-west-1", awssim.Queue)},
		"another kind":        {func(*world) {}, resync.Left, touch(member, "eu-west-1", "AWS::Nothing::Known")},
		"a region left out":   {func(*world) {}, resync.Left, touch(member, "eu-central-1", awssim.Queue)},
		"kind not mapped": {func(w *world) {
			in, _ := w.port.Integration(integration)
			w.must(w.port.SetConfig(integration, []byte(strings.ReplaceAll(string(in.Config), awssim.Queue, "AWS::SNS::Topic"))))
		}, resync.Left, queues},
		"without a state":                         {func(w *world) { w.deps.State = nil }, resync.Seen, queues},
		"an empty state":                          {func(w *world) { w.deps.State = state.NewMemory() }, resync.Seen, queues},
		"its snapshot is lost":                    {func(w *world) { w.lose("snapshots/" + member) }, resync.Seen, queues},
		"the snapshot of another account is lost": {func(w *world) { w.lose("snapshots/" + management) }, resync.Seen, queues},
		"a run died":                              {func(w *world) { w.dies(arn(management, w.queue(management, "us-east-1"))) }, resync.Seen, queues},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := remembering(t)
			gone := w.removeQueue(member, "eu-west-1")
			before := w.total()
			test.change(w)
			test.touched.At = time.Now()
			out := w.looked(test.want, test.touched)
			survives := name != "a run died" // what a dead run wrote is not believed, and proves no less
			if w.has("sqsQueue", gone) != survives && survives || survives && w.total() != before {
				t.Errorf("there are %d entities of %d; the queue is there: %t", w.total(), before, w.has("sqsQueue", gone))
			}
			if out.Report != nil && out.Report.Total.Deleted > 0 && survives {
				t.Errorf("%+v", out.Report.Total)
			}
			w.aws.ClearFaults()
			if name == "kind not mapped" || name == "account not entered" {
				return
			}
			w.run(invocation.Request{})
			if r := w.run(invocation.Request{}); r.Status != report.Completed {
				t.Errorf("the full run is %s: %s", r.Status, r.Reason)
			}
		})
	}
}

// TestRefreshKeepsWhatIsFromSeveralAccounts has one entity made of the queues of several accounts.
func TestRefreshKeepsWhatIsFromSeveralAccounts(t *testing.T) {
	t.Parallel()
	w := newWorld(t, estate(), quickRetries, func(d *resync.Deps) { d.State = state.NewMemory() })
	wantStatus(t, w.run(invocation.Request{}), report.Completed)
	in, _ := w.port.Integration(integration)
	config := string(in.Config)
	at := strings.Index(config, `"`+awssim.Queue+`"`)
	mapped := strings.Replace(config[at:], `"identifier":".Properties.QueueArn"`, `"identifier":".Properties.QueueArn|split(\":\")|last"`, 1)
	if mapped == config[at:] {
		t.Fatalf("the mapping has no such identifier: %.400s", config[at:])
	}
	w.must(w.port.SetConfig(integration, []byte(config[:at]+mapped)))
	name := w.queue(member, "eu-west-1").ID
	w.putQueue(management, "us-east-1", name)
	wantStatus(t, w.run(invocation.Request{}), report.Completed)
	wantStatus(t, w.run(invocation.Request{}), report.Completed)
	if !w.has("sqsQueue", name) {
		t.Fatalf("Port has %v", w.identifiers("sqsQueue"))
	}
	w.aws.Remove(member, awssim.Queue, "eu-west-1", name)
	w.aws.Remove(member, awssim.Queue, "us-east-1", name)
	w.looked(resync.Seen, touch(member, "eu-west-1", awssim.Queue), touch(member, "us-east-1", awssim.Queue))
	if !w.has("sqsQueue", name) {
		t.Errorf("%s went, and the other account still has it", name)
	}
}

func TestRefreshWaits(t *testing.T) {
	t.Parallel()
	w := remembering(t)
	r := &resync.Refresher{Pace: time.Hour}
	queues := touch(member, "eu-west-1", awssim.Queue)
	see := func(want resync.Looked, touched resync.Touched) resync.Refreshed {
		t.Helper()
		out, err := w.refresh(r, touched)
		if err != nil || out.Looks[queues.Cell].Outcome != want {
			t.Fatalf("%+v, %v; want %s", out.Looks, err, want)
		}
		if (out.Report != nil) != (want == resync.Seen) {
			t.Errorf("%s: the report is %+v", want, out.Report)
		}
		return out
	}
	early := queues
	early.At = time.Now().Add(-time.Hour)
	see(resync.Covered, early) // the full run began after it
	see(resync.Seen, queues)
	again := queues
	again.At = time.Now()
	if until := see(resync.Later, again).Looks[queues.Cell].Until; until.Before(time.Now().Add(50*time.Minute)) || until.After(time.Now().Add(time.Hour)) {
		t.Errorf("it may be read again at %v", until)
	}
	if calls := w.aws.Calls(); len(calls) > 0 || len(w.port.Requests()) > 0 {
		t.Errorf("waiting takes %d calls to AWS and %d to Port", len(calls), len(w.port.Requests()))
	}
	r.Pace = 0
	see(resync.Seen, again)
}

// TestRefreshBesideAnotherRun gives way to a run that holds the lease, and does not count as skipped.
func TestRefreshBesideAnotherRun(t *testing.T) {
	t.Parallel()
	w := remembering(t)
	lease, err := state.Acquire(t.Context(), w.deps.State, state.Holder{Run: "other", Started: time.Now()}, time.Minute, time.Now)
	w.must(err)
	var held *state.HeldError
	for range 3 {
		if out, err := w.refresh(&resync.Refresher{}, touch(member, "eu-west-1", awssim.Queue)); !errors.As(err, &held) || out.Report != nil || len(out.Looks) > 0 {
			t.Fatalf("%+v, %v", out, err)
		}
	}
	if _, _, err := w.deps.State.Get(t.Context(), "skipped.json"); !errors.Is(err, state.ErrNotFound) {
		t.Errorf("they are counted as skipped: %v", err)
	}
	w.must(lease.Release(t.Context()))
}

func TestRefreshBeforeTheFirstRun(t *testing.T) {
	t.Parallel()
	w := newWorld(t, estate(), func(d *resync.Deps) { d.State = state.NewMemory() })
	out, err := w.refresh(&resync.Refresher{}, touch(member, "eu-west-1", awssim.Queue))
	if err == nil || !strings.Contains(err.Error(), "a full run has to come first") || len(out.Looks) > 0 {
		t.Errorf("%+v, %v", out, err)
	}
	for _, r := range w.port.Requests() {
		if r.Method != "GET" && !strings.Contains(r.Path, "auth") {
			t.Errorf("%s %s", r.Method, r.Path)
		}
	}
}

// TestRefreshCountsNoAbsences leaves it to the full runs to count in how many an entity was absent.
func TestRefreshCountsNoAbsences(t *testing.T) {
	t.Parallel()
	w := remembering(t, func(d *resync.Deps) { d.Deletes.After = 2 })
	gone := w.removeQueue(member, "eu-west-1")
	for range 3 {
		w.looked(resync.Seen, touch(member, "eu-west-1", awssim.Queue))
	}
	if !w.has("sqsQueue", gone) {
		t.Fatal("it went before two full runs had missed it")
	}
	wantWithheld := w.run(invocation.Request{}).Deletes.Withheld
	if !slices.ContainsFunc(wantWithheld, func(h report.Withheld) bool { return h.Code == diag.KeptGrace }) {
		t.Errorf("%+v", wantWithheld)
	}
	w.looked(resync.Seen, touch(member, "eu-west-1", awssim.Queue))
	if w.has("sqsQueue", gone) {
		t.Error("it is still there")
	}
}

// TestEventsKeepPortEqual changes AWS again and again, and reads only the cells that changed: Port is
// as AWS is after each window, without a full run.
func TestEventsKeepPortEqual(t *testing.T) {
	t.Parallel()
	for seed := range uint64(6) {
		l := newLife(t, seed, nil)
		wantStatus(t, l.run(invocation.Request{AllowMassDelete: true}), report.Completed)
		for window := range 5 {
			for range 1 + l.among(6) {
				if account, kind, region := pickOf(l, l.accounts()), pickOf(l, chaotic[:3]), pickOf(l, regions); l.among(3) == 0 {
					if held := l.aws.Resources(account, kind, region); len(held) > 0 {
						l.aws.Remove(account, kind, region, held[0].ID)
					}
					l.touch(account, region, kind)
				} else {
					l.fresh++
					l.must(l.aws.Put(account, awssim.Resource{Kind: kind, Region: region, ID: fmt.Sprintf("fresh-%d", l.fresh)}))
					l.touch(account, region, kind)
				}
			}
			var touched []resync.Touched
			for _, c := range l.touched {
				touched = append(touched, resync.Touched{Cell: c, At: time.Now()})
			}
			l.touched = nil
			out, err := l.refresh(l.refresher, touched...)
			if err != nil || out.Report.Status != report.Completed {
				t.Fatalf("seed %d, window %d: %v, %+v", seed, window, err, out.Report)
			}
			if diff := cmp.Diff(l.exists(), l.holds()); diff != "" {
				t.Fatalf("seed %d, window %d: Port is not AWS (-AWS +Port):\n%s", seed, window, diff)
			}
		}
		if r := l.run(invocation.Request{}); r.Total.Deleted+r.Total.Created > 0 {
			t.Errorf("seed %d: the full run creates %d and deletes %d", seed, r.Total.Created, r.Total.Deleted)
		}
		if diff := cmp.Diff(l.pristine(), l.bodies()); diff != "" {
			t.Errorf("seed %d: Port holds something else than a new Port would (-new +Port):\n%s", seed, diff)
		}
	}
}

// TestRefreshOfAnEmptiedCell takes the share of what goes of all that is remembered, not of the cell.
func TestRefreshOfAnEmptiedCell(t *testing.T) {
	t.Parallel()
	w := remembering(t)
	var gone []string
	for range perAccount / 2 {
		gone = append(gone, w.removeQueue(member, "eu-west-1"))
	}
	out := w.looked(resync.Seen, touch(member, "eu-west-1", awssim.Queue))
	if out.Report.Total.Deleted != len(gone) || w.has("sqsQueue", gone[0]) {
		t.Errorf("%+v; %+v", out.Report.Total, out.Report.Deletes)
	}
}

// TestRefreshTriesAgainWhatItCouldNotSee takes only what was read to its end for covered.
func TestRefreshTriesAgainWhatItCouldNotSee(t *testing.T) {
	t.Parallel()
	w := remembering(t)
	queues := touch(member, "eu-west-1", awssim.Queue)
	gone := w.removeQueue(member, "eu-west-1")
	w.aws.Inject(awssim.Fault{Service: "sqs", Effect: awssim.Deny, Times: -1})
	w.looked(resync.Unseen, queues)
	w.aws.ClearFaults()
	w.looked(resync.Seen, queues)
	if w.has("sqsQueue", gone) {
		t.Error("it is still there")
	}
}

// TestRefreshBelievesNoOlderSnapshot puts an earlier snapshot back, in which an entity is as AWS has it
// again, and Port does not.
func TestRefreshBelievesNoOlderSnapshot(t *testing.T) {
	t.Parallel()
	w := remembering(t)
	q := w.queue(member, "eu-west-1")
	name := "snapshots/" + member + ".gz"
	older := w.files(name)
	identifier := w.alterQueue(member, "eu-west-1", "77")
	w.looked(resync.Seen, touch(member, "eu-west-1", awssim.Queue))
	w.putBack(older)
	w.must(w.aws.Put(member, q))
	w.looked(resync.Seen, touch(member, "eu-west-1", awssim.Queue))
	if fmt.Sprint(w.timeoutOf(identifier)) == "77" {
		t.Error("Port has what the narrow run wrote, and AWS has not")
	}
}

// TestRefreshWithAnEmptyState leaves nothing there that the first full run would not understand.
func TestRefreshWithAnEmptyState(t *testing.T) {
	t.Parallel()
	w := remembering(t)
	w.deps.State = state.NewMemory()
	w.alterQueue(member, "eu-west-1", "77")
	w.looked(resync.Seen, touch(member, "eu-west-1", awssim.Queue))
	for range 2 {
		r := w.run(invocation.Request{})
		wantStatus(t, r, report.Completed)
		for _, d := range r.Diagnostics {
			if d.Code == diag.StateUnknown {
				t.Errorf("%+v", d)
			}
		}
	}
}
