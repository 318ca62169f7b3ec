package port

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"
)

// Defaults are what a new integration starts with.
type Defaults struct {
	// Blueprints are definitions as Port's API takes them.
	Blueprints []json.RawMessage
	// Mapping is the integration's config.
	Mapping json.RawMessage
}

// Calculated members need relations, and these need their targets: a blueprint
// is made in three steps.
var (
	calculated = []string{"calculationProperties", "mirrorProperties", "aggregationProperties"}
	related    = []string{"relations", "teamInheritance", "ownership"}
)

// initializeResources makes the default blueprints that Port does not have, and
// puts the default mapping where there is none. If a blueprint cannot be made,
// those that were made just now are taken back, and the next start tries again.
func (c *Client) initializeResources(ctx context.Context, in Integration) error {
	if empty(in.Config) {
		_, err := c.do(ctx, call{
			family: FamilyOther, method: http.MethodPatch, route: "/integration/{integration}/config",
			args: []string{c.identifier}, body: map[string]any{"config": c.defaults.Mapping},
		})
		if err != nil {
			return err
		}
	}
	missing, err := c.missingBlueprints(ctx)
	if err != nil {
		return err
	}
	if err := c.createBlueprints(ctx, missing); err != nil {
		return err
	}
	return c.patch(ctx, map[string]any{"arePortResourcesInitialized": true, "version": PeerVersion})
}

// definition is a default blueprint.
type definition struct {
	identifier string
	members    map[string]json.RawMessage
}

func (c *Client) missingBlueprints(ctx context.Context) ([]definition, error) {
	var missing []definition
	for _, raw := range c.defaults.Blueprints {
		var d definition
		if err := json.Unmarshal(raw, &d.members); err != nil {
			return nil, fmt.Errorf("default blueprint: %w", err)
		}
		if err := json.Unmarshal(d.members["identifier"], &d.identifier); err != nil {
			return nil, fmt.Errorf("default blueprint: %w", err)
		}
		_, err := c.Blueprint(ctx, d.identifier)
		switch {
		case NotFound(err):
			missing = append(missing, d)
		case err != nil:
			return nil, err
		}
	}
	return missing, nil
}

func (c *Client) createBlueprints(ctx context.Context, missing []definition) error {
	for i, d := range missing {
		if err := c.writeBlueprint(ctx, http.MethodPost, d, append(calculated, related...)); err != nil {
			return c.takeBack(ctx, missing[:i], err)
		}
	}
	for _, left := range [][]string{calculated, nil} {
		for _, d := range missing {
			if err := c.writeBlueprint(ctx, http.MethodPatch, d, left); err != nil {
				return c.takeBack(ctx, missing, err)
			}
		}
	}
	c.blueprints.forget()
	return nil
}

// writeBlueprint creates or patches a blueprint, without some of its members.
func (c *Client) writeBlueprint(ctx context.Context, method string, d definition, without []string) error {
	body := make(map[string]json.RawMessage, len(d.members))
	for name, member := range d.members {
		if !slices.Contains(without, name) {
			body[name] = member
		}
	}
	cl := call{family: FamilyBlueprints, method: method, route: "/blueprints", body: body, exporter: true, retries: unlessTaken}
	if method == http.MethodPatch {
		cl.route, cl.args, cl.retries = "/blueprints/{blueprint}", []string{d.identifier}, always
	}
	if _, err := c.do(ctx, cl); err != nil {
		return fmt.Errorf("blueprint %s: %w", d.identifier, err)
	}
	return nil
}

// rollbackTime bounds taking back, which goes on after the run's own context.
const rollbackTime = 30 * time.Second

func (c *Client) takeBack(ctx context.Context, made []definition, cause error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), rollbackTime)
	defer cancel()
	for _, d := range slices.Backward(made) {
		_, err := c.do(ctx, call{
			family: FamilyBlueprints, method: http.MethodDelete, route: "/blueprints/{blueprint}",
			args: []string{d.identifier}, exporter: true,
		})
		if err != nil && !NotFound(err) {
			cause = errors.Join(cause, fmt.Errorf("take back blueprint %s: %w", d.identifier, err))
		}
	}
	return cause
}
