package resync_test

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"portolan/internal/console"
	"portolan/internal/diag"
	"portolan/internal/invocation"
	"portolan/internal/port"
	"portolan/internal/report"
	"portolan/internal/resync"
	"portolan/internal/simulator/awssim"
	"portolan/internal/state"
)

// stopping ends the run at a call to Port, which then answers nothing more.
type stopping struct {
	resync.Port
	at    string
	calls atomic.Int64
	stop  func()
}

func (s *stopping) reached(ctx context.Context, call string) error {
	if call == s.at {
		s.calls.Add(1)
		s.stop()
		<-ctx.Done()
	}
	return context.Cause(ctx)
}

func (s *stopping) Upsert(ctx context.Context, blueprint string, items []port.Item, o port.UpsertOptions) ([]port.Outcome, error) {
	call := "upsert"
	if blueprint == "awsSyncCoverage" {
		call = "coverage"
	}
	if err := s.reached(ctx, call); err != nil {
		return nil, err
	}
	return s.Port.Upsert(ctx, blueprint, items, o)
}

func (s *stopping) SendExamples(ctx context.Context, kind string, documents []map[string]any) error {
	if err := s.reached(ctx, "examples"); err != nil {
		return err
	}
	return s.Port.SendExamples(ctx, kind, documents)
}

func (s *stopping) Find(ctx context.Context, blueprint string, identifiers []string) (map[string]port.Entity, error) {
	if err := s.reached(ctx, "find"); err != nil {
		return nil, err
	}
	return s.Port.Find(ctx, blueprint, identifiers)
}

// signalled is how a context ends at Ctrl-C.
type signalled struct{}

func (signalled) Error() string        { return "interrupt signal received" }
func (signalled) Is(target error) bool { return target == context.Canceled }

// TestEndOfARunIsNoRefusal ends runs at each of their calls to Port, in each way. What was
// not sent was not refused, and the report says so.
func TestEndOfARunIsNoRefusal(t *testing.T) {
	t.Parallel()
	ends := map[string]struct {
		cause  error
		status report.Status // "" is any but completed
	}{
		"Ctrl-C": {signalled{}, report.Aborted}, "deadline": {context.DeadlineExceeded, ""}, "lease": {state.ErrLost, ""},
	}
	calls := map[string]string{"upsert": invocation.Resync, "examples": invocation.Resync, "coverage": invocation.Resync, "find": invocation.Plan}
	for call, action := range calls {
		for how, end := range ends {
			t.Run(call+" "+how, func(t *testing.T) {
				t.Parallel()
				var log bytes.Buffer
				w := newWorld(t, estate(), quickRetries, func(d *resync.Deps) {
					d.State, d.Coverage, d.Log = state.NewMemory(), true, slog.New(slog.NewTextHandler(&log, nil))
				})
				ctx, cancel := endable(t, how)
				s := &stopping{Port: w.deps.Port, at: call, stop: func() { cancel(end.cause) }}
				w.deps.Port = s
				r, _ := resync.Run(ctx, w.deps, invocation.Request{Action: action, Trigger: invocation.CLI})
				if s.calls.Load() == 0 {
					t.Fatal("the call was not made")
				}
				if wanted := cmp.Or(end.status, r.Status); r.Status != wanted || call == "upsert" && r.Status == report.Completed {
					t.Errorf("the run is %s (%s), want %s", r.Status, r.Reason, wanted)
				}
				if r.Total.Failed > 0 || len(r.Entities) > 0 {
					t.Errorf("%d entities failed: %+v", r.Total.Failed, r.Entities)
				}
				if unsent := call == "upsert" || call == "find"; unsent != (r.Total.Unsent > 0) || unsent != slices.ContainsFunc(r.Diagnostics, func(n diag.Diagnostic) bool {
					return n.Code == diag.NotReached && strings.HasPrefix(n.Title, "Entities not ")
				}) {
					t.Errorf("%d entities are unsent; notices %+v", r.Total.Unsent, r.Diagnostics)
				}
				var text bytes.Buffer
				w.must(r.Write(console.Fixed(&text, 1000)))
				for _, wrong := range []string{"Not taken by Port", "took no examples", "signal received", "too large", "PTL-601", "PTL-616"} {
					if strings.Contains(text.String()+log.String(), wrong) {
						t.Errorf("it is said: %s\n%s\n%s", wrong, text.String(), log.String())
					}
				}
			})
		}
	}
}

