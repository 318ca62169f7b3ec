package resync_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"portolan/internal/console"
	codes "portolan/internal/diag"
	"portolan/internal/invocation"
	"portolan/internal/port"
	"portolan/internal/report"
	"portolan/internal/resync"
	"portolan/internal/simulator/awssim"
	"portolan/internal/simulator/portsim"
	"portolan/internal/state"
)

const (
	another     = "port-ocean/aws-v3/2.20.11-beta/my-aws/exporter"
	anotherName = "integration my-aws (aws-v3)"
)

// give makes somebody the last writer of at most that many entities, of the given
// blueprints, or of all if none is named.
func (w *world) give(writer string, most int, blueprints ...string) {
	w.t.Helper()
	for _, blueprint := range w.port.Blueprints() {
		if strings.HasPrefix(blueprint, "_") || len(blueprints) > 0 && !slices.Contains(blueprints, blueprint) {
			continue
		}
		for _, e := range w.port.Entities(blueprint) {
			if most--; most < 0 {
				return
			}
			w.must(w.port.PutEntity(blueprint, encode(w.t, map[string]any{
				"identifier": e.Identifier, "title": e.Title, "properties": e.Properties, "relations": e.Relations,
			}), writer))
		}
	}
}

// of counts the entities that a writer wrote last.
func (w *world) of(writer string) (n int) {
	for _, blueprint := range w.port.Blueprints() {
		for _, e := range w.port.Entities(blueprint) {
			if e.Datasource == writer {
				n++
			}
		}
	}
	return n
}

// searches counts how often Port was searched.
func (w *world) searches() (n int) {
	for _, r := range w.port.Requests() {
		if r.Route == "/v1/entities/search" {
			n++
		}
	}
	return n
}

// TestOthersEntities lets others write some entities last: a few are written and reported;
// so many that it looks like a mistake are withheld until somebody allows it.
func TestOthersEntities(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		writer string
		given  int
		take   bool
		state  bool // which has seen the entities as this integration's
		by     string
		taken  int
	}{
		"all":                  {writer: another, given: everything, by: anotherName},
		"all, told to":         {writer: another, given: everything, take: true, by: anotherName, taken: everything},
		"most":                 {writer: another, given: everything - 10, by: anotherName},
		"not most of them":     {writer: another, given: everything / 2, by: anotherName, taken: everything / 2},
		"one":                  {writer: another, given: 1, by: anotherName, taken: 1},
		"a user":               {writer: "Mozilla/5.0", given: everything, by: "Mozilla/5.0"},
		"another type":         {writer: "port-ocean/aws/1.0/" + integration + "/exporter", given: everything, by: "integration " + integration + " (aws)"},
		"known to be ours":     {writer: "curl/8.0", given: everything, state: true, by: "curl/8.0", taken: everything},
		"Ocean, the same":      {writer: formerly, given: everything},
		"another's, same name": {writer: "port-ocean/aws-v3/1.0/" + integration + "/gitops", given: everything, by: "integration " + integration + " (aws-v3, gitops)"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, estate(), quickRetries, func(d *resync.Deps) {
				if test.state {
					d.State = state.NewMemory()
				}
			})
			wantStatus(t, w.run(invocation.Request{}), report.Completed)
			w.later.Add(int64(time.Minute))
			w.give(test.writer, test.given)
			given := test.given
			if test.by == "" {
				given = 0
			}
			withheld, status := given-test.taken, report.Completed
			if withheld > 0 {
				status = report.Incomplete
			}
			for _, action := range []string{invocation.Plan, invocation.Resync} {
				r := w.run(invocation.Request{Action: action, TakeOwnership: test.take})
				wantStatus(t, r, status)
				if given == 0 {
					if r.Ownership != nil || len(codesOf(r)) > 0 {
						t.Errorf("%s: %+v, notices %v", action, r.Ownership, codesOf(r))
					}
					continue
				}
				o := r.Ownership
				if o == nil || len(o.Others) != 1 || o.Others[0].By != test.by || o.Others[0].Entities != given || len(o.Others[0].Samples) == 0 || o.Taken != test.taken {
					t.Fatalf("%s: %+v, want %d by %s, %d taken", action, o, given, test.by, test.taken)
				}
				want := codes.OthersEntities
				if withheld > 0 {
					want = codes.KeptOwner
					if len(o.Withheld) != 1 || o.Withheld[0].Count != withheld || o.Withheld[0].Code != want || len(o.Withheld[0].Samples) == 0 {
						t.Errorf("%s: withheld %+v, want %d", action, o.Withheld, withheld)
					}
				} else if len(o.Withheld) > 0 {
					t.Errorf("%s: withheld %+v", action, o.Withheld)
				}
				if !slices.Equal(codesOf(r), []codes.Code{want}) {
					t.Errorf("%s: notices of %v, want %s", action, codesOf(r), want)
				}
				if r.Deletes.Deleted != 0 || r.Deletes.Planned != 0 {
					t.Errorf("%s: deletes %+v", action, r.Deletes)
				}
				if action == invocation.Plan {
					kept := 0
					for _, c := range r.Changes {
						if c.Sort == report.Retained {
							kept++
						}
					}
					if kept != withheld || w.of(test.writer) != test.given {
						t.Errorf("the plan lists %d as withheld, and leaves %d entities to the other", kept, w.of(test.writer))
					}
				}
				if text := tableOf(t, r); !strings.Contains(text, test.by) {
					t.Errorf("the table does not name %s:\n%s", test.by, text)
				}
			}
			if got := w.of(test.writer); given > 0 && got != withheld {
				t.Errorf("%d entities are still the other's, want %d", got, withheld)
			}
		})
	}
}

