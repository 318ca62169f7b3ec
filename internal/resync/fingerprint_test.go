package resync_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/invocation"
	"portolan/internal/mapping"
	"portolan/internal/port"
	"portolan/internal/report"
	"portolan/internal/resync"
	"portolan/internal/resync/entity"
	"portolan/internal/resync/snapshot"
	"portolan/internal/simulator/awssim"
	"portolan/internal/state"
)

// forgetful is a state that has lost every fingerprint.
type forgetful struct{ state.Store }

func (f forgetful) Get(ctx context.Context, name string) ([]byte, string, error) {
	data, version, err := f.Store.Get(ctx, name)
	account, ok := strings.CutPrefix(name, "snapshots/")
	if err != nil || !ok {
		return data, version, err
	}
	plain := state.NewMemory()
	if _, err := plain.Put(ctx, name, data, ""); err != nil {
		return nil, "", err
	}
	old, err := snapshot.NewSet(plain, nil).Load(ctx, strings.TrimSuffix(account, ".gz"))
	if err != nil {
		return nil, "", err
	}
	data, err = snapshot.Encode(old.Header, func(yield func(snapshot.Entry) bool) {
		for e := range old.All() {
			e.Content = entity.Content{Hash: e.Hash}
			if !yield(e) {
				return
			}
		}
	})
	return data, version, err
}

// fingerprints counts the entities of a state that are remembered with a fingerprint.
func (w *world) fingerprints() (with, without int) {
	set := snapshot.NewSet(w.deps.State, nil)
	accounts, err := set.Accounts(w.t.Context())
	w.must(err)
	for _, account := range accounts {
		s, err := set.Load(w.t.Context(), account)
		w.must(err)
		for e := range s.All() {
			if e.Document == (mapping.Fingerprint{}) {
				without++
			} else {
				with++
			}
		}
	}
	return with, without
}

// twin is a random estate and mapping with all that a mapping may do: several entities of a
// document and of its parts, one entity of several documents, nulls, failures, drops, filters,
// searches, relations that Port fills in, and the time.
func twin(t *testing.T, random *rand.Rand, store state.Store) *world {
	chance := func(of float64) bool { return random.Float64() < of }
	pick := func(of ...string) string { return of[random.IntN(len(of))] }
	queue := `{"identifier":"queue","title":"Queue","schema":{"properties":{"size":{"type":"string"},"other":{"type":"string"},"tag":{"type":"string"}},"required":[]},
		"relations":{"part":{"title":"Part","target":"part","required":false,"many":true}}}`
	part := `{"identifier":"part","title":"Part","schema":{"properties":{"name":{"type":"string"}},"required":[]},
		"relations":{"queue":{"title":"Queue","target":"queue","required":false,"many":false}}}`
	timed := `".Properties.QueueName"`
	if chance(0.2) {
		timed = `"now|floor|tostring"`
	}
	property := func() string {
		return pick(`".Properties.VisibilityTimeout|tostring"`, `".Properties.Nothing"`, `".Properties.QueueName|if test(\"1$\") then null else . end"`,
			`".Properties.QueueName|if test(\"2$\") then error(\"no\") else . end"`, `"\"fixed\""`, timed)
	}
	identifier := pick(`.Properties.QueueName`, `.Properties.QueueName`, `.Properties.QueueName|.[:-1]`, `.Properties.QueueName|if test(\"3$\") then null else . end`)
	key := `"` + identifier + `"`
	if chance(0.2) {
		key = `{"combinator":"\"and\"","rules":[{"property":"\"$identifier\"","operator":"\"=\"","value":"` + identifier + `"}]}`
	}
	relation := pick(`[.Properties.QueueName + \"-\" + (.Properties.VisibilityTimeout|tostring)]`, `[.Properties.QueueName + \"-x\"]`, `null`, `[]`)
	selector := pick(`true`, `.Properties.VisibilityTimeout|tostring != \"1\"`, `.Properties.QueueName|test(\"[0-5]$\")`)
	first := `{"kind":"AWS::SQS::Queue","selector":{"query":"` + selector + `"},"port":{"entity":{"mappings":[
		{"identifier":` + key + `,"blueprint":"\"queue\"","title":` + property() + `,"properties":{"size":` + property() + `,"other":` + property() + `},
			"relations":{"part":"` + relation + `"}},
		{"identifier":".Properties.QueueName + \"-\" + (.Properties.VisibilityTimeout|tostring)","blueprint":"\"part\"",
			"properties":{"name":` + property() + `},"relations":{"queue":".Properties.QueueName"}}]}}}`
	second := `{"kind":"AWS::SQS::Queue","selector":{"query":"true"},"port":{
		"itemsToParse":"[range(.Properties.VisibilityTimeout|tonumber) as $i | {n: $i}]","entity":{"mappings":
		{"identifier":".Properties.QueueName + \"-item-\" + (.item.n|tostring)","blueprint":"\"part\"","properties":{"name":` + property() + `}}}}}`
	root := fmt.Sprintf(`"enableMergeEntity":%v,"createMissingRelatedEntities":%v,"deleteDependentEntities":false,"entityDeletionThreshold":1,`,
		chance(0.5), chance(0.5))
	entries := []string{first, second}
	if chance(0.4) {
		entries = entries[:1]
	}
	e := estate(awssim.Queue)
	for i := range e.Accounts {
		e.Accounts[i].Populations = nil
	}
	return newWorldOf(t, port.Defaults{Blueprints: blueprintsOf(queue, part), Config: mappingOf(root, entries...)}, e, quickRetries, func(d *resync.Deps) {
		d.State = store
		d.Limits.Entering, d.Limits.Cells, d.Limits.Calls, d.Limits.Uploads = 1, 1, 1, 1
	})
}

