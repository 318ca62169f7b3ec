package resync_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/aws/kind"
	"portolan/internal/invocation"
	"portolan/internal/port"
	"portolan/internal/report"
	"portolan/internal/resync"
	"portolan/internal/simulator/awssim"
	"portolan/internal/state"
)

// lastingKinds are those of whose resources something cannot change any more.
var lastingKinds = []string{
	awssim.TaskDefinition, awssim.Pipeline, "AWS::CodePipeline::Stage", "AWS::CodePipeline::Action", awssim.PipelineExecution,
	awssim.Deployment, "AWS::CodeDeploy::DeploymentTarget",
}

// describing are the operations that are left out for what lasts.
var describing = []string{
	"DescribeTaskDefinition", "GetPipeline", "GetPipelineExecution", "BatchGetDeployments", "ListDeploymentTargets", "BatchGetDeploymentTargets",
}

// described counts the calls of these operations since a number of calls was made.
func (w *world) described(since int) (n int) {
	for _, c := range w.aws.Calls()[since:] {
		if slices.Contains(describing, c.Operation) {
			n++
		}
	}
	return n
}

// lastingMapping is the default mapping of these kinds, and second entries with parts of documents,
// filters, nulls and relations.
func lastingMapping(t *testing.T, random *rand.Rand) port.Defaults {
	d := defaultsOf(t, slices.Concat(lastingKinds, accountTypes))
	pick := func(of ...string) string { return of[random.IntN(len(of))] }
	part := `{"identifier":"part","title":"Part","schema":{"properties":{"name":{"type":"string"},"other":{"type":"string"}},"required":[]},
		"relations":{"of":{"title":"Of","target":"ecsTaskDefinition","required":false,"many":true}}}`
	field := func() string {
		return pick(`".item.name"`, `".Properties.Nothing"`, `".Properties.Family|if test(\"[0-4]$\") then null else . end"`, `".Properties.Family|error(\"no\")"`,
			`".__ExtraContext.Region"`)
	}
	key, name, other := `.Properties.PipelineExecutionId`, `.Properties.Status`, `.Properties.StopTrigger.reason`
	if random.IntN(2) == 0 { // one entity of many documents, each of which makes the same
		key, name, other = `.Properties.PipelineName`, `.Properties.PipelineName`, `null`
	}
	entries := []string{
		`{"kind":"AWS::ECS::TaskDefinition","selector":{"query":"` + pick("true", `.item.name != \"main\"`, `.Properties.Revision > 2`) + `"},"port":{
			"itemsToParse":".Properties.ContainerDefinitions","entity":{"mappings":[{"identifier":".Properties.TaskDefinitionArn + \"/\" + .item.name",
			"blueprint":"\"part\"","properties":{"name":` + field() + `,"other":` + field() + `},
			"relations":{"of":"` + pick(`[.Properties.TaskDefinitionArn]`, `.Properties.TaskDefinitionArn`, `null`, `[]`) + `"}}]}}}`,
		`{"kind":"AWS::CodePipeline::PipelineExecution","selector":{"query":"` + pick(`.Properties.Status == \"Failed\"`, `true`) + `"},"port":{"entity":{"mappings":
			{"identifier":"` + key + `","blueprint":"\"part\"","properties":{"name":"` + name + `","other":"` + other + `"}}}}}`,
		`{"kind":"AWS::CodeDeploy::DeploymentTarget","selector":{"query":"true"},"port":{"entity":{"mappings":
			{"identifier":".Properties.DeploymentId + \"-target\"","blueprint":"\"part\"","properties":{"name":".Properties.DeploymentTargetType"}}}}}`,
	}
	var config map[string]any
	decode(t, d.Config, &config)
	for _, text := range entries {
		if random.IntN(3) > 0 {
			var entry any
			decode(t, []byte(text), &entry)
			config["resources"] = append(config["resources"].([]any), entry)
		}
	}
	config["entityDeletionThreshold"] = 1
	config["createMissingRelatedEntities"] = random.IntN(2) == 0
	d.Config = encode(t, config)
	d.Blueprints = append(slices.Clone(d.Blueprints), blueprintsOf(part)...)
	return d
}