// codesOf are the codes of the diagnostics, except what was done in Port.
func codesOf(r *report.Report) (all []codes.Code) {
	for _, n := range r.Diagnostics {
		if n.Code != codes.PortRemark {
			all = append(all, n.Code)
		}
	}
	return all
}

func tableOf(t *testing.T, r *report.Report) string {
	t.Helper()
	var b strings.Builder
	if err := r.Write(console.Fixed(&b, 1000)); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestWritersThatPortDoesNotTell are found by a search for our own mark.
func TestWritersThatPortDoesNotTell(t *testing.T) {
	t.Parallel()
	w := newWorld(t, estate(), quickRetries)
	w.port = portsim.New(portsim.Options{HidesWriters: true})
	url, stop, err := w.port.Listen("")
	w.must(err)
	t.Cleanup(func() { _ = stop() })
	w.deps.Port = w.depsFor(url).Port
	wantStatus(t, w.run(invocation.Request{}), report.Completed)
	w.give(another, everything)
	r := w.run(invocation.Request{})
	wantStatus(t, r, report.Incomplete)
	if r.Ownership == nil || r.Ownership.Others[0].By != "somebody else" || r.Ownership.Withheld[0].Count != everything || w.of(another) != everything {
		t.Errorf("%+v; %d are the other's", r.Ownership, w.of(another))
	}
}

// TestOthersEntitiesInSteps are judged over all invocations: each sees a few only.
func TestOthersEntitiesInSteps(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		given    int
		take     bool
		withheld int
	}{"all": {everything, false, everything}, "a few": {12, false, 0}, "all, by request": {everything, true, 0}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t, estate())
			wantStatus(t, m.whole(invocation.Request{}), report.Completed)
			m.deps.State = state.NewMemory()
			m.later.Add(int64(time.Minute))
			m.give(another, test.given)
			for _, action := range []string{invocation.Plan, invocation.Resync} {
				m.later.Add(int64(time.Minute))
				one := m.run(invocation.Request{Action: invocation.Plan, TakeOwnership: test.take})
				r := m.whole(invocation.Request{Action: action, TakeOwnership: test.take})
				withheld := 0
				if r.Ownership == nil || r.Ownership.Others[0].Entities != test.given || r.Ownership.Others[0].By != anotherName {
					t.Fatalf("%s: %+v", action, r.Ownership)
				}
				for _, x := range r.Ownership.Withheld {
					withheld += x.Count
				}
				if withheld != test.withheld || r.Ownership.Taken != test.given-test.withheld {
					t.Errorf("%s: %+v, want %d withheld", action, r.Ownership, test.withheld)
				}
				if action == invocation.Plan && (one.Total != r.Total || len(one.Changes) != len(r.Changes)) {
					t.Errorf("one process counts %+v with %d changes, steps %+v with %d", one.Total, len(one.Changes), r.Total, len(r.Changes))
				}
			}
			if got := m.of(another); got != test.withheld {
				t.Errorf("%d are still the other's, want %d", got, test.withheld)
			}
		})
	}
}

