package resync_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/aws/account"
	"portolan/internal/invocation"
	"portolan/internal/report"
	"portolan/internal/resync"
	"portolan/internal/simulator/awssim"
	"portolan/internal/simulator/portsim"
	"portolan/internal/state"
)

// comesBack is the end of a look of which nothing is known: its message comes back.
const comesBack resync.Looked = ""

// TestRefreshSaysSeenOnlyOfWhatIsInPort walks what can keep a narrow run from carrying out what it found:
// none of it is taken for seen, or for what nobody wants, and the next look puts it right.
func TestRefreshSaysSeenOnlyOfWhatIsInPort(t *testing.T) {
	t.Parallel()
	enough := make(chan struct{})
	close(enough)
	fault := func(f portsim.Fault) func(*world) {
		return func(w *world) { f.Times = -1; w.port.Inject(f) }
	}
	for name, test := range map[string]struct {
		damage func(*world)
		want   resync.Looked
		fails  bool
	}{
		"its time is over":         {damage: func(w *world) { w.deps.Enough = enough }, want: comesBack},
		"Port refuses an entity":   {damage: fault(refused[0]), want: resync.Unseen},
		"Port refuses to delete":   {damage: fault(portsim.Fault{Route: deleted, Status: 403}), want: resync.Unseen},
		"nothing can be looked up": {damage: fault(portsim.Fault{Route: portsim.SearchRoute, Status: 403}), want: comesBack, fails: true},
		"the mapping is not told":  {damage: fault(portsim.Fault{Route: portsim.IntegrationRoute, Status: 403}), want: comesBack, fails: true},
		"the accounts are not all known": {damage: func(w *world) {
			w.deps.Directory = directoryOf(w.deps.Directory, func(l account.Listing, err error) (account.Listing, error) {
				l.Complete, l.Accounts = false, slices.DeleteFunc(slices.Clone(l.Accounts), func(a account.Account) bool { return a.ID == member })
				return l, err
			})
		}, want: resync.Unseen},
		"AWS throttles": {damage: func(w *world) {
			w.aws.Inject(awssim.Fault{Service: "sqs", Effect: awssim.Throttle, Times: -1})
		}, want: resync.Unseen},
		"no account can be entered": {damage: func(w *world) {
			w.aws.Inject(awssim.Fault{Service: "sts", Effect: awssim.Deny, Times: -1})
		}, want: comesBack, fails: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := remembering(t)
			changed := w.alterQueue(member, "eu-west-1", "77")
			w.putQueue(member, "eu-west-1", "novel")
			q := w.aws.Resources(member, awssim.Queue, "eu-west-1")[1]
			gone := arn(member, q)
			w.aws.Remove(member, awssim.Queue, q.Region, q.ID)
			queues, before := touch(member, "eu-west-1", awssim.Queue), w.deps
			test.damage(w)
			out, err := w.refresh(&resync.Refresher{}, queues)
			if look, known := out.Looks[queues.Cell]; look.Outcome != test.want || known != (test.want != comesBack) || (err != nil) != test.fails {
				t.Errorf("%+v, %v; want %q", out.Looks, err, test.want)
			}
			w.deps = before
			w.aws.ClearFaults()
			w.port.ClearFaults()
			w.looked(resync.Seen, queues)
			if fmt.Sprint(w.timeoutOf(changed)) != "77" || w.has("sqsQueue", gone) || len(w.identifiers("sqsQueue")) != 2*perAccount {
				t.Errorf("Port has %v, and %v of the first", w.identifiers("sqsQueue"), w.timeoutOf(changed))
			}
		})
	}
}

// stuck answers no look-up.
type stuck struct{ resync.Port }

