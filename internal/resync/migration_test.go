package resync_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/invocation"
	"portolan/internal/report"
	"portolan/internal/resync"
	"portolan/internal/simulator/awssim"
	"portolan/internal/simulator/portsim"
	"portolan/internal/state"
)

// formerly is the mark of an older Ocean integration of the same identifier.
const formerly = "port-ocean/aws-v3/2.18.4/" + integration + "/exporter"

// leaveAsOcean returns the world a Port as Ocean's aws-v3 leaves it: the integration,
// a mapping that a user has edited, and the entities of all that there is.
func (w *world) leaveAsOcean() (config json.RawMessage) {
	w.t.Helper()
	wantStatus(w.t.(*testing.T), w.run(invocation.Request{}), report.Completed)
	written := w.port
	w.port = portsim.New(portsim.Options{Clock: func() time.Time { return time.Now().Add(time.Duration(w.later.Load())) }})
	url, stop, err := w.port.Listen("")
	w.must(err)
	w.t.Cleanup(func() { _ = stop() })
	relations := make(map[string]json.RawMessage)
	for _, raw := range w.defaults.Blueprints {
		var blueprint map[string]any
		decode(w.t, raw, &blueprint)
		relations[blueprint["identifier"].(string)] = encode(w.t, map[string]any{"relations": blueprint["relations"]})
		delete(blueprint, "relations")
		w.must(w.port.PutBlueprint(encode(w.t, blueprint)))
	}
	for blueprint, raw := range relations {
		w.must(w.port.EditBlueprint(blueprint, raw))
	}
	config = bytes.Replace(w.defaults.Config, []byte(`"title":".Properties.QueueUrl | strings | split(\"/\") | last"`), []byte(`"title":"\"queue \" + .Properties.QueueName"`), 1)
	if bytes.Equal(config, w.defaults.Config) {
		w.t.Fatal("the default mapping has no title of queues to edit")
	}
	w.must(w.port.PutIntegration(encode(w.t, map[string]any{
		"installationId": integration, "installationAppType": "aws-v3", "version": "2.18.4", "changelogDestination": map[string]any{},
		"config": config, "actionsProcessingEnabled": false, "incrementalSyncEnabled": false, "createPortResourcesOrigin": "Default",
	})))
	for _, blueprint := range written.Blueprints() {
		for _, e := range written.Entities(blueprint) {
			if strings.HasPrefix(blueprint, "_") {
				continue
			}
			title := e.Title
			if blueprint == "sqsQueue" {
				title = "queue " + title
			}
			w.must(w.port.PutEntity(blueprint, encode(w.t, map[string]any{
				"identifier": e.Identifier, "title": title, "properties": e.Properties, "relations": e.Relations,
			}), formerly))
		}
	}
	log, old := w.log, w.deps
	w.deps = w.depsFor(url)
	w.deps.Kinds, w.deps.Limits, w.log = old.Kinds, old.Limits, log
	return config
}

// TestTakeover moves an installation from Ocean to here. What exists keeps its
// entity, what is gone loses it, nothing is there twice, the mapping stays the
// user's, and what is not the integration's is not touched.
func TestTakeover(t *testing.T) {
	t.Parallel()
	for name, keep := range map[string]state.Store{"with a state": state.NewMemory(), "without": nil} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, estate(), quickRetries)
			config := w.leaveAsOcean()
			gone := w.queue(member, "eu-west-1")
			w.aws.Remove(member, awssim.Queue, gone.Region, gone.ID)
			fresh := awssim.Resource{Kind: awssim.Queue, Region: "eu-west-1", ID: "brand-new"}
			w.must(w.aws.Put(member, fresh))
			for id, writer := range map[string]string{
				"of-a-user": "curl/8.0", "of-gitops": "port-ocean/aws-v3/2.18.4/" + integration + "/gitops",
				"of-another": "port-ocean/aws-v3/2.18.4/" + integration + "-2/exporter",
			} {
				w.must(w.port.PutEntity("sqsQueue", fmt.Appendf(nil, `{"identifier":%q,"title":%q}`, id, id), writer))
			}
			before := w.queues()

			plan := w.run(invocation.Request{Action: invocation.Plan})
			wantStatus(t, plan, report.Completed)
			if plan.Total.Created != 1 || plan.Total.Updated != 0 || plan.Deletes.Planned != 1 {
				t.Errorf("the plan creates %d, updates %d and deletes %d, want 1, 0 and 1: %+v",
					plan.Total.Created, plan.Total.Updated, plan.Deletes.Planned, plan.Changes)
			}
			w.deps.State = keep
			r := w.run(invocation.Request{})
			wantStatus(t, r, report.Completed)
			if r.Deletes.Deleted != 1 || r.Total.Created != 1 {
				t.Errorf("%d created and %d deleted, want one each; withheld %+v", r.Total.Created, r.Deletes.Deleted, r.Deletes.Withheld)
			}

			delete(before, arn(member, gone))
			after := w.queues()
			if after[arn(member, fresh)] == "" {
				t.Error("the new queue is not there")
			}
			delete(after, arn(member, fresh))
			if diff := cmp.Diff(before, after); diff != "" {
				t.Errorf("the migration changed entities (-before +after):\n%s", diff)
			}
			in, _ := w.port.Integration(integration)
			if diff := cmp.Diff(decoded(t, config), decoded(t, in.Config)); diff != "" {
				t.Errorf("the migration changed the mapping:\n%s", diff)
			}
			again := w.run(invocation.Request{})
			wantStatus(t, again, report.Completed)
			if again.Total.Created != 0 || again.Deletes.Stale != 0 || (again.Total.Unchanged == everything) != (keep != nil) {
				t.Errorf("the run after: %+v, %d stale", again.Total, again.Deletes.Stale)
			}
		})
	}
}

// TestMigrationOfAPartialView migrates while one cell is denied: no entity of that kind is
// deleted, because the origin of the entities is unknown.
func TestMigrationOfAPartialView(t *testing.T) {
	t.Parallel()
	w := newWorld(t, estate(), quickRetries, func(d *resync.Deps) { d.State = state.NewMemory() })
	w.leaveAsOcean()
	w.deps.State = state.NewMemory()
	gone := w.queue(member, "eu-west-1")
	w.aws.Remove(member, awssim.Queue, gone.Region, gone.ID)
	bucket := w.aws.Resources(member, awssim.Bucket, "eu-west-1")[0]
	w.aws.Remove(member, awssim.Bucket, bucket.Region, bucket.ID)
	w.aws.Inject(awssim.Fault{Account: management, Region: "us-east-1", Service: "sqs", Times: -1, Effect: awssim.Deny})
	r := w.run(invocation.Request{})
	wantStatus(t, r, report.Incomplete)
	if _, there := w.port.Entity("sqsQueue", arn(member, gone)); !there {
		t.Error("a queue is deleted although not all cells of queues were read")
	}
	if slices.Contains(w.identifiers("s3Bucket"), "arn:aws:s3:::"+bucket.ID) {
		t.Errorf("the bucket stays although all buckets were read: %+v", r.Deletes.Withheld)
	}
}

// queues are the queues in Port, without the last writer and the time of the last write.
func (w *world) queues() map[string]string {
	all := make(map[string]string)
	for _, e := range w.port.Entities("sqsQueue") {
		all[e.Identifier] = fmt.Sprint(e.Title, e.Properties, slices.Sorted(maps.Keys(e.Relations)), e.CreatedAt)
	}
	return all
}

func decoded(t *testing.T, text []byte) (value any) {
	t.Helper()
	decode(t, text, &value)
	return value
}
