package resync_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"portolan/internal/invocation"
	"portolan/internal/report"
	"portolan/internal/resync"
	"portolan/internal/simulator/awssim"
	"portolan/internal/state"
	codes "portolan/internal/trouble"
)

// TestDocumentsThatGiveNoEntity maps one queue of many to nothing. Where the mapping says
// so, its cell decides about what it gave before, as Ocean does; where an expression
// fails, nobody knows.
func TestDocumentsThatGiveNoEntity(t *testing.T) {
	t.Parallel()
	const identifier, items = `"identifier":".Properties.QueueArn"`, `"port":{"entity":{"mappings":{"identifier":".Properties.QueueArn"`
	for name, test := range map[string]struct {
		from, to string // %q is the queue
		holds    bool
		code     codes.Code
	}{
		"a null identifier": {identifier, `"identifier":"if .Properties.QueueArn == %q then null else .Properties.QueueArn end"`, false, codes.EntityDropped},
		"an empty identifier": {
			identifier, `"identifier":"if .Properties.QueueArn == %q then \"\" else .Properties.QueueArn end"`, false, codes.EntityDropped,
		},
		"no output": {identifier, `"identifier":"if .Properties.QueueArn == %q then empty else .Properties.QueueArn end"`, false, codes.EntityDropped},
		"an identifier that fails": {
			identifier, `"identifier":"if .Properties.QueueArn == %q then error(\"no\") else .Properties.QueueArn end"`, true, codes.EntityDropped,
		},
		"null items": {
			items, `"port":{"itemsToParse":"if .Properties.QueueArn == %q then null else [1] end","itemsToParseTopLevelTransform":false,"entity":{"mappings":{"identifier":".Properties.QueueArn"`,
			false, codes.ItemsNoArray,
		},
		"items that are no list": {
			items, `"port":{"itemsToParse":"if .Properties.QueueArn == %q then {} else [1] end","itemsToParseTopLevelTransform":false,"entity":{"mappings":{"identifier":".Properties.QueueArn"`,
			false, codes.ItemsNoArray,
		},
		"no items": {
			items, `"port":{"itemsToParse":"if .Properties.QueueArn == %q then [] else [1] end","itemsToParseTopLevelTransform":false,"entity":{"mappings":{"identifier":".Properties.QueueArn"`,
			false, "",
		},
	} {
		for _, store := range []state.Store{state.NewMemory(), nil} {
			t.Run(fmt.Sprintf("%s, with a state %v", name, store != nil), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, estate(), func(d *resync.Deps) { d.State = store })
				wantStatus(t, w.run(invocation.Request{}), report.Completed)
				before := w.identifiers("sqsQueue")
				odd := w.aws.Resources(member, awssim.Queue, "eu-west-1")[0]
				gone := w.aws.Resources(member, awssim.Queue, "us-east-1")[0]
				w.aws.Remove(member, awssim.Queue, "us-east-1", gone.ID)
				quoted := strings.ReplaceAll(fmt.Sprintf("%q", arn(member, odd)), `"`, `\"`)
				w.change(nil, func(config string) string {
					return strings.Replace(config, test.from, strings.Replace(test.to, "%q", quoted, 1), 1)
				})
				r := w.run(invocation.Request{})
				want := slices.DeleteFunc(slices.Clone(before), func(id string) bool {
					return !test.holds && (id == arn(member, odd) || id == arn(member, gone))
				})
				if diff := cmp.Diff(want, w.identifiers("sqsQueue")); diff != "" {
					t.Errorf("queues (-want +got):\n%s\nwithheld %+v", diff, r.Deletes.Withheld)
				}
				if test.code != "" && !slices.ContainsFunc(r.Mapping, func(m report.MappingFault) bool { return m.Code == test.code && m.Count == 1 }) {
					t.Errorf("the report does not count it: %+v", r.Mapping)
				}
			})
		}
	}
}

// TestThresholdSeesAll takes everything out of the mapping, of which a group's limit alone
// would keep some.
func TestThresholdSeesAll(t *testing.T) {
	t.Parallel()
	store := state.NewMemory()
	w := newWorld(t, estate(), func(d *resync.Deps) {
		d.State, d.Rewrite, d.Deletes.Count = store, 7*24*time.Hour, perAccount-1
	})
	wantStatus(t, w.run(invocation.Request{}), report.Completed)
	before := w.total()
	w.must(w.port.SetConfig(integration, []byte(`{"resources":[],"entityDeletionThreshold":0.9}`)))
	r := w.run(invocation.Request{})
	if w.total() != before || !r.Deletes.Tripped {
		t.Errorf("Port holds %d of %d entities; %+v", w.total(), before, r.Deletes)
	}
}
