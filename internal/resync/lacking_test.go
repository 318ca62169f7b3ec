package resync_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/invocation"
	"portolan/internal/report"
	"portolan/internal/resync"
	"portolan/internal/simulator/awssim"
	"portolan/internal/state"
)

// TestADetailThatTheMappingNeeds is refused for good, or not found, after a first run. What
// the mapping makes of a bucket without it proves nothing about the bucket.
func TestADetailThatTheMappingNeeds(t *testing.T) {
	t.Parallel()
	const identifier, query = `"identifier":".Properties.Arn"`, `"kind":"AWS::S3::Bucket","selector":{"query":"true"`
	mappings := map[string]func(string) string{
		"the selector": func(config string) string {
			return strings.Replace(config, query, `"kind":"AWS::S3::Bucket","selector":{"query":"(.Properties.Tags // []) | length > 0"`, 1)
		},
		"the identifier, null without it": func(config string) string {
			return strings.Replace(config, identifier, `"identifier":"if (.Properties.Tags // []) == [] then null else .Properties.Arn end"`, 1)
		},
		"the identifier, another without it": func(config string) string {
			return strings.Replace(config, identifier, `"identifier":".Properties.Arn + (if (.Properties.Tags // []) == [] then \"-untagged\" else \"\" end)"`, 1)
		},
	}
	effects := map[string]awssim.Fault{
		"refused by a policy": {Effect: awssim.Deny, Denial: awssim.ResourcePolicy},
		"not found":           {Effect: awssim.Refuse, Status: 404, Code: "NoSuchBucket", Message: "gone, says a detail"},
	}
	for needs, mapping := range mappings {
		for how, fault := range effects {
			t.Run(needs+", "+how, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, estate(), quickRetries, func(d *resync.Deps) { d.State, d.Rewrite = state.NewMemory(), 7*24*time.Hour })
				wantStatus(t, w.run(invocation.Request{}), report.Completed)
				w.change(nil, mapping)
				wantStatus(t, w.run(invocation.Request{}), report.Completed)
				before := w.identifiers("s3Bucket")
				fault.Account, fault.Service, fault.Operation, fault.Times = member, "s3", "GetBucketTagging", -1
				w.aws.Inject(fault)
				for range 2 {
					r := w.run(invocation.Request{})
					left := map[string]bool{}
					for _, id := range w.identifiers("s3Bucket") {
						left[id] = true
					}
					for _, id := range before {
						if !left[id] {
							t.Fatalf("%s is deleted: %+v", id, r.Deletes)
						}
					}
				}
				w.aws.ClearFaults()
				w.run(invocation.Request{AllowMassDelete: true})
				if diff := cmp.Diff(before, w.identifiers("s3Bucket")); diff != "" {
					t.Errorf("once it is answered again (-before +after):\n%s", diff)
				}
			})
		}
	}
}
