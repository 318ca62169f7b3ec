package resync_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"portolan/internal/diag"
	"portolan/internal/invocation"
	"portolan/internal/report"
	"portolan/internal/resync"
	"portolan/internal/resync/distributed"
	"portolan/internal/simulator/awssim"
	"portolan/internal/state"
)

// walked notes the tokens by which pages of tables were asked for.
type walked struct {
	mu     sync.Mutex
	tokens []string
}

func (p *walked) note(r *http.Request) (count int) {
	if !strings.HasSuffix(r.Header.Get("X-Amz-Target"), ".ListTables") {
		return 0
	}
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tokens = append(p.tokens, string(body))
	return len(p.tokens)
}

func (p *walked) fromTheStart() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.tokens) > 0 && !strings.Contains(p.tokens[0], "ExclusiveStartTableName")
}

// endingAt makes what a run works with that has enough when it asks for the page with
// this number; 0 lets it come to its end.
func (w *world) endingAt(page int) (resync.Deps, *walked) {
	seen, enough := &walked{}, make(chan struct{})
	deps := w.deps
	deps.Enough = enough
	deps.Directory = w.through(func(inner http.RoundTripper) http.RoundTripper {
		return tripper(func(r *http.Request) (*http.Response, error) {
			if n := seen.note(r); n > 0 && n == page {
				close(enough)
				return nil, http.ErrServerClosed
			}
			return inner.RoundTrip(r)
		})
	})
	return deps, seen
}

func tablesWorld(t *testing.T) *world {
	t.Helper()
	e := estate(awssim.Table)
	e.Accounts = e.Accounts[:1]
	e.Accounts[0].Populations = []awssim.Population{{Kind: awssim.Table, Regions: regions[:1], Count: 330}}
	w := newWorldOf(t, defaultsOf(t, []string{awssim.Table, "AWS::Account::Info"}), e, quickRetries, func(d *resync.Deps) {
		d.State, d.Regions, d.Rates = state.NewMemory(), regions[:1], nil
	})
	wantStatus(t, w.run(invocation.Request{}), report.Completed)
	return w
}

// earlierParts are what may happen to a cell in an invocation that does not come to its
// end. None of it may have a say in the reading that does.
var earlierParts = map[string]awssim.Fault{
	"nothing fails":      {Service: "none"},
	"details are denied": {Service: "dynamodb", Operation: "DescribeTable", Effect: awssim.Deny, First: 1, Times: 15},
	"details fail":       {Service: "dynamodb", Operation: "DescribeTable", Effect: awssim.Fail, First: 1, Times: 60},
	"details are broken": {Service: "dynamodb", Operation: "DescribeTable", Effect: awssim.Garble, First: 1, Times: 15},
	"details are cut":    {Service: "dynamodb", Operation: "DescribeTable", Effect: awssim.Truncate, First: 1, Times: 15},
}

// TestACellIsReadWhole ends a run in the middle of a cell, after different failures, and
// with different damage to the snapshots. The next run begins at the first page, and
// deletes only what is gone.
func TestACellIsReadWhole(t *testing.T) {
	t.Parallel()
	for name, fault := range earlierParts {
		for _, lost := range []bool{false, true} {
			t.Run(name+map[bool]string{true: ", the snapshot is lost"}[lost], func(t *testing.T) {
				t.Parallel()
				w := tablesWorld(t)
				held := w.aws.Resources(management, awssim.Table, regions[0])
				w.aws.Remove(management, awssim.Table, regions[0], held[3].ID)
				w.aws.Inject(fault)
				var early *walked
				w.deps, early = w.endingAt(3)
				r := w.run(invocation.Request{AllowMassDelete: true})
				wantStatus(t, r, report.Incomplete)
				if r.Deletes.Deleted != 0 || !early.fromTheStart() {
					t.Fatalf("the run that was cut short deletes %d", r.Deletes.Deleted)
				}
				w.aws.ClearFaults()
				if lost {
					w.lose("snapshots/")
				}
				var seen *walked
				w.deps, seen = w.endingAt(0)
				r = w.run(invocation.Request{AllowMassDelete: true})
				wantStatus(t, r, report.Completed)
				if !seen.fromTheStart() || len(seen.tokens) < 4 {
					t.Errorf("the next run asks for %q, want every page", seen.tokens)
				}
				if got := len(w.identifiers("dynamodbTable")); got != len(held)-1 || r.Deletes.Deleted != 1 {
					t.Errorf("Port holds %d tables after %d were deleted, want %d after 1", got, r.Deletes.Deleted, len(held)-1)
				}
			})
		}
	}
}