func (stuck) Mine(ctx context.Context, _ string, _ []string) ([]string, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

// TestRefreshWhoseTimeIsOverAtTheEnd has read a cell, and could not delete what it did not find: the message
// comes back.
func TestRefreshWhoseTimeIsOverAtTheEnd(t *testing.T) {
	t.Parallel()
	w := remembering(t)
	queues := touch(member, "eu-west-1", awssim.Queue)
	w.removeQueue(member, "eu-west-1")
	w.deps.Port = stuck{w.deps.Port}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	r := &resync.Refresher{}
	if out, err := r.Refresh(ctx, w.deps, []resync.Touched{queues}); err == nil || len(out.Looks) > 0 {
		t.Errorf("%+v, %v", out.Looks, err)
	}
}

// TestRefreshOfForeignCells leaves all cells of accounts that are not the installation's, however many there
// are, and enters none of them.
func TestRefreshOfForeignCells(t *testing.T) {
	t.Parallel()
	w := remembering(t)
	var touched []resync.Touched
	for i := range 50_000 {
		touched = append(touched, touch(fmt.Sprintf("9%011d", i), "eu-west-1", awssim.Queue))
	}
	if out := w.looked(resync.Left, touched...); out.Report.Status != report.Completed || out.Report.Total.Deleted > 0 {
		t.Errorf("%s (%s): %+v", out.Report.Status, out.Report.Reason, out.Report.Total)
	}
	for _, call := range w.aws.Calls() {
		if call.Operation == "AssumeRole" && call.Account != management || call.Service == "sqs" {
			t.Errorf("%s:%s in %s", call.Service, call.Operation, call.Account)
		}
	}
}

// releasing gives a lease back when the lease was read a number of times.
type releasing struct {
	state.Store
	after   int
	release func()
}

func (r *releasing) Get(ctx context.Context, name string) ([]byte, string, error) {
	if name == "lease.json" {
		if r.after--; r.after == 0 {
			r.release()
		}
	}
	return r.Store.Get(ctx, name)
}

// TestRunsWaitForARunOfSingleCells wants a run, of whatever is about, to wait until a run of single cells
// gives the lease back, and to give way at once to any other.
func TestRunsWaitForARunOfSingleCells(t *testing.T) {
	t.Parallel()
	for _, brief := range []bool{true, false} {
		t.Run(fmt.Sprintf("brief=%t", brief), func(t *testing.T) {
			t.Parallel()
			w := remembering(t)
			plain := w.deps.State
			occupy := func() {
				lease, err := state.Acquire(t.Context(), plain, state.Holder{Run: "other", Started: time.Now(), Brief: brief}, time.Minute, time.Now)
				w.must(err)
				release := func() { w.must(lease.Release(t.Context())) }
				if w.deps.State = plain; brief {
					w.deps.State = &releasing{plain, 3, release}
				}
			}
			occupy()
			out, err := w.refresh(&resync.Refresher{}, touch(member, "eu-west-1", awssim.Queue))
			if seen := out.Report != nil && out.Report.Status == report.Completed; seen != brief || errors.As(err, new(*state.HeldError)) == brief {
				t.Errorf("a run of single cells: %+v, %v", out, err)
			}
			if brief {
				occupy()
			}
			want := map[bool]report.Status{true: report.Completed, false: report.Yielded}[brief]
			if r := w.run(invocation.Request{}); r.Status != want {
				t.Errorf("a full run is %s (%s), want %s", r.Status, r.Reason, want)
			}
		})
	}
}

// TestARunDoesNotWaitForEver gives way when a third of its time is over.
func TestARunDoesNotWaitForEver(t *testing.T) {
	t.Parallel()
	w := remembering(t)
	lease, err := state.Acquire(t.Context(), w.deps.State, state.Holder{Run: "other", Started: time.Now(), Brief: true}, time.Minute, time.Now)
	w.must(err)
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	r, _ := resync.Run(ctx, w.deps, invocation.Request{})
	if r.Status != report.Yielded || ctx.Err() != nil {
		t.Errorf("%s (%s), %v", r.Status, r.Reason, ctx.Err())
	}
	w.must(lease.Release(t.Context()))
}

// TestRefreshWithTagsInBulk has the tagging API lag behind what an event tells of: in a small cell the service
// itself is asked, and nothing goes for what the tagging API does not know.
func TestRefreshWithTagsInBulk(t *testing.T) {
	t.Parallel()
	w := taggedWorld(t, func(d *resync.Deps) { d.State = state.NewMemory() })
	wantStatus(t, w.run(invocation.Request{}), report.Completed)
	arns := map[string]string{
		awssim.Queue: "arn:aws:sqs:%s:%s:%s", awssim.Topic: "arn:aws:sns:%s:%s:%s", awssim.Function: "arn:aws:lambda:%s:%s:function:%s",
	}
	for kind := range arns {
		all := w.aws.Resources(member, kind, "eu-west-1")
		for i, r := range all {
			of := fmt.Sprintf(arns[kind], r.Region, member, r.ID)
			switch i % 4 {
			case 0:
				w.aws.TellTags(of, map[string]string{"team": "former"}) // of what it knew before
				r.Tags = map[string]string{"team": "new"}
				w.must(w.aws.Put(member, r))
			case 1:
				w.aws.TellTags(of, nil)
			case 2:
				w.aws.Remove(member, kind, r.Region, r.ID)
			}
		}
	}
	for kind := range arns {
		w.looked(resync.Seen, touch(member, "eu-west-1", kind))
	}
	other := w.anew() // reads natively
	wantStatus(t, other.run(invocation.Request{}), report.Completed)
	if diff := cmp.Diff(other.catalog(), w.catalog()); diff != "" {
		t.Errorf("Port (-of native calls +after events):\n%s", diff)
	}
}

// TestRefreshThroughCloudControl has a resource vanish whose kind has listings that may end short: it goes
// only if AWS says of it that it does not exist, and nothing goes for a listing that ended short.
func TestRefreshThroughCloudControl(t *testing.T) {
	t.Parallel()
	cut := awssim.Fault{Account: member, Region: eu, Service: "cloudcontrolapi", Operation: "ListResources", Effect: awssim.CutShort, Times: -1}
	said := func(answer func() *http.Response) func(*doubted, string) {
		return func(w *doubted, gone string) {
			w.answer = func(of getCall) *http.Response {
				if of.id == gone {
					return answer()
				}
				return nil
			}
		}
	}
	for name, test := range map[string]struct {
		damage func(*doubted, string)
		want   resync.Looked
	}{
		"AWS confirms it": {func(*doubted, string) {}, resync.Seen},
		"its listing ends short": {func(w *doubted, _ string) {
			w.takeAway(member, logGroup, eu, 0)
			w.aws.Inject(cut)
		}, resync.Unseen},
		"AWS throttles":       {said(func() *http.Response { return failing400("ThrottlingException", "Rate exceeded") }), resync.Unseen},
		"a gateway says it":   {said(func() *http.Response { return saying(404, "text/html", "<html>not found</html>") }), resync.Unseen},
		"nobody may ask":      {said(func() *http.Response { return failing400("AccessDeniedException", "User: x is not authorized") }), resync.Unseen},
		"AWS names another":   {said(func() *http.Response { return failing400("TypeNotFoundException", "The type cannot be found.") }), resync.Unseen},
		"the state is lost":   {func(w *doubted, _ string) { w.deps.State = state.NewMemory() }, resync.Seen},
		"a full run comes in": {func(w *doubted, _ string) { w.resync(func(r *invocation.Request) { r.Kinds = []string{awssim.Queue} }) }, resync.Seen},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newDoubted(t)
			before := w.identifiers("logGroup")
			gone := w.takeAway(member, logGroup, eu, 1)
			touched := touch(member, eu, logGroup)
			test.damage(w, gone)
			out := w.looked(test.want, touched)
			goes := test.want == resync.Seen && name != "the state is lost"
			if w.has("logGroup", gone+"@"+eu) == goes || len(w.identifiers("logGroup")) < len(before)-1 {
				t.Errorf("%d of %d are left, the one that vanished among them: %t; %+v", len(w.identifiers("logGroup")), len(before), !goes, out.Report.Deletes)
			}
			w.aws.ClearFaults()
			w.answer = nil
			if name == "the state is lost" {
				return
			}
			w.looked(resync.Seen, touch(member, eu, logGroup))
			var there []string
			for _, a := range []string{management, member} {
				for _, region := range regions {
					for _, r := range w.aws.Resources(a, logGroup, region) {
						there = append(there, w.aws.Identifier(a, r)+"@"+region)
					}
				}
			}
			slices.Sort(there)
			if diff := cmp.Diff(slices.Compact(there), w.identifiers("logGroup")); diff != "" {
				t.Errorf("Port is not AWS (-AWS +Port):\n%s", diff)
			}
		})
	}
}

