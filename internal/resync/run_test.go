package resync_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/aws/call"
	"portolan/internal/aws/kind"
	"portolan/internal/diag"
	"portolan/internal/invocation"
	"portolan/internal/report"
	"portolan/internal/resync"
	"portolan/internal/simulator/awssim"
	"portolan/internal/simulator/portsim"
	"portolan/internal/state"
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
		fix   string
	}{
		"a listing is denied":               {cut(inMember("ec2", "DescribeInstances", awssim.Deny)), "denied", "ec2:DescribeInstances"},
		"a service control policy denies":   {cut(inMember("sqs", "*", awssim.DenyByPolicy)), report.Closed, "service control policies"},
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
			before := make(map[string][]string)
			// Something really is gone, so that a delete would be right in itself.
			gone := make(map[string]string)
			for blueprint, kind := range blueprints {
				before[blueprint] = w.identifiers(blueprint)
				gone[blueprint] = w.aws.Resources(management, kind, "us-east-1")[0].ID
				w.aws.Remove(management, kind, "us-east-1", gone[blueprint])
			}
			test.spoil(w)
			r := w.run(invocation.Request{})
			if test.want == report.Closed { // the run can still be completed
				wantStatus(t, r, report.Completed)
			} else {
				wantStatus(t, r, report.Incomplete)
			}
			for blueprint, kind := range blueprints {
				left := w.identifiers(blueprint)
				lost := slices.DeleteFunc(before[blueprint], func(id string) bool { return slices.Contains(left, id) })
				switch {
				case slices.Contains(unread(r), kind) && len(lost) > 0:
					t.Errorf("%s was not read to its end, and %v are deleted", kind, lost)
				case !slices.Contains(unread(r), kind) && (len(lost) != 1 || !strings.HasSuffix(lost[0], gone[blueprint])):
					t.Errorf("%s was read to its end, and %v are deleted, want %s", kind, lost, gone[blueprint])
				}
			}
			gaps, told := r.Gaps, "failed"
			if test.want == report.Closed {
				gaps, told = r.Unavailable, "completed"
			}
			if len(gaps) == 0 || gaps[0].Outcome != test.want || gaps[0].Account != member || !strings.Contains(gaps[0].Fix, test.fix) {
				t.Errorf("gaps %+v, want one of %s in %s that says %q", gaps, test.want, member, test.fix)
			}
			if r.Cells[report.Complete] == 0 {
				t.Error("one bad cell stopped all others")
			}
			if in, _ := w.port.Integration(integration); in.State.Status != told {
				t.Errorf("Port was told %s", in.State.Status)
			}
		})
	}
}

