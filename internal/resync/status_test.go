package resync_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
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

// telling makes runs report their kinds to Port.
func telling(d *resync.Deps) { d.SyncStatus = d.Port.(*port.Client) }

// lastSync is what was reported to Port about the latest resync.
func (w *world) lastSync() portsim.Sync {
	w.t.Helper()
	in, _ := w.port.Integration(integration)
	if len(in.Syncs) == 0 {
		w.t.Fatal("Port was told of no resync")
	}
	return in.Syncs[len(in.Syncs)-1]
}

// twice returns the mapping of queues a second entry, which takes one queue and no
// region but one, and a third with a kind that does not exist.
func twice(t *testing.T) port.Defaults {
	t.Helper()
	d := defaultsOf(t, []string{awssim.Queue, "AWS::Account::Info"})
	var config map[string]any
	decode(t, d.Config, &config)
	resources := config["resources"].([]any)
	for _, entry := range resources {
		if entry.(map[string]any)["kind"] != awssim.Queue {
			continue
		}
		var second, third map[string]any
		decode(t, encode(t, entry), &second)
		decode(t, encode(t, entry), &third)
		second["selector"] = map[string]any{"query": `.Properties.QueueArn | contains("events")`, "regionPolicy": map[string]any{"allow": []string{"eu-west-1"}}}
		second["port"].(map[string]any)["entity"].(map[string]any)["mappings"].(map[string]any)["identifier"] = `"second:" + .Properties.QueueArn`
		third["kind"] = "AWS::SQS::Topic"
		resources = append(resources, second, third)
	}
	config["resources"] = resources
	d.Config = encode(t, config)
	return d
}

