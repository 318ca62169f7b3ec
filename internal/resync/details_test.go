package resync_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/aws/kinds"
	"portolan/internal/invocation"
	"portolan/internal/report"
	"portolan/internal/resync"
	"portolan/internal/simulator/awssim"
	"portolan/internal/state"
)

// operationOf returns the operation of an IAM action that has another name.
var operationOf = map[string]string{
	"s3:GetEncryptionConfiguration": "GetBucketEncryption", "s3:GetBucketPublicAccessBlock": "GetPublicAccessBlock",
}

// inessential are the operations that complete documents and are not essential, each with
// its service in the simulator.
func inessential() (faults []awssim.Fault) {
	for _, k := range kinds.All {
		for _, f := range slices.Concat(k.Default, k.Optional) {
			if f.Essential || len(f.Actions) == 0 {
				continue
			}
			service, operation, _ := strings.Cut(f.Actions[0], ":")
			if renamed, ok := operationOf[f.Actions[0]]; ok {
				operation = renamed
			}
			faults = append(faults, awssim.Fault{Service: service, Operation: operation, Times: -1})
		}
	}
	return faults
}

// TestDetailsThatAreNotFound takes from each kind whatever its details may be: AWS
// finds none of them. Every entity stays, and nothing is missing.
func TestDetailsThatAreNotFound(t *testing.T) {
	t.Parallel()
	w := newWorldOf(t, withEveryAction(t, everyType()), estate(awssim.Kinds()...), quickRetries)
	wantStatus(t, w.run(invocation.Request{}), report.Completed)
	before := map[string][]string{}
	for _, blueprint := range w.port.Blueprints() {
		before[blueprint] = w.identifiers(blueprint)
	}
	for _, fault := range inessential() {
		fault.Effect, fault.Code, fault.Message = awssim.Refuse, "ResourceNotFoundException", "it is not found"
		w.aws.Inject(fault)
	}
	r := w.run(invocation.Request{})
	wantStatus(t, r, report.Completed)
	if len(r.Gaps) > 0 || r.Deletes.Stale > 0 || r.Total.Refused > 0 {
		t.Errorf("gaps %+v, %d stale, %d refused", r.Gaps, r.Deletes.Stale, r.Total.Refused)
	}
	after, total, byKind := map[string][]string{}, 0, 0
	for _, blueprint := range w.port.Blueprints() {
		after[blueprint] = w.identifiers(blueprint)
	}
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("entities (-before +after):\n%s", diff)
	}
	for _, d := range r.Details {
		total += d.NotFound
	}
	for _, k := range r.Kinds {
		byKind += k.Counts.DetailsNotFound
	}
	if total == 0 || total != r.Total.DetailsNotFound || total != byKind {
		t.Errorf("%d details by action, %d by kind, %d in total", total, byKind, r.Total.DetailsNotFound)
	}
}

