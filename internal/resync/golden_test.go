package resync_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/invocation"
	"portolan/internal/report"
	"portolan/internal/report/page"
	"portolan/internal/resync"
	"portolan/internal/simulator/awssim"
	"portolan/internal/simulator/portsim"
	"portolan/internal/state"
)

var update = flag.Bool("update", false, "write the golden reports anew")

// TestGoldenReports compares what a reader sees of a resync and of a plan. A resync in
// steps says the same as one in a process.
func TestGoldenReports(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		golden string
		run    func(*world) *report.Report
	}{
		"single": {"resync", func(w *world) *report.Report { return w.run(invocation.Request{}) }},
		"distributed": {"resync", func(w *world) *report.Report {
			return (&machine{world: w, concurrency: 1}).whole(invocation.Request{})
		}},
		"plan": {"plan", func(w *world) *report.Report { return w.run(invocation.Request{Action: invocation.Plan}) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := steady(t, test.run(spoilt(t)))
			for form, write := range map[string]func(io.Writer) error{
				"json": func(into io.Writer) error {
					encoder := json.NewEncoder(into)
					encoder.SetIndent("", "  ")
					return encoder.Encode(r)
				},
				"txt":  r.Write,
				"html": func(into io.Writer) error { return page.Write(into, r) },
			} {
				var text bytes.Buffer
				if err := write(&text); err != nil {
					t.Fatal(err)
				}
				golden(t, filepath.Join("testdata", "report", test.golden+"."+form), text.String())
			}
		})
	}
}

// spoilt is a world after a clean run, in which much has changed and much goes wrong. One
// call is made at a time, so that each fault always affects the same call.
func spoilt(t *testing.T) *world {
	t.Helper()
	const blocked, closed = "333333333333", "444444444444"
	types := append([]string{awssim.Key}, few[:6]...)
	e := estate(types...)
	for _, id := range []string{blocked, closed} {
		a := e.Accounts[1]
		a.ID, a.Name = id, "account-"+id[:1]
		e.Accounts = append(e.Accounts, a)
	}
	last := &e.Accounts[len(e.Accounts)-1]
	last.Populations = append(slices.DeleteFunc(slices.Clone(last.Populations), func(p awssim.Population) bool { return p.Kind == awssim.Bucket }),
		awssim.Population{Kind: awssim.Bucket, Regions: regions[1:], Count: 1})
	w := newWorldOf(t, defaultsOf(t, append(types, few[6:]...)), e, quickRetries, func(d *resync.Deps) {
		d.State = state.NewMemory()
		d.Limits.Entering, d.Limits.Cells, d.Limits.Calls, d.Limits.Uploads = 1, 1, 1, 1
	})
	wantStatus(t, w.run(invocation.Request{}), report.Completed)

	w.change(nil, func(config string) string {
		return strings.NewReplacer(
			`".Properties.Architectures"`, `".Properties.Architecture"`,
			`".Properties.Engine"`, `".Properties.Engine | error(\"no engine\")"`,
			`".Properties.EngineVersion"`, `".Properties.EngineVersion | nope"`,
		).Replace(config)
	})
	w.must(w.aws.RemoveRole(blocked, role))
	w.aws.SetPolicies([]awssim.Policy{{
		Name: "region-deny", Targets: []string{closed}, Regions: regions[:1],
		Deny: []string{"ec2:*", "ecs:*", "kms:*", "lambda:*", "sqs:*", "rds:*"},
	}})
	remove := func(account, kind, region string) {
		if !w.aws.Remove(account, kind, region, w.aws.Resources(account, kind, region)[0].ID) {
			t.Fatalf("no %s in %s", kind, account)
		}
	}
	remove(management, awssim.Queue, regions[0])
	remove(member, awssim.Instance, regions[0])
	w.aws.Inject(
		awssim.Fault{Account: member, Region: regions[0], Service: "ec2", Operation: "DescribeInstances", Times: -1, Effect: awssim.Deny},
		awssim.Fault{Account: member, Region: regions[1], Service: "ecs", Operation: "ListClusters", Times: -1, Effect: awssim.Fail},
		awssim.Fault{Account: member, Region: regions[1], Service: "kms", Operation: "DescribeKey", Effect: awssim.Deny, Denial: awssim.NoResourcePolicy},
		awssim.Fault{Account: closed, Service: "s3", Operation: "GetBucketTagging", Effect: awssim.DenyByPolicy},
	)
	refused := awssim.Resource{Kind: awssim.Queue, Region: regions[0], ID: "refused"}
	w.must(w.aws.Put(management, refused))
	w.must(w.aws.Put(management, awssim.Resource{Kind: awssim.Queue, Region: regions[0], ID: "taken"}))
	w.port.Inject(portsim.Fault{
		Blueprint: "sqsQueue", Times: -1, FailIdentifiers: []string{arn(management, refused)},
		FailStatus: 422, FailCode: "invalid_request", FailMessage: "the queue is too long",
	})
	return w
}

// steady takes what differs from run to run out of a report.
func steady(t *testing.T, r *report.Report) *report.Report {
	t.Helper()
	r.Run, r.Seconds, r.PeakMemoryBytes = "run", 1.5, 64<<20
	r.Started = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	r.Finished = r.Started
	for i := range r.Kinds {
		r.Kinds[i].Seconds = 0.5
	}
	text := string(encode(t, r))
	for _, change := range [][2]string{
		{`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`, "00000000-0000-0000-0000-000000000000"},
		{`("sample":)"[^"]*"`, `${1}"the first that was read"`},
		{`("(?:calls|retries)":)\d+`, "${1}1"},
	} {
		text = regexp.MustCompile(change[0]).ReplaceAllString(text, change[1])
	}
	var same report.Report
	decode(t, []byte(text), &same)
	return &same
}

// golden compares a text with a file, or writes the file.
func golden(t *testing.T, name, text string) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), text); diff != "" {
		t.Errorf("%s (-want +got; -update writes it):\n%s", name, diff)
	}
}