// unread lists the kinds of which some cell was not read, all if an account was not
// entered.
func unread(r *report.Report) []string {
	var kinds []string
	for _, k := range r.Kinds {
		for outcome := range k.Cells {
			if outcome != report.Complete && outcome != "not-offered" {
				kinds = append(kinds, k.Kind)
			}
		}
	}
	return kinds
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
	if len(r.Diagnostics) != 1 || r.Diagnostics[0].Title != "Access denied to Organizations API" || r.Diagnostics[0].Fix == "" {
		t.Errorf("notices %+v", r.Diagnostics)
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
	wantStatus(t, r, report.Incomplete) // for the account that is not there
	if r.Total.Fetched != 3 || len(r.Kinds) != 1 || w.total() != before {
		t.Errorf("fetched %d of %d kinds, and Port holds %d of %d", r.Total.Fetched, len(r.Kinds), w.total(), before)
	}
	if len(r.Diagnostics) != 1 || !strings.Contains(r.Diagnostics[0].Title, "333333333333") {
		t.Errorf("notices %+v do not name the account that is not there", r.Diagnostics)
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
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
	defer cancel()
	r, err := resync.Run(ctx, w.deps, invocation.Request{})
	if err != nil {
		t.Fatal(err)
	}
	wantStatus(t, r, report.Incomplete)
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
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
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

// TestLimitsOfOne shows that no call holds a place that it needs itself, and that
// each is counted once.
func TestLimitsOfOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t, estate(), func(d *resync.Deps) {
		d.Limits = resync.Limits{
			Limits: call.Limits{Calls: 1, AccountCalls: 1, ServiceCalls: 1}, Entering: 1, Cells: 3, Documents: 1000, Uploads: 1,
		}
	})
	r := w.run(invocation.Request{})
	wantStatus(t, r, report.Completed)
	counted, made := 0, 0
	for _, calls := range r.AWS {
		counted += calls.Calls + calls.Retries
	}
	for _, tally := range w.aws.Tallies() {
		made += tally.Calls
	}
	if counted != made {
		t.Errorf("the report counts %d calls, AWS saw %d", counted, made)
	}
}

func TestMappingFaultsHoldTheirBlueprint(t *testing.T) {
	t.Parallel()
	w := newWorld(t, estate())
	wantStatus(t, w.run(invocation.Request{}), report.Completed)
	for _, kind := range []string{awssim.Queue, awssim.Cluster} {
		gone := w.aws.Resources(member, kind, "eu-west-1")[0]
		w.aws.Remove(member, kind, "eu-west-1", gone.ID)
	}
	in, _ := w.port.Integration(integration)
	// From now on the selector of the queues fails for one of them.
	config := strings.Replace(string(in.Config), `"selector":{"includeActions":["ListQueueTagsAction"],"query":"true"}`,
		`"selector":{"query":"if .Properties.QueueName == \"`+w.aws.Resources(member, awssim.Queue, "eu-west-1")[0].ID+`\" then null else true end"}`, 1)
	if config == string(in.Config) {
		t.Fatalf("the mapping has another form: %s", config)
	}
	if err := w.port.SetConfig(integration, []byte(config)); err != nil {
		t.Fatal(err)
	}
	r := w.run(invocation.Request{})
	wantStatus(t, r, report.Incomplete)
	if len(w.identifiers("ecsCluster")) != 2*perAccount-1 || len(w.identifiers("sqsQueue")) != 2*perAccount {
		t.Errorf("Port holds %d clusters and %d queues; deletes %+v", len(w.identifiers("ecsCluster")), len(w.identifiers("sqsQueue")), r.Deletes)
	}
	if len(r.Mapping) == 0 || len(r.Deletes.Withheld) == 0 {
		t.Errorf("mapping %+v, withheld %+v", r.Mapping, r.Deletes.Withheld)
	}
}

func TestMappingThatLostAResource(t *testing.T) {
	t.Parallel()
	w := newWorld(t, estate())
	wantStatus(t, w.run(invocation.Request{}), report.Completed)
	in, _ := w.port.Integration(integration)
	config := strings.Replace(string(in.Config), `"AWS::SQS::Queue"`, `"AWS::SQS::Kueue"`, 1)
	if err := w.port.SetConfig(integration, []byte(config)); err != nil {
		t.Fatal(err)
	}
	r := w.run(invocation.Request{})
	wantStatus(t, r, report.Incomplete)
	if got := len(w.identifiers("sqsQueue")); got != 2*perAccount {
		t.Errorf("Port holds %d queues, want all %d: their resource is misspelt, not removed", got, 2*perAccount)
	}
	if len(r.Mapping) == 0 || r.Mapping[0].Kind() != "AWS::SQS::Kueue" {
		t.Errorf("the report does not name the unknown kind: %+v", r.Mapping)
	}
}

func TestKindRemovedFromTheMappingIsDeleted(t *testing.T) {
	t.Parallel()
	w := remembering(t)
	if err := w.port.SetConfig(integration, []byte(`{"resources":[
		{"kind":"AWS::Account::Info","selector":{"query":"true"},
		"port":{"entity":{"mappings":{"identifier":".Properties.Id","blueprint":"\"awsAccount\""}}}},
		{"kind":"AWS::S3::Bucket","selector":{"query":"true"},
		"port":{"entity":{"mappings":{"identifier":".Properties.Arn","blueprint":"\"s3Bucket\""}}}}],"entityDeletionThreshold":1}`)); err != nil {
		t.Fatal(err)
	}
	r := w.run(invocation.Request{})
	wantStatus(t, r, report.Completed)
	if got := len(w.identifiers("sqsQueue")); got != 0 {
		t.Errorf("Port still holds %d queues", got)
	}
	if got := len(w.identifiers("s3Bucket")); got != 2*perAccount {
		t.Errorf("Port holds %d buckets, want %d", got, 2*perAccount)
	}
}

func TestThresholdWithholdsAndIsLifted(t *testing.T) {
	t.Parallel()
	w := remembering(t)
	before := w.total()
	const none = `{"resources":[],"entityDeletionThreshold":%s}`
	if err := w.port.SetConfig(integration, fmt.Appendf(nil, none, "0.9")); err != nil {
		t.Fatal(err)
	}
	r := w.run(invocation.Request{})
	if w.total() != before || len(r.Deletes.Withheld) != 1 || !strings.Contains(r.Deletes.Withheld[0].Cause, "allowMassDelete") {
		t.Errorf("Port holds %d of %d entities; %+v", w.total(), before, r.Deletes)
	}
	w.run(invocation.Request{AllowMassDelete: true})
	if w.total() != 0 {
		t.Errorf("Port holds %d entities after a delete that was allowed", w.total())
	}
}

func TestEntitiesThatPortRefusesAreReported(t *testing.T) {
	t.Parallel()
	w := newWorld(t, estate())
	w.port.Inject(portsim.Fault{
		Route: "/v1/blueprints/{blueprint}/entities/bulk", Blueprint: "sqsQueue", Times: -1,
		FailIndexes: []int{1}, FailStatus: 422, FailCode: "invalid_entity", FailMessage: "not as it should be",
	})
	r := w.run(invocation.Request{})
	wantStatus(t, r, report.Incomplete)
	if r.Total.Failed != 1 || len(r.Entities) != 1 || r.Entities[0].Blueprint != "sqsQueue" || !strings.Contains(r.Entities[0].Cause, "not as it should be") {
		t.Errorf("failed %d, entities %+v", r.Total.Failed, r.Entities)
	}
	if got := len(w.identifiers("sqsQueue")); got != 2*perAccount-1 {
		t.Errorf("Port holds %d queues, want all but one", got)
	}
}

func TestServiceThatARegionDoesNotHave(t *testing.T) {
	t.Parallel()
	e := estate()
	e.NotOffered = []awssim.Offering{{Service: "ecs", Region: "eu-west-1"}}
	w := newWorld(t, e, quickRetries, func(d *resync.Deps) { d.Offered = nil })
	r := w.run(invocation.Request{})
	wantStatus(t, r, report.Completed)
	if r.Cells[report.NotAnswering] != 2 || len(r.Unavailable) != 2 || len(r.Gaps) != 0 {
		t.Errorf("cells %v, unavailable %+v, want 2 that do not answer: nobody says that the service is not offered", r.Cells, r.Unavailable)
	}
}

// TestNameThatStopsToResolve has a service that was read, and then its name no longer
// resolves: because of a private zone, a filtering resolver, or another sort of endpoint.
func TestNameThatStopsToResolve(t *testing.T) {
	t.Parallel()
	for name, remembers := range map[string]bool{"with a state": true, "without": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := estate()
			w := newWorld(t, e, quickRetries, func(d *resync.Deps) {
				if remembers {
					d.State = state.NewMemory()
				}
			})
			wantStatus(t, w.run(invocation.Request{}), report.Completed)
			held := w.identifiers("ecsCluster")
			w.transport = func(inner http.RoundTripper) http.RoundTripper {
				return tripper(func(r *http.Request) (*http.Response, error) {
					if strings.HasPrefix(r.Header.Get("X-Amz-Target"), "AmazonEC2ContainerService") && strings.Contains(r.Header.Get("Authorization"), "/eu-west-1/") {
						return nil, &net.DNSError{Err: "no such host", Name: "ecs.eu-west-1.amazonaws.com", IsNotFound: true}
					}
					return inner.RoundTrip(r)
				})
			}
			r := w.run(invocation.Request{})
			wantStatus(t, r, report.Incomplete)
			if r.Cells["unreachable"] != 2 || r.Cells[report.NotAnswering] != 0 {
				t.Errorf("cells %v, want 2 that are unreachable", r.Cells)
			}
			if diff := cmp.Diff(held, w.identifiers("ecsCluster")); diff != "" {
				t.Errorf("clusters (-before +after):\n%s", diff)
			}
		})
	}
}

