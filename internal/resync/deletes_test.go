package resync_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	codes "portolan/internal/diag"
	"portolan/internal/invocation"
	"portolan/internal/port"
	"portolan/internal/report"
	"portolan/internal/resync"
	"portolan/internal/simulator/awssim"
	"portolan/internal/simulator/portsim"
)

// TestADeleteThatFailedIsAShortcoming walks what Port may answer to a delete, with and
// without the delete having been done.
func TestADeleteThatFailedIsAShortcoming(t *testing.T) {
	t.Parallel()
	refusal := func(status int, word string) portsim.Fault {
		return portsim.Fault{Status: status, Body: fmt.Sprintf(`{"ok":false,"error":%q,"message":"in Port's words"}`, word)}
	}
	done := func(f portsim.Fault) portsim.Fault {
		f.Applied = true
		return f
	}
	for name, test := range map[string]struct {
		fault portsim.Fault
		says  []string // nil if the entities are gone
	}{
		"401":                    {refusal(401, "unauthorized"), []string{"401", "unauthorized"}},
		"403":                    {refusal(403, "forbidden"), []string{"403", "forbidden", "in Port's words"}},
		"404 of a gateway":       {portsim.Fault{Status: 404, Body: "<html>"}, []string{"404"}},
		"404":                    {refusal(404, "not_found"), []string{"404", "not_found"}},
		"409":                    {refusal(409, "conflict"), []string{"409", "conflict"}},
		"413":                    {refusal(413, "too_large"), []string{"413", "too_large"}},
		"422":                    {refusal(422, "invalid_request"), []string{"422", "invalid_request"}},
		"500":                    {refusal(500, "internal_error"), []string{"500", "internal_error"}},
		"501":                    {refusal(501, "not_implemented"), []string{"501"}},
		"{}":                     {portsim.Fault{Status: 200, Body: `{}`}, []string{"does not say why"}},
		"not ok":                 {portsim.Fault{Status: 200, Body: `{"ok":false}`}, []string{"does not say why"}},
		"HTML":                   {portsim.Fault{Status: 200, Body: `<html>`}, []string{"not the JSON"}},
		"left without a word":    {portsim.Fault{FailIndexes: []int{0, 1, 2}}, []string{"does not say why"}},
		"500, and it was done":   {done(refusal(500, "internal_error")), nil},
		"404, and it was done":   {done(refusal(404, "not_found")), nil},
		"409, and it was done":   {done(refusal(409, "conflict")), nil},
		"{}, and it was done":    {done(portsim.Fault{Status: 200, Body: `{}`}), nil},
		"HTML, and it was done":  {done(portsim.Fault{Status: 200, Body: `<html>`}), nil},
		"cut, and it was done":   {portsim.Fault{Cut: true, Applied: true, Times: 1}, nil},
		"cut once":               {portsim.Fault{Cut: true, Times: 1}, nil},
		"a token that has ended": {portsim.Fault{ExpireTokens: true, Times: 1}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := remembering(t)
			var gone []string
			for _, q := range w.aws.Resources(member, awssim.Queue, "eu-west-1") {
				w.aws.Remove(member, awssim.Queue, q.Region, q.ID)
				gone = append(gone, arn(member, q))
			}
			test.fault.Method, test.fault.Route = http.MethodPost, portsim.BulkDeleteRoute
			if test.fault.Times == 0 {
				test.fault.Times = -1
			}
			w.port.Inject(test.fault)
			r := w.run(invocation.Request{})
			failed, status := len(gone), report.Incomplete
			if test.says == nil {
				failed, status = 0, report.Completed
			}
			wantStatus(t, r, status)
			if r.Deletes.Failed != failed || r.Deletes.Deleted != len(gone)-failed || r.Total.Deleted != r.Deletes.Deleted {
				t.Errorf("deletes %+v", r.Deletes)
			}
			for _, says := range test.says {
				at := slices.IndexFunc(r.Deletes.Withheld, func(h report.Withheld) bool { return h.Code == codes.DeleteFailed })
				if at < 0 || !strings.Contains(r.Deletes.Withheld[at].Cause, says) || !strings.Contains(r.Reason, says) {
					t.Errorf("it does not say %q: %s; %+v", says, r.Reason, r.Deletes.Withheld)
				}
			}
			if r.Status.ExitCode() != map[bool]int{true: 3}[failed > 0] {
				t.Errorf("exit code %d", r.Status.ExitCode())
			}
			// They are remembered: once Port deletes again, they go by their own cell.
			w.port.ClearFaults()
			w.aws.Inject(awssim.Fault{Account: management, Region: "us-east-1", Service: "sqs", Times: -1, Effect: awssim.Deny})
			w.run(invocation.Request{})
			for _, id := range gone {
				if _, there := w.port.Entity("sqsQueue", id); there {
					t.Errorf("%s is there after the next run", id)
				}
			}
		})
	}
}

