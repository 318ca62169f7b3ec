package resync_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/invocation"
	"portolan/internal/kinds"
	"portolan/internal/report"
	"portolan/internal/resync"
	"portolan/internal/simulator/awssim"
	"portolan/internal/state"
)

// inventoried is a world with a mapping of every kind, of which most regions have
// nothing, and with a recorder everywhere.
func inventoried(t *testing.T) *world {
	t.Helper()
	w := newWorldOf(t, defaultsOf(t, allTypes()), estate(), quickRetries, func(d *resync.Deps) {
		d.State, d.Inventory, d.Interval = state.NewMemory(), true, 6*time.Hour
	})
	w.record(&awssim.Recorder{AllSupported: true})
	return w
}

func allTypes() []string {
	types := make([]string, len(kinds.All))
	for i, k := range kinds.All {
		types[i] = k.Type
	}
	return types
}

// record gives every account a recorder in every region.
func (w *world) record(r *awssim.Recorder) {
	for _, a := range w.aws.Accounts() {
		for _, region := range regions {
			w.must(w.aws.SetRecorder(a.ID, region, r))
		}
	}
}

// ageWhole lets the whole readings that the state knows of be older than they are.
func (w *world) ageWhole(by time.Duration) {
	w.t.Helper()
	data, version, err := w.deps.State.Get(w.t.Context(), "timetable.json.gz")
	if err != nil {
		return // nothing is known, which is older than all
	}
	var table map[string]any
	if !unpack(data, &table) {
		return // nor is of what is damaged
	}
	accounts, _ := table["accounts"].(map[string]any)
	for _, a := range accounts {
		if whole, known := a.(map[string]any)["whole"].(map[string]any); known {
			began, err := time.Parse(time.RFC3339Nano, whole["began"].(string))
			w.must(err)
			whole["began"] = began.Add(-by)
		}
	}
	var packed bytes.Buffer
	compressed := gzip.NewWriter(&packed)
	w.must(json.NewEncoder(compressed).Encode(table))
	w.must(compressed.Close())
	_, err = w.deps.State.Put(w.t.Context(), "timetable.json.gz", packed.Bytes(), version)
	w.must(err)
}

func unpack(data []byte, into any) bool {
	packed, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return false
	}
	text, err := io.ReadAll(packed)
	return err == nil && json.Unmarshal(text, into) == nil
}

// held counts Port's entities.
func (w *world) held() (n int) {
	for _, blueprint := range w.port.Blueprints() {
		n += len(w.port.Entities(blueprint))
	}
	return n
}

// lists counts the calls that AWS got, but those to Config.
func (w *world) lists() (calls int) {
	for name, tally := range w.aws.Tallies() {
		if !strings.HasPrefix(name, "config:") {
			calls += tally.Calls
		}
	}
	w.aws.ForgetCalls()
	return calls
}

// TestInventory passes over what Config shows to be empty, in a run, in one in steps
// and in a plan, saves as many calls as it says, and changes nothing in Port.
func TestInventory(t *testing.T) {
	t.Parallel()
	w := inventoried(t)
	first := w.run(invocation.Request{})
	wantStatus(t, first, report.Completed)
	whole, entities := w.lists(), w.held()
	if first.Cells[report.KnownEmpty] != 0 || first.Inventory.AccountsWhole != 2 || first.Inventory.CallsMade != 0 {
		t.Fatalf("the first run passes over %d cells: %+v", first.Cells[report.KnownEmpty], first.Inventory)
	}
	for name, run := range map[string]func() *report.Report{
		"in a process": func() *report.Report { return w.run(invocation.Request{}) },
		"in steps":     func() *report.Report { return (&machine{world: w, concurrency: 2}).whole(invocation.Request{}) },
		"as a plan":    func() *report.Report { return w.run(invocation.Request{Action: invocation.Plan}) },
	} {
		r := run()
		wantStatus(t, r, report.Completed)
		saved := whole - w.lists()
		if n := r.Cells[report.KnownEmpty]; n < 50 || r.Inventory.Cells != n || r.Cells[report.Complete]+n != first.Cells[report.Complete] {
			t.Errorf("%s: of %v cells %d are passed over: %+v", name, r.Cells, n, r.Inventory)
		}
		// A run in steps enters accounts again, which the others do not.
		if slack := 10; r.Inventory.CallsSaved < 40 || saved > r.Inventory.CallsSaved+slack || saved < r.Inventory.CallsSaved-slack || r.Inventory.CallsMade != 12 {
			t.Errorf("%s: %d calls are saved: %+v", name, saved, r.Inventory)
		}
		if w.held() != entities || r.Total.Fetched != first.Total.Fetched || r.Deletes.Stale != 0 {
			t.Errorf("%s: Port holds %d entities of %d; %+v, %+v", name, w.held(), entities, r.Total, r.Deletes)
		}
		if len(r.Gaps) > 0 || len(r.Notices) > 0 {
			t.Errorf("%s: %+v %+v", name, r.Gaps, r.Notices)
		}
	}
}