// TestKeyThatRefusesItself has a key with a policy that refuses the role for good: the key
// is listed and is not a gap, and no entity of its cell is deleted, because it is not known
// which of them is the key's.
func TestKeyThatRefusesItself(t *testing.T) {
	t.Parallel()
	whole := func(w *world) func(invocation.Request) *report.Report { return w.run }
	steps := func(w *world) func(invocation.Request) *report.Report {
		return (&machine{world: w, concurrency: 2}).whole
	}
	for name, how := range map[string]func(*world) func(invocation.Request) *report.Report{"whole": whole, "in steps": steps} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorldOf(t, defaultsOf(t, append([]string{awssim.Key}, accountTypes...)), estate(awssim.Key), quickRetries, func(d *resync.Deps) { d.State = state.NewMemory() })
			run := how(w)
			wantStatus(t, run(invocation.Request{}), report.Completed)
			keys := w.identifiers("kmsKey")
			for _, region := range regions {
				if !w.aws.Remove(member, awssim.Key, region, w.aws.Resources(member, awssim.Key, region)[0].ID) {
					t.Fatal("the key was not there")
				}
			}
			w.aws.Inject(awssim.Fault{
				Account: member, Region: "eu-west-1", Service: "kms", Operation: "DescribeKey",
				Effect: awssim.Deny, Denial: awssim.NoResourcePolicy,
			})
			r := run(invocation.Request{})
			wantStatus(t, r, report.Completed)
			if len(r.Gaps) > 0 || r.Deletes.Stale != 3 || r.Deletes.Deleted != 1 || r.Total.Refused != 1 {
				t.Errorf("gaps %+v, deletes %+v, %d refused", r.Gaps, r.Deletes, r.Total.Refused)
			}
			if left := len(w.identifiers("kmsKey")); left != len(keys)-1 {
				t.Errorf("%d of %d keys are left, want all but the one that was removed where none is refused", left, len(keys))
			}
			if len(r.Refused) != 1 {
				t.Fatalf("refused %+v", r.Refused)
			}
			g := r.Refused[0]
			if g.Account != member || !slices.Equal(g.Regions, []string{"eu-west-1"}) || g.Kind() != awssim.Key || g.Action != "kms:DescribeKey" ||
				g.Detail || g.Count != 1 || len(g.Samples) != 1 || g.Code != "PTL-402" || !strings.Contains(g.Cause, "resource-based policy") || g.Policy != "no resource-based policy allows it" || g.Fix == "" {
				t.Errorf("refused %+v", g)
			}
			row := r.Coverage.Accounts[slices.IndexFunc(r.Coverage.Accounts, func(row report.CoverageRow) bool { return row.Account == member })]
			if cell := row.Cells[slices.Index(r.Coverage.Kinds, awssim.Key)]; cell.Gap() || cell.Refused != 1 {
				t.Errorf("the coverage has %+v", cell)
			}
			// Once the key answers again, what is gone goes.
			r = run(invocation.Request{})
			wantStatus(t, r, report.Completed)
			if r.Deletes.Deleted != 1 || len(r.Refused) > 0 {
				t.Errorf("deletes %+v, refused %+v", r.Deletes, r.Refused)
			}
		})
	}
}

// TestDetailThatIsRefused: the resource is read without it.
func TestDetailThatIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorldOf(t, defaultsOf(t, append([]string{awssim.Bucket}, accountTypes...)), estate(awssim.Bucket), quickRetries)
	wantStatus(t, w.run(invocation.Request{}), report.Completed)
	w.aws.Inject(awssim.Fault{Account: member, Service: "s3", Operation: "GetBucketTagging", Effect: awssim.DenyByPolicy})
	r := w.run(invocation.Request{})
	wantStatus(t, r, report.Completed)
	if len(r.Gaps) > 0 || r.Deletes.Stale > 0 || r.Total.Refused > 0 || r.Total.Fetched != 2*perAccount+4 {
		t.Errorf("gaps %+v, %d stale, %d refused, %d fetched", r.Gaps, r.Deletes.Stale, r.Total.Refused, r.Total.Fetched)
	}
	if len(r.Refused) != 1 || !r.Refused[0].Detail || r.Refused[0].Count != 1 {
		t.Errorf("refused %+v", r.Refused)
	}
}

// TestRefusalBesideAFailure: what a run may do about the one does not hide the other.
func TestRefusalBesideAFailure(t *testing.T) {
	t.Parallel()
	w := newWorldOf(t, defaultsOf(t, append([]string{awssim.Key}, accountTypes...)), estate(awssim.Key), quickRetries)
	wantStatus(t, w.run(invocation.Request{}), report.Completed)
	of := awssim.Fault{Account: member, Region: "eu-west-1", Service: "kms", Operation: "DescribeKey"}
	refused, broken := of, of
	refused.Effect = awssim.DenyByPolicy
	broken.Effect, broken.First, broken.Times = awssim.Fail, 2, -1
	w.aws.Inject(refused, broken)
	r := w.run(invocation.Request{})
	wantStatus(t, r, report.Incomplete)
	if len(r.Gaps) != 1 || r.Gaps[0].Outcome != "failed" || len(r.Refused) != 1 || r.Deletes.Deleted > 0 {
		t.Errorf("gaps %+v, refused %+v, deletes %+v", r.Gaps, r.Refused, r.Deletes)
	}
}