// TestEntitiesThatWaitForOthers takes away what makes missing targets: an entity
// that comes before the account that it points at is refused, and sent again later.
func TestEntitiesThatWaitForOthers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, estate())
	w.run(invocation.Request{Kinds: []string{"AWS::Organizations::Account"}}) // installs blueprints and mapping
	in, _ := w.port.Integration(integration)
	config := strings.Replace(string(in.Config), `"createMissingRelatedEntities":true`, `"createMissingRelatedEntities":false`, 1)
	if err := w.port.SetConfig(integration, []byte(config)); err != nil {
		t.Fatal(err)
	}
	const bulk = "/v1/blueprints/{blueprint}/entities/bulk"
	// The accounts are refused at first, as if they came last.
	w.port.Inject(portsim.Fault{
		Route: bulk, Blueprint: "awsAccount", FailIndexes: []int{0, 1}, FailStatus: 503, FailCode: "unavailable", FailMessage: "later",
	})
	r := w.run(invocation.Request{})
	wantStatus(t, r, report.Completed)
	if want := 6*2*perAccount + 4; w.total() != want || r.Total.Failed != 0 {
		t.Errorf("Port holds %d entities and %d failed, want %d and none", w.total(), r.Total.Failed, want)
	}
}

func TestOrganizationsNotInUseReadsTheOneAccount(t *testing.T) {
	t.Parallel()
	e := estate()
	e.Organization, e.Accounts = nil, e.Accounts[:1]
	e.Accounts[0].Management = false
	w := newWorld(t, e)
	r := w.run(invocation.Request{})
	wantStatus(t, r, report.Completed)
	if len(r.Accounts) != 1 || len(r.Diagnostics) == 0 {
		t.Errorf("accounts %+v, notices %+v", r.Accounts, r.Diagnostics)
	}
	gone := w.aws.Resources(management, awssim.Queue, "eu-west-1")[0]
	w.aws.Remove(management, awssim.Queue, "eu-west-1", gone.ID)
	// There may have been an Organization, and its other accounts can no longer be listed.
	if r = w.run(invocation.Request{}); r.Deletes.Deleted != 0 || len(r.Deletes.Withheld) != 1 || r.Deletes.Withheld[0].Code != diag.KeptAccountsUnknown {
		t.Errorf("deletes %+v, want none: nothing is remembered of where it came from", r.Deletes)
	}
}

func TestNoResourcesDiscovered(t *testing.T) {
	t.Parallel()
	e := estate()
	for i := range e.Accounts {
		e.Accounts[i].Populations = nil
	}
	w := newWorld(t, e)
	r := w.run(invocation.Request{Kinds: []string{"AWS::SQS::Queue"}})
	if len(r.Diagnostics) == 0 || r.Diagnostics[len(r.Diagnostics)-1].Title != "No resources discovered" || r.Diagnostics[len(r.Diagnostics)-1].Fix == "" {
		t.Errorf("notices %+v", r.Diagnostics)
	}
}

func TestRegionsThatSettingsLeaveOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t, estate(), func(d *resync.Deps) { d.Regions = []string{"ap-southeast-7"} })
	r := w.run(invocation.Request{})
	if r.Cells[report.Skipped] == 0 || r.Cells["denied"]+r.Cells["failed"] > 0 {
		t.Errorf("cells %v, want skipped ones", r.Cells)
	}
	if len(r.Gaps) != 2 || !strings.Contains(r.Gaps[0].Cause, "no region in common") {
		t.Errorf("gaps %+v", r.Gaps)
	}
}
