package port

import (
	"context"
	"net/http"
	"sync"
)

// Blueprint is what a run needs to know of a blueprint.
type Blueprint struct {
	Identifier string              `json:"identifier"`
	Schema     Schema              `json:"schema"`
	Relations  map[string]Relation `json:"relations"`
}

// Schema names the properties that each entity must have.
type Schema struct {
	Required []string `json:"required"`
}

// Relation says at which blueprint a relation points.
type Relation struct {
	Target   string `json:"target"`
	Required bool   `json:"required"`
	Many     bool   `json:"many"`
}

// blueprints remembers definitions for a run.
type blueprints struct {
	mu    sync.Mutex
	known map[string]Blueprint
}

func newBlueprints() *blueprints { return &blueprints{known: make(map[string]Blueprint)} }

func (b *blueprints) get(identifier string) (Blueprint, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	known, ok := b.known[identifier]
	return known, ok
}

func (b *blueprints) put(blueprint Blueprint) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.known[blueprint.Identifier] = blueprint
}

func (b *blueprints) forget() {
	b.mu.Lock()
	defer b.mu.Unlock()
	clear(b.known)
}

// Blueprint gives a blueprint's definition. It is asked for once between two
// calls of Start. NotFound tells the error that Port does not have it.
func (c *Client) Blueprint(ctx context.Context, identifier string) (Blueprint, error) {
	if known, ok := c.blueprints.get(identifier); ok {
		return known, nil
	}
	var said struct {
		Blueprint Blueprint `json:"blueprint"`
	}
	err := c.get(ctx, call{
		family: FamilyBlueprints, method: http.MethodGet, route: "/blueprints/{blueprint}",
		args: []string{identifier}, exporter: true,
	}, &said)
	if err != nil {
		return Blueprint{}, err
	}
	c.blueprints.put(said.Blueprint)
	return said.Blueprint, nil
}
