package resync_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"portolan/internal/invocation"
	"portolan/internal/listener"
	"portolan/internal/port"
	"portolan/internal/report"
	"portolan/internal/resync"
	"portolan/internal/simulator/awssim"
	"portolan/internal/simulator/portsim"
	"portolan/internal/state"
)

// asking returns a world with runs that record which of Port's requests they answer, and a
// function that says whether there is an unanswered one.
func asking(t *testing.T) (w *world, asks func() bool, store state.Store) {
	t.Helper()
	store = state.NewMemory()
	w = newWorldOf(t, defaultsOf(t, []string{awssim.Queue}), estate(awssim.Queue), func(d *resync.Deps) { d.State, d.Requests = store, store })
	return w, func() bool {
		t.Helper()
		w.later.Add(int64(time.Minute))
		asks, why, err := listener.Pending(t.Context(), w.deps.Port.(*port.Client), store, state.Owner(w.deps.Type, w.deps.Integration))
		if err != nil || asks == (why != "") {
			t.Fatalf("%t %q %v", asks, why, err)
		}
		return asks
	}, store
}

var (
	resyncNow = invocation.Request{Action: invocation.Resync}
	asked     = invocation.Request{Action: invocation.Resync, Trigger: invocation.Asked}
)

// TestRequestsAreAnsweredOnce presses the button and edits the mapping before, during
// and after runs. The first run creates the integration and changes it, which causes
// requests too; these do not count.
func TestRequestsAreAnsweredOnce(t *testing.T) {
	t.Parallel()
	w, asks, _ := asking(t)
	if asks() {
		t.Fatal("there is no integration yet, and Port asks")
	}
	wantStatus(t, w.run(resyncNow), report.Completed)
	if in, _ := w.port.Integration(integration); in.ResyncRequests == 0 {
		t.Fatal("the run has raised no request by itself: the test shows nothing")
	}
	if asks() {
		t.Error("the run's own changes count as a request")
	}
	press := func() {
		t.Helper()
		if err := w.port.RequestResync(integration); err != nil {
			t.Fatal(err)
		}
	}
	press()
	for range 2 {
		if !asks() {
			t.Error("the button is not heard")
		}
	}
	wantStatus(t, w.run(asked), report.Completed)
	if asks() {
		t.Error("a request is answered, and heard again")
	}

	w.later.Add(int64(time.Minute))
	if err := w.port.SetConfig(integration, defaultsOf(t, []string{awssim.Queue}).Config); err != nil {
		t.Fatal(err)
	}
	if !asks() {
		t.Error("a change of the mapping is not heard")
	}
	wantStatus(t, w.run(resyncNow), report.Completed) // by the schedule, before anybody polls
	if asks() {
		t.Error("a scheduled run does not answer what was asked before it")
	}

	// While a run reads queues, somebody presses the button.
	w.transport = onFirst("sqs", press)
	w.later.Add(int64(time.Minute))
	wantStatus(t, w.run(resyncNow), report.Completed)
	if !asks() {
		t.Error("a request during a run is lost")
	}
	wantStatus(t, w.run(asked), report.Completed)
	if asks() {
		t.Error("a request during a run is answered twice")
	}
}

// TestRequestIsNotAnsweredTwice lets two pollers find the same request.
func TestRequestIsNotAnsweredTwice(t *testing.T) {
	t.Parallel()
	w, asks, _ := asking(t)
	wantStatus(t, w.run(resyncNow), report.Completed)
	w.later.Add(int64(time.Minute))
	if err := w.port.RequestResync(integration); err != nil {
		t.Fatal(err)
	}
	if !asks() {
		t.Fatal("the button is not heard")
	}
	wantStatus(t, w.run(asked), report.Completed)
	history := len(historyOf(w))
	second := w.run(asked)
	wantStatus(t, second, report.Yielded)
	if !strings.Contains(second.Reason, "another run has answered") || len(historyOf(w)) != history {
		t.Errorf("%q, and Port heard of it", second.Reason)
	}
}

func historyOf(w *world) []portsim.ResyncState {
	in, _ := w.port.Integration(integration)
	return in.History
}

// TestRequestsOfRunsThatAnswerNone: a plan, a narrowed run, and one that yields.
func TestRequestsOfRunsThatAnswerNone(t *testing.T) {
	t.Parallel()
	w, asks, store := asking(t)
	wantStatus(t, w.run(resyncNow), report.Completed)
	w.later.Add(int64(time.Minute))
	if err := w.port.RequestResync(integration); err != nil {
		t.Fatal(err)
	}
	w.run(invocation.Request{Action: invocation.Plan})
	w.run(invocation.Request{Action: invocation.Resync, Accounts: []string{member}})
	lease, err := state.Acquire(t.Context(), store, state.Holder{Run: "other", Source: "s", Started: time.Now()}, time.Minute, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	wantStatus(t, w.run(asked), report.Yielded)
	if !asks() {
		t.Error("a run that did not answer the request has taken it")
	}
	if err := lease.Release(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantStatus(t, w.run(asked), report.Completed)
	if asks() {
		t.Error("the request is not answered")
	}
}

// TestRequestsUnknown lets Port not say what was asked for: the run is made.
func TestRequestsUnknown(t *testing.T) {
	t.Parallel()
	w, _, _ := asking(t)
	wantStatus(t, w.run(resyncNow), report.Completed)
	w.port.Inject(portsim.Fault{Method: "GET", Route: "/v1/integration/{integration}/resync-request", Status: 403, Times: -1})
	wantStatus(t, w.run(resyncNow), report.Completed)
}

// onFirst does something at the first call to a service of AWS.
func onFirst(service string, do func()) func(http.RoundTripper) http.RoundTripper {
	var once sync.Once
	return func(next http.RoundTripper) http.RoundTripper {
		return tripper(func(r *http.Request) (*http.Response, error) {
			if strings.Contains(r.Header.Get("Authorization"), "/"+service+"/") {
				once.Do(do)
			}
			return next.RoundTrip(r)
		})
	}
}
