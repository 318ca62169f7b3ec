package refresh_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/smithy-go/middleware"

	"portolan/internal/aws/account"
	"portolan/internal/aws/kinds"
	"portolan/internal/invocation"
	"portolan/internal/port"
	"portolan/internal/port/defaults"
	"portolan/internal/refresh"
	"portolan/internal/report"
	"portolan/internal/resync"
	"portolan/internal/resync/cell"
	"portolan/internal/simulator/awssim"
	"portolan/internal/simulator/portsim"
	"portolan/internal/simulator/wire"
	"portolan/internal/state"
)

func waitFor(ctx context.Context, span time.Duration) error {
	select {
	case <-time.After(span):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// farStore is a state in S3: each of its calls takes as long as any other of AWS.
type farStore struct {
	state.Store
	latency func() time.Duration
}

func (s farStore) Get(ctx context.Context, name string) ([]byte, string, error) {
	if err := waitFor(ctx, s.latency()); err != nil {
		return nil, "", err
	}
	return s.Store.Get(ctx, name)
}

func (s farStore) Put(ctx context.Context, name string, data []byte, version string) (string, error) {
	if err := waitFor(ctx, s.latency()); err != nil {
		return "", err
	}
	return s.Store.Put(ctx, name, data, version)
}

func (s farStore) List(ctx context.Context, prefix string) ([]string, error) {
	if err := waitFor(ctx, s.latency()); err != nil {
		return nil, err
	}
	return s.Store.List(ctx, prefix)
}

const (
	stormRole    = "arn:aws:iam::000000000000:role/reads"
	keyID, key   = "AKIAIOSFODNN7EXAMPLE", "secret-key"
	integration  = "storm"
	management   = "000000000000"
	perPlace     = 3
	firstAccount = 1
)

var (
	stormKinds   = []string{awssim.Queue, awssim.Topic, awssim.Cluster, awssim.Table, awssim.Function}
	stormRegions = []string{"eu-west-1", "us-east-1"}
)

// real is a simulated AWS and a simulated Port in this process, and how a run sees them.
type real struct {
	t       *testing.T
	aws     *awssim.Server
	catalog *portsim.Server
	deps    resync.Deps
	ids     []string // of the accounts with resources
}

// newReal returns an Organization with as many accounts, each with the five kinds in two regions, after
// a full run. It is used in synctest's time.
func newReal(t *testing.T, accounts int, store state.Store) *real {
	t.Helper()
	time.Sleep(time.Until(time.Date(2026, time.January, 5, 6, 0, 0, 0, time.UTC)))
	var asked atomic.Int64
	far := func() time.Duration { // 30 to 80 ms, evenly
		return time.Duration(30+17*asked.Add(1)%51) * time.Millisecond
	}
	everything := awssim.Permissions{Allow: []string{"*"}}
	e := awssim.Estate{Organization: &awssim.Organization{}, Accounts: []awssim.Account{{
		ID: management, Name: "management", Management: true,
		Users: []awssim.User{{Name: "portolan", AccessKeyID: keyID, SecretAccessKey: key, Permissions: everything}},
	}}}
	w := &real{t: t}
	for i := firstAccount; i <= accounts; i++ {
		id := fmt.Sprintf("%012d", i)
		w.ids = append(w.ids, id)
		of := awssim.Account{ID: id, Name: "account-" + id}
		for _, kind := range stormKinds {
			of.Populations = append(of.Populations, awssim.Population{Kind: kind, Regions: stormRegions, Count: perPlace})
		}
		e.Accounts = append(e.Accounts, of)
	}
	for i := range e.Accounts {
		e.Accounts[i].Roles = []awssim.Role{{Name: "reads", Trusts: []string{management}, ExternalID: "external", Permissions: everything}}
	}
	var err error
	if w.aws, err = awssim.New(e, awssim.Options{Trail: &awssim.Trail{}, RememberCalls: 1000}); err != nil {
		t.Fatal(err)
	}
	w.catalog = portsim.New(portsim.Options{})
	client, err := port.New(port.Options{
		BaseURL: "http://127.0.0.1:1", Type: "aws-v3", Identifier: integration,
		Credentials: func(context.Context) (string, string, error) { return "client", "secret", nil },
		Defaults:    someDefaults(t), Initialize: true,
		HTTP: &http.Client{Transport: wire.Wire{Handler: w.catalog, Latency: func() time.Duration { return 100 * time.Millisecond }}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	through := &http.Client{Transport: w.aws.Transport(wire.Wire{Handler: w.aws, Latency: far})}
	w.deps = resync.Deps{
		Port: client, Kinds: kinds.All, Log: slog.New(slog.DiscardHandler), State: farStore{store, far},
		Settings: resync.Settings{Integration: integration, Type: "aws-v3", Regions: stormRegions, BulkTags: true},
		Directory: func(_ context.Context, _ string, apiOptions func(*middleware.Stack) error) (resync.Directory, error) {
			return account.New(aws.Config{
				Region: "us-east-1", BaseEndpoint: aws.String("http://127.0.0.1:1"), APIOptions: []func(*middleware.Stack) error{apiOptions},
				Credentials: credentials.NewStaticCredentialsProvider(keyID, key, ""), HTTPClient: through,
			}, account.Options{RoleARN: stormRole, ExternalID: "external", SessionName: "portolan-test"}), nil
		},
	}
	w.full()
	return w
}

// someDefaults are the default blueprints, and the mapping of the five kinds.
func someDefaults(t *testing.T) port.Defaults {
	t.Helper()
	d := defaults.Native()
	var config map[string]any
	if err := json.Unmarshal(d.Config, &config); err != nil {
		t.Fatal(err)
	}
	config["resources"] = slices.DeleteFunc(config["resources"].([]any), func(r any) bool {
		return !slices.Contains(stormKinds, r.(map[string]any)["kind"].(string))
	})
	var err error
	if d.Config, err = json.Marshal(config); err != nil {
		t.Fatal(err)
	}
	return d
}

func (w *real) full() *report.Report {
	w.t.Helper()
	r, err := resync.Run(w.t.Context(), w.deps, invocation.Request{AllowMassDelete: true})
	if err != nil || r.Status != report.Completed {
		w.t.Fatalf("the full run is %s (%s): %v %+v", r.Status, r.Reason, err, r.Gaps)
	}
	return r
}

// change changes the first resource of a cell in AWS.
func (w *real) change(of cell.Name, to int) awssim.Resource {
	w.t.Helper()
	r := w.aws.Resources(string(of.Account), string(of.Kind), string(of.Region))[0]
	r.Tags = map[string]string{"turn": fmt.Sprint(to)}
	if of.Kind == awssim.Queue {
		r.Attributes = map[string]any{"VisibilityTimeout": fmt.Sprint(to % 40_000)}
	}
	if err := w.aws.Put(string(of.Account), r); err != nil {
		w.t.Fatal(err)
	}
	return r
}

// timeout is what Port has of a queue.
func (w *real) timeout(of cell.Name, id string) string {
	e, _ := w.catalog.Entity("sqsQueue", "arn:aws:sqs:"+string(of.Region)+":"+string(of.Account)+":"+id)
	return fmt.Sprint(e.Properties["visibilityTimeout"])
}

// TestTheTimeOfANarrowRun holds how long the reading of one small cell takes, by the clock, if AWS takes
// 30 to 80 ms for a call, the state among it, and Port 100 ms. The mapping, the token and the accounts are
// known, as in a function that is warm.
func TestTheTimeOfANarrowRun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newReal(t, 3, state.NewMemory())
		r := &resync.Refresher{}
		queues := cell.Name{Account: cell.Account(w.ids[0]), Region: "eu-west-1", Kind: awssim.Queue}
		look := func(name string, most time.Duration) {
			t.Helper()
			time.Sleep(time.Minute)
			w.catalog.ForgetRequests()
			before, began := len(w.aws.Calls()), time.Now()
			out, err := r.Refresh(t.Context(), w.deps, []resync.Touched{{Cell: queues, At: began}})
			took := time.Since(began)
			if err != nil || out.Looks[queues].Outcome != resync.Seen || out.Report.Status != report.Completed {
				t.Fatalf("%s: %+v, %v", name, out, err)
			}
			if took > most {
				t.Errorf("%s: it takes %s, want at most %s", name, took, most)
				for _, q := range w.catalog.Requests() {
					t.Logf("%s %s", q.Method, q.Path)
				}
			}
			t.Logf("%-16s %s, %d calls to AWS, %d to Port", name, took, len(w.aws.Calls())-before, len(w.catalog.Requests()))
		}
		look("cold", 1500*time.Millisecond)
		look("nothing changed", 1500*time.Millisecond)
		changed := w.change(queues, 77)
		look("one changed", 1500*time.Millisecond)
		if got := w.timeout(queues, changed.ID); got != "77" {
			t.Errorf("Port has %s", got)
		}
		w.aws.Remove(w.ids[0], awssim.Queue, "eu-west-1", changed.ID)
		look("one vanished", 1500*time.Millisecond)
		if got := w.timeout(queues, changed.ID); got != "<nil>" {
			t.Errorf("Port has it still: %s", got)
		}
	})
}

// reads has the rig's handler use the run, and notes when it reads cells.
func (w *real) reads(r *rig, refresher *resync.Refresher, within time.Duration) {
	r.Refresh = func(ctx context.Context, touched []resync.Touched) (resync.Refreshed, error) {
		ctx, cancel := context.WithTimeout(ctx, within)
		defer cancel()
		began := r.now()
		out, err := refresher.Refresh(ctx, w.deps, touched)
		for c, look := range out.Looks {
			if look.Outcome == resync.Seen || look.Outcome == resync.Unseen {
				r.reads[c] = append(r.reads[c], began)
			}
		}
		w.catalog.ForgetRequests()
		return out, err
	}
}

// cells are all that have resources.
func (w *real) cells() (cells []cell.Name) {
	for _, id := range w.ids {
		for _, region := range stormRegions {
			for _, kind := range stormKinds {
				cells = append(cells, cell.Name{Account: cell.Account(id), Region: cell.Region(region), Kind: cell.Kind(kind)})
			}
		}
	}
	return cells
}

// TestABatchThatIsTooLargeForItsTime has what the function could not read in its time come back, and be
// read with the next batch.
func TestABatchThatIsTooLargeForItsTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newReal(t, 10, state.NewMemory())
		w.deps.Limits.Cells = 4
		r := newRig(t)
		r.Waits = refresh.Waits{}
		w.reads(r, &resync.Refresher{}, 4*time.Second)
		last := map[cell.Name]string{}
		for i, of := range w.cells() {
			last[of] = w.change(of, 100+i).ID
		}
		for _, text := range w.aws.TakeEvents(1000) {
			r.send(string(text), 0)
		}
		result, err := r.batch()
		if n := len(w.cells()); err != nil || len(result.Failed) == 0 || len(result.Failed) == n || len(result.Failed)+len(r.reads) != n {
			t.Fatalf("%d of %d messages come back, %d cells were read, %v", len(result.Failed), n, len(r.reads), err)
		}
		r.pass(2 * time.Hour)
		if len(r.reads) != len(w.cells()) || len(r.waiting) > 0 {
			t.Errorf("%d cells are read, %d messages wait", len(r.reads), len(r.waiting))
		}
		for i, of := range w.cells() {
			if got := w.timeout(of, last[of]); of.Kind == awssim.Queue && got != fmt.Sprint(100+i) {
				t.Errorf("%v: Port has %s", of, got)
			}
		}
	})
}

