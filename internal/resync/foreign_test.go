package resync_test

import (
	"net/http"
	"strings"
	"testing"

	"portolan/internal/diag"
	"portolan/internal/invocation"
	"portolan/internal/report"
	"portolan/internal/resync"
	"portolan/internal/simulator/awssim"
	"portolan/internal/simulator/portsim"
	"portolan/internal/state"
)

// lists makes Port name an entity in its list of what this integration owns.
func (w *world) lists(blueprint, identifier string) {
	w.port.Inject(portsim.Fault{Route: portsim.OwnedRoute, Times: -1, Rewrite: func(answer map[string]any) {
		listed, _ := answer["entities"].([]any)
		answer["entities"] = append(listed, map[string]any{"blueprint": blueprint, "identifier": identifier})
	}})
}

func withoutMarks(answer map[string]any) {
	found, _ := answer["entities"].([]any)
	for _, e := range found {
		delete(e.(map[string]any), "$datasource")
	}
}

// TestWhatIsNotOursStays has Port list entities as this integration's. Each stays unless the
// mapping or the state knows its blueprint and its own mark says that the integration wrote it.
func TestWhatIsNotOursStays(t *testing.T) {
	t.Parallel()
	const person, ours = "curl/8.0", "port-ocean/aws-v3/1/" + integration + "/exporter"
	const marks, blueprint = "were last written by", "knows blueprint"
	for name, test := range map[string]struct {
		blueprint, writer string
		hidden            bool // Port does not return the marks
		goes              bool
		says              string
	}{
		"a person's, of a blueprint of the mapping":              {blueprint: "sqsQueue", writer: person, says: marks + " " + person},
		"another integration's":                                  {blueprint: "sqsQueue", writer: "port-ocean/aws-v3/1/" + integration + "-2/exporter", says: marks + " integration"},
		"another type's":                                         {blueprint: "sqsQueue", writer: "port-ocean/aws/1/" + integration + "/exporter", says: marks + " integration"},
		"a person's, and Port does not return the marks":         {blueprint: "sqsQueue", writer: person, hidden: true, says: marks + " somebody else"},
		"a person's, of a blueprint of nobody":                   {blueprint: "service", writer: person, says: blueprint + " service"},
		"this integration's, of a blueprint that nothing knows":  {blueprint: "service", writer: ours, says: blueprint + " service"},
		"this integration's":                                     {blueprint: "sqsQueue", writer: ours, goes: true},
		"this integration's, and Port does not return the marks": {blueprint: "sqsQueue", writer: ours, hidden: true, goes: true},
	} {
		for _, store := range []state.Store{state.NewMemory(), nil} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, estate(), quickRetries, func(d *resync.Deps) { d.State = store })
				if test.hidden {
					w.port.Inject(portsim.Fault{Route: portsim.SearchRoute, Times: -1, Rewrite: withoutMarks})
				}
				w.must(w.port.PutBlueprint([]byte(`{"identifier":"service","title":"Service","schema":{"properties":{},"required":[]},"relations":{}}`)))
				wantStatus(t, w.run(invocation.Request{}), report.Completed)
				w.put(test.blueprint, "precious", test.writer)
				w.lists(test.blueprint, "precious")
				plan := w.run(invocation.Request{Action: invocation.Plan, AllowMassDelete: true})
				r := w.run(invocation.Request{AllowMassDelete: true})
				wantStatus(t, r, report.Completed)
				gone := true
				for _, id := range w.identifiers(test.blueprint) {
					gone = gone && id != "precious"
				}
				if gone != test.goes || (r.Deletes.Deleted == 1) != test.goes || (plan.Deletes.Planned == 1) != test.goes {
					t.Errorf("gone: %v, want %v; plan %+v; deletes %+v", gone, test.goes, plan.Deletes, r.Deletes)
				}
				for _, deletes := range []report.Deletes{plan.Deletes, r.Deletes} {
					if !test.goes && (len(deletes.Withheld) != 1 || deletes.Withheld[0].Code != diag.KeptNotOurs || !strings.Contains(deletes.Withheld[0].Cause, test.says)) {
						t.Errorf("it does not say %q: %+v", test.says, deletes.Withheld)
					}
				}
			})
		}
	}
}

// TestNothingGoesIfPortDoesNotSayWhoseItIs refuses the search that looks at the marks.
func TestNothingGoesIfPortDoesNotSayWhoseItIs(t *testing.T) {
	t.Parallel()
	w := remembering(t)
	q := w.queue(member, "eu-west-1")
	w.aws.Remove(member, awssim.Queue, "eu-west-1", q.ID)
	w.port.Inject(portsim.Fault{Route: portsim.SearchRoute, Times: -1, Status: http.StatusForbidden})
	r := w.run(invocation.Request{})
	wantStatus(t, r, report.Incomplete)
	if got := len(w.identifiers("sqsQueue")); got != 2*perAccount || r.Deletes.Deleted != 0 || r.Deletes.Failed != 1 {
		t.Errorf("Port holds %d queues; deletes %+v", got, r.Deletes)
	}
	w.port.ClearFaults()
	r = w.run(invocation.Request{})
	wantStatus(t, r, report.Completed)
	if got := len(w.identifiers("sqsQueue")); got != 2*perAccount-1 {
		t.Errorf("Port holds %d queues, want one less", got)
	}
}
