package port

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

// rollbackTime is how long taking back what was created may take.
const rollbackTime = 30 * time.Second

// EnsureBlueprint creates a blueprint, in the form of Port's API, unless Port has one with its
// identifier. Relations to blueprints that Port does not have are left out.
func (c *Client) EnsureBlueprint(ctx context.Context, raw json.RawMessage) (created bool, err error) {
	d, err := parseDefinition(raw)
	if err != nil {
		return false, err
	}
	if _, err := c.Blueprint(ctx, d.identifier); !NotFound(err) {
		return false, err
	}
	if err := c.leaveOutRelations(ctx, d); err != nil {
		return false, err
	}
	mine, err := c.createBlueprint(ctx, d)
	if mine && err == nil {
		err = c.completeBlueprints(ctx, []definition{d})
	}
	if mine && err != nil {
		err = errors.Join(err, c.rollBack(ctx, []string{d.identifier}))
	}
	c.Reset()
	return mine && err == nil, err
}

// leaveOutRelations removes relations to missing blueprints from a definition.
func (c *Client) leaveOutRelations(ctx context.Context, d definition) error {
	var relations map[string]json.RawMessage
	if empty(d.members["relations"]) {
		return nil
	}
	if err := json.Unmarshal(d.members["relations"], &relations); err != nil {
		return fmt.Errorf("the relations of the blueprint %s: %w", d.identifier, err)
	}
	for name, raw := range relations {
		var relation Relation
		if err := json.Unmarshal(raw, &relation); err != nil {
			return fmt.Errorf("the relation %s of the blueprint %s: %w", name, d.identifier, err)
		}
		switch _, err := c.Blueprint(ctx, relation.Target); {
		case NotFound(err):
			delete(relations, name)
		case err != nil:
			return err
		}
	}
	kept, err := json.Marshal(relations)
	d.members["relations"] = kept
	return err
}

// definition is a default blueprint with its members apart.
type definition struct {
	identifier string
	members    map[string]json.RawMessage
}

// The members that need something else to exist first. The second group may use the relations of the
// first, even those of other blueprints.
var (
	linking  = []string{"relations", "ownership", "teamInheritance"}
	deriving = []string{"mirrorProperties", "calculationProperties", "aggregationProperties"}
)

// createBlueprints creates the missing default blueprints: first bare ones, then their relations,
// then what is derived through these. If that fails, it deletes those that it created.
func (c *Client) createBlueprints(ctx context.Context) (made, there []string, err error) {
	missing, there, err := c.missingBlueprints(ctx)
	if err != nil {
		return nil, nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, c.rollBack(ctx, made))
		}
	}()
	mine := make([]bool, len(missing))
	if err = sideBySide(missing, func(i int, d definition) (err error) {
		mine[i], err = c.createBlueprint(ctx, d)
		return err
	}); err != nil {
		made, _ = split(missing, mine)
		return made, there, err
	}
	made, others := split(missing, mine)
	missing = slices.DeleteFunc(missing, func(d definition) bool { return !slices.Contains(made, d.identifier) })
	return made, append(there, others...), c.completeBlueprints(ctx, missing)
}

// missingBlueprints returns the default blueprints that Port does not have, and the
// identifiers of the others.
func (c *Client) missingBlueprints(ctx context.Context) (missing []definition, there []string, err error) {
	all := make([]definition, len(c.defaults.Blueprints))
	for i, raw := range c.defaults.Blueprints {
		if all[i], err = parseDefinition(raw); err != nil {
			return nil, nil, err
		}
	}
	lacks := make([]bool, len(all))
	err = sideBySide(all, func(i int, d definition) error {
		_, err := c.askBlueprint(ctx, blueprintCall(http.MethodGet, d.identifier, nil), d.identifier)
		if lacks[i] = NotFound(err); lacks[i] {
			return nil
		}
		return err
	})
	for i, d := range all {
		if lacks[i] {
			missing = append(missing, d)
		}
	}
	_, there = split(all, lacks)
	return missing, there, err
}

// split returns the identifiers of the chosen definitions, and of the others.
func split(all []definition, chosen []bool) (in, out []string) {
	for i, d := range all {
		if chosen[i] {
			in = append(in, d.identifier)
		} else {
			out = append(out, d.identifier)
		}
	}
	return in, out
}

