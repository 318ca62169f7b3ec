package resync_test

import (
	"bytes"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"portolan/internal/invocation"
	"portolan/internal/report"
	"portolan/internal/resync"
	"portolan/internal/simulator/portsim"
	"portolan/internal/state"
)

// TestRegionsThatTheMappingDenies has the mapping read buckets through one region, and
// a request ask for the other: nothing is known of buckets then.
func TestRegionsThatTheMappingDenies(t *testing.T) {
	t.Parallel()
	d := defaultsOf(t, few)
	const open = `"kind":"AWS::S3::Bucket","selector":{`
	d.Config = bytes.Replace(d.Config, []byte(open+`"query":"true"`), []byte(open+`"query":"true","regionPolicy":{"allow":["eu-west-1"]}`), 1)
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
