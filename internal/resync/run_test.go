package resync_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"portolan/internal/invocation"
	"portolan/internal/kind"
	"portolan/internal/report"
	"portolan/internal/resync"
	"portolan/internal/simulator/awssim"
	"portolan/internal/simulator/portsim"
)

var blueprints = map[string]string{
	"ec2Instance": awssim.Instance, "s3Bucket": awssim.Bucket, "ecsCluster": awssim.Cluster,
	"lambdaFunction": awssim.Function, "sqsQueue": awssim.Queue, "rdsDbInstance": awssim.DBInstance,
}

func TestFirstRunFillsAnEmptyPort(t *testing.T) {
	t.Parallel()
	w := newWorld(t, estate())
	r := w.run(invocation.Request{Trigger: "manual"})
	wantStatus(t, r, report.Completed)
	for blueprint := range blueprints {
		if got := len(w.identifiers(blueprint)); got != 2*perAccount {
			t.Errorf("Port holds %d of %s, want %d", got, blueprint, 2*perAccount)
		}
	}
	for _, blueprint := range []string{"awsAccount", "organizationsAccount"} {
		if got := w.identifiers(blueprint); strings.Join(got, " ") != management+" "+member {
			t.Errorf("%s holds %v, want the two accounts", blueprint, got)
		}
	}
	if want := 6*2*perAccount + 2 + 2; r.Total.Created+r.Total.Updated != want || r.Total.Fetched != want {
		t.Errorf("wrote %d and fetched %d, want %d", r.Total.Created+r.Total.Updated, r.Total.Fetched, want)
	}
	if name := r.Accounts[1].Name; name != "shop" {
		t.Errorf("the report names the member %q", name)
	}
	if r.AWS["EC2"].Calls == 0 || r.AWS["STS"].Calls == 0 {
		t.Errorf("AWS calls %v do not count EC2 and STS", r.AWS)
	}
	in, _ := w.port.Integration(integration)
	if len(in.History) != 2 || in.History[0].Status != "running" || in.State.Status != "completed" || in.State.IntervalMinutes != 60 {
		t.Errorf("Port was told %+v", in.History)
	}
	if got := len(in.Examples["AWS::SQS::Queue"]); got != 5 {
		t.Errorf("Port has %d examples of queues, want 5", got)
	}
}

func TestSecondRunFollowsTheEstate(t *testing.T) {
	t.Parallel()
	w := newWorld(t, estate())
	wantStatus(t, w.run(invocation.Request{}), report.Completed)

	gone := w.aws.Resources(member, awssim.Queue, "eu-west-1")[0]
	if !w.aws.Remove(member, awssim.Queue, "eu-west-1", gone.ID) {
		t.Fatal("the queue was not there")
	}
	if err := w.aws.Put(member, awssim.Resource{Kind: awssim.Queue, Region: "eu-west-1", ID: "brand-new"}); err != nil {
		t.Fatal(err)
	}
	r := w.run(invocation.Request{})
	wantStatus(t, r, report.Completed)
	if r.Deletes.Stale != 1 || r.Deletes.Deleted != 1 || r.Total.Created != 1 {
		t.Errorf("stale %d, deleted %d, created %d, want one of each", r.Deletes.Stale, r.Deletes.Deleted, r.Total.Created)
	}
	queues := strings.Join(w.identifiers("sqsQueue"), " ")
	if strings.Contains(queues, ":"+gone.ID+" ") || !strings.Contains(queues, ":brand-new") {
		t.Errorf("Port holds the queues %s", queues)
	}
}

