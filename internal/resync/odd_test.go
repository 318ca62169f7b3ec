package resync_test

import (
	"slices"
	"testing"

	"portolan/internal/aws/awsname"
	"portolan/internal/diag"
	"portolan/internal/invocation"
	"portolan/internal/report"
	"portolan/internal/simulator/awssim"
)

// TestOddRegionOfABucket has the list of buckets name a region that is none.
func TestOddRegionOfABucket(t *testing.T) {
	t.Parallel()
	w := newWorld(t, estate(), quickRetries)
	w.must(w.aws.Put(member, awssim.Resource{Kind: awssim.Bucket, Region: "eu-west-1", ID: "odd-bucket"}))
	w.aws.Inject(awssim.Fault{
		Service: "s3", Operation: "ListBuckets", Times: -1, Effect: awssim.Rewrite,
		Old: "<BucketRegion>eu-west-1<", New: "<BucketRegion>eu-west-1.example.com<",
	})
	w.run(invocation.Request{})
	listed := false
	for _, c := range w.aws.Calls() {
		listed = listed || c.Operation == "ListBuckets"
		if !awsname.IsRegion(c.Region) {
			t.Errorf("call %+v", c)
		}
	}
	if !listed {
		t.Error("no buckets were listed")
	}
}

// TestOddNamesDeleteNothing has AWS write something else in place of the id of an account or
// the name of a region, after a run that has read all of it. Everything else is read, the run
// is not complete, and nothing goes.
func TestOddNamesDeleteNothing(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fault awssim.Fault
		code  diag.Code
	}{
		"an account": {
			awssim.Fault{Service: "organizations", Operation: "ListAccounts", Old: `"Id":"` + member + `"`, New: `"Id":"` + member + `/../` + management + `"`},
			diag.NameOdd,
		},
		"an account without an id": {
			awssim.Fault{Service: "organizations", Operation: "ListAccounts", Old: `"Id":"` + member + `"`, New: `"Id":""`}, diag.NameOdd,
		},
		"a region, in both answers": {
			awssim.Fault{Account: member, Operation: "*Regions", Old: "eu-west-1", New: "eu-west-1.example.com"}, diag.RegionsUnknown,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := remembering(t)
			w.aws.ForgetCalls()
			test.fault.Times, test.fault.Effect = -1, awssim.Rewrite
			w.aws.Inject(test.fault)
			gone := w.queue(management, "eu-west-1")
			w.aws.Remove(management, awssim.Queue, gone.Region, gone.ID)
			r := w.run(invocation.Request{})
			wantStatus(t, r, report.Incomplete)
			told := slices.ContainsFunc(r.Diagnostics, func(d diag.Diagnostic) bool { return d.Code == test.code }) ||
				slices.ContainsFunc(r.Gaps, func(g report.Gap) bool { return g.Code == test.code && g.Account == member })
			if !told {
				t.Errorf("it does not tell %s: %+v, gaps %+v", test.code, r.Diagnostics, r.Gaps)
			}
			if _, there := w.port.Entity("sqsQueue", arn(member, w.queue(member, "eu-west-1"))); !there {
				t.Error("an entity of the account is gone")
			}
			if _, there := w.port.Entity("sqsQueue", arn(management, gone)); there {
				t.Error("the other account was not read: its queue is still there")
			}
			for _, c := range w.aws.Calls() {
				if c.Account != "" && c.Account != member && c.Account != management {
					t.Errorf("call %+v", c)
				}
			}
		})
	}
}
