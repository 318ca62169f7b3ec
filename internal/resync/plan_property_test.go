package resync_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/invocation"
	"portolan/internal/port"
	"portolan/internal/report"
	"portolan/internal/resync"
	"portolan/internal/simulator/awssim"
	"portolan/internal/simulator/portsim"
	"portolan/internal/state"
)

// smallWorld is a random estate, mapping, Port and past.
func smallWorld(t *testing.T, random *rand.Rand) *world {
	t.Helper()
	chance := func(of float64) bool { return random.Float64() < of }
	either := func(a, b string) string {
		if chance(0.5) {
			return a
		}
		return b
	}
	// Where Port makes what a relation leads to, and cannot make it without what it
	// requires, the order of the writes decides, which no plan knows.
	create, target := chance(0.5), either(`(\"q-\" + (.Properties.BucketName|.[-1:]))`, `\"ghost\"`)
	required := ""
	if !create || strings.Contains(target, "ghost") {
		required = either(`"must"`, ``)
	}
	queue := `{"identifier":"queue","title":"Queue","schema":{"properties":{"size":{"type":"string"},"must":{"type":"string"},"number":{"type":"number"}},"required":[` + required + `]}}`
	bucket := `{"identifier":"bucket","title":"Bucket","schema":{"properties":{"name":{"type":"string"}}},
		"relations":{"queue":{"title":"Queue","target":"queue","required":false,"many":false}}}`
	properties := `"size":".Properties.VisibilityTimeout|tostring"`
	if chance(0.7) {
		properties += `,"must":"\"x\""`
	}
	if chance(0.3) { // for some queues a number, for the others a text
		properties += `,"number":"if (.Properties.QueueName|test(\"2$\")) then \"two\" else 2 end"`
	}
	if chance(0.2) {
		properties += `,"unknown":"null"`
	}
	title := either(`"title":".Properties.QueueName",`, ``)
	queues := queueEntry(`{"identifier":".Properties.QueueName",` + title + `"blueprint":"\"queue\"","properties":{` + properties + `}}`)
	kind := either(`\"bucket\"`, `(if (.Properties.BucketName|test(\"3$\")) then \"nothing\" else \"bucket\" end)`)
	buckets := `{"kind":"AWS::S3::Bucket","selector":{"query":"true"},"port":{"entity":{"mappings":{"identifier":".Properties.BucketName","blueprint":"` + kind +
		`","properties":{"name":".Properties.BucketName"},"relations":{"queue":"` + target + `"}}}}}`
	root := fmt.Sprintf(`"enableMergeEntity":%v,"createMissingRelatedEntities":%v,"entityDeletionThreshold":1,`, chance(0.6), create)
	e := estate(awssim.Queue)
	for i := range e.Accounts {
		e.Accounts[i].Populations = nil
	}
	w := newWorldOf(t, port.Defaults{Blueprints: blueprintsOf(queue, bucket), Config: mappingOf(root, queues, buckets)}, e, quickRetries,
		func(d *resync.Deps) {
			if chance(0.5) {
				d.State = state.NewMemory()
			}
		})
	resource := func(kind, name string, n int) awssim.Resource {
		return awssim.Resource{Kind: kind, Region: regions[n%len(regions)], ID: fmt.Sprintf("%s-%d", name, n)}
	}
	put := func(least float64) {
		for n := range 8 {
			if chance(least) {
				r := resource(awssim.Queue, "q", n)
				r.Attributes = map[string]any{"VisibilityTimeout": fmt.Sprint(random.IntN(3))}
				w.must(w.aws.Put(member, r))
			}
			if chance(least) {
				w.must(w.aws.Put(member, resource(awssim.Bucket, "some-bucket", n)))
			}
		}
	}
	put(0.5)
	if chance(0.8) {
		w.run(invocation.Request{})
		w.later.Add(int64(time.Minute))
		for _, writer := range []string{another, formerly, "curl/8.0"} {
			// Not buckets: what others' entities depend on, Port would not delete, and a plan
			// does not know.
			w.give(writer, random.IntN(3), "queue")
		}
		for _, kind := range []string{awssim.Queue, awssim.Bucket} {
			for _, region := range regions {
				for _, r := range w.aws.Resources(member, kind, region) {
					if chance(0.3) {
						w.aws.Remove(member, kind, region, r.ID)
					}
				}
			}
		}
		put(0.3)
	}
	return w
}