// endable returns a context that ends with a cause, as deadlines, signals and leases do.
func endable(t *testing.T, how string) (context.Context, context.CancelCauseFunc) {
	if how != "deadline" {
		ctx, cancel := context.WithCancelCause(t.Context())
		t.Cleanup(func() { cancel(nil) })
		return ctx, cancel
	}
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
	t.Cleanup(cancel)
	return ctx, func(error) {} // the call waits for it
}

// TestTimeThatIsOver expects a plain sentence about the time.
func TestTimeThatIsOver(t *testing.T) {
	t.Parallel()
	w := newWorld(t, estate(), quickRetries)
	ctx, cancel := context.WithTimeout(t.Context(), time.Nanosecond)
	defer cancel()
	<-ctx.Done()
	r, err := resync.Run(ctx, w.deps, invocation.Request{Trigger: invocation.CLI})
	var text bytes.Buffer
	w.must(r.Write(console.Fixed(&text, 1000)))
	if r.Status != report.Failed || err == nil || r.Code != diag.NotReached || !strings.Contains(r.Reason, "its time was over") ||
		strings.Contains(text.String(), "-0 seconds") || strings.Contains(text.String(), "scale=distributed") || r.TimeLimit < 0 {
		t.Errorf("%s %s: %v\n%s", r.Status, r.Code, err, text.String())
	}
}

// unhearing is a Port that never answers reports of the state of a resync.
type unhearing struct{ resync.Port }

func (unhearing) SetResyncState(ctx context.Context, _ port.ResyncState) error {
	<-ctx.Done()
	return ctx.Err()
}

// TestPortThatIsDeaf to the beginning of a run keeps none from its work.
func TestPortThatIsDeaf(t *testing.T) {
	t.Parallel()
	w := newWorld(t, estate(), quickRetries)
	w.deps.Port = unhearing{w.deps.Port}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	r, err := resync.Run(ctx, w.deps, invocation.Request{})
	if err != nil || r.Status != report.Completed || r.Total.Created == 0 {
		t.Errorf("%s (%s): %v", r.Status, r.Reason, err)
	}
}

// givenUp is a Port that is given up as soon as something is written to it.
type givenUp struct{ *port.Client }

func (g givenUp) Upsert(_ context.Context, _ string, items []port.Item, _ port.UpsertOptions) ([]port.Outcome, error) {
	err := &port.WaitError{Op: "POST /bulk", Wait: time.Minute, Err: errors.New("the connection was cut")}
	outcomes := make([]port.Outcome, len(items))
	for i := range outcomes {
		outcomes[i].Err = &port.EntityError{Err: err}
	}
	return outcomes, err
}

// TestPortThatIsGivenUp is named as the cause of what was not sent, not the time.
func TestPortThatIsGivenUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t, estate(), quickRetries)
	w.deps.Port = givenUp{w.deps.Port.(*port.Client)}
	r := w.run(invocation.Request{})
	at := slices.IndexFunc(r.Diagnostics, func(n diag.Diagnostic) bool { return strings.HasPrefix(n.Title, "Entities not sent") })
	if at < 0 || !strings.Contains(r.Diagnostics[at].Cause, "the connection was cut") || strings.Contains(r.Diagnostics[at].Cause, "the run ended") {
		t.Errorf("%s (%s), notices %+v", r.Status, r.Reason, r.Diagnostics)
	}
}

// outOfCredentials is a Port that takes no more writes from some of them on.
type outOfCredentials struct{ resync.Port }

func (outOfCredentials) Upsert(context.Context, string, []port.Item, port.UpsertOptions) ([]port.Outcome, error) {
	return nil, &port.CredentialsError{Err: errors.New("revoked")}
}

// TestARunThatPortEndsSaysWhatWasNotRead has a cell denied, and Port refuse the credentials
// before anybody could look at what was not read.
func TestARunThatPortEndsSaysWhatWasNotRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t, estate(), func(d *resync.Deps) { d.Port = outOfCredentials{d.Port} })
	w.aws.Inject(awssim.Fault{Account: member, Region: "eu-west-1", Service: "sqs", Effect: awssim.Deny, Times: -1})
	r, err := resync.Run(t.Context(), w.deps, invocation.Request{Action: invocation.Resync, Trigger: invocation.CLI})
	if err == nil && r.Status == report.Completed {
		t.Fatalf("it is %s", r.Status)
	}
	at := slices.IndexFunc(r.Gaps, func(g report.Gap) bool { return g.Account == member && g.Outcome == "denied" })
	if at < 0 || r.Cells["denied"] != 1 {
		t.Errorf("gaps %+v, cells %v", r.Gaps, r.Cells)
	}
	if r.Deletes.Deleted != 0 {
		t.Errorf("%d deleted", r.Deletes.Deleted)
	}
}
