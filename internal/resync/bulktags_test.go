package resync_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/aws/kinds"
	"portolan/internal/diag"
	"portolan/internal/invocation"
	"portolan/internal/report"
	"portolan/internal/resync"
	"portolan/internal/simulator/awssim"
	"portolan/internal/simulator/portsim"
	"portolan/internal/state"
)

// bulkKinds are the kinds whose tags may be read in bulk.
var bulkKinds = []string{awssim.Function, awssim.Queue, awssim.Topic, awssim.Table, awssim.Repository, awssim.Key}

// taggedWorld has an account with twenty resources of each of these kinds in two regions,
// all with tags, and a mapping that wants them.
func taggedWorld(t *testing.T, changes ...func(*resync.Deps)) *world {
	t.Helper()
	e := estate()
	e.Accounts[0].Populations, e.Accounts[1].Populations = nil, nil
	for _, kind := range bulkKinds {
		e.Accounts[1].Populations = append(e.Accounts[1].Populations, awssim.Population{Kind: kind, Regions: regions, Count: 20})
	}
	return newWorldOf(t, withEveryAction(t, bulkKinds), e, append([]func(*resync.Deps){inBulk}, changes...)...)
}

func inBulk(d *resync.Deps) { d.BulkTags = true }

func natively(d *resync.Deps) { d.BulkTags = false }

// catalog returns all entities that Port has, without their times.
func (w *world) catalog() map[string]portsim.Entity {
	w.t.Helper()
	all := map[string]portsim.Entity{}
	for _, blueprint := range w.port.Blueprints() {
		for _, e := range w.port.Entities(blueprint) {
			e.CreatedAt, e.UpdatedAt = time.Time{}, time.Time{}
			all[blueprint+" "+e.Identifier] = e
		}
	}
	return all
}

// bulkCalls counts the calls of the tagging API, and the native ones about tags.
func (w *world) bulkCalls() (bulk, native, all int) {
	for _, c := range w.aws.Calls() {
		all++
		switch {
		case c.Operation == "GetResources":
			bulk++
		case strings.Contains(c.Operation, "Tags"):
			native++
		}
	}
	return bulk, native, all
}

// TestTagsInBulk wants the catalog of the native calls, by fewer calls, with and without
// faults of the tagging API. Such a fault leaves a run completed, and is in its report.
func TestTagsInBulk(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		change func(*world)
		code   diag.Code
		// spared is the least share of the native calls that the run does without.
		spared float64
	}{
		"all is well": {spared: 0.8},
		"denied": {code: diag.BulkRefused, change: func(w *world) {
			w.aws.Inject(awssim.Fault{Service: "tagging", Effect: awssim.Deny, Times: -1})
		}},
		"denied in one region": {code: diag.BulkRefused, spared: 0.4, change: func(w *world) {
			w.aws.Inject(awssim.Fault{Service: "tagging", Region: regions[0], Effect: awssim.DenyByPolicy, Times: -1})
		}},
		"it does not resolve in a region": {code: diag.BulkRefused, spared: 0.4, change: func(w *world) { w.aws.SetUnresolved(awssim.Offering{Service: "tagging", Region: regions[0]}) }},
		"late for one kind": {code: diag.BulkTagsDiffer, spared: 0.6, change: func(w *world) {
			for _, region := range regions {
				for _, r := range w.aws.Resources(member, awssim.Queue, region) {
					w.aws.TellTags("arn:aws:sqs:"+region+":"+member+":"+r.ID, map[string]string{"team": "former"})
				}
			}
		}},
		"lacking": {spared: 0.6, change: func(w *world) {
			for _, region := range regions {
				for _, r := range w.aws.Resources(member, awssim.Function, region) {
					w.aws.TellTags("arn:aws:lambda:"+region+":"+member+":function:"+r.ID, nil)
				}
			}
		}},
	}
	native := taggedWorld(t, natively)
	wantStatus(t, native.run(invocation.Request{}), report.Completed)
	want := native.catalog()
	none, calls, _ := native.bulkCalls()
	if none > 0 || calls != 20*len(bulkKinds)*len(regions) {
		t.Fatalf("%d calls of the tagging API without the setting, %d native ones", none, calls)
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := taggedWorld(t, quickRetries)
			if test.change != nil {
				test.change(w)
			}
			r := w.run(invocation.Request{})
			wantStatus(t, r, report.Completed)
			if diff := cmp.Diff(want, w.catalog()); diff != "" {
				t.Errorf("Port (-native +bulk):\n%s", diff)
			}
			_, left, _ := w.bulkCalls()
			if spared := 1 - float64(left)/float64(calls); spared < test.spared {
				t.Errorf("%d of %d native calls were made, want %.0f %% less", left, calls, 100*test.spared)
			}
			var codes []diag.Code
			for _, d := range r.Diagnostics {
				if d.Code == diag.BulkTagsDiffer || d.Code == diag.BulkRefused {
					codes = append(codes, d.Code)
				}
			}
			if got := len(codes); got > 1 || got == 1 && codes[0] != test.code || got == 0 && test.code != "" {
				t.Errorf("diagnostics %v, want %q", codes, test.code)
			}
			if len(r.Gaps)+len(r.Unavailable) > 0 {
				t.Errorf("gaps: %+v %+v", r.Gaps, r.Unavailable)
			}
		})
	}
}

