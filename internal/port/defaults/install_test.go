package defaults_test

import (
	"context"
	"path/filepath"
	"testing"

	"portolan/internal/mapping"
	"portolan/internal/port"
	"portolan/internal/port/defaults"
	"portolan/internal/simulator/portsim"
)

// installed returns a client of a simulated Port that has the default resources.
func installed(t *testing.T, d port.Defaults) (*port.Client, *portsim.Server) {
	t.Helper()
	server := portsim.New(portsim.Options{})
	url, stop, err := server.Listen("")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = stop() })
	client, err := port.New(port.Options{
		BaseURL: url, Type: "aws-v3", Identifier: "test", Defaults: d, Initialize: true,
		Credentials: func(context.Context) (string, string, error) { return "client", "secret", nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	if _, err := client.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	return client, server
}

// TestPortTakesWhatIsInstalled holds the blueprints against Port's rules, and the
// entities against the blueprints: the type of each property, and the form of what
// has one.
func TestPortTakesWhatIsInstalled(t *testing.T) {
	t.Parallel()
	d := defaults.All()
	client, server := installed(t, d)
	byKind := resources(t)
	files, err := filepath.Glob("../../aws/kinds/testdata/*.golden.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	all := estate(t)
	for _, file := range files {
		// Only the first is a normal document; the others have unlikely values.
		all = append(all, documents(t, file)[0])
	}
	for _, document := range all {
		if entity, _, ok := mapOne(t, byKind, document); ok {
			upsert(t, client, entity)
		}
	}
	for id := range blueprints(t, d) {
		if _, ok := server.Blueprint(id); !ok {
			t.Errorf("Port has no blueprint %s", id)
		}
		if len(server.Entities(id)) == 0 {
			t.Errorf("Port has no entity of %s", id)
		}
	}
}

func upsert(t *testing.T, client *port.Client, entity mapping.Entity) {
	t.Helper()
	outcomes, err := client.Upsert(t.Context(), entity.Blueprint,
		[]port.Item{{Blueprint: entity.Blueprint, Key: entity.Key(), Body: entity.AppendJSON(nil)}},
		port.UpsertOptions{CreateMissing: true, ResyncID: "4b5b0b1e-0000-4000-8000-000000000001"})
	if err != nil {
		t.Fatal(err)
	}
	if outcomes[0].Err != nil {
		t.Errorf("Port refuses %s %s: %v", entity.Blueprint, entity.Key(), outcomes[0].Err)
	}
}

func TestPeerIsInstalled(t *testing.T) {
	t.Parallel()
	d := defaults.Ocean()
	_, server := installed(t, d)
	for id := range blueprints(t, d) {
		if _, ok := server.Blueprint(id); !ok {
			t.Errorf("Port has no blueprint %s", id)
		}
	}
}