// TestEventsBesideALongRun has another run hold the lease for fourteen minutes: a message comes back twice
// at most, and is dealt with once the run has ended.
func TestEventsBesideALongRun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newReal(t, 1, state.NewMemory())
		r := newRig(t)
		r.Waits = refresh.Waits{}
		w.reads(r, &resync.Refresher{}, 14*time.Minute)
		lease, err := state.Acquire(t.Context(), w.deps.State, state.Holder{Run: "other", Started: time.Now()}, 15*time.Minute, time.Now)
		if err != nil {
			t.Fatal(err)
		}
		of := w.cells()[0]
		id := w.change(of, 77).ID
		for _, text := range w.aws.TakeEvents(10) {
			r.send(string(text), 0)
		}
		began := r.now()
		if result, err := r.batch(); err == nil || len(result.Failed) != 1 {
			t.Fatalf("%+v, %v", result, err)
		}
		if took := r.now() - began; took > 5*time.Second {
			t.Errorf("it waited %s for a run that takes long", took)
		}
		time.Sleep(14 * time.Minute)
		if err := lease.Release(t.Context()); err != nil {
			t.Fatal(err)
		}
		most := 0
		for end := time.Now().Add(time.Hour); time.Now().Before(end); time.Sleep(10 * time.Second) {
			for _, m := range r.waiting {
				most = max(most, m.received)
			}
			if _, err := r.batch(); err != nil {
				t.Fatal(err)
			}
		}
		if got := w.timeout(of, id); got != "77" || most > 2 || len(r.waiting) > 0 {
			t.Errorf("Port has %s; a message was received %d times, %d wait", got, most, len(r.waiting))
		}
	})
}