func TestEntitiesOfOthersStay(t *testing.T) {
	t.Parallel()
	w := newWorld(t, estate())
	wantStatus(t, w.run(invocation.Request{}), report.Completed)
	for id, writer := range map[string]string{
		"by-a-user":              "curl/8.0",
		"by-another-integration": "port-ocean/aws-v3/2.20.11-beta/" + integration + "-2/exporter",
		"by-gitops":              "port-ocean/aws-v3/2.20.11-beta/" + integration + "/gitops",
	} {
		if err := w.port.PutEntity("s3Bucket", fmt.Appendf(nil, `{"identifier":%q,"title":"x"}`, id), writer); err != nil {
			t.Fatal(err)
		}
	}
	r := w.run(invocation.Request{})
	wantStatus(t, r, report.Completed)
	if got := len(w.identifiers("s3Bucket")); got != 2*perAccount+3 || r.Deletes.Stale != 0 {
		t.Errorf("Port holds %d buckets and %d were stale, want %d and none", got, r.Deletes.Stale, 2*perAccount+3)
	}
}

// TestNothingIsDeletedAfterAPartialRead is the promise that matters most: whatever
// keeps a cell from being read to its end, no entity goes, the report says why, and
// the other cells are not touched by it.
func TestNothingIsDeletedAfterAPartialRead(t *testing.T) {
	t.Parallel()
	cut := func(f awssim.Fault) func(*world) {
		f.Times = -1
		return func(w *world) { w.aws.Inject(f) }
	}
	inMember := func(service, operation string, effect awssim.Effect) awssim.Fault {
		return awssim.Fault{Account: member, Region: "eu-west-1", Service: service, Operation: operation, Effect: effect}
	}
	tests := map[string]struct {
		spoil func(*world)
		want  report.Outcome
		mend  string
	}{
		"a listing is denied":               {cut(inMember("ec2", "DescribeInstances", awssim.Deny)), "denied", "ec2:DescribeInstances"},
		"a service control policy denies":   {cut(inMember("sqs", "*", awssim.DenyByPolicy)), "scp-denied", "service control policies"},
		"a listing is throttled for good":   {cut(inMember("ecs", "ListClusters", awssim.Throttle)), "throttled", "quota"},
		"a listing fails":                   {cut(inMember("rds", "DescribeDBInstances", awssim.Fail)), "failed", ""},
		"a follow-up is denied":             {cut(inMember("sqs", "GetQueueAttributes", awssim.Deny)), "denied", "sqs:GetQueueAttributes"},
		"a follow-up is throttled":          {cut(inMember("ecs", "DescribeClusters", awssim.Throttle)), "throttled", ""},
		"a second page is cut":              {cut(inMember("lambda", "ListFunctions", awssim.Cut)), "unreachable", "network"},
		"a body is truncated":               {cut(inMember("lambda", "ListFunctions", awssim.Garble)), "failed", ""},
		"a region does not know the caller": {cut(inMember("ec2", "DescribeInstances", awssim.WrongRegion)), "expired", "credentials"},
		"the account cannot be entered": {func(w *world) {
			if err := w.aws.RemoveRole(member, role); err != nil {
				w.t.Fatal(err)
			}
		}, "denied", role},
		"the regions are not known": {func(w *world) {
			w.aws.Inject(awssim.Fault{Account: member, Operation: "ListRegions", Times: -1, Effect: awssim.Deny},
				awssim.Fault{Account: member, Operation: "DescribeRegions", Times: -1, Effect: awssim.Deny})
		}, "denied", "account:ListRegions"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, estate(), quickRetries)
			wantStatus(t, w.run(invocation.Request{}), report.Completed)
			before := w.total()
			// Something really is gone, so that a delete would be right in itself.
			for _, kind := range awssim.Kinds() {
				gone := w.aws.Resources(management, kind, "us-east-1")[0]
				w.aws.Remove(management, kind, "us-east-1", gone.ID)
			}
			test.spoil(w)
			r := w.run(invocation.Request{})
			wantStatus(t, r, report.Incomplete)
			if w.total() != before || r.Deletes.Deleted != 0 || len(r.Deletes.Withheld) != 1 {
				t.Errorf("Port holds %d entities of %d; deletes %+v", w.total(), before, r.Deletes)
			}
			if len(r.Gaps) == 0 || r.Gaps[0].Outcome != test.want || r.Gaps[0].Account != member || !strings.Contains(r.Gaps[0].Mend, test.mend) {
				t.Errorf("gaps %+v, want one of %s in %s that says %q", r.Gaps, test.want, member, test.mend)
			}
			if r.Cells[report.Complete] == 0 {
				t.Error("one bad cell stopped all others")
			}
			if in, _ := w.port.Integration(integration); in.State.Status != "failed" {
				t.Errorf("Port was told %s", in.State.Status)
			}
		})
	}
}