// TestFirstRunCreates everything and updates nothing, whichever entity was made first by
// the relation of another; the plan before it says the same.
func TestFirstRunCreates(t *testing.T) {
	t.Parallel()
	for name, run := range map[string]func(*testing.T) (*world, func(invocation.Request) *report.Report){
		"in one process": func(t *testing.T) (*world, func(invocation.Request) *report.Report) {
			w := newWorld(t, estate(), quickRetries)
			return w, w.run
		},
		"in steps": func(t *testing.T) (*world, func(invocation.Request) *report.Report) {
			m := newMachine(t, estate())
			return m.world, m.whole
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, do := run(t)
			for _, action := range []string{invocation.Plan, invocation.Resync} {
				r := do(invocation.Request{Action: action})
				wantStatus(t, r, report.Completed)
				if r.Total.Created != everything || r.Total.Updated != 0 || r.Total.Unchanged != 0 {
					t.Errorf("%s: %+v, want %d created", action, r.Total, everything)
				}
			}
			if name == "in steps" {
				return
			}
			// A search for each of the eight blueprints, where all are fewer than are asked for
			// at once. A run that has nothing to write asks nothing.
			w.deps.State = state.NewMemory()
			wantStatus(t, do(invocation.Request{}), report.Completed)
			w.port.ForgetRequests()
			r := do(invocation.Request{})
			wantStatus(t, r, report.Completed)
			if n := w.searches(); n != 0 || r.Total.Unchanged != everything {
				t.Errorf("an unchanged run searches %d times: %+v", n, r.Total)
			}
		})
	}
}

// TestFirstRunAsksLittle compares the searches of a first run with its writes.
func TestFirstRunAsksLittle(t *testing.T) {
	t.Parallel()
	const many = 900
	e := estate(awssim.Queue)
	for i := range e.Accounts {
		e.Accounts[i].Populations = []awssim.Population{{Kind: awssim.Queue, Regions: regions, Count: many / 4}}
	}
	entry := queueEntry(`{"identifier":".Properties.QueueArn","blueprint":"\"queue\""}`)
	d := port.Defaults{Blueprints: blueprintsOf(`{"identifier":"queue","title":"Queue","schema":{"properties":{}}}`), Config: mappingOf("", entry)}
	w := newWorldOf(t, d, e, quickRetries)
	r := w.run(invocation.Request{})
	wantStatus(t, r, report.Completed)
	if n := w.searches(); r.Total.Created != many || n > many/200+1 {
		t.Errorf("%d searches for %d entities (%+v), want one for 200", n, many, r.Total)
	}
}

// TestWritersThatPortKeepsSecret fails the entities: they are not written if Port does not
// say who wrote them.
func TestWritersThatPortKeepsSecret(t *testing.T) {
	t.Parallel()
	w := newWorld(t, estate(), quickRetries)
	w.port.Inject(portsim.Fault{Route: "/v1/entities/search", Times: -1, Status: 403})
	before := maps.Clone(w.contents())
	r := w.run(invocation.Request{})
	wantStatus(t, r, report.Incomplete)
	if r.Total.Failed != everything || r.Total.Created != 0 || len(w.contents()) != len(before) {
		t.Errorf("%+v: %+v", r.Total, r.Entities)
	}
}