// lastingWorld has nothing at first but what turn puts into it.
func lastingWorld(t *testing.T, random *rand.Rand, store state.Store) *world {
	t.Helper()
	e := estate(lastingKinds...)
	for i := range e.Accounts {
		e.Accounts[i].Populations = nil
	}
	return newWorldOf(t, lastingMapping(t, random), e, quickRetries, inBulk, func(d *resync.Deps) {
		d.State, d.SendExamples = store, random.IntN(2) == 0
	})
}

// lastingNow is the same for all worlds of a history.
var lastingNow = time.Now().Truncate(time.Hour)

// lastingTurn changes the estate at random as AWS would: executions and deployments begin and end,
// failed ones are tried again, revisions and pipelines come, go, and get other tags.
func (w *world) lastingTurn(random *rand.Rand) {
	region := func(n int) string { return regions[n%len(regions)] }
	tags := func() map[string]string {
		switch random.IntN(3) {
		case 0:
			return nil
		case 1:
			return map[string]string{"a": fmt.Sprint(random.IntN(2))}
		default:
			return map[string]string{"a": "1", "b": fmt.Sprint(random.IntN(2))}
		}
	}
	now := lastingNow
	ago := func() time.Time { return now.Add(-time.Duration(random.IntN(20*24)) * time.Hour).Truncate(time.Second) }
	for n := range 12 {
		r := awssim.Resource{Kind: awssim.TaskDefinition, Region: region(n), ID: fmt.Sprintf("family%d:%d", n, 1+random.IntN(3)), Tags: tags()}
		switch random.IntN(3) {
		case 0:
			w.must(w.aws.Put(member, r))
		case 1:
			w.aws.Remove(member, r.Kind, r.Region, r.ID)
		}
	}
	for n := range 4 {
		at := region(n)
		name := fmt.Sprintf("pipeline-%d", n)
		all := w.aws.Resources(member, awssim.Pipeline, at)
		held := slices.IndexFunc(all, func(r awssim.Resource) bool { return r.ID == name })
		switch change := random.IntN(6); {
		case change == 0:
			w.aws.Remove(member, awssim.Pipeline, at, name)
			held = -1
		case change < 4 && held >= 0:
			all[held].Tags = tags()
			w.must(w.aws.Put(member, all[held]))
		case change < 5:
			w.must(w.aws.Put(member, awssim.Resource{
				Kind: awssim.Pipeline, Region: at, ID: name, Tags: tags(), Created: ago(),
				Attributes: map[string]any{"version": 1 + random.IntN(3), "updated": ago().Unix(), "pollingDisabledAt": nil, "executionMode": "QUEUED"},
			}))
			held = 0
		}
		for i := range 4 {
			if held < 0 || random.IntN(2) > 0 {
				continue
			}
			// An answer about an execution has what its pipeline was then.
			attributes := map[string]any{
				"status":         []string{"InProgress", "Succeeded", "Failed", "Stopped"}[random.IntN(4)],
				"lastUpdateTime": now.Unix() + random.Int64N(1_000_000), "pipelineVersion": 1, "executionMode": "QUEUED", "variables": nil,
			}
			w.must(w.aws.Put(member, awssim.Resource{
				Kind: awssim.PipelineExecution, Region: at, ID: fmt.Sprintf("%s/00000000-0000-4000-8000-%012d", name, 10*n+i), Created: now.Add(-time.Hour), Attributes: attributes,
			}))
		}
	}
	for n := range 8 {
		r := awssim.Resource{Kind: awssim.Deployment, Region: region(n), ID: fmt.Sprintf("d-ABCDEFGH%d", n)}
		old := slices.IndexFunc(w.aws.Resources(member, r.Kind, r.Region), func(o awssim.Resource) bool { return o.ID == r.ID })
		switch {
		case random.IntN(6) == 0:
			w.aws.Remove(member, r.Kind, r.Region, r.ID)
			continue
		case old >= 0:
			was := w.aws.Resources(member, r.Kind, r.Region)[old]
			if status := was.Attributes["status"]; status != "InProgress" && status != "Created" {
				continue
			}
			r = was
		default:
			r.Created = ago()
		}
		r.Attributes = map[string]any{
			"status": []string{"InProgress", "Succeeded", "Failed", "Created"}[random.IntN(4)], "computePlatform": "Server", "creator": "user",
			"applicationName": "shop", "deploymentGroupName": "all",
		}
		w.must(w.aws.Put(member, r))
	}
}