// total counts all entities in Port.
func (w *world) total() int {
	n := len(w.identifiers("awsAccount")) + len(w.identifiers("organizationsAccount"))
	for blueprint := range blueprints {
		n += len(w.identifiers(blueprint))
	}
	return n
}

func TestTransientFaultsAreRetried(t *testing.T) {
	t.Parallel()
	w := newWorld(t, estate(), quickRetries)
	for _, effect := range []awssim.Effect{awssim.Throttle, awssim.Unavailable, awssim.Cut, awssim.Fail} {
		w.aws.Inject(awssim.Fault{Service: "sqs", First: 2, Times: 1, Effect: effect}, awssim.Fault{Service: "ec2", First: 2, Times: 1, Effect: effect})
	}
	w.aws.Inject(awssim.Fault{Operation: "ListQueues", Effect: awssim.EmptyPage})
	const bulk = "/v1/blueprints/{blueprint}/entities/bulk"
	w.port.Inject(
		portsim.Fault{Route: bulk, Status: 503},
		portsim.Fault{Route: bulk, Status: 429, Header: map[string][]string{"Retry-After": {"0"}}},
		portsim.Fault{Route: bulk, Cut: true},
		portsim.Fault{Route: bulk, ExpireTokens: true},
	)
	r := w.run(invocation.Request{})
	wantStatus(t, r, report.Completed)
	if want := 6*2*perAccount + 4; w.total() != want {
		t.Errorf("Port holds %d entities, want %d", w.total(), want)
	}
	if r.AWS["SQS"].Retries == 0 || r.AWS["SQS"].Throttled == 0 {
		t.Errorf("the report counts no retries: %+v", r.AWS["SQS"])
	}
}

func TestResourceThatVanishesIsNoError(t *testing.T) {
	t.Parallel()
	w := newWorld(t, estate())
	w.aws.Inject(awssim.Fault{Service: "sqs", Operation: "GetQueueAttributes", Times: 2, Effect: awssim.Vanish})
	r := w.run(invocation.Request{})
	wantStatus(t, r, report.Completed)
	if got := len(w.identifiers("sqsQueue")); got != 2*perAccount-2 {
		t.Errorf("Port holds %d queues, want %d", got, 2*perAccount-2)
	}
}

func TestOrganizationsDeniedFallsBackLoudly(t *testing.T) {
	t.Parallel()
	w := newWorld(t, estate())
	wantStatus(t, w.run(invocation.Request{}), report.Completed)
	before := w.total()
	w.aws.Inject(awssim.Fault{Service: "organizations", Times: -1, Effect: awssim.Deny})
	r := w.run(invocation.Request{})
	wantStatus(t, r, report.Incomplete)
	if len(r.Accounts) != 1 || r.Accounts[0].ID != management {
		t.Errorf("accounts %+v, want just the management account", r.Accounts)
	}
	if len(r.Notices) != 1 || r.Notices[0].Title != "Access denied to Organizations API" || r.Notices[0].Mend == "" {
		t.Errorf("notices %+v", r.Notices)
	}
	if w.total() != before {
		t.Errorf("Port holds %d entities, had %d", w.total(), before)
	}
}

func TestFilteredRunReadsOnlyThatAndDeletesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, estate())
	wantStatus(t, w.run(invocation.Request{}), report.Completed)
	before := w.total()
	r := w.run(invocation.Request{Kinds: []string{"AWS::SQS::Queue"}, Accounts: []string{member, "333333333333"}, Regions: []string{"eu-west-1"}})
	wantStatus(t, r, report.Completed)
	if r.Total.Fetched != 3 || len(r.Kinds) != 1 || w.total() != before {
		t.Errorf("fetched %d of %d kinds, and Port holds %d of %d", r.Total.Fetched, len(r.Kinds), w.total(), before)
	}
	if len(r.Notices) != 1 || !strings.Contains(r.Notices[0].Title, "333333333333") {
		t.Errorf("notices %+v do not name the account that is not there", r.Notices)
	}
	if len(r.Deletes.Withheld) != 1 {
		t.Errorf("deletes %+v", r.Deletes)
	}
}

func TestDeadlineEndsTheRunInGoodOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t, estate())
	wantStatus(t, w.run(invocation.Request{}), report.Completed)
	before := w.total()
	w.aws.Inject(awssim.Fault{Account: member, Service: "rds", Times: -1, Effect: awssim.Hang})
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	r, err := resync.Run(ctx, w.deps, invocation.Request{})
	if err != nil {
		t.Fatal(err)
	}
	wantStatus(t, r, report.Incomplete)
	if ctx.Err() != nil {
		t.Error("the run used up its whole time")
	}
	if r.Deletes.Deleted != 0 || w.total() != before {
		t.Errorf("Port holds %d entities of %d", w.total(), before)
	}
	if in, _ := w.port.Integration(integration); in.State.Status != "failed" {
		t.Errorf("Port was told %s", in.State.Status)
	}
}

func TestCellsBeyondTheDeadlineAreNotReached(t *testing.T) {
	t.Parallel()
	w := newWorld(t, estate(), func(d *resync.Deps) { d.Limits.Cells = 1 })
	w.aws.Inject(awssim.Fault{Service: "ec2", Operation: "DescribeInstances", Times: -1, Effect: awssim.Hang})
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	r, err := resync.Run(ctx, w.deps, invocation.Request{})
	if r.Cells[report.NotReached] == 0 {
		t.Errorf("cells %v (%v), want some that were not reached", r.Cells, err)
	}
	all := 0
	for _, n := range r.Cells {
		all += n
	}
	if want := 2*2 + 2*5*len(regions) + 1; all != want {
		t.Errorf("the report accounts for %d cells, want %d: %v", all, want, r.Cells)
	}
}

func TestCancelledRunIsAborted(t *testing.T) {
	t.Parallel()
	w := newWorld(t, estate())
	w.aws.Inject(awssim.Fault{Service: "rds", Times: -1, Effect: awssim.Hang})
	ctx, cancel := context.WithCancel(t.Context())
	w.deps.Progress = &resync.Progress{}
	done := make(chan *report.Report)
	go func() {
		r, _ := resync.Run(ctx, w.deps, invocation.Request{})
		done <- r
	}()
	for w.deps.Progress.Resources.Load() == 0 {
		select {
		case r := <-done:
			t.Fatalf("the run ended: %+v", r)
		case <-time.After(time.Millisecond):
		}
	}
	cancel()
	wantStatus(t, <-done, report.Aborted)
	if in, _ := w.port.Integration(integration); in.State.Status != "aborted" {
		t.Errorf("Port was told %s", in.State.Status)
	}
}

func TestNothingCanBeDone(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		spoil func(*world)
		want  string
	}{
		"Port refuses the credentials": {func(w *world) { w.port.SetCredentials("client", "another") }, "client"},
		"no account can be entered": {func(w *world) {
			for _, a := range []string{management, member} {
				if err := w.aws.RemoveRole(a, role); err != nil {
					w.t.Fatal(err)
				}
			}
		}, "Unable to assume role"},
		"the mapping is no mapping": {func(w *world) {
			w.run(invocation.Request{Kinds: []string{kind.Regional.String()}})
			if err := w.port.SetConfig(integration, []byte(`{"resources":7}`)); err != nil {
				w.t.Fatal(err)
			}
		}, "resources"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, estate())
			test.spoil(w)
			r, err := resync.Run(t.Context(), w.deps, invocation.Request{})
			wantStatus(t, r, report.Failed)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v does not say %q", err, test.want)
			}
			if errors.Is(err, context.Canceled) {
				t.Errorf("error %v", err)
			}
		})
	}
}