// alter changes the estate and Port at random, the same way for the same random numbers.
func (w *world) alter(random *rand.Rand) {
	chance := func(of float64) bool { return random.Float64() < of }
	w.aws.ClearFaults()
	for n := range 8 {
		r := awssim.Resource{Kind: awssim.Queue, Region: regions[n%len(regions)], ID: fmt.Sprintf("queue-%d", n)}
		r.Attributes = map[string]any{"VisibilityTimeout": fmt.Sprint(random.IntN(3))}
		switch change := random.IntN(6); change {
		case 0, 1:
			w.must(w.aws.Put(member, r))
		case 2:
			w.aws.Remove(member, awssim.Queue, r.Region, r.ID)
		}
	}
	if chance(0.3) {
		w.aws.Inject(awssim.Fault{Account: member, Region: regions[random.IntN(2)], Service: "sqs", Times: -1, Effect: awssim.Deny})
	}
	if chance(0.3) {
		w.later.Add(int64(time.Minute))
		w.give("curl/8.0", random.IntN(3), "queue", "part")
	}
}

// twins is all that Port holds of the twins' blueprints.
func (w *world) twins() map[string]any {
	all := map[string]any{}
	for _, blueprint := range []string{"queue", "part"} {
		for _, e := range w.port.Entities(blueprint) {
			all[blueprint+"/"+e.Identifier] = contentOf(e)
		}
	}
	return all
}

// TestFingerprintsChangeNothing compares runs that know fingerprints with runs that do not, in the
// same random histories: reports, what Port holds, and what is remembered.
func TestFingerprintsChangeNothing(t *testing.T) {
	t.Parallel()
	var known atomic.Int64
	t.Cleanup(func() {
		if n := known.Load(); n < 200 {
			t.Errorf("only %d fingerprints were remembered", n)
		}
	})
	for seed := range uint64(24) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			var worlds [2]*world
			for i, store := range []state.Store{state.NewMemory(), forgetful{state.NewMemory()}} {
				worlds[i] = twin(t, rand.New(rand.NewPCG(seed, 11)), store)
			}
			timed := strings.Contains(string(worlds[0].defaults.Config), "now")
			for round := range uint64(4) {
				var reports, plans [2]*report.Report
				for i, w := range worlds {
					random := rand.New(rand.NewPCG(seed, round))
					w.alter(random)
					if random.IntN(4) == 0 {
						plans[i] = steady(t, w.run(invocation.Request{Action: invocation.Plan}))
					}
					reports[i] = steady(t, w.run(invocation.Request{Force: random.IntN(8) == 0}))
				}
				with, _ := worlds[0].fingerprints()
				known.Add(int64(with))
				if timed { // then the two differ by the time
					continue
				}
				if diff := cmp.Diff(plans[1], plans[0]); diff != "" {
					t.Fatalf("round %d: the plan differs (-without +with fingerprints):\n%s", round, diff)
				}
				if diff := cmp.Diff(reports[1], reports[0]); diff != "" {
					t.Fatalf("round %d: the report differs (-without +with fingerprints):\n%s", round, diff)
				}
				if diff := cmp.Diff(worlds[1].twins(), worlds[0].twins()); diff != "" {
					t.Fatalf("round %d: Port differs (-without +with fingerprints):\n%s", round, diff)
				}
			}
		})
	}
}

// TestTheSameIsNotMappedAgain of a kind whose mapping asks for nothing but the document, and is if
// it asks for the time.
func TestTheSameIsNotMappedAgain(t *testing.T) {
	t.Parallel()
	w := remembering(t)
	if with, without := w.fingerprints(); with != everything || without != 0 {
		t.Fatalf("%d entities are remembered with a fingerprint, %d without", with, without)
	}
	w.change(nil, func(config string) string {
		return strings.Replace(config, `".Properties.VisibilityTimeout`, `"(now|tostring) as $n | .Properties.VisibilityTimeout`, 1)
	})
	for range 2 {
		wantStatus(t, w.run(invocation.Request{}), report.Completed)
	}
	queues := len(w.identifiers("sqsQueue"))
	if with, without := w.fingerprints(); without != queues || with != everything-queues {
		t.Errorf("%d entities are remembered with a fingerprint, %d without; there are %d queues", with, without, queues)
	}
}
