package port

import (
	"context"
	"encoding/json"
	"net/http"
)

// Blueprint is the model of one kind of entity, as far as an exporter needs it.
type Blueprint struct {
	Identifier string `json:"identifier"`
	Title      string `json:"title"`
	Schema     struct {
		Properties map[string]Property `json:"properties"`
		Required   []string            `json:"required"`
	} `json:"schema"`
	Relations map[string]Relation `json:"relations"`
}

// Property is a property's type as JSON schema has it.
type Property struct {
	Type   string `json:"type"`
	Format string `json:"format"`
	// Enum is the list of the only values that are allowed, Items the property that each
	// value of a list has to be, Default what a new entity gets that has no value. They
	// are as Port returns them, so that an unknown form does no harm.
	Enum    json.RawMessage `json:"enum,omitempty"`
	Items   json.RawMessage `json:"items,omitempty"`
	Default json.RawMessage `json:"default,omitempty"`
}

// Relation leads from the entities of a blueprint to those of another.
type Relation struct {
	Target   string `json:"target"`
	Required bool   `json:"required"`
	Many     bool   `json:"many"`
}

// Targets names the blueprints to which the relations lead, in no order, each as often
// as there are such relations.
func (b Blueprint) Targets() []string {
	var targets []string
	for _, relation := range b.Relations {
		targets = append(targets, relation.Target)
	}
	return targets
}

func blueprintCall(method, identifier string, body any) call {
	return call{family: FamilyBlueprints, method: method, route: "/blueprints/{blueprint}", args: []string{identifier}, body: body}
}

// blueprints keeps what was read. Reads take turns: there are few of them, and
// two that want the same blueprint make one call.
type blueprints struct {
	turn gate
	read map[string]blueprintRead
}

// blueprintRead is a blueprint, or the answer that there is none.
type blueprintRead struct {
	blueprint Blueprint
	err       error
}

func newBlueprints() *blueprints {
	return &blueprints{turn: newGate(), read: make(map[string]blueprintRead)}
}

// Blueprint returns a blueprint, read from Port once until Start or Reset. NotFound tells
// that Port has none of that identifier, which is remembered too.
func (c *Client) Blueprint(ctx context.Context, identifier string) (Blueprint, error) {
	cl := blueprintCall(http.MethodGet, identifier, nil)
	if err := c.blueprints.turn.enter(ctx); err != nil {
		return Blueprint{}, &Error{Op: cl.op(), Err: err}
	}
	defer c.blueprints.turn.leave()
	if known, ok := c.blueprints.read[identifier]; ok {
		return known.blueprint, known.err
	}
	blueprint, err := c.askBlueprint(ctx, cl, identifier)
	if err == nil || NotFound(err) {
		c.blueprints.read[identifier] = blueprintRead{blueprint, err}
	}
	return blueprint, err
}

// blueprintAnswer is what Port says of a blueprint.
type blueprintAnswer struct {
	Blueprint *Blueprint `json:"blueprint"`
}

// askBlueprint sends a call that Port answers with a blueprint.
func (c *Client) askBlueprint(ctx context.Context, cl call, identifier string) (Blueprint, error) {
	got, err := read(ctx, c, cl, func(got blueprintAnswer) string {
		switch {
		case got.Blueprint == nil:
			return "has no blueprint"
		case got.Blueprint.Identifier != "" && got.Blueprint.Identifier != identifier:
			return "is about another blueprint"
		}
		return ""
	})
	if err != nil {
		return Blueprint{}, err
	}
	return *got.Blueprint, nil
}

// Blueprints reads all blueprints at once, so that Blueprint need not ask for any
// of them until Start or Reset.
func (c *Client) Blueprints(ctx context.Context) (map[string]Blueprint, error) {
	cl := call{family: FamilyBlueprints, method: http.MethodGet, route: "/blueprints"}
	if err := c.blueprints.turn.enter(ctx); err != nil {
		return nil, &Error{Op: cl.op(), Err: err}
	}
	defer c.blueprints.turn.leave()
	type answer struct {
		Blueprints []Blueprint `json:"blueprints"`
	}
	got, err := read(ctx, c, cl, func(got answer) string {
		if got.Blueprints == nil {
			return "has no list of blueprints"
		}
		return ""
	})
	if err != nil {
		return nil, err
	}
	all := make(map[string]Blueprint, len(got.Blueprints))
	for _, b := range got.Blueprints {
		all[b.Identifier] = b
		c.blueprints.read[b.Identifier] = blueprintRead{blueprint: b}
	}
	return all, nil
}

// Reset forgets the blueprints that were read.
func (c *Client) Reset() {
	c.blueprints.turn <- struct{}{}
	defer c.blueprints.turn.leave()
	clear(c.blueprints.read)
}