// lastingFault lets something fail, or somebody else write.
func (w *world) lastingFault(random *rand.Rand) {
	w.aws.ClearFaults()
	if random.IntN(3) == 0 {
		service := []string{"codepipeline", "codedeploy", "ecs", "tagging"}[random.IntN(4)]
		effect := []awssim.Effect{awssim.Deny, awssim.Fail, awssim.DenyByPolicy}[random.IntN(3)]
		w.aws.Inject(awssim.Fault{Account: member, Region: regions[random.IntN(2)], Service: service, Times: -1, Effect: effect})
	}
	if random.IntN(3) == 0 {
		w.later.Add(int64(time.Minute))
		w.give("curl/8.0", random.IntN(6))
	}
}

// lastingEvents reads some cells for which events came.
func (w *world) lastingEvents(random *rand.Rand) {
	var touched []resync.Touched
	for range random.IntN(4) {
		touched = append(touched, touch(member, regions[random.IntN(len(regions))], lastingKinds[random.IntN(len(lastingKinds))]))
	}
	if len(touched) > 0 {
		_, _ = w.refresh(&resync.Refresher{}, touched...) // what came of it is in Port
	}
}

// whatLasts is all that Port holds, except for what the run itself writes about itself.
func (w *world) whatLasts() map[string]any {
	all := map[string]any{}
	for _, blueprint := range w.port.Blueprints() {
		for _, e := range w.port.Entities(blueprint) {
			all[blueprint+"/"+e.Identifier] = contentOf(e)
		}
	}
	return all
}

// gist is what does not depend on the order in which a run meets things.
type gist struct {
	Status  report.Status
	Total   report.Counts
	Kinds   []report.Kind
	Entries []report.Resource
	Mapping []report.MappingDiagnostic
	Deletes report.Deletes
}

func gistOf(t *testing.T, r *report.Report) gist {
	t.Helper()
	r = steady(t, r)
	return gist{r.Status, r.Total, r.Kinds, r.Resources, r.Mapping, r.Deletes}
}

// lastingHistory compares runs that remember what lasts with runs that do not, in the same random
// history. It returns what differs first, and how many calls remembering has saved.
func lastingHistory(t *testing.T, seed uint64, wrong func(*resync.Deps)) (differs string, saved int) {
	t.Helper()
	var worlds [2]*world
	for i, store := range []state.Store{state.NewMemory(), forgetful{state.NewMemory()}} {
		worlds[i] = lastingWorld(t, rand.New(rand.NewPCG(seed, 17)), store)
	}
	if wrong != nil {
		wrong(&worlds[0].deps)
	}
	for round := range uint64(5) {
		var reports, plans [2]gist
		for i, w := range worlds {
			random := rand.New(rand.NewPCG(seed, round))
			if round == 0 || random.IntN(3) > 0 {
				w.lastingTurn(random)
			}
			w.lastingFault(random)
			if random.IntN(3) == 0 {
				plans[i] = gistOf(t, w.run(invocation.Request{Action: invocation.Plan}))
			}
			w.lastingEvents(random)
			before := len(w.aws.Calls())
			request := invocation.Request{Force: random.IntN(8) == 0}
			if random.IntN(6) == 0 {
				request.Kinds = []string{lastingKinds[random.IntN(len(lastingKinds))]}
			}
			if random.IntN(3) == 0 {
				m := &machine{world: w, concurrency: 2}
				reports[i] = gistOf(t, m.whole(request))
			} else {
				reports[i] = gistOf(t, w.run(request))
			}
			saved += []int{-1, 1}[i] * w.described(before)
		}
		for name, pair := range map[string][2]any{
			"the plan": {plans[1], plans[0]}, "the report": {reports[1], reports[0]}, "Port": {worlds[1].whatLasts(), worlds[0].whatLasts()},
		} {
			if diff := cmp.Diff(pair[0], pair[1]); diff != "" {
				return fmt.Sprintf("round %d: %s differs (-without +with memory):\n%s", round, name, diff), saved
			}
		}
	}
	return "", saved
}

