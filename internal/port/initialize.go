package port

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"portolan/internal/diag"
)

// Defaults are what an integration starts with.
type Defaults struct {
	Blueprints []json.RawMessage // each as Port's API takes it, targets of relations among them
	Config     json.RawMessage   // the mapping; empty means one without resources
}

const (
	originDefault = "Default"
	originFormer  = "Ocean" // what Default was called before
	originEmpty   = "Empty" // a mapping without resources, and no blueprints
)

func (d Defaults) config() json.RawMessage {
	if len(d.Config) > 0 {
		return d.Config
	}
	return json.RawMessage(`{"deleteDependentEntities":true,"createMissingRelatedEntities":true,"enableMergeEntity":true,"entityDeletionThreshold":0.9,"resources":[]}`)
}

// Start makes sure that Port has the integration and knows what runs it, creates the default resources
// at the first start, and returns the integration with the mapping that Port has after that. A second
// call changes nothing. Start forgets the blueprints that were read.
func (c *Client) Start(ctx context.Context) (Integration, error) {
	c.Reset()
	var notes []string
	created := false
	in, err := c.Integration(ctx)
	if NotFound(err) {
		// If the answer was lost, or another run created it, only a second look tells.
		created = true
		c.told.Store(nil)
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
	changed := c.differs(in) && !c.knows(in)
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
		if changed && c.differs(in) {
			notes = append(notes, "Port was told what runs the integration and does not show all of it; it is not told again until that changes")
		}
		before := c.told.Load()
		c.told.Store(&told{Wish: c.wish(), Shown: shownOf(in), Initialized: initialized || before != nil && before.Initialized})
	}
	if now := c.told.Load(); now != nil {
		if in.Told, err = json.Marshal(now); err != nil {
			return in, err
		}
	}
	if note := c.tokens.note(ctx); note != "" {
		notes = append(notes, note)
	}
	in.Notes, in.Changed = append(notes, c.hostRemarks()...), created || changed || initialized
	return in, nil
}

// Preview returns the integration as Start would leave it, and changes nothing. Its notes say what
// Start would do.
func (c *Client) Preview(ctx context.Context) (Integration, error) {
	c.Reset()
	in, err := c.Integration(ctx)
	switch {
	case NotFound(err):
		in = Integration{Identifier: c.identifier, Type: c.kind, Config: c.defaults.config(), Started: Started{Absent: true}}
		in.Notes = []string{fmt.Sprintf("would create the integration %s in Port", c.identifier)}
	case err != nil:
		return in, err
	}
	if err := c.fit(in); err != nil {
		return in, err
	}
	ours := in.Origin == "" || in.Origin == originDefault || in.Origin == originFormer
	if c.initialize && !in.ResourcesReady && ours {
		in.Initializes = true
		if empty(in.Config) {
			in.Config = c.defaults.config()
			in.Notes = append(in.Notes, "would put the default mapping in place, because there is none")
		}
		in.Notes = append(in.Notes, "would create the default blueprints that Port does not have yet")
	}
	in.Notes = append(in.Notes, c.hostRemarks()...)
	return in, nil
}

// fit says why an integration cannot be run from here.
func (c *Client) fit(in Integration) error {
	if hosted := in.InstallationType; hosted != "" && hosted != "OnPrem" {
		return diag.With(diag.IntegrationHosted, fmt.Errorf("the integration %s is hosted by Port (installation type %s) and cannot be run from elsewhere: "+
			"choose another OCEAN__INTEGRATION__IDENTIFIER, or delete the integration in Port's Data sources page", c.identifier, hosted))
	}
	return nil
}

// initializeResources creates the default resources of an integration, once.
func (c *Client) initializeResources(ctx context.Context, in Integration) (changed bool, notes []string, err error) {
	if c.empty && !in.ResourcesReady && in.Origin == originEmpty {
		// Ocean would otherwise put an empty mapping in place of the user's, once.
		return true, nil, c.tellReady(ctx)
	}
	ours := in.Origin == "" || in.Origin == originDefault || in.Origin == originFormer
	if !c.initialize || in.ResourcesReady || !ours || c.knowsReady(in) {
		return false, nil, nil
	}
	if empty(in.Config) {
		cl := c.integrationCall(http.MethodPatch, integrationRoute+"/config", map[string]any{"config": c.defaults.config()})
		if err := c.confirmed(ctx, cl); err != nil {
			return false, nil, fmt.Errorf("put the default mapping in place: %w", err)
		}
		notes = append(notes, "put the default mapping in place, because there was none")
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
	if err := c.tellReady(ctx); err != nil {
		return false, nil, err
	}
	return true, notes, nil
}

// tellReady tells Port that the integration has what it starts with.
func (c *Client) tellReady(ctx context.Context) error {
	cl := c.integrationCall(http.MethodPatch, integrationRoute, map[string]any{"arePortResourcesInitialized": true, "version": PeerVersion})
	if err := c.confirmed(ctx, cl); err != nil {
		return fmt.Errorf("tell Port that the default resources are there: %w", err)
	}
	return nil
}