// definitionsAtATime is how many blueprints are read or written at a time.
const definitionsAtATime = 6

// sideBySide calls f for the definitions, a few at a time. After a failure it starts no more, waits
// for those that started, and returns the first error.
func sideBySide(all []definition, f func(i int, d definition) error) error {
	var group errgroup.Group
	var failed atomic.Bool
	group.SetLimit(definitionsAtATime)
	for i, d := range all {
		group.Go(func() error {
			if failed.Load() {
				return nil
			}
			err := f(i, d)
			if err != nil {
				failed.Store(true)
			}
			return err
		})
	}
	return group.Wait()
}

func parseDefinition(raw json.RawMessage) (definition, error) {
	var d definition
	var identified struct {
		Identifier string `json:"identifier"`
	}
	if err := errors.Join(json.Unmarshal(raw, &d.members), json.Unmarshal(raw, &identified)); err != nil {
		return d, fmt.Errorf("a default blueprint is not a JSON object: %w", err)
	}
	d.identifier = identified.Identifier
	return d, nil
}

// without returns the definition less some members.
func (d definition) without(names ...string) map[string]json.RawMessage {
	rest := make(map[string]json.RawMessage, len(d.members))
	for name, v := range d.members {
		if !slices.Contains(names, name) {
			rest[name] = v
		}
	}
	return rest
}

func (d definition) has(names []string) bool {
	return slices.ContainsFunc(names, func(name string) bool { return !empty(d.members[name]) })
}

// createBlueprint says whether this call created the blueprint, which it may have although it failed.
// If somebody else was faster, the blueprint is theirs; but a conflict in a second attempt is with
// what the first attempt created.
func (c *Client) createBlueprint(ctx context.Context, d definition) (mine bool, err error) {
	got, err := read(ctx, c, call{
		family: FamilyBlueprints, method: http.MethodPost, route: "/blueprints", exporter: true,
		body: d.without(slices.Concat(linking, deriving)...),
	}, nothing[blueprintAnswer])
	if err == nil && (got.Blueprint == nil || got.Blueprint.Identifier != d.identifier) {
		// The answer does not say that it was created, so look.
		_, err = c.do(ctx, blueprintCall(http.MethodGet, d.identifier, nil))
		return err == nil, err
	}
	var refusal *Error
	if !errors.As(err, &refusal) {
		return err == nil, err
	}
	if refusal.StatusCode == http.StatusConflict {
		return refusal.Attempts > 1, nil
	}
	lost := refusal.StatusCode == 0 || refusal.StatusCode >= 500 || refusal.unusable
	return lost && refusal.Attempts > 0, err
}

func (c *Client) completeBlueprints(ctx context.Context, made []definition) error {
	err := sideBySide(made, func(_ int, d definition) error {
		if !d.has(linking) {
			return nil
		}
		return c.patchBlueprint(ctx, d.identifier, d.without(deriving...))
	})
	if err != nil {
		return err
	}
	return sideBySide(made, func(_ int, d definition) error {
		if !d.has(deriving) {
			return nil
		}
		return c.patchBlueprint(ctx, d.identifier, d.members)
	})
}

func (c *Client) patchBlueprint(ctx context.Context, identifier string, body map[string]json.RawMessage) error {
	cl := blueprintCall(http.MethodPatch, identifier, body)
	cl.exporter = true
	return c.confirmed(ctx, cl)
}

// rollBack deletes blueprints, the latest first. Port keeps a blueprint while another points at it,
// so the rest is tried again as long as some are deleted. It has time of its own, because the run's
// may be over.
func (c *Client) rollBack(ctx context.Context, identifiers []string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), rollbackTime)
	defer cancel()
	for {
		var left []string
		var failures []error
		for _, identifier := range slices.Backward(identifiers) {
			cl := blueprintCall(http.MethodDelete, identifier, nil)
			cl.exporter = true
			if err := c.confirmed(ctx, cl); err != nil && !NotFound(err) {
				left = append(left, identifier)
				failures = append(failures, fmt.Errorf("the blueprint %s could not be taken back; delete it by hand if nothing uses it: %w", identifier, err))
			}
		}
		if len(left) == 0 || len(left) == len(identifiers) {
			return errors.Join(failures...)
		}
		identifiers = left
	}
}