// TestALegReadsCellsWhole is the same in a distributed run: what a leg did not end, the
// next reads from its first page.
func TestALegReadsCellsWhole(t *testing.T) {
	t.Parallel()
	for name, fault := range earlierParts {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := tablesWorld(t)
			held := w.aws.Resources(management, awssim.Table, regions[0])
			w.aws.Remove(management, awssim.Table, regions[0], held[3].ID)
			m := &machine{world: w, concurrency: 1}
			begun, items := m.start(invocation.Request{AllowMassDelete: true})
			w.aws.Inject(fault)
			for leg, page := range []int{3, 0} {
				deps, seen := w.endingAt(page)
				got, err := distributed.Read(t.Context(), deps, invocation.Step{Run: begun.Run, Batch: 0, Accounts: items[0].Accounts})
				w.must(err)
				if !seen.fromTheStart() || got.Done != (leg == 1) {
					t.Errorf("leg %d asks for %q, done: %v", leg+1, seen.tokens, got.Done)
				}
				w.aws.ClearFaults()
			}
			r, err := distributed.Finish(t.Context(), w.deps, begun.Run)
			w.must(err)
			wantStatus(t, r, report.Completed)
			if got := len(w.identifiers("dynamodbTable")); got != len(held)-1 && got != len(held) {
				t.Errorf("Port holds %d tables, want %d", got, len(held)-1)
			}
		})
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

// TestACellThatFitsIntoNoRun is named with its account, region and kind, keeps its
// entities, is not begun in the runs that follow within a day, and keeps no other cell
// from being read. A run that has more time reads it.
func TestACellThatFitsIntoNoRun(t *testing.T) {
	t.Parallel()
	e := estate(awssim.Table, awssim.Queue)
	e.Accounts = e.Accounts[:1]
	w := newWorldOf(t, defaultsOf(t, []string{awssim.Table, awssim.Queue, "AWS::Account::Info"}), e, quickRetries, func(d *resync.Deps) {
		d.State, d.Regions = state.NewMemory(), regions[:1]
	})
	wantStatus(t, w.run(invocation.Request{}), report.Completed)
	tables := len(w.identifiers("dynamodbTable"))
	var asked atomic.Int64
	inTime := w.deps.Directory
	w.deps.Directory = w.through(func(inner http.RoundTripper) http.RoundTripper {
		return tripper(func(r *http.Request) (*http.Response, error) {
			if strings.HasSuffix(r.Header.Get("X-Amz-Target"), ".ListTables") {
				asked.Add(1)
				<-r.Context().Done()
				return nil, r.Context().Err()
			}
			return inner.RoundTrip(r)
		})
	})
	for i := range 3 {
		w.later.Add(int64(time.Minute))
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		r, err := resync.Run(ctx, w.deps, invocation.Request{AllowMassDelete: true})
		cancel()
		w.must(err)
		wantStatus(t, r, report.Incomplete)
		at := slices.IndexFunc(r.Gaps, func(g report.Gap) bool { return g.Code == diag.CellTooLarge })
		if at < 0 || r.Gaps[at].Account != management || !slices.Equal(r.Gaps[at].Regions, regions[:1]) ||
			!slices.Equal(r.Gaps[at].Kinds, []string{awssim.Table}) || !strings.Contains(r.Gaps[at].Fix, "distributed") {
			t.Fatalf("run %d names no cell that is too large: %+v", i+1, r.Gaps)
		}
		if r.Cells[report.NotReached] != 1 || r.Deletes.Deleted != 0 || len(w.identifiers("dynamodbTable")) != tables {
			t.Errorf("run %d: cells %v, %d deleted", i+1, r.Cells, r.Deletes.Deleted)
		}
		if slices.ContainsFunc(r.Diagnostics, func(n diag.Diagnostic) bool {
			return n.Code == diag.TooLarge && strings.Contains(n.Cause, "not reached")
		}) {
			t.Errorf("run %d calls the estate too large: %+v", i+1, r.Diagnostics)
		}
	}
	if asked.Load() != 1 {
		t.Errorf("the cell was begun %d times, want once a day", asked.Load())
	}
	w.deps.Directory = inTime
	wantStatus(t, w.run(invocation.Request{}), report.Completed)
}