// TestRunsAtTheSameTime has two batches begin at once, and then a scheduled run beside a batch. One after the
// other does its work, in seconds; none is skipped.
func TestRunsAtTheSameTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newReal(t, 2, state.NewMemory())
		refresher, cells, began := &resync.Refresher{}, w.cells(), time.Now()
		var wait sync.WaitGroup
		read := func(of cell.Name) {
			w.change(of, 55)
			touched := []resync.Touched{{Cell: of, At: time.Now()}}
			wait.Go(func() {
				if out, err := refresher.Refresh(t.Context(), w.deps, touched); err != nil || out.Looks[of].Outcome != resync.Seen {
					t.Errorf("%v: %+v, %v", of, out, err)
				}
			})
		}
		read(cells[0])
		read(cells[7])
		wait.Wait()
		read(cells[3])
		time.Sleep(400 * time.Millisecond) // it has the lease
		w.full()
		wait.Wait()
		if took := time.Since(began); took > 15*time.Second {
			t.Errorf("it takes %s", took)
		}
	})
}

// TestStormOnTheRun sends 100,000 events for 500 cells in five minutes, each about a resource that was
// changed, through the handler and the run to the simulators. Each cell is read at most three times in
// that time, what is held does not grow with the events, and at the end Port has what AWS has.
func TestStormOnTheRun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const accounts, events, span = 50, 100_000, 5 * time.Minute
		w := newReal(t, accounts, state.NewMemory())
		r := newRig(t)
		w.reads(r, &resync.Refresher{Pace: pace}, 14*time.Minute)
		cells := w.cells()
		held := func() float64 {
			runtime.GC()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			return float64(m.HeapAlloc) / 1e6
		}
		last, sent, before, most := map[cell.Name]int{}, 0, 0.0, 0.0
		ids := map[cell.Name]string{}
		for step := 0; r.now() < span; step++ {
			for ; sent < min(events, int(events*(r.now()+5*time.Second)/span)); sent++ {
				of := cells[7*sent%len(cells)]
				ids[of], last[of] = w.change(of, sent).ID, sent
			}
			for _, text := range w.aws.TakeEvents(events) {
				r.send(string(text), 0)
			}
			for result := (refresh.Result{Messages: 1}); result.Messages > 0; {
				var err error
				if result, err = r.batch(); err != nil || len(result.Failed) > 0 {
					t.Fatal(result, err)
				}
			}
			r.results = nil
			switch now := held(); {
			case step == 10: // each cell was changed, and some were read
				before = now
			case step > 10:
				most = max(most, now)
			}
			time.Sleep(5 * time.Second)
		}
		r.pass(time.Hour)
		if sent != events || len(r.reads) != len(cells) || len(r.waiting) > 0 {
			t.Fatalf("%d events, %d cells, %d messages wait", sent, len(r.reads), len(r.waiting))
		}
		reads := 0
		for c, at := range r.reads {
			early := 0
			for i, at := range at {
				if reads++; at <= span {
					early++
				}
				if i > 0 && at-r.reads[c][i-1] < pace {
					t.Fatalf("%v is read at %v", c, r.reads[c])
				}
			}
			if early > 3 {
				t.Fatalf("%v is read at %v", c, at)
			}
			if got := w.timeout(c, ids[c]); c.Kind == awssim.Queue && got != fmt.Sprint(last[c]%40_000) {
				t.Errorf("%v: Port has %s, AWS has %d", c, got, last[c]%40_000)
			}
		}
		t.Logf("%d readings; held: %.1f MB after 50 s of the storm, %.1f MB at most after that", reads, before, most)
		if most > before+8 {
			t.Errorf("what is held grows from %.1f to %.1f MB", before, most)
		}
		if full := w.full(); full.Total.Created+full.Total.Deleted > 0 {
			t.Errorf("the next full run: %+v", full.Total)
		}
	})
}
