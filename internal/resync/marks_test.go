package resync_test

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"portolan/internal/invocation"
	"portolan/internal/report"
	"portolan/internal/resync"
	"portolan/internal/simulator/awssim"
	"portolan/internal/state"
)

// walked notes the tokens by which pages of functions were asked for, and says at which
// page the run has enough.
type walked struct {
	mu     sync.Mutex
	tokens []string
}

func (p *walked) note(r *http.Request) (count int) {
	if !strings.HasSuffix(strings.TrimSuffix(r.URL.Path, "/"), "/functions") || r.Method != http.MethodGet {
		return 0
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tokens = append(p.tokens, r.URL.Query().Get("Marker"))
	return len(p.tokens)
}

// runWith is a run that has enough when it asks for the page with this number; 0 lets it
// come to its end. It gives the tokens of the pages.
func (w *world) runWith(enoughAt int) (*report.Report, []string) {
	w.t.Helper()
	seen, enough := &walked{}, make(chan struct{})
	w.deps.Enough = enough
	w.deps.Directory = w.through(func(inner http.RoundTripper) http.RoundTripper {
		return tripper(func(r *http.Request) (*http.Response, error) {
			if n := seen.note(r); n > 0 && n == enoughAt {
				close(enough)
				return nil, http.ErrServerClosed
			}
			return inner.RoundTrip(r)
		})
	})
	return w.run(invocation.Request{AllowMassDelete: true}), seen.tokens
}

func functionsWorld(t *testing.T) *world {
	t.Helper()
	e := estate(awssim.Function)
	e.Accounts = e.Accounts[:1]
	e.Accounts[0].Populations = []awssim.Population{{Kind: awssim.Function, Regions: regions[:1], Count: 230}}
	w := newWorldOf(t, defaultsOf(t, []string{awssim.Function, "AWS::Account::Info"}), e, quickRetries, func(d *resync.Deps) {
		d.State, d.Regions = state.NewMemory(), regions[:1]
	})
	r, tokens := w.runWith(0)
	wantStatus(t, r, report.Completed)
	if len(tokens) < 5 {
		t.Fatalf("the functions are on %d pages", len(tokens))
	}
	w.age()
	return w
}

// age makes what the last run saw a minute older: charts have whole seconds, and two
// runs within one cannot be told apart.
func (w *world) age() {
	w.t.Helper()
	name := "charts/" + management + ".gz"
	data, version, err := w.deps.State.Get(w.t.Context(), name)
	w.must(err)
	header, entries, err := state.Decode(data, management)
	w.must(err)
	older := func(yield func(state.Entry) bool) {
		for e, err := range entries {
			w.must(err)
			e.Seen = e.Seen.Add(-time.Minute)
			if !yield(e) {
				return
			}
		}
	}
	data, err = state.Encode(header, older)
	w.must(err)
	_, err = w.deps.State.Put(w.t.Context(), name, data, version)
	w.must(err)
}

// TestALargeCellIsReadOn ends a run in the middle of a cell. The next goes on at the page
// where it stopped, knows what the first has seen, and deletes what neither did.
func TestALargeCellIsReadOn(t *testing.T) {
	t.Parallel()
	w := functionsWorld(t)
	held := w.aws.Resources(management, awssim.Function, regions[0])
	w.aws.Remove(management, awssim.Function, regions[0], held[3].ID)
	w.aws.Remove(management, awssim.Function, regions[0], held[len(held)-3].ID)

	r, before := w.runWith(4)
	wantStatus(t, r, report.Incomplete)
	if r.Cells[report.NotReached] != 1 || r.Deletes.Deleted != 0 {
		t.Fatalf("cells %v, %d deleted", r.Cells, r.Deletes.Deleted)
	}
	r, after := w.runWith(0)
	wantStatus(t, r, report.Completed)
	if after[0] == "" || after[0] != before[3] {
		t.Errorf("the next run begins at the page %q, want %q, where the last one stopped", after[0], before[3])
	}
	if len(after) > 3 {
		t.Errorf("the next run asks for %d pages", len(after))
	}
	if got := len(w.identifiers("lambdaFunction")); got != len(held)-2 || r.Deletes.Deleted != 2 {
		t.Errorf("Port holds %d functions after %d were deleted, want %d after 2", got, r.Deletes.Deleted, len(held)-2)
	}
	r, last := w.runWith(0)
	if last[0] != "" || len(last) < 5 || r.Deletes.Stale != 0 || r.Total.Created != 0 {
		t.Errorf("the run after that begins at %q, asks for %d pages and finds %d stale", last[0], len(last), r.Deletes.Stale)
	}
}

// TestATokenThatIsRefused is of no use: the cell is read from its start.
func TestATokenThatIsRefused(t *testing.T) {
	t.Parallel()
	w := functionsWorld(t)
	total := len(w.identifiers("lambdaFunction"))
	r, _ := w.runWith(4)
	wantStatus(t, r, report.Incomplete)
	w.aws.Inject(awssim.Fault{Service: "lambda", Operation: "ListFunctions", First: 1, Times: 1, Effect: awssim.Garble})
	r, tokens := w.runWith(0)
	wantStatus(t, r, report.Completed)
	if len(tokens) < 6 || tokens[0] == "" || !slices.Contains(tokens[1:], "") {
		t.Errorf("the pages were asked for by %q, want a token first, and then from the start", tokens)
	}
	if got := len(w.identifiers("lambdaFunction")); got != total || r.Deletes.Deleted != 0 {
		t.Errorf("Port holds %d functions of %d, %d deleted", got, total, r.Deletes.Deleted)
	}
}

// TestAMarkOfAnotherMapping is not used: entities were made otherwise then.
func TestAMarkOfAnotherMapping(t *testing.T) {
	t.Parallel()
	w := functionsWorld(t)
	r, _ := w.runWith(4)
	wantStatus(t, r, report.Incomplete)
	in, _ := w.port.Integration(integration)
	w.must(w.port.SetConfig(integration, []byte(strings.Replace(string(in.Config), `"resources"`, `"note":1,"resources"`, 1))))
	r, tokens := w.runWith(0)
	wantStatus(t, r, report.Completed)
	if tokens[0] != "" || len(tokens) < 5 {
		t.Errorf("the pages were asked for by %q, want all of them", tokens)
	}
}
