package listener_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"portolan/internal/diag"
	"portolan/internal/listener"
	"portolan/internal/port"
	"portolan/internal/state"
)

// desk is a Port that has a request and the report of a resync.
type desk struct {
	request  time.Time
	told     time.Time
	err      error
	requests int
	reads    int
}

func (d *desk) ResyncRequest(context.Context) (port.ResyncRequest, error) {
	d.requests++
	return port.ResyncRequest{ID: "r", At: port.Time{Time: d.request}}, d.err
}

func (d *desk) Integration(context.Context) (port.Integration, error) {
	d.reads++
	return port.Integration{LastResync: port.LastResync{UpdatedAt: port.Time{Time: d.told}}}, nil
}

const ours = "aws-v3/my-aws"

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func TestPending(t *testing.T) {
	t.Parallel()
	answered := func(at time.Time) *state.Answered { return &state.Answered{Run: "r", At: at} }
	tests := map[string]struct {
		desk     desk
		answered *state.Answered
		asks     bool
		why      string
		reads    int
	}{
		"no integration":           {desk: desk{err: &port.Error{StatusCode: 404}}, why: "does not have the integration yet"},
		"no request":               {desk: desk{}, why: "nobody has asked"},
		"newer than the answered":  {desk: desk{request: noon}, answered: answered(noon.Add(-time.Second)), asks: true},
		"the answered itself":      {desk: desk{request: noon}, answered: answered(noon), why: "of 2026-03-01T12:00:00Z, has been answered"},
		"older than the answered":  {desk: desk{request: noon}, answered: answered(noon.Add(time.Second)), why: "has been answered"},
		"the first ever":           {desk: desk{request: noon}, answered: answered(time.Time{}), asks: true},
		"newer than the last told": {desk: desk{request: noon, told: noon.Add(-time.Second)}, asks: true, reads: 1},
		"older than the last told": {desk: desk{request: noon, told: noon.Add(time.Second)}, why: "has been answered", reads: 1},
		"nothing ever told":        {desk: desk{request: noon}, asks: true, reads: 1},
		// The last report does not count once there is a note: it may be the end of
		// a run that began before the request.
		"during the last run": {desk: desk{request: noon, told: noon.Add(time.Hour)}, answered: answered(noon.Add(-time.Hour)), asks: true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store := state.NewMemory()
			if test.answered != nil {
				if err := state.SaveAnswered(t.Context(), store, *test.answered); err != nil {
					t.Fatal(err)
				}
			}
			asks, why, err := listener.Pending(t.Context(), &test.desk, store, ours)
			if err != nil || asks != test.asks || !strings.Contains(why, test.why) || (why == "") != asks {
				t.Errorf("%t %q %v", asks, why, err)
			}
			if test.desk.requests != 1 || test.desk.reads != test.reads {
				t.Errorf("%d and %d calls", test.desk.requests, test.desk.reads)
			}
		})
	}
}

func TestPendingNotKnown(t *testing.T) {
	t.Parallel()
	down := errors.New("down")
	if _, _, err := listener.Pending(t.Context(), &desk{err: down}, state.NewMemory(), ours); !errors.Is(err, down) {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := listener.Pending(ctx, &desk{request: noon}, state.NewMemory(), ours); !errors.Is(err, context.Canceled) {
		t.Errorf("a store that does not answer: %v", err)
	}
}

func TestPendingWithADamagedNote(t *testing.T) {
	t.Parallel()
	store := state.NewMemory()
	if _, err := store.Put(t.Context(), "request.json", []byte("{"), ""); err != nil {
		t.Fatal(err)
	}
	asks, _, err := listener.Pending(t.Context(), &desk{request: noon, told: noon.Add(-time.Second)}, store, ours)
	if !asks || err != nil {
		t.Errorf("%t %v", asks, err)
	}
}

// TestPendingWithTheStateOfAnother does not take what another integration was asked for
// as answered.
func TestPendingWithTheStateOfAnother(t *testing.T) {
	t.Parallel()
	store := state.NewMemory()
	holder := state.Holder{Run: "r", Integration: "aws-v3/another"}
	lease, err := state.Acquire(t.Context(), store, holder, time.Minute, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(lease.Release(t.Context()), state.SaveAnswered(t.Context(), store, state.Answered{Run: "r", At: noon})); err != nil {
		t.Fatal(err)
	}
	_, _, err = listener.Pending(t.Context(), &desk{request: noon}, store, ours)
	if !errors.Is(err, state.ErrOther) || diag.Of(err) != diag.StateForeign || !strings.Contains(err.Error(), "PORTOLAN_STATE") {
		t.Errorf("%v", err)
	}
	if asks, _, err := listener.Pending(t.Context(), &desk{request: noon.Add(time.Second)}, store, holder.Integration); !asks || err != nil {
		t.Errorf("its own: %t %v", asks, err)
	}
}