// TestWhatLastsChangesNothing compares runs that remember what lasts with runs that do not.
func TestWhatLastsChangesNothing(t *testing.T) {
	t.Parallel()
	var saved atomic.Int64
	t.Cleanup(func() {
		if n := saved.Load(); n < 40 {
			t.Errorf("only %d calls were saved", n)
		}
	})
	for seed := range uint64(6) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			differs, calls := lastingHistory(t, seed, nil)
			saved.Add(int64(calls))
			if differs != "" {
				t.Error(differs)
			}
		})
	}
}

// lastingMutants takes one condition at a time from what may be left out.
func lastingMutants() map[string]func(*resync.Deps) {
	change := func(types string, mutate func(*kind.Lasting)) func(*resync.Deps) {
		return func(d *resync.Deps) {
			d.Kinds = slices.Clone(d.Kinds)
			for i, k := range d.Kinds {
				if k.Lasting != nil && strings.Contains(k.Type, types) {
					mutant, lasting := *k, *k.Lasting
					mutate(&lasting)
					mutant.Lasting = &lasting
					d.Kinds[i] = &mutant
				}
			}
		}
	}
	always := func(l *kind.Lasting) { l.Final = func(*kind.Resource, time.Time) bool { return true } }
	return map[string]func(*resync.Deps){
		"a deployment that goes on is final": change("::Deployment", always),
		"a target that goes on is final":     change("DeploymentTarget", always),
		"tags of a revision do not change":   change("TaskDefinition", func(l *kind.Lasting) { l.Tags = nil }),
		"tags of a pipeline do not change":   change("::Pipeline", func(l *kind.Lasting) { l.Tags = nil }),
	}
}

// TestHistoriesFindWhatDoesNotLast wants each wrong condition to be noticed.
func TestHistoriesFindWhatDoesNotLast(t *testing.T) {
	t.Parallel()
	for name, wrong := range lastingMutants() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for seed := range uint64(12) {
				if differs, _ := lastingHistory(t, seed, wrong); differs != "" {
					t.Logf("seed %d tells: %.300s", seed, differs)
					return
				}
			}
			t.Error("12 histories do not tell")
		})
	}
}

// settledWorld has a run behind it, and so remembers what lasts: five of each of these kinds in each of two
// regions, with all deployments long over.
func settledWorld(t *testing.T, changes ...func(*resync.Deps)) *world {
	t.Helper()
	e := estate(lastingKinds...)
	for i := range e.Accounts {
		e.Accounts[i].Populations = nil
	}
	w := newWorldOf(t, defaultsOf(t, slices.Concat(lastingKinds, accountTypes)), e, append([]func(*resync.Deps){quickRetries, inBulk, func(d *resync.Deps) {
		d.State, d.SendExamples = state.NewMemory(), false
	}}, changes...)...)
	long := time.Now().Add(-30 * 24 * time.Hour).Truncate(time.Second)
	for _, region := range regions {
		for n := range settledOfEach {
			pipeline := fmt.Sprintf("pipeline-%d", n)
			for _, r := range []awssim.Resource{
				{Kind: awssim.TaskDefinition, ID: fmt.Sprintf("family:%d", n+1), Tags: map[string]string{"n": fmt.Sprint(n)}},
				{Kind: awssim.Pipeline, ID: pipeline, Tags: map[string]string{"n": fmt.Sprint(n)}},
				{Kind: awssim.PipelineExecution, ID: pipeline + "/00000000-0000-4000-8000-00000000000" + fmt.Sprint(n), Created: long, Attributes: map[string]any{"status": "Succeeded"}},
				{Kind: awssim.Deployment, ID: fmt.Sprintf("d-ABCDEFGH%d", n), Created: long, Attributes: map[string]any{
					"status": "Succeeded", "computePlatform": "Server", "creator": "user", "applicationName": "shop", "deploymentGroupName": "all",
				}},
			} {
				r.Region = region
				w.must(w.aws.Put(member, r))
			}
		}
	}
	wantStatus(t, w.run(invocation.Request{}), report.Completed)
	return w
}

const settledOfEach = 5

// samplesOfTags are read both ways in each cell whose tags are asked for in bulk.
const samplesOfTags = 2

