package port

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"time"
)

// Integration is the record that Port keeps of the integration.
type Integration struct {
	// Config is the mapping, "null" or "{}" if there is none.
	Config json.RawMessage `json:"config"`
	// InstallationType is OnPrem, or begins with Saas if Port hosts it.
	InstallationType string `json:"installationType"`
	// Initialized says that the default resources were made once.
	Initialized bool `json:"arePortResourcesInitialized"`

	AppType              string         `json:"installationAppType"`
	Version              string         `json:"version"`
	ChangelogDestination map[string]any `json:"changelogDestination"`
	ActionsProcessing    bool           `json:"actionsProcessingEnabled"`
	IncrementalSync      bool           `json:"incrementalSyncEnabled"`
	ProcessingMode       string         `json:"processingMode"`
}

// Status is the state of a run as Port knows it.
type Status string

// The states of a run.
const (
	Running   Status = "running"
	Completed Status = "completed"
	Failed    Status = "failed"
	Aborted   Status = "aborted"
)

// ResyncState is what Port is told of a run. End is not used while it is running;
// Interval is the time from run to run, 0 if there is none.
type ResyncState struct {
	Status     Status
	Start, End time.Time
	Interval   time.Duration
}

// Start makes the integration ready for a run: it exists, its record says what
// this program is, and at the very first time it has blueprints and a mapping. The
// user's mapping is never overwritten, and the record is only written where it
// differs: each write makes Port ask for another run.
func (c *Client) Start(ctx context.Context) (Integration, error) {
	c.blueprints.forget()
	in, err := c.integration(ctx)
	if NotFound(err) {
		if err = c.create(ctx); err == nil {
			in, err = c.integration(ctx)
		}
	}
	if err != nil {
		return Integration{}, fmt.Errorf("integration %s: %w", c.identifier, err)
	}
	if strings.HasPrefix(strings.ToLower(in.InstallationType), "saas") {
		return Integration{}, fmt.Errorf("integration %s is hosted by Port (%s): two would delete each other's entities; "+
			"give this one another OCEAN__INTEGRATION__IDENTIFIER, or delete the hosted one", c.identifier, in.InstallationType)
	}
	if err := c.update(ctx, in); err != nil {
		return Integration{}, fmt.Errorf("update integration %s: %w", c.identifier, err)
	}
	if c.initialize && !in.Initialized {
		if err := c.initializeResources(ctx, in); err != nil {
			return Integration{}, fmt.Errorf("create the default resources of integration %s: %w", c.identifier, err)
		}
		return c.integration(ctx)
	}
	return in, nil
}

func (c *Client) integration(ctx context.Context) (Integration, error) {
	var said struct {
		Integration Integration `json:"integration"`
	}
	err := c.get(ctx, call{
		family: FamilyOther, method: http.MethodGet, route: "/integration/{integration}", args: []string{c.identifier},
		query: url.Values{"oceanCoreVersion": {OceanCoreVersion}, "isPolling": {"false"}},
	}, &said)
	return said.Integration, err
}

func (c *Client) create(ctx context.Context) error {
	_, err := c.do(ctx, call{
		family: FamilyOther, method: http.MethodPost, route: "/integration", retries: unlessTaken,
		body: map[string]any{
			"installationId": c.identifier, "installationAppType": c.kind, "version": PeerVersion,
			"changelogDestination": map[string]any{}, "config": c.defaults.Mapping,
			"actionsProcessingEnabled": false, "incrementalSyncEnabled": false, "createPortResourcesOrigin": "Default",
		},
	})
	return err
}

// wanted is what the record has to say of this program. It maps entities itself,
// which Port calls ocean-core.
func (c *Client) wanted() Integration {
	return Integration{
		AppType: c.kind, Version: PeerVersion, ChangelogDestination: map[string]any{}, ProcessingMode: "ocean-core",
	}
}

func (c *Client) update(ctx context.Context, in Integration) error {
	want := c.wanted()
	if in.ChangelogDestination == nil {
		in.ChangelogDestination = map[string]any{}
	}
	if in.AppType == want.AppType && in.Version == want.Version && in.ProcessingMode == want.ProcessingMode &&
		!in.ActionsProcessing && !in.IncrementalSync && reflect.DeepEqual(in.ChangelogDestination, want.ChangelogDestination) {
		return nil
	}
	return c.patch(ctx, map[string]any{
		"changelogDestination": want.ChangelogDestination, "installationAppType": want.AppType, "version": want.Version,
		"actionsProcessingEnabled": false, "incrementalSyncEnabled": false, "processingMode": want.ProcessingMode,
	})
}

func (c *Client) patch(ctx context.Context, body map[string]any) error {
	_, err := c.do(ctx, call{
		family: FamilyOther, method: http.MethodPatch, route: "/integration/{integration}", args: []string{c.identifier}, body: body,
	})
	return err
}

// SetResyncState tells Port how the run stands.
func (c *Client) SetResyncState(ctx context.Context, s ResyncState) error {
	body := map[string]any{
		"status": s.Status, "lastResyncEnd": nil, "nextResync": nil,
		"intervalInMinuets": nil, // Port's own spelling
	}
	if s.Status == Running {
		body["lastResyncStart"] = isoTime(s.Start)
	} else {
		body["lastResyncEnd"] = isoTime(s.End)
	}
	if s.Interval > 0 {
		body["nextResync"] = isoTime(s.Start.Add(s.Interval))
		body["intervalInMinuets"] = int(s.Interval / time.Minute)
	}
	_, err := c.do(ctx, call{
		family: FamilyOther, method: http.MethodPatch, route: "/integration/{integration}/resync-state",
		args: []string{c.identifier}, body: body,
	})
	return err
}

// isoTime writes a time as the integrations of the Ocean family do.
func isoTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000+00:00") }

// empty says whether a mapping is none.
func empty(config json.RawMessage) bool {
	text := bytes.TrimSpace(config)
	return len(text) == 0 || string(text) == "null" || string(text) == "{}"
}