// TestKindsInPort reports each entry of the mapping to Port. Each has its
// own counts, although two share one reading.
func TestKindsInPort(t *testing.T) {
	t.Parallel()
	w := newWorldOf(t, twice(t), estate(awssim.Queue), telling)
	result := w.run(invocation.Request{Action: invocation.Resync})
	sync := w.lastSync()
	if sync.Event != result.Run {
		t.Errorf("the resync is %s in Port, and %s here", sync.Event, result.Run)
	}
	type counts struct {
		State                                                                string
		Extracted, Transformed, Filtered, Loaded, Unchanged, Failed, Deleted int
	}
	got := map[string]counts{}
	for _, k := range sync.Kinds {
		got[k.Identifier] = counts{
			k.State, k.Extracted, k.Transformed, k.Filtered, k.Loaded, k.Unchanged, k.ExtractFailed + k.TransformFailed + k.LoadFailed, k.Deleted,
		}
	}
	queues := 2 * perAccount
	inOne := queues / 2
	var matching int
	for _, id := range w.identifiers("sqsQueue") {
		if strings.HasPrefix(id, "second:") {
			matching++
		}
	}
	if matching == 0 || matching == inOne {
		t.Fatalf("the second entry takes %d of %d", matching, inOne)
	}
	want := map[string]counts{
		awssim.Queue + "-1":     {State: "completed", Extracted: queues, Transformed: queues, Loaded: queues},
		awssim.Queue + "-2":     {State: "completed", Extracted: inOne, Transformed: matching, Filtered: inOne - matching, Loaded: matching},
		"AWS::SQS::Topic-3":     {State: "failed"},
		"AWS::Account::Info-0":  {State: "completed", Extracted: 2, Transformed: 2, Loaded: 2},
		port.RuntimeKind:        {State: "failed"}, // part of the mapping does not work
		port.ReconciliationKind: {State: "completed"},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if calls := result.Port[port.FamilyMetrics]; calls.Calls < 4 {
		t.Errorf("the report counts %+v", result.Port)
	}
	var entry report.Resource
	for _, r := range result.Resources {
		if r.Index == 2 {
			entry = r
		}
	}
	if d := cmp.Diff(report.Resource{
		Index: 2, Kind: awssim.Queue, Blueprint: `"sqsQueue"`, Mapped: matching,
		Counts: report.Counts{Fetched: inOne, Filtered: inOne - matching, Created: matching},
	}, entry); d != "" {
		t.Error(d)
	}
}

// TestFailedKindsInPort has a kind that AWS refuses, and one whose mapping fails.
func TestFailedKindsInPort(t *testing.T) {
	t.Parallel()
	w := newWorld(t, estate(), telling)
	w.aws.Inject(awssim.Fault{Service: "sqs", Times: -1, Effect: awssim.Deny})
	w.run(invocation.Request{Action: invocation.Resync})
	sync := w.lastSync()
	states := map[string]string{}
	for _, k := range sync.Kinds {
		states[k.Kind] = k.State
	}
	if states[awssim.Queue] != "failed" || states[awssim.Bucket] != "completed" || states[port.RuntimeKind] != "failed" {
		t.Errorf("%v", states)
	}
	for _, k := range sync.Kinds {
		if k.Kind == awssim.Queue && (k.ExtractFailed != 4 || k.Extracted != 0) {
			t.Errorf("%+v", k)
		}
	}
}

// TestDeletesAndUnchangedInPort makes a second run, which reports to Port what it left
// unchanged and what it deleted.
func TestDeletesAndUnchangedInPort(t *testing.T) {
	t.Parallel()
	w := newWorldOf(t, defaultsOf(t, []string{awssim.Queue}), estate(awssim.Queue), telling, func(d *resync.Deps) { d.State = state.NewMemory() })
	w.run(invocation.Request{Action: invocation.Resync})
	if gone := w.aws.Resources(member, awssim.Queue, regions[0])[0]; !w.aws.Remove(member, awssim.Queue, gone.Region, gone.ID) {
		t.Fatal("nothing was removed")
	}
	w.run(invocation.Request{Action: invocation.Resync})
	sync := w.lastSync()
	k, whole := sync.Kinds[0], sync.Kind(port.ReconciliationKind)
	if k.Unchanged != 2*perAccount-1 || k.Loaded != 0 || whole.Deleted != 1 || whole.State != "completed" {
		t.Errorf("%+v\n%+v", k, whole)
	}
}

// TestAbortedKindsInPort stops a run while it reads.
func TestAbortedKindsInPort(t *testing.T) {
	t.Parallel()
	w := newWorld(t, estate(), telling)
	ctx, cancel := context.WithCancel(t.Context())
	w.transport = func(next http.RoundTripper) http.RoundTripper {
		return tripper(func(r *http.Request) (*http.Response, error) {
			if strings.Contains(r.Header.Get("Authorization"), "/sqs/") {
				cancel()
			}
			return next.RoundTrip(r)
		})
	}
	result, err := resync.Run(ctx, w.deps, invocation.Request{Action: invocation.Resync})
	if err != nil || result.Status != report.Aborted {
		t.Fatalf("%s %v", result.Status, err)
	}
	for _, k := range w.lastSync().Kinds {
		if k.State != "aborted" {
			t.Errorf("%s is %s", k.Identifier, k.State)
		}
	}
	if in, _ := w.port.Integration(integration); in.State.Status != "aborted" {
		t.Errorf("the resync is %s", in.State.Status)
	}
}

// deaf is a Port that accepts no reports about kinds: it refuses, or it does not answer.
type deaf struct{ answers bool }

func (d deaf) hear(ctx context.Context) error {
	if d.answers {
		return errors.New("refused")
	}
	<-ctx.Done()
	return ctx.Err()
}

func (d deaf) TellSync(ctx context.Context, _ string, _ []port.KindSync) error { return d.hear(ctx) }
func (d deaf) UpdateSync(ctx context.Context, _ string, _ port.KindSync) error { return d.hear(ctx) }
func (d deaf) Heartbeat(ctx context.Context, _ string) error                   { return d.hear(ctx) }

// TestDeafPort neither fails a run nor delays it for long.
func TestDeafPort(t *testing.T) {
	t.Parallel()
	for _, answers := range []bool{true, false} {
		var log bytes.Buffer
		w := newWorldOf(t, defaultsOf(t, few[5:7]), estate(awssim.Queue), func(d *resync.Deps) {
			d.SyncStatus, d.Log = deaf{answers}, slog.New(slog.NewTextHandler(&log, nil))
		})
		began := time.Now()
		result := w.run(invocation.Request{Action: invocation.Resync})
		wantStatus(t, result, report.Completed)
		if took := time.Since(began); took > 8*time.Second {
			t.Errorf("the run took %s", took)
		}
		if n := strings.Count(log.String(), "Port does not hear"); n != 1 {
			t.Errorf("it is logged %d times:\n%s", n, log.String())
		}
	}
}

// TestPlanTellsNothing of kinds to Port.
func TestPlanTellsNothing(t *testing.T) {
	t.Parallel()
	w := newWorldOf(t, defaultsOf(t, few[5:7]), estate(awssim.Queue), telling)
	w.run(invocation.Request{Action: invocation.Plan})
	if got := w.port.Ingested(); len(got) != 0 {
		t.Errorf("%+v", got)
	}
}

// TestLinesToFollow has a line for each kind in each account, and one of the whole.
func TestLinesToFollow(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	w := newWorldOf(t, defaultsOf(t, []string{awssim.Queue, awssim.Bucket, "AWS::Account::Info"}), estate(awssim.Queue, awssim.Bucket),
		func(d *resync.Deps) {
			d.Log = slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		})
	w.aws.Inject(awssim.Fault{Service: "sqs", Account: member, Region: "us-east-1", Times: -1, Effect: awssim.Deny})
	w.run(invocation.Request{Action: invocation.Resync})
	type line struct {
		Msg, Level, Account, Kind, Outcome, Service, Operation, Region, Status string
		Cells, Unread, Resources                                               int
	}
	kinds, summaries, calls := map[string]line{}, 0, 0
	for text := range strings.Lines(log.String()) {
		var got struct {
			line
			Status any
		}
		if err := json.Unmarshal([]byte(text), &got); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		switch got.Msg {
		case "kind read":
			if got.Level != "INFO" || kinds[got.Account+" "+got.Kind] != (line{}) {
				t.Errorf("a line again: %s", text)
			}
			kinds[got.Account+" "+got.Kind] = line{Outcome: got.Outcome, Cells: got.Cells, Unread: got.Unread, Resources: got.Resources}
		case "run ended":
			summaries++
		case "AWS call":
			calls++
			if got.Level != "DEBUG" || got.Service == "" || got.Operation == "" || got.Region == "" || got.line.Status == "0" {
				t.Errorf("a call: %s", text)
			}
		}
	}
	want := map[string]line{
		management + " " + awssim.Queue:    {Outcome: "complete", Cells: 2, Resources: perAccount},
		member + " " + awssim.Queue:        {Outcome: "denied", Cells: 2, Unread: 1, Resources: perAccount / 2},
		management + " " + awssim.Bucket:   {Outcome: "complete", Cells: 1, Resources: perAccount},
		member + " " + awssim.Bucket:       {Outcome: "complete", Cells: 1, Resources: perAccount},
		management + " AWS::Account::Info": {Outcome: "complete", Cells: 1, Resources: 1},
		member + " AWS::Account::Info":     {Outcome: "complete", Cells: 1, Resources: 1},
	}
	if d := cmp.Diff(want, kinds); d != "" {
		t.Error(d)
	}
	if summaries != 1 || calls < 10 {
		t.Errorf("%d summaries, %d calls", summaries, calls)
	}
}

// TestStepsInPort reports the same to Port for a run in several invocations as for a run
// in one process.
func TestStepsInPort(t *testing.T) {
	t.Parallel()
	one := newWorld(t, estate(), telling, func(d *resync.Deps) { d.State = state.NewMemory() })
	many := newMachine(t, estate(), telling)
	for range 2 {
		want, got := one.run(resyncNow), many.whole(resyncNow)
		wantStatus(t, got, report.Completed)
		for _, r := range []*report.Report{want, got} {
			for i := range r.Resources { // an account that a relation has created is updated, otherwise it is created
				c := &r.Resources[i].Counts
				c.Updated, c.Created = c.Updated+c.Created, 0
			}
		}
		if d := cmp.Diff(want.Resources, got.Resources); d != "" {
			t.Errorf("the entries differ (-one process +steps):\n%s", d)
		}
		sync := many.lastSync()
		if sync.Event != got.Run || len(sync.Kinds) != len(one.lastSync().Kinds) {
			t.Errorf("%+v", sync)
		}
		for _, k := range sync.Kinds {
			same := one.lastSync().Kind(k.Identifier)
			if k.State != "completed" || k.Loaded != same.Loaded || k.Extracted != same.Extracted || k.Unchanged != same.Unchanged {
				t.Errorf("%+v, in one process %+v", k, same)
			}
		}
	}
}