// TestTaggingAPINeverDeletes lets the tagging API deny that anything exists, after a run that
// has seen everything.
func TestTaggingAPINeverDeletes(t *testing.T) {
	t.Parallel()
	w := taggedWorld(t, func(d *resync.Deps) { d.State = state.NewMemory() })
	wantStatus(t, w.run(invocation.Request{}), report.Completed)
	want := w.catalog()
	for _, region := range regions {
		for _, r := range w.aws.Resources(member, awssim.Queue, region) {
			w.aws.TellTags("arn:aws:sqs:"+region+":"+member+":"+r.ID, nil)
		}
	}
	r := w.run(invocation.Request{})
	wantStatus(t, r, report.Completed)
	if diff := cmp.Diff(want, w.catalog()); diff != "" || r.Total.Deleted+r.Total.Created+r.Total.Updated > 0 {
		t.Errorf("%+v; Port (-before +after):\n%s", r.Total, diff)
	}
}

// TestWhatHadNoTagsIsRemembered from run to run. Tags that such a resource gets arrive in Port.
func TestWhatHadNoTagsIsRemembered(t *testing.T) {
	t.Parallel()
	w := taggedWorld(t, func(d *resync.Deps) { d.State = state.NewMemory() })
	var queue awssim.Resource
	for _, kind := range bulkKinds {
		for _, region := range regions {
			for _, r := range w.aws.Resources(member, kind, region)[10:] {
				r.Tags = nil
				if err := w.aws.Put(member, r); err != nil {
					t.Fatal(err)
				}
				if kind == awssim.Queue {
					queue = r
				}
			}
		}
	}
	asked := func() (native int) {
		w.t.Helper()
		_, before, _ := w.bulkCalls()
		wantStatus(t, w.run(invocation.Request{}), report.Completed)
		_, after, _ := w.bulkCalls()
		return after - before
	}
	cells := len(bulkKinds) * len(regions)
	if n := asked(); n != cells*(2+10) {
		t.Errorf("the first run: %d native calls, want %d", n, cells*(2+10))
	}
	want := w.catalog()
	for range 2 { // what is believed is remembered on
		if n := asked(); n != cells*(2+1) {
			t.Errorf("the next run: %d native calls, want %d", n, cells*(2+1))
		}
		if diff := cmp.Diff(want, w.catalog()); diff != "" {
			t.Errorf("Port (-before +after):\n%s", diff)
		}
	}
	_, before, _ := w.bulkCalls()
	wantStatus(t, w.run(invocation.Request{Force: true}), report.Completed)
	if _, after, _ := w.bulkCalls(); after-before != cells*(2+10) {
		t.Errorf("with force: %d native calls, want %d", after-before, cells*(2+10))
	}
	queue.Tags = map[string]string{"team": "new"}
	if err := w.aws.Put(member, queue); err != nil {
		t.Fatal(err)
	}
	if r := w.run(invocation.Request{}); r.Total.Updated != 1 {
		t.Errorf("a resource got tags: %+v", r.Total)
	}
	w.deps.State = state.NewMemory()
	if n := asked(); n < cells*10 {
		t.Errorf("without the state: %d native calls", n)
	}
}

// TestCallsWithTagsInBulk holds what the tagging API saves: half of the calls of four kinds
// with tags, in a first run and in one in which nothing changed.
func TestCallsWithTagsInBulk(t *testing.T) {
	t.Parallel()
	const count = 300
	types := []string{awssim.Function, awssim.Queue, awssim.Topic, awssim.Table}
	calls := func(changes ...func(*resync.Deps)) []int {
		e := estate()
		e.Accounts[0].Populations, e.Accounts[1].Populations = nil, nil
		for _, kind := range types {
			e.Accounts[1].Populations = append(e.Accounts[1].Populations, awssim.Population{Kind: kind, Regions: regions[:1], Count: count})
		}
		d := defaultsOf(t, types)
		var config map[string]any
		decode(t, d.Config, &config)
		for _, entry := range config["resources"].([]any) {
			resource := entry.(map[string]any)
			for _, name := range kinds.ByType(resource["kind"].(string)).OptionalNames() {
				if strings.Contains(name, "Tags") {
					resource["selector"].(map[string]any)["includeActions"] = []string{name}
				}
			}
		}
		d.Config = encode(t, config)
		w := newWorldOf(t, d, e, append(append([]func(*resync.Deps){inBulk}, changes...), func(d *resync.Deps) { d.State = state.NewMemory() })...)
		var made []int
		for range 2 {
			before := len(w.aws.Calls())
			wantStatus(t, w.run(invocation.Request{Accounts: []string{member}}), report.Completed)
			n := 0
			for _, c := range w.aws.Calls()[before:] {
				if c.Account == member && slices.Contains([]string{"lambda", "sqs", "sns", "dynamodb", "tagging"}, c.Service) {
					n++
				}
			}
			made = append(made, n)
		}
		return made
	}
	native, bulk := calls(natively), calls()
	// Pages: 50 functions, 1,000 queues, 100 topics, 100 tables; and an empty one of each in
	// the other region.
	lists := 6 + 1 + 3 + 3 + len(types)
	wantNative := lists + 3*count + 4*count
	wantBulk := lists + 3*count + (6 + 3 + 3 + 3) + 2*len(types)
	for i := range native {
		if native[i] != wantNative || bulk[i] != wantBulk {
			t.Errorf("run %d: %d calls natively, want %d; %d in bulk, want %d", i+1, native[i], wantNative, bulk[i], wantBulk)
		}
		if ratio := float64(bulk[i]) / float64(native[i]); ratio > 0.5 {
			t.Errorf("run %d: %.2f of the native calls, want half", i+1, ratio)
		}
	}
}
