package resync_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/smithy-go/middleware"

	"portolan/internal/aws/account"
	"portolan/internal/invocation"
	"portolan/internal/report"
	"portolan/internal/resync"
	"portolan/internal/resync/snapshot"
	"portolan/internal/simulator/awssim"
	"portolan/internal/simulator/portsim"
	"portolan/internal/state"
)

// openBuckets begins the default mapping's selector of buckets.
const openBuckets = `"kind":"AWS::S3::Bucket","selector":{`

// TestRegionsThatTheMappingDenies has the mapping read buckets through one region, and
// a request ask for the other: nothing is known of buckets then.
func TestRegionsThatTheMappingDenies(t *testing.T) {
	t.Parallel()
	d := defaultsOf(t, few)
	d.Config = bytes.Replace(d.Config, []byte(openBuckets+`"query":"true"`), []byte(openBuckets+`"query":"true","regionPolicy":{"allow":["eu-west-1"]}`), 1)
	if !strings.Contains(string(d.Config), "regionPolicy") {
		t.Fatalf("the mapping is not changed: %s", d.Config)
	}
	store := state.NewMemory()
	w := newWorldOf(t, d, estate(), quickRetries, func(d *resync.Deps) { d.State, d.Rewrite = store, 7*24*time.Hour })
	wantStatus(t, w.run(invocation.Request{}), report.Completed)
	before := w.identifiers("s3Bucket")
	r := w.run(invocation.Request{Regions: []string{"us-east-1"}})
	if after := w.identifiers("s3Bucket"); !slices.Equal(before, after) {
		t.Errorf("%d of %d buckets are left; deletes %+v", len(after), len(before), r.Deletes)
	}
}

// TestGlobalKindWithoutAPlace lets the mapping allow one region for buckets, which the
// account then disables: buckets are not read, so nothing is deleted.
func TestGlobalKindWithoutAPlace(t *testing.T) {
	t.Parallel()
	for name, store := range map[string]state.Store{"with a state": state.NewMemory(), "without": nil} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := defaultsOf(t, few)
			d.Config = bytes.Replace(d.Config, []byte(openBuckets+`"query":"true"`),
				[]byte(openBuckets+`"query":"true","regionPolicy":{"allow":["eu-west-1"]}`), 1)
			w := newWorldOf(t, d, estate(), quickRetries, func(d *resync.Deps) { d.State = store })
			wantStatus(t, w.run(invocation.Request{}), report.Completed)
			before := w.identifiers("s3Bucket")
			w.must(w.aws.SetRegion(member, "eu-west-1", "DISABLED"))
			r := w.run(invocation.Request{AllowMassDelete: true})
			if after := w.identifiers("s3Bucket"); len(before) == 0 || !slices.Equal(before, after) {
				t.Errorf("%d of %d buckets are left; deletes %+v", len(after), len(before), r.Deletes)
			}
			if !slices.ContainsFunc(r.Gaps, func(g report.Gap) bool {
				return g.Outcome == report.Skipped && slices.Equal(g.Kinds, []string{awssim.Bucket})
			}) {
				t.Errorf("the report does not say that nobody looked: %+v", r.Gaps)
			}
		})
	}
}

// TestAccountWithoutAPlace has the settings leave one region, which the account has switched
// off: nobody looks for its buckets, and so none goes.
func TestAccountWithoutAPlace(t *testing.T) {
	t.Parallel()
	for name, store := range map[string]state.Store{"with a state": state.NewMemory(), "without": nil} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, estate(), quickRetries, func(d *resync.Deps) { d.State = store })
			wantStatus(t, w.run(invocation.Request{}), report.Completed)
			before := w.identifiers("s3Bucket")
			w.must(w.aws.SetRegion(member, "eu-west-1", "DISABLED"))
			w.deps.Regions = []string{"eu-west-1"}
			r := w.run(invocation.Request{AllowMassDelete: true})
			if after := w.identifiers("s3Bucket"); len(before) == 0 || !slices.Equal(before, after) {
				t.Errorf("%d of %d buckets are left; deletes %+v", len(after), len(before), r.Deletes)
			}
		})
	}
}

// TestOrganizationThatNobodyCanRead expects a gap, even if there is nothing else to read.
func TestOrganizationThatNobodyCanRead(t *testing.T) {
	t.Parallel()
	w := newWorldOf(t, defaultsOf(t, []string{"AWS::Organizations::Account"}), estate(), quickRetries)
	inner := w.deps.Directory
	w.deps.Directory = func(ctx context.Context, run string, options func(*middleware.Stack) error) (resync.Directory, error) {
		d, err := inner(ctx, run, options)
		return lockedDirectory{d}, err
	}
	r := w.run(invocation.Request{})
	if r.Status != report.Failed || !strings.Contains(r.Reason, "may read the Organization") {
		t.Errorf("%s: %s; gaps %+v", r.Status, r.Reason, r.Gaps)
	}
}

// lockedDirectory refuses to enter any account.
type lockedDirectory struct{ resync.Directory }

func (lockedDirectory) Enter(context.Context, account.Account) (*account.Session, error) {
	return nil, errors.New("it is locked")
}

// TestSnapshotsForget entities that somebody else has taken over or deleted, once their
// resource is gone.
func TestSnapshotsForget(t *testing.T) {
	t.Parallel()
	w := remembering(t)
	q := w.queue(member, "eu-west-1")
	known := func() bool {
		left, err := snapshot.NewSet(w.deps.State, nil).Load(t.Context(), member)
		w.must(err)
		_, found := left.Find("sqsQueue", arn(member, q))
		return found
	}
	if !known() {
		t.Fatal("the snapshot does not know the queue")
	}
	w.put("sqsQueue", arn(member, q), "curl/8.0")
	w.aws.Remove(member, awssim.Queue, q.Region, q.ID)
	w.aws.Inject(awssim.Fault{Account: member, Region: q.Region, Service: "sqs", Times: -1, Effect: awssim.Deny})
	w.run(invocation.Request{})
	if !known() {
		t.Error("the snapshot forgot a queue whose cell was not read")
	}
	w.aws.ClearFaults()
	wantStatus(t, w.run(invocation.Request{}), report.Completed)
	if known() {
		t.Error("the snapshot still has the queue")
	}
	if _, there := w.port.Entity("sqsQueue", arn(member, q)); !there {
		t.Error("the entity of another was deleted")
	}
}

// TestPlanThatPortRefuses says so.
func TestPlanThatPortRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t, estate(), quickRetries)
	w.port.Inject(portsim.Fault{Route: "/v1/entities/search", Times: -1, Status: http.StatusForbidden})
	r := w.run(invocation.Request{Action: invocation.Plan})
	if r.Status == report.Completed || !strings.Contains(r.Reason, "403") {
		t.Errorf("%s: %s; gaps %+v; entities %+v", r.Status, r.Reason, r.Gaps, r.Entities)
	}
}
