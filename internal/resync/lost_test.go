package resync_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"portolan/internal/invocation"
	"portolan/internal/port"
	"portolan/internal/report"
	"portolan/internal/resync"
	"portolan/internal/resync/reconcile"
	"portolan/internal/resync/snapshot"
	"portolan/internal/simulator/awssim"
	"portolan/internal/simulator/portsim"
)

// remembers says whether the state knows the cell of an entity.
func (w *world) remembers(account, blueprint, identifier string) bool {
	w.t.Helper()
	left, err := snapshot.NewSet(w.deps.State, nil).Load(w.t.Context(), account)
	w.must(err)
	e, found := left.Find(blueprint, identifier)
	return found && e.Kind != ""
}

// TestWhatPortsListLacksIsRemembered takes a queue away, has Port's list lack its entity
// in one run, and another cell of the kind be denied in the next: without its cell, it
// would be of unknown origin and stay.
func TestWhatPortsListLacksIsRemembered(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		spoil  func(w *world, id string)
		leaves bool // the entity is not this integration's any more
	}{
		"lacks it once": {func(w *world, id string) {
			w.port.Inject(portsim.Fault{Route: portsim.OwnedRoute, Times: -1, OmitIdentifiers: []string{id}})
		}, false},
		"lags": {func(w *world, id string) { w.lag(id, time.Hour) }, false},
		"and nothing can be looked up": {func(w *world, id string) {
			w.port.Inject(portsim.Fault{Route: portsim.OwnedRoute, Times: -1, OmitIdentifiers: []string{id}},
				portsim.Fault{Route: portsim.SearchRoute, Times: -1, Status: 403})
		}, false},
		"and the answer to the look is empty": {func(w *world, id string) {
			w.port.Inject(portsim.Fault{Route: portsim.OwnedRoute, Times: -1, OmitIdentifiers: []string{id}},
				portsim.Fault{Route: portsim.SearchRoute, Times: -1, Status: 200, Body: `{}`})
		}, false},
		"and the answer to the look is lost": {func(w *world, id string) {
			w.port.Inject(portsim.Fault{Route: portsim.OwnedRoute, Times: -1, OmitIdentifiers: []string{id}},
				portsim.Fault{Route: portsim.SearchRoute, Times: -1, Status: 500})
		}, false},
		"somebody took it over": {func(w *world, id string) { w.put("sqsQueue", id, "curl/8.0") }, true},
		"somebody deleted it": {func(w *world, id string) {
			_, err := w.deps.Port.Delete(w.t.Context(), "sqsQueue", []string{id}, port.DeleteOptions{})
			w.must(err)
		}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := remembering(t)
			gone := w.queue(member, "eu-west-1")
			id := arn(member, gone)
			w.aws.Remove(member, awssim.Queue, gone.Region, gone.ID)
			test.spoil(w, id)
			r := w.run(invocation.Request{})
			if r.Status != report.Completed || r.Deletes.Deleted != 0 {
				t.Fatalf("%s (%s): deletes %+v", r.Status, r.Reason, r.Deletes)
			}
			if w.remembers(member, "sqsQueue", id) == test.leaves {
				t.Errorf("it is remembered: %t", !test.leaves)
			}
			w.port.ClearFaults()
			w.port.LagLists(0)
			w.aws.Inject(awssim.Fault{Account: management, Region: "us-east-1", Service: "sqs", Times: -1, Effect: awssim.Deny})
			r = w.run(invocation.Request{})
			if deleted := r.Deletes.Deleted == 1; deleted == test.leaves {
				t.Errorf("deletes %+v", r.Deletes)
			}
			if w.remembers(member, "sqsQueue", id) {
				t.Error("it is remembered when it is gone")
			}
		})
	}
}

// lag has Port's list lag, and writes the entity once more within the lag, as a run does
// that ends just before the next.
func (w *world) lag(identifier string, by time.Duration) {
	w.t.Helper()
	entity, _ := w.port.Entity("sqsQueue", identifier)
	_, err := w.deps.Port.Delete(w.t.Context(), "sqsQueue", []string{identifier}, port.DeleteOptions{})
	w.must(err)
	w.port.LagLists(by)
	w.must(w.port.PutEntity("sqsQueue", encode(w.t, map[string]any{"identifier": identifier, "title": entity.Title}), entity.Datasource))
}

// TestTheNextRunBeginsAtOnce within the second of the last write, so that Port does not
// list what was written as older than the run.
func TestTheNextRunBeginsAtOnce(t *testing.T) {
	t.Parallel()
	w := remembering(t, func(d *resync.Deps) { d.Deletes = reconcile.Limits{After: 1} })
	q := w.queue(member, "eu-west-1")
	q.Attributes = map[string]any{"VisibilityTimeout": "77"}
	w.must(w.aws.Put(member, q))
	w.run(invocation.Request{})
	w.aws.Remove(member, awssim.Queue, q.Region, q.ID)
	if _, err := resync.Run(t.Context(), w.deps, invocation.Request{}); err != nil { // the clock has not gone on
		t.Fatal(err)
	}
	if _, there := w.port.Entity("sqsQueue", arn(member, q)); there && !w.remembers(member, "sqsQueue", arn(member, q)) {
		t.Fatal("it is in Port and forgotten")
	}
	w.aws.Inject(awssim.Fault{Account: management, Region: "us-east-1", Service: "sqs", Times: -1, Effect: awssim.Deny})
	w.run(invocation.Request{})
	if slices.Contains(w.identifiers("sqsQueue"), arn(member, q)) {
		t.Error("it is of unknown origin, and stays")
	}
}

// counting counts the looks.
type counting struct {
	resync.Port
	asked *int
}

func (c counting) Mine(ctx context.Context, blueprint string, identifiers []string) ([]string, error) {
	*c.asked += len(identifiers)
	return nil, errors.New("not today")
}

// TestOnlyWhatIsMissingIsLookedUp in a run: not what it produced, deleted or found stale.
func TestOnlyWhatIsMissingIsLookedUp(t *testing.T) {
	t.Parallel()
	w := remembering(t)
	asked := 0
	w.deps.Port = counting{w.deps.Port, &asked}
	gone := w.queue(member, "eu-west-1")
	w.aws.Remove(member, awssim.Queue, gone.Region, gone.ID)
	w.run(invocation.Request{})
	w.run(invocation.Request{Kinds: []string{awssim.Bucket}})
	w.run(invocation.Request{Action: invocation.Plan})
	if asked != 0 {
		t.Errorf("%d were looked up", asked)
	}
}