// TestWhatSomethingRequiresIsKept in a run that was not to delete dependents: the mapping
// wants it so, or the run did not see everything. Neither is a failure.
func TestWhatSomethingRequiresIsKept(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		spoil func(*world)
		want  report.Status
	}{
		"the mapping wants it": {func(w *world) {
			in, _ := w.port.Integration(integration)
			config := strings.Replace(string(in.Config), `"deleteDependentEntities":true`, `"deleteDependentEntities":false`, 1)
			w.must(w.port.SetConfig(integration, []byte(config)))
		}, report.Completed},
		"another cell was not read": {func(w *world) {
			w.aws.Inject(awssim.Fault{Account: management, Region: "us-east-1", Service: "sqs", Times: -1, Effect: awssim.Deny})
		}, report.Incomplete},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := remembering(t)
			gone := w.queue(member, "eu-west-1")
			w.aws.Remove(member, awssim.Queue, gone.Region, gone.ID)
			w.must(w.port.PutBlueprint([]byte(`{"identifier":"service","title":"Service","schema":{"properties":{}},
				"relations":{"queue":{"target":"sqsQueue","required":false,"many":false}}}`)))
			w.must(w.port.PutEntity("service", encode(t, map[string]any{"identifier": "shop", "relations": map[string]any{"queue": arn(member, gone)}}), "a person"))
			test.spoil(w)
			r := w.run(invocation.Request{})
			wantStatus(t, r, test.want)
			kept := slices.ContainsFunc(r.Deletes.Withheld, func(h report.Withheld) bool { return h.Code == codes.KeptByPort && h.Count == 1 })
			if _, there := w.port.Entity("sqsQueue", arn(member, gone)); !there || !kept || r.Deletes.Failed != 0 {
				t.Errorf("there %t, deletes %+v", there, r.Deletes)
			}
		})
	}
}

// TestAChunkThatFails leaves the others deleted.
func TestAChunkThatFails(t *testing.T) {
	t.Parallel()
	w := remembering(t)
	var gone []string
	for _, account := range []string{management, member} {
		for _, q := range w.aws.Resources(account, awssim.Queue, "eu-west-1") {
			w.aws.Remove(account, awssim.Queue, q.Region, q.ID)
			gone = append(gone, arn(account, q))
		}
	}
	refuse := gone[2]
	w.port.Inject(portsim.Fault{Route: portsim.BulkDeleteRoute, Times: -1, FailIdentifiers: []string{refuse}})
	r := w.run(invocation.Request{})
	wantStatus(t, r, report.Incomplete)
	if r.Deletes.Deleted != len(gone)-1 || r.Deletes.Failed != 1 {
		t.Errorf("deletes %+v", r.Deletes)
	}
	if _, there := w.port.Entity("sqsQueue", refuse); !there {
		t.Error("what Port kept is gone")
	}
}

// TestDeletesWithoutTime are a shortcoming of the run.
func TestDeletesWithoutTime(t *testing.T) {
	t.Parallel()
	w := remembering(t)
	gone := w.queue(member, "eu-west-1")
	w.aws.Remove(member, awssim.Queue, gone.Region, gone.ID)
	w.deps.Port = late{w.deps.Port}
	r := w.run(invocation.Request{})
	if r.Status != report.Incomplete || r.Deletes.Failed != 1 || r.Deletes.Withheld[0].Code != codes.DeleteFailed {
		t.Errorf("%s (%s): %+v", r.Status, r.Reason, r.Deletes)
	}
}

// late is a Port that has no time for deletes.
type late struct{ resync.Port }

func (l late) Delete(ctx context.Context, blueprint string, identifiers []string, o port.DeleteOptions) ([]string, error) {
	ctx, cancel := context.WithTimeout(ctx, 0)
	defer cancel()
	return l.Port.Delete(ctx, blueprint, identifiers, o)
}

// TestDependentsThatExist drops the kind of the accounts and the relation to them from the
// mapping. Port keeps the relations where entities are merged, and the queues exist.
func TestDependentsThatExist(t *testing.T) {
	t.Parallel()
	for name, merge := range map[string]string{"merged": "true", "replaced": "false"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := remembering(t)
			w.must(w.port.SetConfig(integration, []byte(`{"enableMergeEntity":`+merge+`,"resources":[{"kind":"AWS::SQS::Queue","selector":{"query":"true"},
				"port":{"entity":{"mappings":{"identifier":".Properties.QueueArn","blueprint":"\"sqsQueue\""}}}}]}`)))
			r := w.run(invocation.Request{AllowMassDelete: true})
			if n := len(w.identifiers("sqsQueue")); n != 2*perAccount {
				t.Errorf("%s (%s): %d queues are left of %d; deletes %+v", r.Status, r.Reason, n, 2*perAccount, r.Deletes)
			}
			if left := len(w.identifiers("s3Bucket")); left != 0 {
				t.Errorf("%d buckets are left", left)
			}
		})
	}
}
