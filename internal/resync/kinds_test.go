package resync_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"portolan/internal/aws/kinds"
	"portolan/internal/invocation"
	"portolan/internal/mapping"
	"portolan/internal/port/defaults"
	"portolan/internal/report"
	"portolan/internal/resync"
	"portolan/internal/simulator/awssim"
)

// everyType lists all kinds.
func everyType() []string {
	types := make([]string, len(kinds.All))
	for i, k := range kinds.All {
		types[i] = k.Type
	}
	return types
}

// blueprintOf returns the blueprint that the default mapping has for each kind.
func blueprintOf(t *testing.T) map[string]string {
	t.Helper()
	m, err := mapping.Compile(defaults.Native().Config, func(string) (mapping.Actions, bool) { return mapping.Actions{}, true })
	if err != nil {
		t.Fatal(err)
	}
	of := make(map[string]string)
	for _, resource := range m.Resources {
		fixed, _ := resource.Blueprints()
		of[resource.Kind] = fixed[0]
	}
	return of
}

// TestEveryKind reads an estate with all kinds by their default mapping: what the
// estate holds is in Port, and only that.
func TestEveryKind(t *testing.T) {
	t.Parallel()
	w := newWorldOf(t, defaultsOf(t, everyType()), estate(awssim.Kinds()...))
	first := w.run(invocation.Request{})
	wantStatus(t, first, report.Completed)
	if first.Total.Failed > 0 || first.Total.Fetched != first.Total.Created+first.Total.Updated {
		t.Errorf("fetched %d, wrote %d, failed %d", first.Total.Fetched, first.Total.Created+first.Total.Updated, first.Total.Failed)
	}
	held := func() map[string]int {
		counts := make(map[string]int)
		for kind, blueprint := range blueprintOf(t) {
			counts[kind] = len(w.identifiers(blueprint))
		}
		return counts
	}
	before := held()
	for _, kind := range awssim.Kinds() {
		want := 0
		for _, account := range []string{management, member} {
			for _, region := range regions {
				want += len(w.aws.Resources(account, kind, region))
			}
		}
		if want == 0 || before[kind] != want {
			t.Errorf("Port holds %d of %s, want %d", before[kind], kind, want)
		}
	}
	for kind, count := range before {
		if count == 0 {
			t.Errorf("Port holds nothing of %s", kind)
		}
	}

	second := w.run(invocation.Request{})
	wantStatus(t, second, report.Completed)
	if second.Deletes.Stale > 0 || second.Total.Created > 0 {
		t.Errorf("an estate that did not change gives %d stale and %d new entities", second.Deletes.Stale, second.Total.Created)
	}
}

// TestCallsAreShared counts what five kinds of CodePipeline ask: the pipelines are
// listed once in each account and region.
func TestCallsAreShared(t *testing.T) {
	t.Parallel()
	var types []string
	for _, kind := range everyType() {
		if strings.HasPrefix(kind, "AWS::CodePipeline::") {
			types = append(types, kind)
		}
	}
	w := newWorldOf(t, defaultsOf(t, append(types, "AWS::Organizations::Account", "AWS::Account::Info")), estate(awssim.Pipeline, awssim.PipelineExecution))
	wantStatus(t, w.run(invocation.Request{}), report.Completed)
	asked := make(map[string]int)
	for _, call := range w.aws.Calls() {
		if call.Service == "codepipeline" {
			asked[call.Operation]++
		}
	}
	places, pipelines := 2*len(regions), 2*perAccount
	for operation, want := range map[string]int{
		"ListPipelines": places, "GetPipeline": pipelines, "ListPipelineExecutions": pipelines,
	} {
		if asked[operation] != want {
			t.Errorf("%s was called %d times, want %d", operation, asked[operation], want)
		}
	}
}

// TestHistory reads builds of the last days only: older ones are not asked for, and
// those that Port has from before stay unless they are to go.
func TestHistory(t *testing.T) {
	t.Parallel()
	types := []string{awssim.Project, awssim.BuildRun, "AWS::Organizations::Account", "AWS::Account::Info"}
	build := func(account, id string, age time.Duration) awssim.Resource {
		return awssim.Resource{
			Kind: awssim.BuildRun, Region: regions[0], Created: time.Now().Add(-age),
			ID: "web:0a1b2c3d-0a1b-4a1b-8a1b-0a1b2c3d4e" + id,
		}
	}
	const day = 24 * time.Hour
	young, old := build(member, "01", 2*day), build(member, "02", 40*day)
	vanished := build(member, "03", 3*day)
	start := func(t *testing.T, changes ...func(*resync.Deps)) *world {
		w := newWorldOf(t, defaultsOf(t, types), estate(awssim.Project), changes...)
		for _, r := range []awssim.Resource{young, old, vanished} {
			if err := w.aws.Put(member, r); err != nil {
				t.Fatal(err)
			}
		}
		whole := w.deps
		whole.History = 0
		if r, err := resync.Run(t.Context(), whole, invocation.Request{}); err != nil || r.Status != report.Completed {
			t.Fatal(r.Status, err)
		}
		w.aws.Remove(member, vanished.Kind, vanished.Region, vanished.ID)
		return w
	}
	for name, test := range map[string]struct {
		history time.Duration
		delete  bool
		want    []awssim.Resource
		held    int
	}{
		"all of it":                  {0, false, []awssim.Resource{young, old}, 0},
		"what is older stays":        {30 * day, false, []awssim.Resource{young, old, vanished}, 2},
		"what is older goes":         {30 * day, true, []awssim.Resource{young}, 0},
		"a window that holds it all": {60 * day, true, []awssim.Resource{young, old}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := start(t, func(d *resync.Deps) { d.History, d.DeleteOlder = test.history, test.delete })
			r := w.run(invocation.Request{})
			wantStatus(t, r, report.Completed)
			var want []string
			for _, build := range test.want {
				want = append(want, "arn:aws:codebuild:"+build.Region+":"+member+":build/"+build.ID)
			}
			slices.Sort(want)
			if got := w.identifiers("codeBuildBuildRun"); !slices.Equal(got, want) {
				t.Errorf("Port holds %v, want %v", got, want)
			}
			held := 0
			for _, withheld := range r.Deletes.Withheld {
				if strings.Contains(withheld.Cause, "PORTOLAN_HISTORY_OLDER") {
					held += withheld.Count
				}
			}
			if held != test.held {
				t.Errorf("%d deletes are withheld for the window, want %d: %+v", held, test.held, r.Deletes.Withheld)
			}
			for _, k := range r.Kinds {
				if wanted := test.history > 0 && k.Kind == awssim.BuildRun; wanted == k.Since.IsZero() {
					t.Errorf("%s is said to be read since %v", k.Kind, k.Since)
				}
			}
		})
	}
}