// TestInventoryInDoubt reads everything wherever something is not shown, and says why.
func TestInventoryInDoubt(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change  func(*world)
		request invocation.Request
		notice  string // a part of it; "" wants none
	}{
		"no recorder":     {func(w *world) { w.record(nil) }, invocation.Request{}, "no configuration recorder"},
		"failing":         {func(w *world) { w.record(&awssim.Recorder{AllSupported: true, Status: "FAILURE"}) }, invocation.Request{}, "not a success"},
		"daily":           {func(w *world) { w.record(&awssim.Recorder{AllSupported: true, Daily: true}) }, invocation.Request{}, "once a day"},
		"denied":          {func(w *world) { w.aws.SetPolicies(nil); w.denyConfig() }, invocation.Request{}, "did not answer (denied)"},
		"a day later":     {func(w *world) { w.ageWhole(25 * time.Hour) }, invocation.Request{}, ""},
		"almost a day":    {func(w *world) { w.ageWhole(19 * time.Hour) }, invocation.Request{}, ""},
		"no timetable":    {func(w *world) { w.lose("timetable.json.gz") }, invocation.Request{}, ""},
		"no charts":       {func(w *world) { w.lose("charts/") }, invocation.Request{}, ""},
		"other program":   {func(w *world) { w.deps.Program = "v2" }, invocation.Request{}, ""},
		"switched off":    {func(w *world) { w.deps.Inventory = false }, invocation.Request{}, ""},
		"forced":          {func(*world) {}, invocation.Request{Force: true}, ""},
		"only one kind":   {func(*world) {}, invocation.Request{Kinds: []string{awssim.Topic}}, ""},
		"only a region":   {func(*world) {}, invocation.Request{Regions: regions[:1]}, ""},
		"only an account": {func(*world) {}, invocation.Request{Accounts: []string{member}}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := inventoried(t)
			wantStatus(t, w.run(invocation.Request{}), report.Completed)
			c.change(w)
			r := w.run(c.request)
			wantStatus(t, r, report.Completed)
			if n := r.Cells[report.KnownEmpty]; n > 0 {
				t.Errorf("%d cells are passed over", n)
			}
			var said []string
			for _, n := range r.Notices {
				if strings.HasPrefix(n.Title, "AWS Config") {
					said = append(said, n.Cause)
				}
			}
			if c.notice == "" && len(said) > 0 || c.notice != "" && (len(said) != 1 || !strings.Contains(said[0], c.notice)) {
				t.Errorf("it says %q, want one notice with %q", said, c.notice)
			}
		})
	}
}

// denyConfig takes Config away from the read role.
func (w *world) denyConfig() {
	for _, a := range w.aws.Accounts() {
		r := a.Roles[0]
		r.Deny = []string{"config:*"}
		w.must(w.aws.SetRole(a.ID, r))
	}
}

// lose removes from the state what begins with a name.
func (w *world) lose(prefix string) {
	names, err := w.deps.State.List(w.t.Context(), prefix)
	w.must(err)
	for _, name := range names {
		_, version, err := w.deps.State.Get(w.t.Context(), name)
		w.must(err)
		w.must(w.deps.State.Delete(w.t.Context(), name, version))
	}
}

// TestInventoryThatSeesNothing has a Config that counts none of the resources there
// are: what is known is read for real, what is new comes with the next whole reading,
// and what Port has of unknown origin stays.
func TestInventoryThatSeesNothing(t *testing.T) {
	t.Parallel()
	w := inventoried(t)
	w.record(&awssim.Recorder{AllSupported: true, Blind: true})
	first := w.run(invocation.Request{})
	w.must(w.aws.Put(member, awssim.Resource{Kind: awssim.Topic, Region: regions[0], ID: "fresh"}))
	w.put("snsTopic", "arn:aws:sns:eu-west-1:"+member+":forgotten", "port-ocean/aws-v3/0/"+integration+"/exporter")
	r := w.run(invocation.Request{})
	wantStatus(t, r, report.Completed)
	if r.Total.Fetched != first.Total.Fetched || r.Deletes.Deleted != 0 || r.Cells[report.KnownEmpty] == 0 {
		t.Errorf("%d of %d resources are read, %+v, %v", r.Total.Fetched, first.Total.Fetched, r.Deletes, r.Cells)
	}
	w.ageWhole(25 * time.Hour)
	r = w.run(invocation.Request{})
	if diff := cmp.Diff([]string{"arn:aws:sns:eu-west-1:" + member + ":fresh"}, w.identifiers("snsTopic")); diff != "" {
		t.Errorf("a day later Port's topics are (-want +got):\n%s", diff)
	}
	if r.Deletes.Deleted != 1 {
		t.Errorf("what is nowhere goes with a whole reading: %+v", r.Deletes)
	}
}

// TestInventoryKeepsWhatFailed reads again, for real, what the last whole reading could
// not.
func TestInventoryKeepsWhatFailed(t *testing.T) {
	t.Parallel()
	w := inventoried(t)
	w.aws.Inject(awssim.Fault{Account: member, Region: regions[0], Service: "sns", Effect: awssim.Fail, Times: -1})
	wantStatus(t, w.run(invocation.Request{}), report.Incomplete)
	w.aws.ClearFaults()
	r := w.run(invocation.Request{})
	wantStatus(t, r, report.Completed)
	for _, k := range r.Kinds {
		if want := map[string]int{awssim.Topic: 3}[k.Kind]; k.Kind == awssim.Topic && k.Cells[report.Complete] < want {
			t.Errorf("of topics %v", k.Cells)
		}
	}
}