// TestWhatLastsIsNotAskedAgain holds which calls a run makes about what lasts, after something
// has happened to the memory of it, to AWS, or to Port. Where anything is in doubt, all is described.
func TestWhatLastsIsNotAskedAgain(t *testing.T) {
	t.Parallel()
	cells := len(regions)
	var (
		none = map[string]int{"DescribeTaskDefinition": samplesOfTags * cells}
		each = settledOfEach * cells
		all  = map[string]int{
			"DescribeTaskDefinition": each, "GetPipeline": each, "GetPipelineExecution": each, "BatchGetDeployments": cells,
			"ListDeploymentTargets": each, "BatchGetDeploymentTargets": each,
		}
	)
	also := func(more map[string]int) map[string]int {
		sum := maps.Clone(none)
		for operation, n := range more {
			sum[operation] += n
		}
		return sum
	}
	of := func(kind, region, id string) awssim.Resource {
		return awssim.Resource{Kind: kind, Region: region, ID: id}
	}
	for name, test := range map[string]struct {
		prepare []func(*resync.Deps)
		happens func(*world)
		request invocation.Request
		steps   bool
		want    map[string]int
		updated int
		deleted int
	}{
		"nothing":             {want: none},
		"in steps":            {steps: true, want: none},
		"a plan":              {request: invocation.Request{Action: invocation.Plan}, want: none},
		"all of it is forced": {request: invocation.Request{Force: true}, want: all, updated: -1},
		"tags may not be read in bulk": {happens: func(w *world) { w.deps.BulkTags = false }, want: also(map[string]int{
			"DescribeTaskDefinition": each - samplesOfTags*cells,
		})},
		"the tagging API is denied": {happens: func(w *world) {
			w.aws.Inject(awssim.Fault{Service: "tagging", Effect: awssim.Deny, Times: -1})
		}, want: also(map[string]int{"DescribeTaskDefinition": each - samplesOfTags*cells})},
		"the tagging API names other tags than there are": {happens: func(w *world) {
			for n := range settledOfEach {
				w.aws.TellTags(fmt.Sprintf("arn:aws:ecs:%s:%s:task-definition/family:%d", regions[0], member, n+1), map[string]string{"n": "former"})
			}
		}, want: nil},
		"the tagging API leaves one out": {happens: func(w *world) {
			w.aws.TellTags(fmt.Sprintf("arn:aws:ecs:%s:%s:task-definition/family:1", regions[0], member), nil)
		}, want: also(map[string]int{"DescribeTaskDefinition": 1})},
		"a narrowed run": {happens: func(w *world) {
			w.run(invocation.Request{Kinds: []string{awssim.TaskDefinition, awssim.Deployment}})
		}, want: none},
		"events": {happens: func(w *world) {
			for _, region := range regions {
				w.looked(resync.Seen, touch(member, region, awssim.TaskDefinition), touch(member, region, awssim.Deployment), touch(member, region, awssim.Pipeline))
				if n := w.described(0); n != samplesOfTags {
					w.t.Errorf("a run of single cells describes %d that last", n)
				}
			}
		}, want: none},
		"a narrowed run with a mapping that takes less": {happens: func(w *world) {
			// Under another mapping nothing of these pipelines goes to Port, which must not count under this one.
			before := w.defaults.Config
			w.change(nil, func(config string) string {
				return strings.ReplaceAll(config, `"selector":{"query":"true"`, `"selector":{"query":"false"`)
			})
			w.run(invocation.Request{Kinds: lastingKinds})
			w.must(w.port.SetConfig(integration, before))
		}, want: nil, updated: -1, deleted: -1},
		"the state is lost": {happens: func(w *world) { w.deps.State = state.NewMemory() }, want: all, updated: -1},
		"the snapshot is forged": {prepare: []func(*resync.Deps){func(d *resync.Deps) { d.State = sealedBy(state.NewMemory(), ours) }}, happens: func(w *world) {
			w.deps.State = sealedBy(w.deps.State, guessed)
		}, want: all, updated: -1},
		"the snapshot is that of before": {happens: func(w *world) {
			name := "snapshots/" + member + ".gz"
			old, _, err := w.deps.State.Get(w.t.Context(), name)
			w.must(err)
			w.run(invocation.Request{})
			_, version, err := w.deps.State.Get(w.t.Context(), name)
			w.must(err)
			_, err = w.deps.State.Put(w.t.Context(), name, old, version)
			w.must(err)
		}, want: all, updated: -1},
		"the mapping is another": {happens: func(w *world) {
			w.change(nil, func(config string) string {
				return strings.Replace(config, `".Properties.Family"`, `".Properties.Family + \"\""`, 1)
			})
		}, want: all, updated: -1},
		"the program is another": {happens: func(w *world) { w.deps.Program = "v2" }, want: all, updated: -1},
		"an entity is edited": {happens: func(w *world) {
			w.put("ecsTaskDefinition", "arn:aws:ecs:"+regions[0]+":"+member+":task-definition/family:1", "curl/8.0")
		}, want: also(map[string]int{"DescribeTaskDefinition": 1}), updated: 1},
		"a target is edited": {happens: func(w *world) {
			w.put("codeDeployDeploymentTarget", w.identifiers("codeDeployDeploymentTarget")[0], "curl/8.0")
		}, want: also(map[string]int{"ListDeploymentTargets": 1, "BatchGetDeploymentTargets": 1}), updated: 1},
		"tags change": {happens: func(w *world) {
			for _, r := range []awssim.Resource{of(awssim.TaskDefinition, regions[0], "family:1"), of(awssim.Pipeline, regions[0], "pipeline-1")} {
				r.Tags = map[string]string{"n": "other"}
				w.must(w.aws.Put(member, r))
			}
		}, want: nil, updated: 2},
		"a pipeline has another version": {happens: func(w *world) {
			r := of(awssim.Pipeline, regions[0], "pipeline-1")
			r.Tags, r.Attributes = map[string]string{"n": "1"}, map[string]any{"version": 77}
			w.must(w.aws.Put(member, r))
		}, want: nil, updated: -1},
		"an execution is tried again": {happens: func(w *world) {
			r := of(awssim.PipelineExecution, regions[0], "pipeline-1/00000000-0000-4000-8000-000000000001")
			r.Created = time.Now().Add(-30 * 24 * time.Hour).Truncate(time.Second)
			r.Attributes = map[string]any{"status": "InProgress", "lastUpdateTime": time.Now().Unix()}
			w.must(w.aws.Put(member, r))
		}, want: also(map[string]int{"GetPipelineExecution": 1}), updated: 1},
		"all of a kind goes": {happens: func(w *world) {
			for _, region := range regions {
				for n := range settledOfEach {
					w.aws.Remove(member, awssim.TaskDefinition, region, fmt.Sprintf("family:%d", n+1))
				}
			}
		}, request: invocation.Request{AllowMassDelete: true}, want: map[string]int{}, deleted: each},
		"answers are believed for no time": {prepare: []func(*resync.Deps){func(d *resync.Deps) {
			d.Kinds = slices.Clone(d.Kinds)
			for i, k := range d.Kinds {
				if k.Lasting != nil {
					brief, lasting := *k, *k.Lasting
					lasting.For = 0
					brief.Lasting = &lasting
					d.Kinds[i] = &brief
				}
			}
		}}, want: all},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := settledWorld(t, test.prepare...)
			held := w.whatLasts()
			if test.happens != nil {
				test.happens(w)
			}
			before := len(w.aws.Calls())
			var r *report.Report
			if test.steps {
				m := &machine{world: w, concurrency: 2}
				r = m.whole(test.request)
			} else {
				r = w.run(test.request)
			}
			calls := map[string]int{}
			for _, c := range w.aws.Calls()[before:] {
				if slices.Contains(describing, c.Operation) {
					calls[c.Operation]++
				}
			}
			if diff := cmp.Diff(test.want, calls); diff != "" && test.want != nil {
				t.Errorf("calls (-want +got):\n%s", diff)
			}
			if test.updated >= 0 && r.Total.Updated != test.updated || test.deleted >= 0 && r.Total.Deleted != test.deleted {
				t.Errorf("%+v, want %d updated and %d deleted", r.Total, test.updated, test.deleted)
			}
			if test.deleted <= 0 && test.updated <= 0 && (test.happens == nil || test.deleted < 0) {
				if diff := cmp.Diff(held, w.whatLasts()); diff != "" {
					t.Errorf("Port (-before +after):\n%s", diff)
				}
			}
		})
	}
}
