package port_test

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"portolan/internal/diag"
	"portolan/internal/port"
	"portolan/internal/simulator/portsim"
)

// TestAWriteCountsWhenTheAnswerNamesTheEntity tries answers with status 200 that do not
// show that an entity was written.
func TestAWriteCountsWhenTheAnswerNamesTheEntity(t *testing.T) {
	t.Parallel()
	type named struct {
		fault portsim.Fault
		items []port.Item
	}
	tests := map[string]named{}
	for name, fault := range portsim.UnnamedUpserts() {
		tests["single/"+name] = named{fault, items("a")}
	}
	for name, fault := range portsim.UnnamedBulks() {
		tests["bulk/"+name] = named{fault, items("a", "b", "c")}
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim, c := catalog(t)
			sim.Inject(test.fault)
			for i := range test.items {
				test.items[i] = item(test.items[i].Key)
				test.items[i].Blueprint, test.items[i].Body = "account", []byte(`{"identifier":"`+test.items[i].Key+`"}`)
			}
			outcomes, err := c.Upsert(t.Context(), "account", test.items, port.UpsertOptions{})
			if err != nil {
				t.Fatal(err)
			}
			refused := 0
			for i, o := range outcomes {
				if o.Err == nil {
					if o.Identifier != test.items[i].Key {
						t.Errorf("%s was taken as %q", test.items[i].Key, o.Identifier)
					}
					continue
				}
				refused++
				var e *port.EntityError
				if !errors.As(o.Err, &e) || !e.Retryable || !e.Unnamed || diag.Of(o.Err) != diag.PortUnnamed || e.Error() == "" {
					t.Errorf("%s: %+v", test.items[i].Key, o)
				}
			}
			if refused == 0 {
				t.Error("all were taken")
			}
			again, err := c.Upsert(t.Context(), "account", test.items, port.UpsertOptions{})
			if err != nil || verdict(again[0]) != "created "+test.items[0].Key && verdict(again[0]) != "updated "+test.items[0].Key {
				t.Errorf("sent again: %v, error %v", verdicts(again), err)
			}
		})
	}
}

func TestASearchMayFindAnotherName(t *testing.T) {
	t.Parallel()
	s := &script{answers: []reply{ok(`{"ok":true,"entities":[{"index":0,"identifier":"found"},{"index":0,"identifier":"found"}]}`)}}
	outcomes, err := client(t, s).Upsert(t.Context(), "b", []port.Item{search("x")}, port.UpsertOptions{})
	if err != nil || verdict(outcomes[0]) != "0 retryable" {
		t.Errorf("an index twice: %v, error %v", verdicts(outcomes), err)
	}
}

// TestReadsAreHeldAgainstWhatWasAsked lets Port answer each read with 200 and something
// that is not the answer.
func TestReadsAreHeldAgainstWhatWasAsked(t *testing.T) {
	t.Parallel()
	reads := map[string]func(context.Context, *port.Client) error{
		"integration": func(ctx context.Context, c *port.Client) error { return read(ctx, c) },
		"blueprint":   func(ctx context.Context, c *port.Client) error { _, err := c.Blueprint(ctx, "b"); return err },
		"blueprints":  func(ctx context.Context, c *port.Client) error { _, err := c.Blueprints(ctx); return err },
		"find":        func(ctx context.Context, c *port.Client) error { _, err := c.Find(ctx, "b", []string{"a"}); return err },
		"mine":        func(ctx context.Context, c *port.Client) error { _, err := c.Mine(ctx, "b", []string{"a"}); return err },
		"owned": func(ctx context.Context, c *port.Client) error {
			for _, err := range c.Owned(ctx, time.Time{}) {
				return err
			}
			return nil
		},
	}
	answers := map[string]string{
		"an empty object": `{}`, "a bare ok": `{"ok":true}`, "not ok": `{"ok":false}`, "null": `null`, "HTML": `<html>`, "cut": `{"ok":tr`,
		"null in its place":   `{"integration":null,"blueprint":null,"blueprints":null,"entities":null}`,
		"another one's":       `{"integration":{"installationId":"other"},"blueprint":{"identifier":"other"},"entities":[{"identifier":""}]}`,
		"another one's by id": `{"integration":{"identifier":"other"},"blueprint":{"identifier":"other"},"entities":[{"blueprint":"b"}]}`,
	}
	for what, call := range reads {
		for name, answer := range answers {
			t.Run(what+"/"+name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					s := &script{answers: []reply{ok(answer)}}
					err := call(t.Context(), client(t, s))
					if err == nil || port.NotFound(err) || diag.Of(err) != diag.PortFailed || len(s.calls) != 3 {
						t.Errorf("error %v after %d calls", err, len(s.calls))
					}
				})
			})
		}
		t.Run(what+"/once", func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				good := map[string]string{
					"blueprints": `{"blueprints":[]}`, "owned": `{"entities":[]}`,
				}[what]
				s := &script{answers: []reply{ok(`{}`), {status: http.StatusOK, body: good}}}
				if err := call(t.Context(), client(t, s)); err != nil || len(s.calls) != 2 {
					t.Errorf("error %v after %d calls", err, len(s.calls))
				}
			})
		})
	}
}

func TestMineAreThoseThatThisIntegrationWroteLast(t *testing.T) {
	t.Parallel()
	sim, c := catalog(t)
	sim.LagLists(1 << 40)
	put(t, sim, "account", "mine", "", exporterAgent)
	put(t, sim, "account", "an-older-version's", "", "port-ocean/aws-v3/0.1.0/my-aws/exporter")
	put(t, sim, "account", "another's", "", "port-ocean/aws-v3/2.20.11-beta/not-my-aws/exporter")
	put(t, sim, "account", "a-person's", "", "someone")
	got, err := c.Mine(t.Context(), "account", []string{"mine", "an-older-version's", "another's", "a-person's", "nowhere"})
	if err != nil {
		t.Fatal(err)
	}
	have := map[string]bool{}
	for _, id := range got {
		have[id] = true
	}
	if want := map[string]bool{"mine": true, "an-older-version's": true}; !maps.Equal(have, want) {
		t.Errorf("mine are %v", got)
	}
}

// TestABlueprintIsThereWhenPortShowsIt lets Port accept the creation of a blueprint
// without naming it in the answer.
func TestABlueprintIsThereWhenPortShowsIt(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fault   portsim.Fault
		created bool
	}{
		"done":     {portsim.Fault{Rewrite: func(answer map[string]any) { delete(answer, "blueprint") }}, true},
		"not done": {portsim.Fault{Status: 200, Body: `{"ok":true}`}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim, c := catalog(t)
			test.fault.Method, test.fault.Route, test.fault.Times = "POST", "/v1/blueprints", -1
			sim.Inject(test.fault)
			created, err := c.EnsureBlueprint(t.Context(), []byte(`{"identifier":"new","title":"New","schema":{"properties":{}}}`))
			if _, there := sim.Blueprint("new"); created != test.created || there != test.created || (err == nil) != test.created {
				t.Errorf("created %t, there %t, error %v", created, there, err)
			}
		})
	}
}
