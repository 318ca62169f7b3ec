package port

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Defaults are what an integration starts with.
type Defaults struct {
	Blueprints []json.RawMessage // each as Port's API takes it, targets of relations among them
	Config     json.RawMessage   // the mapping; empty means one without resources
}

const (
	originDefault = "Default"
	originFormer  = "Ocean" // what Default was called before
	rollbackTime  = 30 * time.Second
)

func (d Defaults) config() json.RawMessage {
	if len(d.Config) > 0 {
		return d.Config
	}
	return json.RawMessage(`{"deleteDependentEntities":true,"createMissingRelatedEntities":true,"enableMergeEntity":true,"entityDeletionThreshold":0.9,"resources":[]}`)
}

// Start makes sure that Port has the integration and knows what runs it, creates
// the default resources at the first start, and gives the integration with the
// mapping as it is in Port then. Called again it changes nothing. What was known of
// blueprints is forgotten.
func (c *Client) Start(ctx context.Context) (Integration, error) {
	c.Reset()
	var notes []string
	in, err := c.Integration(ctx)
	if NotFound(err) {
		// A create whose answer was lost, or that another run made, is known by
		// what is there afterwards.
		refused := c.createIntegration(ctx)
		if in, err = c.Integration(ctx); refused != nil && err != nil {
			return in, refused
		}
		notes = append(notes, fmt.Sprintf("created the integration %s in Port", c.identifier))
	}
	if err != nil {
		return in, err
	}
	if err := c.fit(in); err != nil {
		return in, err
	}
	if in.Type != "" && !strings.EqualFold(in.Type, c.kind) {
		notes = append(notes, fmt.Sprintf("the integration %s was of type %s until now; what it wrote as such stays in Port", c.identifier, in.Type))
	}
	changed := c.differs(in)
	if changed {
		if err := c.patchIntegration(ctx); err != nil {
			return in, err
		}
	}
	initialized, remarks, err := c.initializeResources(ctx, in)
	if err != nil {
		return in, err
	}
	notes = append(notes, remarks...)
	if changed || initialized {
		if in, err = c.Integration(ctx); err != nil {
			return in, err
		}
	}
	if note := c.tokens.note(ctx); note != "" {
		notes = append(notes, note)
	}
	in.Notes = notes
	return in, nil
}

// Preview gives the integration as Start would leave it, and changes nothing. Its
// notes say what Start would do.
func (c *Client) Preview(ctx context.Context) (Integration, error) {
	c.Reset()
	in, err := c.Integration(ctx)
	switch {
	case NotFound(err):
		in = Integration{Identifier: c.identifier, Type: c.kind, Config: c.defaults.config()}
		in.Notes = []string{fmt.Sprintf("would create the integration %s in Port", c.identifier)}
	case err != nil:
		return in, err
	}
	if err := c.fit(in); err != nil {
		return in, err
	}
	ours := in.Origin == "" || in.Origin == originDefault || in.Origin == originFormer
	if c.initialize && !in.ResourcesReady && ours {
		if empty(in.Config) {
			in.Config = c.defaults.config()
			in.Notes = append(in.Notes, "would put the default mapping in place, for there is none")
		}
		in.Notes = append(in.Notes, "would create the default blueprints, if none of them exists")
	}
	return in, nil
}

// fit says why an integration cannot be run from here.
func (c *Client) fit(in Integration) error {
	if hosted := in.InstallationType; hosted != "" && hosted != "OnPrem" {
		return fmt.Errorf("the integration %s is hosted by Port (installation type %s) and cannot be run from elsewhere: "+
			"choose another OCEAN__INTEGRATION__IDENTIFIER, or delete the integration in Port's Data sources page", c.identifier, hosted)
	}
	return nil
}