// content is what Port holds of an entity, and whether it is this integration's.
func contentOf(e portsim.Entity) any {
	ours := strings.HasPrefix(e.Datasource, "port-ocean/aws-v3/") && strings.HasSuffix(e.Datasource, "/"+integration+"/exporter")
	return []any{e.Title, fmt.Sprint(e.Properties), fmt.Sprint(e.Relations), ours}
}

func (w *world) held() map[string]any {
	all := make(map[string]any)
	for _, blueprint := range []string{"queue", "bucket"} {
		for _, e := range w.port.Entities(blueprint) {
			if e.Identifier != "ghost" {
				all[blueprint+"/"+e.Identifier] = contentOf(e)
			}
		}
	}
	return all
}

// TestThePlanIsWhatTheResyncDoes, by identifier, in random small worlds.
func TestThePlanIsWhatTheResyncDoes(t *testing.T) {
	t.Parallel()
	for seed := range uint64(40) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			w := smallWorld(t, rand.New(rand.NewPCG(seed, 7)))
			before := w.held()
			plan := w.run(invocation.Request{Action: invocation.Plan})
			if diff := cmp.Diff(before, w.held()); diff != "" {
				t.Fatalf("the plan changed Port:\n%s", diff)
			}
			r := w.run(invocation.Request{})
			after := w.held()

			said := map[string][]string{report.Created: {}, report.Updated: {}, report.Fails: {}, "delete": {}}
			for _, c := range plan.Changes {
				said[c.Sort] = append(said[c.Sort], c.Blueprint+"/"+c.Identifier)
			}
			said["delete"] = append(said["delete"], plan.Deletes.Samples...)
			done := map[string][]string{report.Created: {}, report.Updated: {}, report.Fails: said[report.Fails], "delete": {}}
			for _, key := range slices.Sorted(maps.Keys(after)) {
				old, was := before[key]
				switch {
				case !was && bare(after[key]) && !slices.Contains(said[report.Created], key):
					// a relation created it, and the estate does not have it
				case !was:
					done[report.Created] = append(done[report.Created], key)
				case !reflect.DeepEqual(old, after[key]):
					done[report.Updated] = append(done[report.Updated], key)
				}
			}
			for _, key := range slices.Sorted(maps.Keys(before)) {
				if _, is := after[key]; !is {
					done["delete"] = append(done["delete"], key)
				}
			}
			for _, list := range said {
				slices.Sort(list)
			}
			if diff := cmp.Diff(done, said); diff != "" {
				t.Errorf("the plan differs (-done +planned):\n%s\nplan %s (%s), resync %s (%s)\n%+v", diff, plan.Status, plan.Reason, r.Status, r.Reason, r.Entities)
			}
			for _, key := range said[report.Fails] {
				if old, was := before[key]; was && !reflect.DeepEqual(old, after[key]) {
					t.Errorf("%s was to fail, and has changed", key)
				}
			}
			if r.Status != plan.Status || r.Total.Created != plan.Total.Created || r.Total.Failed != plan.Total.Failed ||
				r.Total.Updated+r.Total.Unchanged != plan.Total.Updated+plan.Total.Unchanged || r.Deletes.Deleted != plan.Deletes.Planned {
				t.Errorf("the plan: %s %+v, %d deletes; the resync: %s %+v, %d: %+v %+v", plan.Status, plan.Total, plan.Deletes.Planned,
					r.Status, r.Total, r.Deletes.Deleted, plan.Entities, r.Entities)
			}
		})
	}
}

// bare says whether an entity has nothing but its identifier.
func bare(content any) bool {
	c := content.([]any)
	return c[0] == "" && c[1] == "map[]" && c[2] == "map[]"
}