// TestRefreshOfAnAccountThatJoined has an account join after the accounts were listed, and be read by a full
// run. A list that is older than the account says nothing about it: nothing goes, and its cells are looked at
// again.
func TestRefreshOfAnAccountThatJoined(t *testing.T) {
	t.Parallel()
	const third = "333333333333"
	w := remembering(t)
	in, _ := w.port.Integration(integration)
	config := string(in.Config)
	at := strings.Index(config, `"`+awssim.Queue+`"`)
	w.must(w.port.SetConfig(integration, []byte(config[:at]+strings.Replace(config[at:],
		`"identifier":".Properties.QueueArn"`, `"identifier":".Properties.QueueArn|split(\":\")|last"`, 1))))
	wantStatus(t, w.run(invocation.Request{}), report.Completed)
	warm := &resync.Refresher{}
	_, err := w.refresh(warm, touch(member, "eu-west-1", awssim.Queue))
	w.must(err)
	name := w.queue(member, "eu-west-1").ID
	joined := w.aws.Accounts()[1]
	joined.ID, joined.Name, joined.Populations = third, "third", nil
	joined.Resources = []awssim.Resource{{Kind: awssim.Queue, Region: "us-east-1", ID: name}}
	w.must(w.aws.AddAccount(joined))
	w.later.Add(int64(time.Minute))
	wantStatus(t, w.run(invocation.Request{}), report.Completed)
	w.later.Add(int64(time.Minute))
	wantStatus(t, w.run(invocation.Request{}), report.Completed)
	for _, region := range []string{"eu-west-1", "us-east-1"} {
		for _, account := range []string{management, member} {
			w.aws.Remove(account, awssim.Queue, region, name)
		}
	}
	of := touch(third, "us-east-1", awssim.Queue)
	out, err := w.refresh(warm, touch(member, "eu-west-1", awssim.Queue), touch(member, "us-east-1", awssim.Queue),
		touch(management, "eu-west-1", awssim.Queue), touch(management, "us-east-1", awssim.Queue), of)
	w.must(err)
	if !w.has("sqsQueue", name) {
		t.Errorf("%s went, and the new account still has it: %+v", name, out.Report.Deletes)
	}
	if got := out.Looks[of.Cell].Outcome; got != resync.Unseen {
		t.Errorf("the cell of the new account is %q", got)
	}
}