// initializeResources creates what an integration starts with, once in its life.
func (c *Client) initializeResources(ctx context.Context, in Integration) (changed bool, notes []string, err error) {
	ours := in.Origin == "" || in.Origin == originDefault || in.Origin == originFormer
	if !c.initialize || in.ResourcesReady || !ours {
		return false, nil, nil
	}
	if empty(in.Config) {
		cl := c.integrationCall(http.MethodPatch, integrationRoute+"/config", map[string]any{"config": c.defaults.config()})
		if _, err := c.do(ctx, cl); err != nil {
			return false, nil, fmt.Errorf("put the default mapping in place: %w", err)
		}
		notes = append(notes, "put the default mapping in place, for there was none")
	}
	made, there, err := c.createBlueprints(ctx)
	if err != nil {
		return false, nil, fmt.Errorf("create the default blueprints: %w", err)
	}
	if len(made) > 0 {
		notes = append(notes, "created the blueprints "+strings.Join(made, ", "))
	}
	if len(there) > 0 {
		notes = append(notes, "left the blueprints as they are that Port had already: "+strings.Join(there, ", "))
	}
	cl := c.integrationCall(http.MethodPatch, integrationRoute, map[string]any{"arePortResourcesInitialized": true, "version": PeerVersion})
	if _, err := c.do(ctx, cl); err != nil {
		return false, nil, fmt.Errorf("tell Port that the default resources are there: %w", err)
	}
	return true, notes, nil
}

// definition is a default blueprint with its members apart.
type definition struct {
	identifier string
	members    map[string]json.RawMessage
}

// The members that need something else to be there first. The second group may
// look through the relations of the first, in other blueprints as well.
var (
	linking  = []string{"relations", "ownership", "teamInheritance"}
	deriving = []string{"mirrorProperties", "calculationProperties", "aggregationProperties"}
)

// createBlueprints creates the default blueprints that Port lacks: bare ones,
// then their relations, then what is derived through these. If that fails, those
// that it created are deleted again.
func (c *Client) createBlueprints(ctx context.Context) (made, there []string, err error) {
	var missing []definition
	for _, raw := range c.defaults.Blueprints {
		d, err := parseDefinition(raw)
		if err != nil {
			return nil, nil, err
		}
		switch _, err := c.do(ctx, blueprintCall(http.MethodGet, d.identifier, nil)); {
		case NotFound(err):
			missing = append(missing, d)
		case err != nil:
			return nil, nil, err
		default:
			there = append(there, d.identifier)
		}
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, c.rollBack(ctx, made))
		}
	}()
	for _, d := range missing {
		mine, err := c.createBlueprint(ctx, d)
		if mine {
			made = append(made, d.identifier)
		} else if err == nil {
			there = append(there, d.identifier)
		}
		if err != nil {
			return made, there, err
		}
	}
	missing = slices.DeleteFunc(missing, func(d definition) bool { return !slices.Contains(made, d.identifier) })
	return made, there, c.completeBlueprints(ctx, missing)
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

// without gives the definition less some members.
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

// createBlueprint says whether the blueprint is there by this call, which it may
// be although the call failed. If someone else was faster it is theirs; but a
// conflict that a second attempt meets is with what the first one made.
func (c *Client) createBlueprint(ctx context.Context, d definition) (mine bool, err error) {
	_, err = c.do(ctx, call{
		family: FamilyBlueprints, method: http.MethodPost, route: "/blueprints", exporter: true,
		body: d.without(slices.Concat(linking, deriving)...),
	})
	var refusal *Error
	if !errors.As(err, &refusal) {
		return err == nil, err
	}
	if refusal.StatusCode == http.StatusConflict {
		return refusal.Attempts > 1, nil
	}
	lost := refusal.StatusCode == 0 || refusal.StatusCode >= 500
	return lost && refusal.Attempts > 0, err
}

func (c *Client) completeBlueprints(ctx context.Context, made []definition) error {
	for _, d := range made {
		if d.has(linking) {
			if err := c.patchBlueprint(ctx, d.identifier, d.without(deriving...)); err != nil {
				return err
			}
		}
	}
	for _, d := range made {
		if d.has(deriving) {
			if err := c.patchBlueprint(ctx, d.identifier, d.members); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *Client) patchBlueprint(ctx context.Context, identifier string, body map[string]json.RawMessage) error {
	cl := blueprintCall(http.MethodPatch, identifier, body)
	cl.exporter = true
	_, err := c.do(ctx, cl)
	return err
}

// rollBack deletes blueprints, the latest first. Port keeps one while another
// points at it, so what is left is tried again as long as that gets on. It gets
// time of its own: the run's may be why it is needed.
func (c *Client) rollBack(ctx context.Context, identifiers []string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), rollbackTime)
	defer cancel()
	for {
		var left []string
		var failures []error
		for _, identifier := range slices.Backward(identifiers) {
			cl := blueprintCall(http.MethodDelete, identifier, nil)
			cl.exporter = true
			if _, err := c.do(ctx, cl); err != nil && !NotFound(err) {
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
